"""What a capture keeps, the same frame by frame and in bulk, whatever comes along the wire."""

from __future__ import annotations

import ipaddress
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.trial import sieve as kinds
from scanner.collect.trial.bulkread import sift, sort
from scanner.collect.trial.sieve import Sieve

MAGIC = bytes.fromhex("c0ffee99a1b2c3d4")
OURS4, OURS6 = ipaddress.IPv4Address("198.51.100.7"), ipaddress.IPv6Address("2001:db8::7")
OTHER4 = ipaddress.IPv4Address("192.0.2.1")
ETHER = bytes.fromhex("020000000001020000000002")


def sieve(quiet: int = 0, **budget: int) -> Sieve:
    return Sieve(MAGIC, [OURS4, OURS6], quiet=quiet, budget={getattr(kinds, name): count for name, count in budget.items()})


def v4(proto: int, body: bytes, dst: ipaddress.IPv4Address = OURS4, options: int = 0, fragment: int = 0) -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45 + options, 0, 20 + 4 * options + len(body), 1, fragment, 64, proto, 0)
    return ETHER + b"\x08\x00" + head + OTHER4.packed + dst.packed + bytes(4 * options) + body


def v6(proto: int, body: bytes, dst: ipaddress.IPv6Address = OURS6) -> bytes:
    return ETHER + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(body), proto, 64) + bytes(16) + dst.packed + body


def tcp(flags: int, sport: int = 443, dport: int = 40_000, rest: bytes = b"") -> bytes:
    return struct.pack(">HHIIBBHHH", sport, dport, 1, 2, 0x50, flags, 0, 0, 0) + rest


def udp(sport: int, dport: int, rest: bytes = b"x") -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(rest), 0) + rest


CASES = [
    ("other", v4(6, tcp(0x10))),
    ("ours", v4(6, tcp(0x02))),
    ("ours", v4(6, tcp(0x12))),
    ("ours", v4(6, tcp(0x04))),
    ("ours", v4(6, tcp(0x14), options=3)),
    ("other", v4(6, tcp(0x14), OTHER4)),
    ("other", v4(6, tcp(0x14), fragment=100)),
    ("ours", v6(6, tcp(0x12))),
    ("other", v6(6, tcp(0x10))),
    ("dns", v4(17, udp(4000, 53))),
    ("dns", v4(6, tcp(0x18, dport=53), OTHER4)),
    ("control", v4(17, udp(68, 67), OTHER4)),
    ("control", v6(17, udp(546, 547))),
    ("ours", v4(17, udp(9, 9))),
    ("ours", v4(17, udp(9, 9), fragment=5)),
    ("other", v4(17, udp(9, 9), OTHER4)),
    ("control", v4(1, b"\x08\0" + bytes(20))),
    ("control", v6(58, b"\x87\0" + bytes(20))),
    ("control", v4(47, bytes(10), OTHER4)),
    ("control", ETHER + b"\x08\x06" + bytes(28)),
    ("control", ETHER + b"\x88\xcc" + bytes(40)),
    ("control", bytes.fromhex("0180c2000000020000000002") + b"\x00\x26\x42\x42\x03" + bytes(35)),
    ("tagged", ETHER + b"\x81\x00\x00\x05\x08\x00" + bytes(40)),
    ("token", v4(6, tcp(0x02, rest=b"\x08\x0a" + MAGIC[:4] + bytes(4)), OTHER4)),
    ("token", v4(6, tcp(0x12, rest=b"\x08\x0a" + bytes(4) + MAGIC[:4]), OTHER4)),
    ("token", v4(17, udp(1, 2, b"ab" + MAGIC), OTHER4)),
    ("token", v4(17, udp(1, 53, b"\x30" + MAGIC.hex().encode()), OTHER4)),
    ("token", v4(17, udp(1, 53, b"\x30" + MAGIC.hex().upper().encode()), OTHER4)),
    ("token", v4(17, udp(1, 2, bytes(1300) + MAGIC), OTHER4)),
    ("token", ETHER + b"\x88\xb5" + MAGIC),
    ("control", ETHER + b"\x08\x00\x45"),
]


def bulk_of(one: Sieve, frames: list[bytes], tags: list[int], dirt: int = 0xFF) -> list[str]:
    rows = np.full((len(frames), 2048), dirt, np.uint8)
    for at, frame in enumerate(frames):
        rows[at, : len(frame)] = np.frombuffer(frame, np.uint8)
    sizes = np.array([len(frame) for frame in frames], np.int64)
    return [kinds.KINDS[kind] for kind in sort(one, rows, sizes, np.array(tags, np.int64))]


@pytest.mark.parametrize(("wanted", "frame"), CASES)
def test_the_class_of_a_frame(wanted: str, frame: bytes) -> None:
    assert kinds.KINDS[sieve().kind(frame)] == wanted
    assert bulk_of(sieve(), [frame], [0]) == [wanted]


