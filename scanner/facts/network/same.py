"""Two segments compared: what on both sides is one and the same thing, and how far that proves a link between them.

Strengths: A conclusive (never from here: only a token that crossed is), B one identity on both sides, C to be confirmed, D a hint. What is
shared by design (virtual router addresses), built alike (neighbouring addresses of one batch) or cloned (names) is no proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.facts.network.macs import set_by_software, virtual_kind
from scanner.facts.network.places import Network, inside
from scanner.facts.network.sighting import Row, Sighting

SLACK = 5.0
"""Seconds by which the clocks of two ends may differ before times stop telling anything."""
FEW = 3
"""Addresses of the other side that one device may have; whoever answers for more answers for everything."""
COMMON_NAMES = frozenset(
    {"localhost", "switch", "router", "huawei", "h3c", "ubnt", "mikrotik", "openwrt", "raspberrypi", "debian", "ubuntu"}
)
"""Names that devices come with: two of them say nothing."""


@dataclass(frozen=True, slots=True)
class Coincidence:
    """One thing seen on both sides."""

    kind: str
    """shared-mac, shared-bridge, same-box, tunnel, foreign-address or same-name."""
    strength: str
    """B, C or D."""
    what: str
    """The identity: a MAC, a bridge, a chassis, an address or a name."""
    why: str
    """Word for the rule that gave this strength."""
    inner: Row
    """The row in which the inner side shows it."""
    outer: Row

    @property
    def data(self) -> dict[str, Any]:
        """As JSON data for a verdict."""
        return {
            "kind": self.kind, "strength": self.strength, "what": self.what, "why": self.why,
            "inner": dict(self.inner), "outer": dict(self.outer),
        }  # fmt: skip


def compare(
    inner: Sighting, outer: Sighting, inner_networks: Sequence[Network] = (), outer_networks: Sequence[Network] = ()
) -> tuple[Coincidence, ...]:
    """Everything that both sides share, strongest first."""
    found = [
        *_macs(inner, outer),
        *_bridges(inner, outer),
        *_boxes(inner, outer),
        *_carried(inner, outer),
        *_identities(inner, outer),
        *_foreign(inner, outer, inner_networks, outer_networks),
        *_names(inner, outer),
    ]
    return tuple(sorted(found, key=lambda item: (item.strength, item.kind, item.what)))


def _together(one: Row, other: Row) -> bool:
    """Whether both were there in one stretch of time: a device that is carried over is gone here before it is there."""
    return bool(one["first"] <= other["last"] + SLACK and other["first"] <= one["last"] + SLACK)


def _timed(one: Row, other: Row) -> tuple[str, str]:
    return ("B", "at-the-same-time") if _together(one, other) else ("C", "at-different-times")


def _macs(inner: Sighting, outer: Sighting) -> Iterator[Coincidence]:
    for mac in sorted(set(inner.macs) & set(outer.macs)):
        if not virtual_kind(mac):
            one, other = inner.macs[mac], outer.macs[mac]
            # What software sets is copied with a guest's settings, and two such guests that never meet do not mind.
            strength, why = ("C", "set-by-software") if set_by_software(mac) else _timed(one, other)
            yield Coincidence("shared-mac", strength, mac, why, one, other)


def _bridges(inner: Sighting, outer: Sighting) -> Iterator[Coincidence]:
    """The same root of one spanning tree joins the segments; the same switch in two trees stands on both."""
    ones, others = _by_mac(inner), _by_mac(outer)
    for mac in sorted(set(ones) & set(others)):
        if virtual_kind(mac):
            continue
        one, other, rooted = _best(ones[mac], others[mac])
        strength, why = _timed(one, other)
        yield Coincidence("shared-bridge" if rooted else "same-box", strength, mac, why, one, other)


def _by_mac(sighting: Sighting) -> dict[str, list[tuple[str, Row]]]:
    found: dict[str, list[tuple[str, Row]]] = {}
    for row in sighting.rows("bridges"):
        for role in ("root", "bridge"):
            found.setdefault(str(row[role]).partition("/")[2], []).append((role, row))
    return found


def _best(ones: list[tuple[str, Row]], others: list[tuple[str, Row]]) -> tuple[Row, Row, bool]:
    for role, one in ones:
        for other_role, other in others:
            if role == other_role == "root" and (one["root"], one["vlan"]) == (other["root"], other["vlan"]):
                return one, other, True
    return ones[0][1], others[0][1], False


def _boxes(inner: Sighting, outer: Sighting) -> Iterator[Coincidence]:
    """A chassis that names itself by a MAC is one box; one that names itself by a word may have a namesake."""
    ones, others = _announced(inner), _announced(outer)
    for chassis in sorted(set(ones) & set(others)):
        one, other = ones[chassis], others[chassis]
        if not _hardware(chassis):
            if chassis.lower() not in COMMON_NAMES:
                yield Coincidence("same-box", "C", chassis, "named-by-a-word", one, other)
        elif not virtual_kind(chassis):
            strength, why = ("C", "set-by-software") if set_by_software(chassis) else _timed(one, other)
            yield Coincidence("same-box", strength, chassis, why, one, other)


def _announced(sighting: Sighting) -> dict[str, Row]:
    return {str(row["chassis"]): row for row in sighting.rows("announced")}


def _hardware(chassis: str) -> bool:
    return len(chassis) == 17 and all(len(part) == 2 and set(part) <= set("0123456789abcdef") for part in chassis.split(":"))


def _carried(inner: Sighting, outer: Sighting) -> Iterator[Coincidence]:
    """A tunnel on one wire that carries frames of a device of the other."""
    for here, there, within in ((inner, outer, True), (outer, inner, False)):
        for row in there.rows("tunnels"):
            for mac in sorted(set(row.get("inner_macs", ())) & set(here.macs)):
                if not virtual_kind(mac):
                    strength, why = _timed(here.macs[mac], row)
                    yield Coincidence("tunnel", strength, mac, why, *((here.macs[mac], row) if within else (row, here.macs[mac])))


def _identities(inner: Sighting, outer: Sighting) -> Iterator[Coincidence]:
    """DHCP identities: made once per system, and copied with its disk."""
    for name, key in (("dhcp_clients", "identity"), ("dhcp_servers", "duid")):
        ones = {row[key]: row for row in inner.rows(name) if row[key]}
        others = {row[key]: row for row in outer.rows(name) if row[key]}
        for identity in sorted(set(ones) & set(others)):
            yield Coincidence("same-name", "C", str(identity), "copied-with-a-disk", ones[identity], others[identity])


def _foreign(
    inner: Sighting, outer: Sighting, inner_networks: Sequence[Network], outer_networks: Sequence[Network]
) -> Iterator[Coincidence]:
    """Somebody claims an address of the other side: a leak, a proxy that answers for everything, or a machine moved with its settings."""
    yield from _claimed(inner, outer, inner_networks, outer_networks, True)
    yield from _claimed(outer, inner, outer_networks, inner_networks, False)


def claimed(here: Sighting, own: Sequence[Network], other: Sequence[Network]) -> dict[str, frozenset[str]]:
    """Addresses of the other zone to the MACs that answer for them here; a proxy, which answers for whatever is asked, is none of them."""
    rows, per_mac = _wrong_side(here, own, other)
    found: dict[str, frozenset[str]] = {}
    for row in rows:
        if per_mac[row["mac"]] <= FEW:
            found[row["address"]] = found.get(row["address"], frozenset()) | {row["mac"]}
    return found


def _wrong_side(here: Sighting, own: Sequence[Network], other: Sequence[Network]) -> tuple[list[Row], dict[str, int]]:
    """(claims of addresses of the other zone, how many each MAC makes)."""
    rows = [row for row in here.rows("claims") if inside(row["address"], other) and not inside(row["address"], own)]
    per_mac: dict[str, int] = {}
    for row in rows:
        per_mac[row["mac"]] = per_mac.get(row["mac"], 0) + 1
    return rows, per_mac


def _claimed(here: Sighting, there: Sighting, own: Sequence[Network], other: Sequence[Network], within: bool) -> Iterator[Coincidence]:
    rows, per_mac = _wrong_side(here, own, other)
    for row in rows:
        match = next((found for found in there.rows("claims") if found["address"] == row["address"]), {})
        many = per_mac[row["mac"]] > FEW
        yield Coincidence(
            "foreign-address", "D" if many else "C", row["address"], "claims-many" if many else "claimed-on-the-wrong-side",
            *((row, match) if within else (match, row)),
        )  # fmt: skip
    if not rows:
        for address in here.asked:
            if inside(address, other) and not inside(address, own):
                asked = {"address": address}
                yield Coincidence("foreign-address", "D", address, "asked-for", *((asked, {}) if within else ({}, asked)))


def _names(inner: Sighting, outer: Sighting) -> Iterator[Coincidence]:
    ones, others = dict(_named(inner)), dict(_named(outer))
    for name in sorted(set(ones) & set(others)):
        yield Coincidence("same-name", "C", name, "cloned-or-moved", ones[name], others[name])


def _named(sighting: Sighting) -> Iterable[tuple[str, Row]]:
    rows = [(row["name"], row) for row in sighting.rows("names")]
    rows += [(row["host"], row) for row in sighting.rows("dhcp_clients")] + [(row["name"], row) for row in sighting.rows("announced")]
    for name, row in rows:
        plain = str(name).lower().removesuffix(".local")
        if plain and plain not in COMMON_NAMES and "._" not in plain and not plain.endswith(".arpa"):
            yield plain, row


def names_by_mac(here: Sighting) -> dict[str, frozenset[str]]:
    """The names that each station gives itself."""
    found: dict[str, frozenset[str]] = {}
    for name, row in _named(here):
        for mac in [row["mac"]] if row.get("mac") else row.get("macs", ()):
            found[mac] = found.get(mac, frozenset()) | {name}
    return found
