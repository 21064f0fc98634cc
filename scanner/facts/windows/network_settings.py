"""Whom a Windows host asks and talks to: proxies, VPN and dial-up entries, name servers, time sources, connections, mapped drives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.fact import fact
from scanner.facts.windows.answers import Row, Tables, listed, rows_of, tables, text, truth, windows_probe
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

# Every user whose registry is loaded; without an administrator that is the one who runs the script.
_USERS = r"""foreach ($u in Get-ChildItem Registry::HKEY_USERS) { if ($u.PSChildName -match '^S-1-5-21-[0-9-]+$') {
  $k = 'Registry::HKEY_USERS\' + $u.PSChildName + '\Software\Microsoft\Windows\CurrentVersion\Internet Settings'
  if (Test-Path $k) { Rows (Get-ItemProperty $k) @('ProxyEnable', 'ProxyServer', 'AutoConfigURL') } } }"""
_MACHINE = r"""$k = Get-Item 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
foreach ($n in $k.Property) { if ($n -match '^(http|https|all|ftp)_proxy$') {
  New-Object PSObject -Property ([ordered]@{ Name = [string]$n; Value = [string]$k.GetValue($n) }) } }"""
_WINHTTP = r"""netsh winhttp show proxy | Where-Object { $_ -match ' : ' } | Select-Object -First 1 | ForEach-Object {
  New-Object PSObject -Property ([ordered]@{ Value = ($_ -replace '^.*? :\s*', '').Trim() }) }"""
_PHONEBOOK = r"""foreach ($f in "$env:ProgramData\Microsoft\Network\Connections\Pbk\rasphone.pbk", "$env:APPDATA\Microsoft\Network\Connections\Pbk\rasphone.pbk") {
  if (Test-Path $f) { $n = ''; Get-Content $f | ForEach-Object {
    if ($_ -match '^\[(.+)\]$') { $n = $matches[1] }
    elseif ($_ -match '^(PhoneNumber|PreferredDevice)=(.+)$') {
      New-Object PSObject -Property ([ordered]@{ Name = [string]$n; Key = [string]$matches[1]; Value = [string]$matches[2] }) } } } }"""
_TIME = r"HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters"
_LIVE = r"""$names = @{}; Get-Process | ForEach-Object { $names[[string]$_.Id] = $_.Name }
Get-NetTCPConnection -State @('Established', 'SynSent', 'CloseWait') -ErrorAction SilentlyContinue | ForEach-Object {
  New-Object PSObject -Property ([ordered]@{ Remote = [string]$_.RemoteAddress; Port = [string]$_.RemotePort; Local = [string]$_.LocalPort
    State = [string]$_.State; Process = [string]$names[[string]$_.OwningProcess] }) }"""
_PROBE = windows_probe(
    "network-settings",
    ("user-proxies", _USERS),
    ("machine-proxies", _MACHINE),
    ("winhttp", _WINHTTP),
    ("vpn", rows_of("Get-VpnConnection", "Name", "ServerAddress", "TunnelType", "ConnectionStatus")),
    ("vpn-all", rows_of("Get-VpnConnection -AllUserConnection", "Name", "ServerAddress", "TunnelType", "ConnectionStatus")),
    ("phonebook", _PHONEBOOK),
    ("name-servers", rows_of("Get-DnsClientServerAddress", "InterfaceAlias", "ServerAddresses")),
    ("time", rows_of(f"Get-ItemProperty '{_TIME}'", "Type", "NtpServer")),
    ("connections", _LIVE),
    ("drives", rows_of("Get-CimInstance Win32_NetworkConnection", "LocalName", "RemoteName")),
)


@dataclass(frozen=True, slots=True, order=True)
class Server:
    """One server that the host asks or talks to."""

    server: str
    where: str
    port: int | None = None
    process: str = ""

    def shown(self) -> dict[str, object]:
        """For a verdict's ``observed``."""
        return {"server": self.server, "port": self.port, "where": self.where, "process": self.process}


