"""Probes of a Windows host composed into one PowerShell script, with the same marks as the shell's, and its answer made plain again.

The script says everything in short ASCII lines: ``|text`` begins a line, ``+text`` goes on with it. A redirection may make UTF-16 of
them, a console may have any code page: :func:`plain` gives the bytes that the frame reader knows.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from importlib.resources import files

from scanner.model.evidence import Probe

_PREAMBLE = files("scanner.collect").joinpath("preamble.ps1").read_text("utf-8")
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))


def compose_powershell(probes: Sequence[Probe], token: str, head: str) -> bytes:
    """The script; ``head`` is its first line. Raises ValueError for probes of another kind or text that is not ASCII."""
    parts = [_PREAMBLE.replace("@TOKEN@", token).replace("@HEAD@", head.replace("'", "''"))]
    for index, probe in enumerate(probes):
        if probe.via != "powershell":
            raise ValueError(f"{probe.id}: PowerShell cannot put a {probe.via} probe")
        root = "$true" if probe.root else "$false"
        parts.append(f"Put {index} {probe.seconds} {probe.max_bytes + 1} {root} {{\n{probe.ask[0]}}}\n")
    parts.append("Emit ''\nEmit \"$T Z\"\n")
    return "".join(parts).replace("\n", "\r\n").encode("ascii")


def plain(data: bytes) -> bytes:
    """An answer in the shape that a shell gives it; one that is in it already comes back as it is. Raises ValueError."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            data = data[len(mark) :].decode(encoding).encode("utf-8")
            break
    if not data.startswith(b"|"):
        return data
    out: list[bytes] = []
    for line in data.replace(b"\r", b"").split(b"\n"):
        if line[:1] == b"|":
            out += (b"\n", line[1:])
        elif line[:1] == b"+":
            out.append(line[1:])
        elif line.strip():
            raise ValueError(f"strange line {line[:40]!r}")
    return b"".join(out[1:]) + b"\n"
