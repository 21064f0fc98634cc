"""Capture files: every spelling read, every lie named, nothing silent."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import PcapNgWriter, PcapWriter

from scanner.collect.sniff.look import Place, read_file
from scanner.collect.sniff.pcap import MAX_EMPTY, MAX_FRAME, Story, open_capture
from scanner.errors import UseError
from scanner.facts.network.sighting import Sighting, sighting_of
from scanner.facts.network.tally import Captured
from scanner.model.absent import Absent
from tests.collect.sniff.files import MAGICS, block, enhanced, interface, old, pcap, section, simple, statistics

FRAME = bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="192.0.2.1", dst="192.0.2.2") / TCP() / b"x")
FRAMES = [(1000.25, FRAME), (1000.5, FRAME + b"y"), (1001.0, FRAME)]


def read(data: bytes) -> tuple[list[Captured], Story]:
    story = Story()
    return [item for batch in open_capture(io.BytesIO(data), story).batches() for item in batch], story


@pytest.mark.parametrize("spelling", MAGICS)
def test_four_spellings_of_pcap(spelling: str) -> None:
    found, story = read(pcap(FRAMES, spelling))
    assert [item[2] for item in found] == [data for _, data in FRAMES]
    assert [item[0] for item in found] == pytest.approx([time for time, _ in FRAMES])
    assert story.ended == "whole" and not story.troubles and story.links == {1}


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng(order: str) -> None:
    nano = [(9, b"\x09"), (14, struct.pack(order + "q", 500))]
    data = section(order) + interface(order) + enhanced(1000.25, FRAME, order) + old(1000.5, FRAME, order) + simple(FRAME, order)
    data += block(4, b"\1\0\4\0names", order) + block(0x0BAD, bytes(64), order) + statistics(7, order)
    other = ">" if order == "<" else "<"
    data += (
        section(other)
        + interface(other, options=[(9, b"\x09"), (14, struct.pack(other + "q", 500))])
        + enhanced(2.5, FRAME, other, ticks=10**9)
    )
    found, story = read(data)
    assert [item[0] for item in found] == pytest.approx([1000.25, 1000.5, 1000.5, 502.5]) and nano
    assert all(item[2] == FRAME for item in found)
    assert story.ended == "whole" and story.dropped == 7 and dict(story.troubles) == {"frames-without-a-time": 1}


def test_resolution_in_powers_of_two() -> None:
    found, _ = read(section() + interface(options=[(9, b"\x8a")]) + enhanced(3.5, FRAME, ticks=1024))
    assert found[0][0] == 3.5


def test_what_scapy_writes(tmp_path: Path) -> None:
    packets = [Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=0x88B5) / bytes([i]) for i in range(40)]
    for name, writer in (
        ("a.pcap", PcapWriter(str(tmp_path / "a.pcap"), linktype=1)),
        ("a.pcapng", PcapNgWriter(str(tmp_path / "a.pcapng"))),
    ):
        for packet in packets:
            writer.write(packet)
        writer.close()
        assert [item[2] for item in read((tmp_path / name).read_bytes())[0]] == [bytes(packet) for packet in packets]


def lie(size: int, wire: int = 60) -> bytes:
    return struct.pack("<IIII", 1, 0, size, wire)


PCAP = pcap(FRAMES)
NG = section() + interface() + enhanced(1, FRAME)
HOSTILE: dict[str, tuple[bytes, str, str, int]] = {
    "cut within a record": (PCAP[:-3], "cut", "record-cut", 2),
    "cut within a record's header": (PCAP + b"\0" * 9, "cut", "record-cut", 3),
    "a length of four gigabytes": (PCAP + lie(0xFFFFFFFF) + bytes(99), "broken", "length-impossible", 3),
    "a length just too great": (PCAP + lie(MAX_FRAME + 1) + bytes(MAX_FRAME + 1), "broken", "length-impossible", 3),
    "records without end": (PCAP + bytes(16 * (MAX_EMPTY + 10)), "broken", "empty-records-without-end", 3 + MAX_EMPTY),
    "ng cut within a block": (NG[:-5], "cut", "record-cut", 0),
    "ng cut within a header": (NG + b"\6\0\0\0", "cut", "record-cut", 1),
    "ng block of zero bytes": (NG + struct.pack("<II", 6, 0) + bytes(20), "broken", "block-length-impossible", 1),
    "ng block of odd length": (NG + struct.pack("<II", 6, 33) + bytes(40), "broken", "block-length-impossible", 1),
    "ng lengths that differ": (NG + enhanced(1, FRAME)[:-4] + b"\0\0\0\1", "broken", "block-lengths-differ", 1),
    "ng two gigabytes of a packet": (NG + struct.pack("<II", 6, 0x7FFFFFFC) + bytes(99), "broken", "length-impossible", 1),
    "ng two gigabytes of something else": (NG + struct.pack("<II", 77, 0x7FFFFFFC) + bytes(99), "cut", "record-cut", 1),
    "ng packet longer than its block": (NG + block(6, struct.pack("<IIIII", 0, 0, 0, 500, 500) + FRAME), "broken", "length-impossible", 1),
    "ng packet of no interface": (NG + enhanced(1, FRAME, index=9), "broken", "interface-unknown", 1),
    "ng packet before any interface": (section() + simple(FRAME), "broken", "interface-unknown", 0),
    "ng interfaces without end": (section() + interface() * 5000, "broken", "interfaces-without-end", 0),
    "ng sections without end": (section() * (MAX_EMPTY + 9), "broken", "sections-without-end", 0),
    "ng unknown byte order": (NG + block(0x0A0D0D0A, bytes(16)), "broken", "byte-order-unknown", 1),
    "ng short packet block": (NG + block(6, bytes(8)), "broken", "block-short", 1),
    "ng other link": (NG + interface(link=105) + enhanced(2, FRAME, index=1), "whole", "link-type-105", 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_counted_by_name(name: str, tmp_path: Path) -> None:
    data, ended, trouble, frames = HOSTILE[name]
    found, story = read(data)
    assert (story.ended, len(found)) == (ended, frames)
    assert story.troubles[trouble] == 1
    path = tmp_path / "x.pcap"
    path.write_bytes(data)
    seen = sighting_of(read_file(path, Place("lan")))
    assert isinstance(seen, Absent) if not frames else (isinstance(seen, Sighting) and not seen.whole and trouble in seen.hindrance)


REFUSED = {
    "nothing": (b"", "capture-shape", "0 bytes"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), "capture-shape", "gzip"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(40), "capture-shape", "zstd"),
    "text": (b"GET / HTTP/1.1 and so on and on", "capture-shape", "47455420"),
    "a header cut": (PCAP[:20], "capture-shape", "pcap header cut"),
    "802.11": (pcap(FRAMES, link=105), "capture-link", "802.11"),
    "radiotap": (pcap(FRAMES, link=127), "capture-link", "802.11 radiotap"),
    "ng 802.11 alone": (section() + interface(link=105) + enhanced(1, FRAME), "capture-link", "802.11"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_capture_is_refused_by_name(name: str, tmp_path: Path) -> None:
    data, code, detail = REFUSED[name]
    path = tmp_path / "x.pcap"
    path.write_bytes(data)
    with pytest.raises(UseError) as caught:
        read_file(path, Place())
    assert caught.value.code == code and detail in caught.value.fields.values()


def test_pipes_and_folders_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "", "absent"):
        with pytest.raises(UseError):
            read_file(tmp_path / name, Place())


def test_a_capture_without_frames_is_absent(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([]))
    data = read_file(path, Place())
    assert data["ended"] == "empty" and isinstance(sighting_of(data), Absent)


def test_frames_that_were_snapped(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([(1.0, FRAME + bytes(900))], snap=60))
    data = read_file(path, Place())
    assert data["snapped"] == 1 and data["octets"] == len(FRAME) + 900 and data["macs"][0]["mac"] == "02:00:00:00:00:01"


COOKED = struct.pack("!HHH8sH", 0, 1, 6, b"\x02\0\0\0\0\x01\0\0", 0x0800) + FRAME[14:]
COOKED2 = struct.pack("!HHIHBB8s", 0x0800, 0, 3, 1, 0, 6, b"\x02\0\0\0\0\x01\0\0") + FRAME[14:]


@pytest.mark.parametrize(
    ("link", "data", "mac"), [(113, COOKED, True), (276, COOKED2, True), (101, FRAME[14:], False), (228, FRAME[14:], False)]
)
def test_link_types(link: int, data: bytes, mac: bool, tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([(1.0, data)], link=link))
    found = read_file(path, Place())
    assert [row["address"] for row in found["addresses"]] == ["192.0.2.1", "192.0.2.2"]
    assert [row["mac"] for row in found["macs"]] == (["02:00:00:00:00:01"] if mac else [])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([PCAP, pcap(FRAMES, ">ns"), NG + old(2, FRAME) + statistics(3)]), st.data())
def test_bent_files_end_by_name(raw: bytes, data: st.DataObject) -> None:
    bent = bytearray(raw[: data.draw(st.integers(0, len(raw)))])
    for _ in range(data.draw(st.integers(0, 5)) if bent else 0):
        bent[data.draw(st.integers(0, len(bent) - 1))] = data.draw(st.integers(0, 255))
    try:
        found, story = read(bytes(bent))
    except UseError as error:
        assert error.code in ("capture-shape", "capture-link")
        return
    assert story.ended in ("whole", "cut", "broken") and (story.ended == "whole" or story.troubles)
    assert all(len(item[2]) <= MAX_FRAME for item in found)


MEMORY = """
import resource, struct, sys
from pathlib import Path
from scanner.collect.sniff.look import Place, read_file
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
data = read_file(Path(sys.argv[1]), Place())
print(data["frames"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_what_a_file_holds(tmp_path: Path) -> None:
    """Every frame has addresses of its own: nothing repeats, every list overflows."""
    path = tmp_path / "x.pcap"
    count = 120_000
    with path.open("wb") as stream:
        stream.write(pcap([]))
        for i in range(count):
            frame = bytearray(FRAME)
            frame[2:6] = frame[8:12] = struct.pack("!I", i)
            frame[26:30] = frame[30:34] = struct.pack("!I", 0x0A000000 + i)
            stream.write(lie(len(frame), len(frame)) + frame)
    done = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True)
    frames, grown = map(int, done.stdout.split())
    assert frames == count and grown < 50 * 1024, f"{grown} KiB"
