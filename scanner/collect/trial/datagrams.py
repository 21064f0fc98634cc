"""Tokens in datagrams that somebody on the segment may hand on: to devices' own ports, and to everybody."""

from __future__ import annotations

import ipaddress

from scanner.collect.trial.end import End
from scanner.collect.trial.journal import Progress
from scanner.collect.trial.lists import lists
from scanner.collect.trial.stations import Address, Station
from scanner.collect.trial.steps import book
from scanner.facts.network.plan import NEVER_PORTS


def datagrams(end: End, progress: Progress) -> None:
    """Tokens to UDP ports of every device's own address: a ferry that hears there says it again on its other side."""
    _to_everybody(end, progress)
    declared = [int(crossing["port"]) for crossing in end.plan.crossings if crossing.get("port") and crossing.get("protocol") != "tcp"]
    chosen = [port for port in dict.fromkeys([*declared, *lists()["ferry"]]) if port not in NEVER_PORTS]
    for station in end.devices():
        for version in (4, 6):
            own = end.source(version)
            for address in end.addresses(station, version) if own is not None else []:
                if end.over:
                    progress.cut("window")
                    return
                assert own is not None
                draft = end.journal.trial(
                    "relay-udp",
                    "relay",
                    "udp",
                    family=f"v{version}",
                    via=station.mac,
                    via_address=str(address),
                    to=str(address),
                    what="port",
                )
                # Twice: a busy ferry loses a datagram.
                gone = end.put(draft, end.kit.udp(draft, station.mac, own, address), chosen, via=station.mac, device=station.mac, passes=2)
                book(progress, gone, 2 * len(chosen), end)
                _log_lines(end, progress, station, own, address)


def _log_lines(end: End, progress: Progress, station: Station, own: Address, address: Address) -> None:
    """The same as a line of text, to ports where logs are kept."""
    wanted = [int(port) for port in lists()["logs"]]
    draft = end.journal.trial(
        "relay-udp", "relay", "udp", family=f"v{address.version}", via=station.mac, via_address=str(address), to=str(address), what="port", note="log",
    )  # fmt: skip
    gone = end.put(draft, end.kit.log(draft, station.mac, own, address), wanted, via=station.mac, device=station.mac, passes=2)
    book(progress, gone, 2 * len(wanted), end)


def _to_everybody(end: End, progress: Progress) -> None:
    """Questions to everybody on the segment, which reflectors and relays repeat on their other side."""
    own = end.source(4)
    if not isinstance(own, ipaddress.IPv4Address):
        return
    for name, port, to in (("mdns", 5353, "224.0.0.251"), ("ssdp", 1900, "239.255.255.250"), ("dhcp", 67, "255.255.255.255")):
        draft = end.journal.trial("relay-udp", "relay", "udp", family="v4", to=to, port=port, note=name)
        book(progress, end.put(draft, end.kit.everybody(draft, name, own), range(2)), 2, end)
    wanted = [int(port) for port in lists()["broadcast"]]
    draft = end.journal.trial("relay-udp", "relay", "udp", family="v4", to="255.255.255.255", what="port", note="broadcast")
    book(progress, end.put(draft, end.kit.everybody(draft, "broadcast", own), wanted), len(wanted), end)