@fact(_PROBE)
@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Servers by purpose; a purpose that could not be asked is an Absent."""

    proxies: tuple[Server, ...] | Absent
    vpn: tuple[Server, ...] | Absent
    dial: tuple[str, ...]
    """Telephone-book entries that dial a number or a modem."""
    name_servers: tuple[Server, ...] | Absent
    time_sources: tuple[Server, ...] | Absent
    connections: tuple[Server, ...] | Absent
    drives: tuple[Server, ...] | Absent

    @classmethod
    def read(cls, answer: Answer) -> NetworkSettings | Absent:
        """Read the tables; each purpose stands or falls by itself."""
        found = tables(answer)
        if isinstance(found, Absent):
            return found
        return cls(
            proxies=found.missing("user-proxies", "machine-proxies") or tuple(sorted(set(_proxies(found)), key=_key)),
            vpn=_vpn(found),
            dial=tuple(sorted({text(row, "Name") for row in found.rows("phonebook") if _dials(row)})),
            name_servers=found.missing("name-servers") or tuple(sorted(set(_name_servers(found)), key=_key)),
            time_sources=found.missing("time") or tuple(sorted(set(_times(found)), key=_key)),
            connections=found.missing("connections") or tuple(sorted(set(_connections(found)), key=_key)),
            drives=found.missing("drives") or tuple(sorted(set(_drives(found)), key=_key)),
        )


def _key(item: Server) -> tuple[str, str, int, str]:
    return item.server, item.where, item.port or 0, item.process


def _proxies(found: Tables) -> Iterator[Server]:
    for row in found.rows("user-proxies"):
        if truth(row, "ProxyEnable"):
            yield from _ends(text(row, "ProxyServer"), "Internet Settings")
        yield from _ends(text(row, "AutoConfigURL"), "AutoConfigURL")
    for row in found.rows("machine-proxies"):
        yield from _ends(text(row, "Value"), text(row, "Name"))
    for row in found.rows("winhttp"):
        yield from _ends(text(row, "Value"), "WinHTTP")


def _ends(value: str, where: str) -> Iterator[Server]:
    """``http=a:80;https=b:80``, ``a:80`` or a URL."""
    for part in re.split(r"[;\s]+", value):
        bare = re.sub(r"^(?:[a-z]+=)?(?:[a-z0-9]+://)?(?:[^/@]*@)?", "", part.strip(), flags=re.I)
        match = re.match(r"(\[[0-9a-fA-F:]+\]|[^/:\[\]]+)(?::([0-9]{1,5}))?", bare)
        if match and ("." in match[1] or ":" in match[1] or match[1] == "localhost" or match[2]):
            yield Server("127.0.0.1" if match[1] == "localhost" else match[1].strip("[]"), where, int(match[2]) if match[2] else None)


def _vpn(found: Tables) -> tuple[Server, ...] | Absent:
    # Where the cmdlet is missing the telephone book still tells; where both are, nothing is known.
    missing = found.missing("vpn")
    if missing is not None and found.missing("phonebook") is not None:
        return missing
    out = {Server(text(row, "ServerAddress"), f"VPN {text(row, 'Name')}") for name in ("vpn", "vpn-all") for row in found.rows(name)}
    for row in found.rows("phonebook"):
        if text(row, "Key") == "PhoneNumber" and not _dials(row):
            out.add(Server(text(row, "Value"), f"VPN {text(row, 'Name')}"))
    return tuple(sorted(out, key=_key))


def _dials(row: Row) -> bool:
    value = text(row, "Value")
    return bool(re.fullmatch(r"[0-9*#+,() -]{2,}", value)) or bool(re.search(r"modem|pppoe", value, re.I))


def _name_servers(found: Tables) -> Iterator[Server]:
    for row in found.rows("name-servers"):
        for address in listed(row, "ServerAddresses"):
            # Windows lists these three on every adapter without a name server of its own.
            if not address.lower().startswith("fec0:0:0:ffff::"):
                yield Server(address.partition("%")[0], text(row, "InterfaceAlias"))


def _times(found: Tables) -> Iterator[Server]:
    for row in found.rows("time"):
        if text(row, "Type").upper() in ("NTP", "ALLSYNC"):
            for part in text(row, "NtpServer").split():
                yield Server(part.partition(",")[0], "W32Time")


def _connections(found: Tables) -> Iterator[Server]:
    for row in found.rows("connections"):
        state = "asking" if text(row, "State").lower() == "synsent" else "established"
        yield Server(text(row, "Remote").partition("%")[0], state, int(text(row, "Port")), text(row, "Process"))


def _drives(found: Tables) -> Iterator[Server]:
    for row in found.rows("drives"):
        match = re.match(r"\\\\([^\\@]+)", text(row, "RemoteName"))
        if match:
            yield Server(match[1], f"{text(row, 'LocalName')} {text(row, 'RemoteName')}".strip())
