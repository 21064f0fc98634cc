"""Where a Linux host hangs: legs, forwarding, bridges, ways out / Linux 主机挂在哪些网上."""

from ipaddress import ip_interface

from checks.isolation import standing
from scanner.api import Absent, Verdict, check, linux, network, site


@check("isolation.host-dual-homed")
def dual_homed(host: linux.Attachment, profiles: linux.NetworkProfiles | Absent, unit: site.Declared) -> Verdict:
    """Legs that are there now, and fixed addresses that the settings hold for interfaces that are not."""
    found = () if isinstance(profiles, Absent) else profiles.profiles
    configured = [(zone, profile.file) for profile in found for text in profile.addresses for zone in _zones(text, unit)]
    return standing.dual_homed(host, unit, configured)


def _zones(text: str, unit: site.Declared) -> tuple[str, ...]:
    try:
        return network.zones_of(ip_interface(text).ip, unit.zones)
    except ValueError:
        return ()


@check("isolation.host-forwarding")
def forwarding(host: linux.Attachment, nat: linux.Nat | Absent, unit: site.Declared) -> Verdict:
    rules = None if isinstance(nat, Absent) else [rule.shown() for rule in nat.passing][: standing.SHOWN]
    return standing.forwarding(host, unit, {"translation": rules})


@check("isolation.host-bridges")
def bridges(host: linux.Attachment) -> Verdict:
    return standing.bridges(host)


@check("isolation.host-default-routes")
def default_routes(host: linux.Attachment, unit: site.Declared) -> Verdict:
    return standing.default_routes(host, unit)
