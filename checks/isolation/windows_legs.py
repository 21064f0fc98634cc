"""Where a Windows host hangs: legs, sharing, bridges, ways out / Windows 主机挂在哪些网上."""

from checks.isolation import standing
from scanner.api import Absent, Across, Status, Verdict, Why, awaits_person, check, linux, met, site, unknown, windows


@check("isolation.windows-dual-homed")
def dual_homed(host: windows.Attachment, unit: site.Declared) -> Verdict:
    return standing.dual_homed(host, unit)


@check("isolation.windows-forwarding")
def forwarding(host: windows.Attachment, sharing: windows.Sharing, unit: site.Declared) -> Verdict:
    """Forwarding, routing service, translation, connection sharing; a port proxy passes one port on."""
    extra: dict[str, object] = {
        "router": sharing.routes, "translation": list(sharing.nat), "shared": None if sharing.shared is None else list(sharing.shared),
        "services": {name: state for name, (state, _) in sorted(sharing.services.items())},
        "port_proxies": [list(pair) for pair in sharing.port_proxies][: standing.SHOWN],
    }  # fmt: skip
    found = standing.forwarding(host, unit, extra, sharing.shares or bool(sharing.port_proxies))
    if found.status is Status.MET and sharing.shared is None:
        return unknown(Why.NO_PERMISSION, "connection sharing may not be asked without an administrator", found.observed)
    return found


@check("isolation.windows-bridges")
def bridges(host: windows.Attachment) -> Verdict:
    return standing.bridges(host)


@check("isolation.windows-default-routes")
def default_routes(host: windows.Attachment, unit: site.Declared) -> Verdict:
    return standing.default_routes(host, unit)


@check("isolation.windows-known-networks")
def known_networks(
    history: windows.NetworkHistory, unit: site.Declared, hosts: Across[windows.Attachment], others: Across[linux.Attachment | Absent]
) -> Verdict:
    """Every network that the host remembers had a gateway that this run has seen inside. What it has not is a lead with a date."""
    missing = standing.undeclared(unit)
    if missing is not None:
        return missing
    known: set[str] = set()
    for _, host in (*hosts, *others):
        if not isinstance(host, Absent):
            place = standing.stands(host, unit)
            known |= standing.gateways(host, place)
    strange = [item for item in history.networks if item.gateways and not set(item.gateways) & known]
    odd = [item for item in history.networks if item.type in ("wireless", "mobile", "vpn") and item not in strange]
    shown = {
        "inner_gateways": sorted(known)[: standing.SHOWN],
        "strange": [item.shown() for item in strange][: standing.SHOWN],
        "of_another_kind": [item.shown() for item in odd][: standing.SHOWN],
        "count": len(history.networks),
    }
    if strange or odd:
        return awaits_person(shown, wanted={"strange": []}, strength="C", detail="a network of which no gateway was seen inside")
    return met(shown)
