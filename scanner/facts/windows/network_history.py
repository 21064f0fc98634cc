"""Networks that a Windows host has been on: the network list with gateways' MACs and dates, wireless profiles, network devices over USB."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.facts.fact import Unreadable, fact
from scanner.facts.windows.answers import Tables, mac, rows_of, tables, text, windows_probe
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

_LIST = r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\NetworkList"
_HEX = r"function Hex($v) { if ($null -eq $v) { $null } else { -join @($v | ForEach-Object { '{0:x2}' -f $_ }) } }"
_PROFILES = rf"""{_HEX}
foreach ($k in Get-ChildItem '{_LIST}\Profiles') {{ $p = Get-ItemProperty $k.PSPath
  New-Object PSObject -Property ([ordered]@{{ Guid = [string]$k.PSChildName; Name = [string]$p.ProfileName; NameType = [string]$p.NameType
    Category = [string]$p.Category; Created = (Hex $p.DateCreated); Last = (Hex $p.DateLastConnected) }}) }}"""
_SIGNATURES = rf"""{_HEX}
foreach ($n in 'Unmanaged', 'Managed') {{ $b = '{_LIST}\Signatures\' + $n
  if (Test-Path $b) {{ foreach ($k in Get-ChildItem $b) {{ $p = Get-ItemProperty $k.PSPath
    New-Object PSObject -Property ([ordered]@{{ ProfileGuid = [string]$p.ProfileGuid; Gateway = (Hex $p.DefaultGatewayMac)
      DnsSuffix = [string]$p.DnsSuffix; FirstNetwork = [string]$p.FirstNetwork }}) }} }} }}"""
# The words of netsh are in the system's language; a profile's line is indented and ends with a colon and the name, in every language.
_WIFI = r"""$o = netsh wlan show profiles; if ($LASTEXITCODE -ne 0) { throw 'netsh wlan' }
$o | ForEach-Object { if ($_ -match '^\s+[^:]+ : (.+)$') {
  New-Object PSObject -Property ([ordered]@{ Name = $matches[1].Trim() }) } }"""
_USB = r"""foreach ($d in Get-ChildItem 'HKLM:\SYSTEM\CurrentControlSet\Enum\USB') { foreach ($i in Get-ChildItem $d.PSPath) {
  $p = Get-ItemProperty $i.PSPath
  if ($p.ClassGUID -match '4d36e972-e325-11ce-bfc1-08002be10318|4d36e96d-e325-11ce-bfc1-08002be10318') {
    New-Object PSObject -Property ([ordered]@{ Device = [string]$d.PSChildName; Name = [string]$(if ($p.FriendlyName) { $p.FriendlyName } else { $p.DeviceDesc })
      Service = [string]$p.Service }) } } }"""
_SETUP = r"""$head = ''; $when = ''; $seen = @{}
Get-Content "$env:windir\INF\setupapi.dev.log" | ForEach-Object {
  if ($_ -match '^>>>\s+\[(.+)\]') { $head = $matches[1]; $when = '' }
  elseif ($_ -match 'Section start (\S+ \S+)') { $when = $matches[1] }
  elseif ($head -match 'USB' -and -not $seen[$head] -and $_ -match '4d36e972-e325-11ce-bfc1-08002be10318|rndis|usbncm|netaapl') {
    $seen[$head] = 1; New-Object PSObject -Property ([ordered]@{ Section = [string]$head; Start = [string]$when }) } }"""
_PROBE = windows_probe(
    "network-history",
    ("profiles", _PROFILES),
    ("signatures", _SIGNATURES),
    ("wifi", _WIFI),
    ("wlan-service", rows_of("Get-Service -Name WlanSvc -ErrorAction SilentlyContinue", "Name", "Status")),
    ("usb", _USB),
    ("setup-log", _SETUP),
    seconds=60,
)
TYPES = {"6": "wired", "23": "vpn", "53": "virtual", "71": "wireless", "243": "mobile", "244": "mobile"}
"""NameType of a network profile."""


@dataclass(frozen=True, slots=True, order=True)
class KnownNetwork:
    """One network of Windows' own list."""

    name: str
    type: str
    """``wired``, ``vpn``, ``wireless``, ``mobile``, ``virtual``, or the number that Windows wrote."""
    gateways: tuple[str, ...]
    """MAC addresses of its default gateways."""
    created: str
    """Day and time in the host's own clock, ISO 8601 without a zone; empty when it cannot be read."""
    last: str

    def shown(self) -> dict[str, object]:
        """For a verdict's ``observed``."""
        return {"name": self.name, "type": self.type, "gateways": list(self.gateways), "created": self.created, "last": self.last}


