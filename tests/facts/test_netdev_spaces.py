"""Access lists as sets: compared packet by packet with a plain first-match evaluation of the same text."""

from __future__ import annotations

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.netdev.box.rules_ios import ios_rule
from scanner.facts.netdev.box.rules_vrp import vrp_rule
from scanner.facts.netdev.box.spaces import (
    FLAGS,
    PORTS,
    PROTOCOLS,
    Part,
    Piece,
    Rule,
    Said,
    complement,
    everything,
    meet,
    merged,
    sift,
    wildcard,
    without,
)

SPAN = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda t: (min(t), max(t)))
PIECE = st.tuples(SPAN, SPAN, SPAN, SPAN, SPAN, SPAN)
POINT = st.tuples(*[st.integers(0, 12)] * 6)


def inside(piece: Piece, point: tuple[int, ...]) -> bool:
    return all(low <= value <= high for (low, high), value in zip(piece, point, strict=True))


@settings(deadline=None, max_examples=300)
@given(PIECE, PIECE, POINT)
def test_meet_and_without_are_set_operations(one: Piece, other: Piece, point: tuple[int, ...]) -> None:
    common = meet(one, other)
    assert (common is not None and inside(common, point)) == (inside(one, point) and inside(other, point))
    rest = without(one, other)
    assert sum(inside(piece, point) for piece in rest) == (inside(one, point) and not inside(other, point))


@settings(deadline=None, max_examples=200)
@given(st.lists(SPAN, max_size=5), st.integers(0, 12))
def test_merge_and_complement(spans: list[tuple[int, int]], value: int) -> None:
    among = any(low <= value <= high for low, high in spans)
    assert any(low <= value <= high for low, high in merged(spans)) == among
    assert any(low <= value <= high for low, high in complement(spans, 12)) == (not among)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32 - 1), st.integers(0, 255).map(lambda n: n << 8 | n & 15), st.integers(0, 2**32 - 1))
def test_wildcards_with_gaps(address: int, mask: int, other: int) -> None:
    spans, followed = wildcard(address, mask)
    near = address ^ (other & 0xFFFF)
    wanted = (near ^ address) & ~mask & 0xFFFFFFFF == 0
    got = any(low <= near <= high for low, high in spans)
    assert got == wanted if followed else got or not wanted


# Small worlds: few addresses, ports and protocols, so that every rule meets every other.
ADDRESSES = ["any", "host 192.0.2.1", "192.0.2.0 0.0.0.3", "192.0.2.0 0.0.0.6", "198.51.100.0 0.0.0.255"]
OPERATORS = ["", "eq 80", "eq 443", "range 80 443", "gt 400", "lt 81", "neq 80"]
IOS_TEXT = st.tuples(
    st.sampled_from(["permit", "deny"]), st.sampled_from(["ip", "tcp", "udp"]), st.sampled_from(ADDRESSES), st.sampled_from(OPERATORS),
    st.sampled_from(ADDRESSES), st.sampled_from(OPERATORS), st.sampled_from(["", "established"]),
)  # fmt: skip
PACKET = st.tuples(
    st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.4", "198.51.100.9", "203.0.113.1"]),
    st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.4", "198.51.100.9", "203.0.113.1"]),
    st.sampled_from([1, 6, 17]), st.sampled_from([79, 80, 81, 443, 500]), st.sampled_from([79, 80, 81, 443, 500]), st.booleans(),
)  # fmt: skip
Packet = tuple[str, str, int, int, int, bool]


def address_matches(text: str, address: str) -> bool:
    if text == "any":
        return True
    words = text.split()
    base, mask = (words[1], "0.0.0.0") if words[0] == "host" else (words[0], words[1])
    free = int(ipaddress.IPv4Address(mask))
    return int(ipaddress.IPv4Address(base)) & ~free == int(ipaddress.IPv4Address(address)) & ~free


