"""What makes a Windows host pass on: connection sharing, routing, translation, port proxies, transition tunnels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.fact import fact
from scanner.facts.windows.answers import Row, rows_of, tables, text, truth, windows_probe
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

_SERVICES = ("SharedAccess", "RemoteAccess", "icssvc", "iphlpsvc", "WlanSvc", "WwanSvc")
_FILTER = " OR ".join(f"Name=''{name}''" for name in _SERVICES)
_SHARED = r"""$m = New-Object -ComObject HNetCfg.HNetShare
foreach ($c in $m.EnumEveryConnection) {
  $p = $m.NetConnectionProps.Invoke($c); $s = $m.INetSharingConfigurationForINetConnection.Invoke($c)
  New-Object PSObject -Property ([ordered]@{ Name = [string]$p.Name; Enabled = [string]$s.SharingEnabled; Type = [string]$s.SharingConnectionType })
}"""
_PROXIES = r"""foreach ($k in 'v4tov4', 'v4tov6', 'v6tov4', 'v6tov6') {
  $p = "HKLM:\SYSTEM\CurrentControlSet\Services\PortProxy\$k\tcp"
  if (Test-Path $p) { $i = Get-Item $p; foreach ($n in $i.Property) {
    New-Object PSObject -Property ([ordered]@{ Listen = [string]$n; Connect = [string]$i.GetValue($n) }) } }
}"""
_PROBE = windows_probe(
    "sharing",
    ("services", rows_of(f"Get-CimInstance Win32_Service -Filter '{_FILTER}'", "Name", "State", "StartMode")),
    ("router", rows_of(r"Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'", "IPEnableRouter")),
    ("nat", rows_of("Get-NetNat", "Name", "InternalIPInterfaceAddressPrefix", "ExternalIPInterfaceAddressPrefix", "Active")),
    ("shared", _SHARED),
    ("port-proxies", _PROXIES),
    ("teredo", rows_of("Get-NetTeredoState", "State", "Server")),
    ("6to4", rows_of("Get-Net6to4Configuration", "State", "RelayName")),
    ("isatap", rows_of("Get-NetIsatapConfiguration", "State", "Router")),
)


@fact(_PROBE)
@dataclass(frozen=True, slots=True)
class Sharing:
    """Services and settings that pass packets or ports on."""

    services: Mapping[str, tuple[str, str]]
    """Name to state and start mode: SharedAccess, RemoteAccess, icssvc (mobile hotspot), iphlpsvc, WlanSvc, WwanSvc."""
    routes: bool
    """IPEnableRouter is set."""
    nat: tuple[str, ...]
    shared: tuple[str, ...] | None
    """Connections that are shared; None where this may not be asked (an administrator is needed)."""
    port_proxies: tuple[tuple[str, str], ...]
    transition: Mapping[str, str]
    """teredo, 6to4, isatap: their state as Windows writes it."""

    def running(self, name: str) -> bool:
        """Whether a service runs."""
        return self.services.get(name, ("", ""))[0].lower() == "running"

    @property
    def shares(self) -> bool:
        """Something on the host hands a connection to others."""
        return bool(self.shared) or self.routes or bool(self.nat) or self.running("RemoteAccess") or self.running("icssvc")

    @classmethod
    def read(cls, answer: Answer) -> Sharing | Absent:
        """Read the tables."""
        found = tables(answer)
        if isinstance(found, Absent):
            return found
        missing = found.missing("services", "router", "port-proxies")
        if missing is not None:
            return missing
        shared = found.found.get("shared")
        return cls(
            services={text(row, "Name"): (text(row, "State"), text(row, "StartMode")) for row in found.rows("services")},
            routes=any(text(row, "IPEnableRouter") not in ("", "0") for row in found.rows("router")),
            nat=tuple(sorted(_nat(row) for row in found.rows("nat"))),
            shared=None if shared is None else tuple(sorted(text(row, "Name") for row in shared if truth(row, "Enabled"))),
            port_proxies=tuple(sorted((text(row, "Listen"), text(row, "Connect")) for row in found.rows("port-proxies"))),
            transition={name: text(row, "State") for name in ("teredo", "6to4", "isatap") for row in found.rows(name)[:1]},
        )


def _nat(row: Row) -> str:
    return f"{text(row, 'Name')} {text(row, 'InternalIPInterfaceAddressPrefix')}".strip()