@dataclass(frozen=True, slots=True, order=True)
class UsbDevice:
    """A network device or modem that was once plugged in."""

    device: str
    name: str
    installed: str = ""
    """When Windows set it up, as its log writes it; empty where only the registry knows it."""

    def shown(self) -> dict[str, str]:
        """For a verdict's ``observed``."""
        return {"device": self.device, "name": self.name, "installed": self.installed}


@fact(_PROBE)
@dataclass(frozen=True, slots=True)
class NetworkHistory:
    """Where the host has been."""

    networks: tuple[KnownNetwork, ...]
    wireless: tuple[str, ...] | None
    """Names of saved wireless networks; None where it could not be asked."""
    usb: tuple[UsbDevice, ...]
    log_read: bool
    """Whether the log of device installations could be searched."""

    @classmethod
    def read(cls, answer: Answer) -> NetworkHistory | Absent:
        """Read the tables."""
        found = tables(answer)
        if isinstance(found, Absent):
            return found
        missing = found.missing("profiles", "signatures", "usb")
        if missing is not None:
            return missing
        return cls(_networks(found), _wireless(found), _usb(found), found.found.get("setup-log") is not None)


def _networks(found: Tables) -> tuple[KnownNetwork, ...]:
    gateways: dict[str, set[str]] = {}
    for row in found.rows("signatures"):
        address = mac(text(row, "Gateway")[:12])
        if address:
            gateways.setdefault(text(row, "ProfileGuid").lower(), set()).add(address)
    return tuple(
        sorted(
            KnownNetwork(
                text(row, "Name"),
                TYPES.get(text(row, "NameType"), text(row, "NameType")),
                tuple(sorted(gateways.get(text(row, "Guid").lower(), ()))),
                moment(text(row, "Created")),
                moment(text(row, "Last")),
            )
            for row in found.rows("profiles")
        )
    )


def moment(digits: str) -> str:
    """A SYSTEMTIME as the registry keeps it: eight little-endian words, the third is the day of the week. Raises Unreadable."""
    if not digits:
        return ""
    raw = bytes.fromhex(digits)
    if len(raw) != 16:
        raise Unreadable("a date of another length")
    year, month, _, day, hour, minute, second, _ = (int.from_bytes(raw[i : i + 2], "little") for i in range(0, 16, 2))
    return datetime(year, month, day, hour, minute, second).isoformat()


def _wireless(found: Tables) -> tuple[str, ...] | None:
    rows = found.found.get("wifi")
    if rows is None:
        # Without the service no network can have been saved; netsh then refuses.
        service = found.found.get("wlan-service")
        return () if service == () else None
    return tuple(sorted({text(row, "Name") for row in rows if text(row, "Name")}))


def _usb(found: Tables) -> tuple[UsbDevice, ...]:
    seen = {UsbDevice(text(row, "Device"), _plain(text(row, "Name"))) for row in found.rows("usb")}
    for row in found.rows("setup-log"):
        section = text(row, "Section")
        seen.add(UsbDevice(section.rpartition(" - ")[2] or section, "", text(row, "Start")))
    return tuple(sorted(seen))


def _plain(name: str) -> str:
    """``@netrndis.inf,%x%;Remote NDIS …``: what follows the semicolon."""
    return name.rpartition(";")[2][:120]
