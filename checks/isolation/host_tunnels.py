"""Tunnels and virtual private networks on a Linux host / Linux 主机上的隧道与 VPN."""

from checks.isolation import standing
from scanner.api import Absent, Verdict, awaits_person, check, linux, met, network, site, unknown, unmet


@check("isolation.host-tunnels")
def tunnels(
    host: linux.Attachment, profiles: linux.NetworkProfiles | Absent, tools: linux.RemoteTools | Absent, unit: site.Declared
) -> Verdict:
    """Every tunnel ends inside the host's own zones; what says nothing of its end is for a person."""
    missing = standing.undeclared(unit)
    if missing is not None:
        return missing
    place = standing.stands(host, unit)
    ends: list[tuple[str, str]] = [(item.name, item.remote) for item in host.interfaces if item.kind in network.TUNNELS and item.up]
    running: list[network.Trace] = []
    if not isinstance(profiles, Absent):
        for name, text in profiles.endpoints:
            ends.append((name, text.rpartition(":")[0]))
        ends += [(profile.file, remote) for profile in profiles.of("vpn") for remote in profile.remotes or ("",)]
    if not isinstance(tools, Absent):
        running = [trace for trace in tools.of("vpn") if trace.state in ("running", "starts")]
    rows = [{"tunnel": name, "remote": remote, "side": _side(remote, place)} for name, remote in ends]
    told = {row["tunnel"] for row in rows if row["side"] in ("inside", "self")}
    # A WireGuard device holds no end of its own: its peers do.
    open_rows = [row for row in rows if row["side"] == "unknown" and row["tunnel"] not in told]
    shown = {"tunnels": rows[: standing.SHOWN], "programs": [trace.shown() for trace in running][: standing.SHOWN]}
    if any(row["side"] == "outside" for row in rows):
        return unmet(shown, wanted={"outside": []}, strength="B")
    if open_rows or running:
        return awaits_person(shown, wanted={"tunnels": []}, detail="where it ends is not told", strength="C")
    for fact in (profiles, tools):
        if isinstance(fact, Absent):
            return unknown(fact.why, fact.detail, shown)
    return met(shown)


def _side(remote: str, place: network.Standing) -> str:
    address = network.parse_address(remote)
    if address is None:
        return "outside" if remote and network.is_public_name(remote) else "unknown"
    # A multicast group ends nowhere by itself.
    return "unknown" if address.is_multicast or address.is_unspecified else place.side(address)
