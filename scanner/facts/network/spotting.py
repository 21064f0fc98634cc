"""What single frames tell of a segment, gathered in bounded lists: the slow and careful half of the tally."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from scanner.facts.network import listing
from scanner.facts.network.bridging import Aggregation, Bpdu, Redundancy, Trunking
from scanner.facts.network.discovery import Neighbour, RouterAdvert
from scanner.facts.network.gathered import Bounded, Seen, add_to
from scanner.facts.network.headers import Ip
from scanner.facts.network.hints import Http, tunnel_shape
from scanner.facts.network.leases import Dhcp, Dhcp6
from scanner.facts.network.names import TYPE_A, TYPE_AAAA, Dns, NetBios
from scanner.facts.network.neighbours import Announcement
from scanner.facts.network.packets import Frame
from scanner.facts.network.places import Network, inside, registrable, standing
from scanner.facts.network.talk import Garbled, hear

MAX_MACS, MAX_ADDRESSES, MAX_OTHERS, MAX_EACH = 4096, 4096, 512, 16


class Spots:
    """Everything that one capture has told so far."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)
        self.macs: Bounded[str] = Bounded(MAX_MACS)
        self.addresses: Bounded[str] = Bounded(MAX_ADDRESSES)
        self.asked: Bounded[str] = Bounded(MAX_ADDRESSES)
        """Addresses that somebody asked for by ARP or neighbour solicitation."""
        self.others: dict[str, Bounded[tuple[Any, ...]]] = {
            name: Bounded(MAX_ADDRESSES if name == "claims" else MAX_OTHERS) for name in listing.LISTS
        }
        self.garbled: dict[str, int] = {}

    def flow(self, first: float, last: float, frames: int, sender: str, ip: Ip) -> None:
        """Count a conversation of plain packets."""
        seen = self.macs.span(sender, first, last, frames)
        if seen is not None:
            self._addressed(seen, ip)
        self._talks(ip, sender, first, last, frames)

    def look(self, time: float, frame: Frame, sender: str) -> None:
        """Note what one frame tells."""
        seen = self.macs.see(sender, time) if sender else None
        if seen is not None and frame.ip is not None:
            self._addressed(seen, frame.ip)
        if frame.ip is not None:
            self._talks(frame.ip, sender, time, time, 1)
        for tag in frame.vlans:
            self._note("vlans", (tag.vid, tag.tpid), time, sender)
        if frame.arp is not None:
            self._arp(time, frame, sender)
        shape = tunnel_shape(frame)
        if shape:
            self._tunnel(time, frame, sender, shape)
        said = hear(frame)
        if said is not None:
            self._hear(time, frame, sender, *said)

    def _addressed(self, seen: Seen, ip: Ip) -> None:
        add_to(seen, "ttls", ip.ttl, MAX_EACH)
        if standing(ip.src) not in ("multicast", "none"):
            add_to(seen, "addresses", ip.src, MAX_EACH)

    def _talks(self, ip: Ip, sender: str, first: float, last: float, frames: int) -> None:
        for address, role in ((ip.src, "sent"), (ip.dst, "received")):
            place = standing(address)
            if place in ("multicast", "none", "link"):
                continue
            seen = self.addresses.span(address, first, last, frames)
            if seen is not None:
                seen.said[role] = seen.said.get(role, 0) + frames
                if sender and role == "sent":
                    add_to(seen, "macs", sender, 4)

    def _note(self, name: str, key: tuple[Any, ...], time: float, sender: str, /, **said: Any) -> Seen | None:
        seen = self.others[name].see(key, time, **said)
        if seen is not None and sender:
            add_to(seen, "macs", sender, MAX_EACH)
        return seen

    def _claims(self, mac: str, address: str, how: str, time: float, sender: str) -> None:
        if standing(address) in ("none", "multicast"):
            return
        self._note("claims", (address, mac, how), time, sender if sender != mac else "")

    def _arp(self, time: float, frame: Frame, sender: str) -> None:
        arp = frame.arp
        assert arp is not None
        if frame.eth is not None and frame.eth.type != 0x0806:
            return
        self._claims(arp.sender_mac, arp.sender, "arp", time, sender)
        if arp.operation == 1 and arp.target != arp.sender and standing(arp.target) not in ("none", "multicast"):
            self.asked.see(arp.target, time)

    def _tunnel(self, time: float, frame: Frame, sender: str, shape: str) -> None:
        ip = frame.ip
        key = (shape, ip.src if ip is not None else "", ip.dst if ip is not None else "")
        seen = self._note("tunnels", key, time, sender)
        inner = frame.inner
        if seen is not None and inner is not None:
            if inner.eth is not None:
                add_to(seen, "inner_macs", inner.eth.src, MAX_EACH)
            if inner.ip is not None:
                add_to(seen, "inner_addresses", inner.ip.src, MAX_EACH)

    def _hear(self, time: float, frame: Frame, sender: str, protocol: str, content: Any) -> None:
        if isinstance(content, Garbled):
            self.garbled[protocol] = self.garbled.get(protocol, 0) + 1
            return
        hearer = _HEARERS.get(type(content))
        if hearer is not None:
            hearer(self, time, frame, sender, protocol, content)

    def _bpdu(self, time: float, frame: Frame, sender: str, protocol: str, bpdu: Bpdu) -> None:
        self._note("bridges", (bpdu.root, bpdu.bridge, bpdu.vlan), time, sender, kind=bpdu.kind)

    def _announcement(self, time: float, frame: Frame, sender: str, protocol: str, found: Announcement) -> None:
        key = (found.protocol, found.chassis, found.port)
        said = {"name": found.name, "platform": found.platform, "addresses": list(found.addresses), "vlans": list(found.vlans)}
        self._note("announced", key, time, sender, **said)

    def _redundancy(self, time: float, frame: Frame, sender: str, protocol: str, found: Redundancy) -> None:
        said = {"addresses": list(found.addresses), "virtual_mac": found.virtual_mac}
        self._note("redundant", (found.protocol, found.group), time, sender, **said)

    def _trunking(self, time: float, frame: Frame, sender: str, protocol: str, found: Trunking) -> None:
        self._note("trunking", (found.protocol, found.domain), time, sender)

    def _aggregation(self, time: float, frame: Frame, sender: str, protocol: str, found: Aggregation) -> None:
        self._note("aggregated", (found.system, found.partner), time, sender)

    def _router(self, time: float, frame: Frame, sender: str, protocol: str, advert: RouterAdvert) -> None:
        source = frame.ip.src if frame.ip is not None else ""
        seen = self._note(
            "routers", (advert.link or sender, source), time, sender, lifetime=advert.lifetime, managed=advert.managed, other=advert.other,
            preference=advert.preference, mtu=advert.mtu, resolvers=list(advert.resolvers)[:MAX_EACH],
        )  # fmt: skip
        if seen is not None:
            seen.said["longest"] = max(seen.said.get("longest", 0), advert.lifetime)
            for prefix in advert.prefixes:
                add_to(seen, "prefixes", prefix.network, MAX_EACH)
            for route in advert.routes:
                add_to(seen, "routes", route, MAX_EACH)

    def _neighbour(self, time: float, frame: Frame, sender: str, protocol: str, found: Neighbour) -> None:
        if found.kind == "na":
            self._claims(found.link or sender, found.target, "nd", time, sender)
        elif found.kind == "ns":
            if frame.ip is not None and found.link:
                self._claims(found.link, frame.ip.src, "nd", time, sender)
            if standing(found.target) not in ("none", "multicast", "link"):
                self.asked.see(found.target, time)

    def _dhcp(self, time: float, frame: Frame, sender: str, protocol: str, found: Dhcp) -> None:
        if found.serves:
            server = found.server or (frame.ip.src if frame.ip is not None else "")
            said = {"routers": list(found.routers), "resolvers": list(found.resolvers)}
            self._note("dhcp_servers", ("dhcp", server, ""), time, sender, **said)
        elif not found.reply:
            self._note("dhcp_clients", ("dhcp", found.client_mac or sender, fingerprint(found.client_id)), time, sender, host=found.host)

    def _dhcp6(self, time: float, frame: Frame, sender: str, protocol: str, found: Dhcp6) -> None:
        if found.serves:
            source = frame.ip.src if frame.ip is not None else ""
            said = {"resolvers": list(found.resolvers), "prefixes": list(found.prefixes)}
            self._note("dhcp_servers", ("dhcp6", source, fingerprint(found.server_duid)), time, sender, **said)
        else:
            self._note("dhcp_clients", ("dhcp6", sender, fingerprint(found.client_duid)), time, sender, host=found.host)

    def _dns(self, time: float, frame: Frame, sender: str, protocol: str, found: Dns) -> None:
        if protocol == "dns":
            for name, _ in found.questions:
                self._reached(registrable(name), "dns", time, sender)
        elif found.response:
            for record in found.records:
                if record.type in (TYPE_A, TYPE_AAAA):
                    self._note("names", (record.name[:64], protocol), time, sender)

    def _netbios(self, time: float, frame: Frame, sender: str, protocol: str, found: NetBios) -> None:
        if found.claims:
            for name, suffix in found.names:
                if suffix in (0x00, 0x20) and name != "*":
                    self._note("names", (name.lower(), protocol), time, sender)

    def _http(self, time: float, frame: Frame, sender: str, protocol: str, found: Http) -> None:
        if found.gateway:
            self._note("upnp", (frame.ip.src if frame.ip is not None else "",), time, sender)
        if found.proxied or found.via or found.forwarded:
            ip = frame.ip
            key = (ip.src if ip is not None else "", ip.dst if ip is not None else "")
            self._note("proxied", key, time, sender, via=found.via, forwarded=found.forwarded, request=found.proxied)

    def _tls(self, time: float, frame: Frame, sender: str, protocol: str, name: str) -> None:
        self._reached(registrable(name), "tls", time, sender)

    def _reached(self, suffix: str, how: str, time: float, sender: str) -> None:
        if suffix:
            self._note("suffixes", (suffix, how), time, sender)

    def summary(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "macs": listing.macs(self.macs),
            "addresses": [
                row
                | {"standing": standing(row["address"]), "outside": not inside(row["address"], self._networks) if self._networks else None}
                for row in listing.addresses(self.addresses)
            ],
            "asked": [key for key, _ in self.asked],
            **{name: listing.rows(name, found) for name, found in self.others.items()},
            "garbled": dict(sorted(self.garbled.items())),
            "more": {name: more for name, more in self._more().items() if more},
        }

    def _more(self) -> dict[str, int]:
        """What found no place in its list."""
        whole = {"macs": self.macs.more, "addresses": self.addresses.more, "asked": self.asked.more}
        return whole | {name: found.more for name, found in self.others.items()}


def fingerprint(identity: str) -> str:
    """A client's identity, recognisable on another segment but not readable; empty for none."""
    return hashlib.sha256(bytes.fromhex(identity)).hexdigest()[:16] if identity else ""


_HEARERS: dict[type, Callable[..., None]] = {
    Bpdu: Spots._bpdu,
    Announcement: Spots._announcement,
    Redundancy: Spots._redundancy,
    Trunking: Spots._trunking,
    Aggregation: Spots._aggregation,
    RouterAdvert: Spots._router,
    Neighbour: Spots._neighbour,
    Dhcp: Spots._dhcp,
    Dhcp6: Spots._dhcp6,
    Dns: Spots._dns,
    NetBios: Spots._netbios,
    Http: Spots._http,
    str: Spots._tls,
}
