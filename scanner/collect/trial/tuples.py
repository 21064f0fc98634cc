"""Tokens into declared tuples: addressed to the device's own half, and to the declared target by way of it."""

from __future__ import annotations

import ipaddress
import time
from typing import Any

from scanner.collect.trial.end import End
from scanner.collect.trial.journal import Progress
from scanner.collect.trial.relays import Service, dial
from scanner.facts.network.plan import NEVER_PORTS


def declared(end: End, progress: Progress, crossings: list[dict[str, Any]], half: str) -> None:
    """Tokens into declared tuples: addressed to the device's own half, and to the declared target by way of it."""
    for crossing in crossings:
        device = crossing.get(half) or {}
        protocol, port, text = str(crossing.get("protocol") or "").lower(), crossing.get("port"), device.get("address")
        if text is None or port is None or int(port) in NEVER_PORTS:
            continue
        address = ipaddress.ip_address(text)
        mac = device.get("mac") or next((station.mac for station in end.stations.at(address)), None)
        own = end.source(address.version)
        progress.of += 1
        if mac is None or own is None or not (address.is_link_local or end.plan.in_scope(address)):
            continue
        progress.tried += 1
        if protocol == "udp":
            draft = end.journal.trial(
                "declared",
                "declared",
                "udp",
                family=f"v{address.version}",
                via=mac,
                via_address=text,
                to=text,
                port=int(port),
                note=crossing["id"],
            )
            end.put(draft, end.kit.udp(draft, mac, own, address, int(port)), range(3), via=mac, device=mac)
        else:
            _declared_tcp(end, Service(mac, address, int(port)), str(crossing["id"]))
    if progress.tried < progress.of:
        progress.why = "device-not-seen"


def _declared_tcp(end: End, service: Service, crossing: str) -> None:
    draft = end.journal.trial(
        "declared", "declared", "tcp", family=f"v{service.address.version}", via=service.mac, via_address=str(service.address),
        to=str(service.address), port=service.port, note=crossing,
    )  # fmt: skip
    for _ in range(2):
        try:
            with dial(end, service.mac, service.address, service.port) as talk:
                said = b"GET /" + end.journal.payload(draft, 0).hex().encode() + b" HTTP/1.0\r\n\r\n"
                talk.sendall(said)
                draft.carried = said.hex()
                draft.went([(time.time(), 1)], [0])
                end.wait(0.6)
        except OSError:
            end.wait(0.6)
