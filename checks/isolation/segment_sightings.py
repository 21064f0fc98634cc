"""What a capture of one segment shows that should not be there / 网段抓包所见的异常."""

from checks.isolation import segments
from scanner.api import Absent, Verdict, Why, awaits_person, check, network, site, unknown, unmet


@check("isolation.segment-routers")
def routers(seen: network.Sighting, unit: site.Declared | Absent, *, known: tuple[str, ...] = (), dwell: int = 600) -> Verdict:
    """A router that nobody declared offers a way out: a lead, whether or not the way leads anywhere."""
    home, known = segments.at_home(seen, unit), (*known, *segments.crossing_devices(unit))
    rows = [row for row in seen.rows("routers") if row["longest"] > 0 or row.get("routes")]
    strange = [row for row in rows if not segments.listed(row, known)]
    gateways = [row for row in seen.rows("upnp") if not segments.listed(row, known)]
    observed = {
        "routers": segments.shown(strange, "mac", "address", "longest", "prefixes", "routes", "preference", "frames"),
        "gateways": segments.shown(gateways, "address", "macs", "frames"),
        "listed": len(rows) - len(strange),
    }
    if gateways or any(not _only_home(row, home) for row in strange):
        return unmet(observed, wanted={"routers": [], "gateways": []}, scope=seen.coverage, strength="C")
    if strange:
        return awaits_person(observed, wanted={"routers": []}, detail="announces the zone's own prefixes only", strength="D")
    return segments.silence(seen, observed, dwell, ("routers", "upnp"), ("nd", "ssdp"))


def _only_home(row: network.Row, home: tuple[segments.Network, ...]) -> bool:
    prefixes = [*row.get("prefixes", ()), *row.get("routes", ())]
    return bool(prefixes) and all(segments.within(prefix, home) for prefix in prefixes)


@check("isolation.segment-leases")
def leases(seen: network.Sighting, unit: site.Declared | Absent, *, known: tuple[str, ...] = (), dwell: int = 600) -> Verdict:
    """A DHCP server that nobody declared: a plugged-in router as a rule. Servers speak when they are asked."""
    home, known = segments.at_home(seen, unit), (*known, *segments.crossing_devices(unit))
    rows = seen.rows("dhcp_servers")
    strange = [row for row in rows if not segments.listed(row, known)]
    observed = {
        "servers": segments.shown(strange, "protocol", "server", "macs", "routers", "resolvers", "frames"),
        "listed": len(rows) - len(strange),
        "clients": len(seen.rows("dhcp_clients")),
    }
    if strange and home and any(not segments.within(row["server"], home) for row in strange if row["protocol"] == "dhcp"):
        return unmet(observed, wanted={"servers": []}, scope=seen.coverage, strength="C")
    if strange:
        return awaits_person(observed, wanted={"servers": []}, detail="compare with the unit's own DHCP servers", strength="D")
    if not rows and not seen.rows("dhcp_clients"):
        return unknown(Why.NOT_ASKED, "nobody asked for a lease while it was looked", observed)
    return segments.silence(seen, observed, dwell, ("dhcp_servers",), ("dhcp", "dhcp6"))


@check("isolation.segment-tags")
def tags(seen: network.Sighting, *, dwell: int = 600) -> Verdict:
    """Tagged frames or trunk negotiation on a port that should be an access port; a telephone's VLAN is legal."""
    found = [row for row in seen.rows("vlans") if 0 < row["vid"] < 4095]
    announced = sorted({vid for row in seen.rows("announced") for vid in row["vlans"]})
    observed = {
        "vlans": segments.shown(found, "vid", "tpid", "frames", "macs"),
        "announced": announced,
        "trunking": segments.shown(seen.rows("trunking"), "protocol", "domain", "macs"),
    }
    if found or seen.rows("trunking"):
        return awaits_person(observed, wanted={"vlans": [], "trunking": []}, detail="compare with the port's configuration", strength="C")
    return segments.silence(seen, observed, dwell, ("vlans", "trunking"), ("trunking",))


@check("isolation.segment-addresses")
def addresses(seen: network.Sighting, unit: site.Declared, *, dwell: int = 600, many: int = 3) -> Verdict:
    """An address of another zone, claimed on this segment. Who claims many answers for everything and shows nothing."""
    if not segments.at_home(seen, unit):
        return unknown(Why.NOT_DECLARED, f"no networks are declared for the zone {seen.zone!r}")
    away = segments.abroad(seen, unit)
    claims = [
        row | {"zone": name}
        for row in map(dict, seen.rows("claims"))
        for name, nets in away.items()
        if network.inside(row["address"], nets)
    ]
    count = {mac: sum(row["mac"] == mac for row in claims) for mac in {row["mac"] for row in claims}}
    single = [row for row in claims if count[row["mac"]] <= many]
    asked = sorted(item for item in seen.asked if any(network.inside(item, nets) for nets in away.values()))
    sent = [row for row in seen.addresses if row["sent"] and any(network.inside(row["address"], nets) for nets in away.values())]
    observed = {
        "claimed": segments.shown(single, "address", "mac", "zone", "how", "frames"),
        "answers_for_many": sorted(mac for mac in count if count[mac] > many)[: segments.SHOWN],
        "asked_for": asked[: segments.SHOWN],
        "sent_from": segments.shown(sent, "address", "macs", "sent"),
    }
    if single:
        return unmet(observed, wanted={"claimed": []}, scope=seen.coverage, strength="C")
    if count or asked or sent:
        return awaits_person(observed, wanted={"claimed": []}, detail="a hint only: see who sends and who answers", strength="D")
    return segments.silence(seen, observed, dwell, ("claims", "asked", "addresses"), ("nd",))


@check("isolation.segment-tunnels")
def tunnels(seen: network.Sighting, unit: site.Declared | Absent, *, known: tuple[str, ...] = (), dwell: int = 600) -> Verdict:
    """A tunnel on the wire: its ends are seen, its inside is not. One that ends outside the zone is a lead."""
    home = segments.at_home(seen, unit)
    rows = [row for row in seen.rows("tunnels") if not {row["src"], row["dst"]} & set(known)]
    ends = {row["src"] for row in rows} | {row["dst"] for row in rows}
    outside = [row for row in rows if home and any(_leaves(row[key], home) for key in ("src", "dst"))]
    observed = {
        "tunnels": segments.shown(rows, "kind", "src", "dst", "frames", "macs"),
        "outside": segments.shown(outside, "kind", "src", "dst"),
        "ends": len(ends),
    }
    if outside:
        return unmet(observed, wanted={"outside": []}, scope=seen.coverage, strength="C")
    if rows:
        return awaits_person(observed, wanted={"tunnels": []}, detail="where it leads is not told by its ends", strength="D")
    return segments.silence(seen, observed, dwell, ("tunnels",))


def _leaves(end: str, home: tuple[segments.Network, ...]) -> bool:
    """Whether an end stands outside; a group address or a neighbour by link stands nowhere."""
    return bool(end) and not segments.within(end, home) and network.place(end) in ("public", "private")