def port_matches(text: str, number: int) -> bool:
    words = text.split()
    if not words:
        return True
    first = int(words[1])
    return {"eq": number == first, "gt": number > first, "lt": number < first, "neq": number != first}.get(
        words[0], first <= number <= int(words[-1])
    )


def first_match(rules: list[tuple[str, ...]], packet: Packet) -> bool:
    source, target, protocol, source_port, port, acknowledged = packet
    for action, name, source_text, source_ports, target_text, ports, established in rules:
        ported = name in ("tcp", "udp")
        if (
            (name == "ip" or protocol == {"tcp": 6, "udp": 17}[name])
            and address_matches(source_text, source)
            and address_matches(target_text, target)
            and (not ported or (port_matches(source_ports, source_port) and port_matches(ports, port)))
            and (name != "tcp" or not established or acknowledged)
        ):
            return action == "permit"
    return False


def sets_say(rules: list[Rule], packet: Packet) -> bool:
    source, target, protocol, source_port, port, acknowledged = packet
    start = [Part((everything(4), everything(4), PROTOCOLS, PORTS, PORTS, FLAGS), True, ())]
    point = (int(ipaddress.IPv4Address(source)), int(ipaddress.IPv4Address(target)), protocol, source_port, port, int(acknowledged))
    holding = [part for part in sift(start, rules, False).passed if inside(part.piece, point)]
    assert len(holding) <= 1 and all(part.sure for part in holding)
    return bool(holding)


@settings(deadline=None, max_examples=400)
@given(st.lists(IOS_TEXT, max_size=7), st.lists(PACKET, min_size=1, max_size=25))
def test_ios_lists_agree_with_a_packet_evaluator(rules: list[tuple[str, ...]], packets: list[Packet]) -> None:
    read = []
    for number, rule in enumerate(rules, 1):
        action, name, source, source_ports, target, ports, established = rule
        ported = name in ("tcp", "udp")
        words = [
            action,
            name,
            source,
            source_ports if ported else "",
            target,
            ports if ported else "",
            established if name == "tcp" else "",
        ]
        text = f"{number * 10} " + " ".join(word for word in words if word)
        found = ios_rule(text, Said(number, text), 4, standard=False)
        assert found is not None and found.exact, text
        read.append(found)
    for packet in packets:
        assert sets_say(read, packet) == first_match(rules, packet)


@settings(deadline=None, max_examples=400)
@given(st.lists(IOS_TEXT, max_size=7), st.lists(PACKET, min_size=1, max_size=25))
def test_vrp_lists_agree_with_a_packet_evaluator(rules: list[tuple[str, ...]], packets: list[Packet]) -> None:
    read = []
    for number, (action, name, source, source_ports, target, ports, established) in enumerate(rules, 1):
        text = f"rule {number * 5} {action} {name}"
        for word, value in (("source", source), ("destination", target)):
            text += f" {word} " + (value.removeprefix("host ") + " 0" if value.startswith("host") else value)
        if name in ("tcp", "udp"):
            text += "".join(f" {word} {value}" for word, value in (("source-port", source_ports), ("destination-port", ports)) if value)
        text += " tcp-flag established" if name == "tcp" and established else ""
        found = vrp_rule(text, Said(number, text), 4)
        assert found is not None and found.exact, text
        read.append(found)
    for packet in packets:
        assert sets_say(read, packet) == first_match(rules, packet)


def test_what_is_not_followed_is_never_sure() -> None:
    permit = ios_rule("10 permit tcp any any eq 80 time-range WORK", Said(1, ""), 4, False)
    deny = ios_rule("10 deny ip any any fragments", Said(1, ""), 4, False)
    everyone = ios_rule("20 permit ip any any", Said(2, ""), 4, False)
    assert permit is not None and deny is not None and everyone is not None
    start = [Part((everything(4), everything(4), PROTOCOLS, PORTS, PORTS, FLAGS), True, ())]
    assert [part.sure for part in sift(start, [permit], False).passed] == [False]
    assert all(not part.sure for part in sift(start, [deny, everyone], False).passed)