def test_a_tag_that_the_kernel_took_off_counts_unless_it_is_for_us() -> None:
    frames = [v4(6, tcp(0x10)), v4(6, tcp(0x12)), ETHER + b"\x08\x06" + bytes(28), v4(17, udp(1, 2, MAGIC))]
    wanted = ["tagged", "ours", "tagged", "token"]
    assert [kinds.KINDS[sieve().kind(frame, 0x81000005)] for frame in frames] == wanted
    assert bulk_of(sieve(), frames, [0x81000005] * 4) == wanted


def test_refusals_of_own_knocks_take_no_room() -> None:
    from_ours = v4(6, tcp(0x14)).replace(OTHER4.packed, OURS4.packed, 1)
    from_ours6 = v6(6, tcp(0x14)).replace(bytes(16), OURS6.packed, 1)
    cases = [
        ("other", v4(6, tcp(0x14))),
        ("other", v6(6, tcp(0x04))),
        # Another port, another flag, or the name of one of ours: kept.
        ("ours", v4(6, tcp(0x14, dport=40_001))),
        ("ours", v4(6, tcp(0x12))),
        ("ours", from_ours),
        ("ours", from_ours6),
    ]
    for wanted, frame in cases:
        assert kinds.KINDS[sieve(40_000).kind(frame)] == wanted
        assert bulk_of(sieve(40_000), [frame], [0]) == [wanted]
    assert bulk_of(sieve(40_000), [frame for _, frame in cases], [0] * 6) == [wanted for wanted, _ in cases]


PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([frame for _, frame in CASES]),
    st.sampled_from([MAGIC, MAGIC[:4], MAGIC.hex().encode(), MAGIC.hex().upper().encode(), b"\x08\x00\x45\x00", b"\x86\xdd\x60"]),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.lists(PIECES, min_size=1, max_size=4), st.sampled_from([0, 0, 0x8100_0007])), min_size=1, max_size=12),
    st.sampled_from([0, 40_000]),
)
def test_bulk_and_plain_agree_on_anything(made: list[tuple[list[bytes], int]], quiet: int) -> None:
    frames = [(b"".join(pieces) + bytes(14))[:1500] for pieces, _ in made]
    tags = [tag for _, tag in made]
    one = sieve(quiet)
    wanted = [kinds.KINDS[one.kind(frame, tag)] for frame, tag in zip(frames, tags)]
    assert bulk_of(one, frames, tags) == wanted
    # What an older frame left in a slot is not read.
    assert bulk_of(one, frames, tags, dirt=0x45) == wanted


def both(frames: list[bytes], tags: list[int], **budget: int) -> tuple[Sieve, Sieve]:
    plain, bulk = sieve(**budget), sieve(**budget)
    times = [100.0 + at / 8 for at in range(len(frames))]
    for when, frame, tag in zip(times, frames, tags):
        plain.one(when, frame, tag)
    rows = np.zeros((len(frames), 2048), np.uint8)
    for at, frame in enumerate(frames):
        rows[at, : len(frame)] = np.frombuffer(frame, np.uint8)
    sizes = np.array([len(frame) for frame in frames], np.int64)
    sift(bulk, rows, sizes, np.array(times), np.array(tags, np.int64))
    return plain, bulk


def test_what_is_kept_is_the_same_both_ways() -> None:
    frames = [frame for _, frame in CASES] * 2
    tags = [0] * len(CASES) + [0x8100_2005] * len(CASES)
    plain, bulk = both(frames, tags)
    assert plain.heard() == bulk.heard()
    assert plain.sources == bulk.sources
    assert plain.count == bulk.count
    assert bulk.heard(3) == bulk.heard()[3:]
    last = bulk.heard()[-1]
    assert last.vlan == 5
    assert last.frame[12:16].hex() == "81002005"
    assert last.frame[:12] + last.frame[16:] == frames[-1]


def test_budgets_bound_what_is_kept_and_the_rest_is_counted() -> None:
    token, arp = v4(17, udp(1, 2, MAGIC)), ETHER + b"\x08\x06" + bytes(28)
    for one in both([token] * 10 + [arp] * 10, [0] * 20, TOKEN=4, CONTROL=12):
        assert one.kept == 4 + 3
        assert one.overflow == {kinds.TOKEN: 6, kinds.CONTROL: 7}
        assert one.sources[ETHER[6:]].frames == 20


def test_one_noisy_source_leaves_room_for_the_others() -> None:
    noisy, quiet = ETHER + b"\x08\x06" + bytes(28), ETHER[:6] + b"\x02\0\0\0\0\x09" + b"\x08\x06" + bytes(28)
    for one in both([noisy] * 30 + [quiet] * 2, [0] * 32, CONTROL=20):
        assert [heard.frame for heard in one.heard()] == [noisy] * 5 + [quiet] * 2
