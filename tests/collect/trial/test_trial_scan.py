"""A stateless scan: frames that scapy would make, answers that only fit their own question, the same with numpy and without."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.trial import scan as s
from scanner.collect.trial.ports import opened, printer
from scanner.collect.trial.resolve import answer, arp, solicit
from scanner.collect.trial.scan import Questions, askable

from .scapy_sums import again

SEED = bytes(range(32))
ME = bytes.fromhex("020000000001")
MINE4, MINE6 = IPv4Address("192.0.2.1"), IPv6Address("2001:db8::1")
HOSTS4: list[s.Address] = list(ip_network("198.51.100.0/28"))
HOSTS6: list[s.Address] = list(ip_network("2001:db8:1::/124"))
PORTS = [22, 80, 443, 9100, 9107, 65_535]


def questions(version: int = 4, ports: Sequence[int] = PORTS) -> Questions:
    return Questions(SEED, "t", MINE4 if version == 4 else MINE6, HOSTS4 if version == 4 else HOSTS6, ports)


def made(asked: Questions, bulk: bool, turn: int = 0) -> list[tuple[int, bytes]]:
    maker = printer(asked, [bytes([2, 0, 0, 0, 1, at]) for at in range(len(asked.addresses))], ME, bulk)
    width, out = maker.slots.width, []
    for places in maker.chunks(turn):
        out += [(place, bytes(maker.slots.data[at * width : (at + 1) * width])) for at, place in enumerate(places)]
    return out


def test_printers_ports_are_never_asked() -> None:
    assert askable([9100, 22, 9107, 22, 0, 65_536, 9108, 9099]) == [22, 9099, 9108]
    assert not {struct.unpack(">H", frame[36:38])[0] for _, frame in made(questions(ports=range(9000, 9200)), True)} & set(
        range(9100, 9108)
    )


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("turn", [0, 1])
def test_frames_are_whole_and_the_same_both_ways(version: int, turn: int) -> None:
    frames = made(questions(version), True, turn)
    assert frames == made(questions(version), False, turn)
    assert len({frame for _, frame in frames}) == 16 * 4
    for place, frame in frames:
        assert again(frame) == frame
        assert frame[:6] == bytes([2, 0, 0, 0, 1, place])
    # One round after the other: nobody hears a second one before everybody heard one.
    places = [place for place, _ in frames]
    assert all(places[at : at + 16] == places[:16] for at in range(0, 64, 16))
    assert len(set(places[:16])) == 16


def reply(frame: bytes, flags: int, version: int = 4, shift: int = 0, options: bytes = b"") -> bytes:
    at = 34 if version == 4 else 54
    sport, dport, seq = struct.unpack(">HHI", frame[at : at + 8])
    tcp = struct.pack(">HHIIBBHHH", dport, sport, 99, (seq + 1 + shift) & 0xFFFFFFFF, 0x50, flags, 0, 0, 0)
    if version == 4:
        head = bytes([0x45 + len(options) // 4]) + frame[15:26] + frame[30:34] + frame[26:30] + options
        return frame[6:12] + frame[:6] + b"\x08\x00" + head + tcp + bytes(6)
    return frame[6:12] + frame[:6] + frame[12:22] + frame[38:54] + frame[22:38] + tcp


def take(asked: Questions, frames: list[bytes], bulk: bool) -> None:
    if not bulk:
        for frame in frames:
            asked.one(0.0, frame)
        return
    rows = np.full((len(frames), 256), 0x45, np.uint8)
    for at, frame in enumerate(frames):
        rows[at, : len(frame)] = np.frombuffer(frame, np.uint8)
    sizes = np.array([len(frame) for frame in frames], np.int64)
    asked.many(rows, sizes, np.zeros(len(frames)), np.zeros(len(frames), np.int64))


@pytest.mark.parametrize("bulk", [True, False])
@pytest.mark.parametrize("version", [4, 6])
def test_answers(bulk: bool, version: int) -> None:
    asked = questions(version)
    frames = [frame for _, frame in made(asked, bulk)]
    good = [reply(frame, 0x12 if at % 3 == 0 else 0x14, version) for at, frame in enumerate(frames[:30])]
    bad = [reply(frame, 0x12, version, shift=1) for frame in frames[30:40]] + [reply(frame, 0x10, version) for frame in frames[40:50]]
    take(asked, good + bad, bulk)
    take(asked, good, bulk)
    assert asked.answered == 30
    assert [asked.status.count(state) for state in range(4)] == [34, 10, 20, 0]
    assert len(list(opened(asked))) == 10
    assert set(asked.ports) == {22, 80, 443, 65_535}
    # The second turn asks only what stayed silent.
    rest = [frame for _, frame in made(asked, bulk, 1)]
    assert sorted(rest) == sorted(frames[30:])


@pytest.mark.parametrize("bulk", [True, False])
def test_an_answer_with_ip_options_and_an_icmp_message_count(bulk: bool) -> None:
    asked = questions()
    frames = [frame for _, frame in made(asked, bulk)]
    icmp = frames[1][6:12] + frames[1][:6] + b"\x08\x00" + b"\x45" + bytes(8) + b"\x01" + bytes(2) + bytes([10, 0, 0, 1]) + MINE4.packed
    quoted = b"\x03\x0d" + bytes(6) + frames[1][14:42]
    forged = b"\x03\x0d" + bytes(6) + frames[2][14:38] + bytes(4)
    take(asked, [reply(frames[0], 0x12, options=bytes(8)), icmp + quoted, icmp + forged, icmp + quoted[:30]], bulk)
    assert [asked.status.count(state) for state in range(4)] == [62, 1, 0, 1]


@pytest.mark.parametrize("bulk", [True, False])
def test_an_open_port_stays_open(bulk: bool) -> None:
    asked = questions()
    frame = made(asked, bulk)[0][1]
    take(asked, [reply(frame, 0x14), reply(frame, 0x12), reply(frame, 0x14)], bulk)
    take(asked, [reply(frame, 0x14)], bulk)
    assert asked.status.count(s.OPEN) == 1
    assert asked.answered == 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 63), st.integers(0, 100), st.binary(min_size=1, max_size=3), st.integers(0, 255)), max_size=20))
def test_both_ways_read_the_same_in_mangled_answers(changes: list[tuple[int, int, bytes, int]]) -> None:
    plain, bulk = questions(), questions()
    frames = [frame for _, frame in made(plain, True)]
    mangled = []
    for which, at, piece, flags in changes:
        frame = bytearray(reply(frames[which], flags))
        frame[at : at + len(piece)] = piece
        mangled.append(bytes(frame))
    if mangled:
        take(plain, mangled, False)
        take(bulk, mangled, True)
    assert plain.status == bulk.status
    assert plain.answered == bulk.answered


def test_questions_for_neighbours_are_those_that_scapy_makes() -> None:
    from scanner.collect.trial import templates as t

    asked = IPv6Address("2001:db8::abcd:1234")
    assert arp(ME, MINE4, IPv4Address("192.0.2.9")) == t.arp(t.Link(ME, t.ALL), MINE4, IPv4Address("192.0.2.9")).frame
    assert solicit(ME, MINE6, asked) == t.solicit(ME, MINE6, asked).frame


def test_who_answers_for_an_address() -> None:
    other = bytes.fromhex("0200000000bb")
    arp_reply = ME + other + bytes.fromhex("08060001080006040002") + other + bytes([192, 0, 2, 9]) + ME + MINE4.packed
    assert answer(arp_reply) == (IPv4Address("192.0.2.9"), other)
    assert answer(arp(ME, MINE4, IPv4Address("192.0.2.9"))) is None
    head = ME + other + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, 32, 58, 255) + MINE6.packed + MINE6.packed
    advert = head + b"\x88" + bytes(7) + MINE6.packed
    assert answer(advert) == (MINE6, other)
    assert answer(advert + b"\x02\x01" + ME) == (MINE6, ME)
    assert answer(advert[:60]) is None
    assert answer(b"") is None
