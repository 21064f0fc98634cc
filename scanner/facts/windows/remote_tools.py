"""Programs that lead past the boundary, on Windows: services, processes, installed programs and what starts with a login."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact
from scanner.facts.network.remote_tools import TOOLS, Tool, Trace
from scanner.facts.windows.answers import Tables, rows_of, tables, text, windows_probe
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

# Only the program of a service's command line comes back: what follows may hold secrets. Names alone of what starts with a login.
_SERVICES = r"""Get-CimInstance Win32_Service | ForEach-Object { New-Object PSObject -Property ([ordered]@{
  Name = [string]$_.Name; DisplayName = [string]$_.DisplayName; State = [string]$_.State; StartMode = [string]$_.StartMode
  Program = [string]($_.PathName -replace '^"?([^"]*?\.exe).*$', '$1') }) }"""
_PROGRAMS = r"""foreach ($k in 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall', 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall',
  'HKCU:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall') {
  if (Test-Path $k) { foreach ($i in Get-ChildItem $k) { $n = $i.GetValue('DisplayName'); if ($n) {
    New-Object PSObject -Property ([ordered]@{ Name = [string]$n }) } } } }"""
_RUN = r"""foreach ($k in 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Run', 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Run',
  'HKCU:\SOFTWARE\Microsoft\Windows\CurrentVersion\Run') {
  if (Test-Path $k) { foreach ($n in (Get-Item $k).Property) { New-Object PSObject -Property ([ordered]@{ Name = [string]$n }) } } }"""
_PROBE = windows_probe(
    "remote-tools",
    ("services", _SERVICES),
    ("processes", rows_of("Get-Process | Sort-Object Name -Unique", "Name")),
    ("programs", _PROGRAMS),
    ("run", _RUN),
)


@fact(_PROBE)
@dataclass(frozen=True, slots=True)
class RemoteTools:
    """Traces of such programs."""

    traces: tuple[Trace, ...]
    programs_known: bool
    """Whether the list of installed programs could be read."""

    def of(self, *kinds: str) -> tuple[Trace, ...]:
        """Traces of some classes."""
        return tuple(trace for trace in self.traces if trace.kind in kinds)

    @classmethod
    def read(cls, answer: Answer) -> RemoteTools | Absent:
        """Read the tables."""
        found = tables(answer)
        if isinstance(found, Absent):
            return found
        missing = found.missing("services", "processes")
        if missing is not None:
            return missing
        if not found.rows("services") or not found.rows("processes"):
            raise Unreadable("no service or no process at all")
        return cls(tuple(sorted(set(_traces(found)))), found.found.get("programs") is not None)


def _traces(found: Tables) -> Iterator[Trace]:
    for row in found.rows("services"):
        running, automatic = text(row, "State").lower() == "running", text(row, "StartMode").lower().startswith("auto")
        program = text(row, "Program").replace("/", "\\").rpartition("\\")[2]
        state = "running" if running else "starts" if automatic else "installed"
        yield from _named(state, text(row, "Name"), text(row, "DisplayName"), program)
    for row in found.rows("processes"):
        yield from _named("running", f"{text(row, 'Name')}.exe")
    for row in found.rows("programs"):
        yield from _named("installed", text(row, "Name"))
    for row in found.rows("run"):
        yield from _named("starts", text(row, "Name"))


def _named(state: str, *names: str) -> Iterator[Trace]:
    for tool in TOOLS:
        for name in names:
            if _is(tool, name):
                yield Trace(tool.name, tool.kind, state, name[:120])
                break


def _is(tool: Tool, name: str) -> bool:
    """A word of the tool begins a word of the name; one that ends in .exe is the whole program's name."""
    lowered = name.lower()
    return any(
        lowered == word if word.endswith(".exe") else re.search(rf"(?<![a-z0-9]){re.escape(word)}", lowered) is not None
        for word in tool.windows
    )
