"""How fast a capture file becomes a sighting, beside scapy's readers and tshark where it is installed.

``python -m bench.isolation_capture [FRAMES]``: a file of mixed frames is made in a temporary folder; every figure is from the same run.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.utils import PcapReader, RawPcapReader

from scanner.collect.sniff.look import Place, read_file
from scanner.collect.sniff.pcap import Story, open_capture

SCAPY_FRAMES = 20_000
"""What scapy is given of the same file: it would take minutes for the whole."""


def templates(count: int = 400) -> list[bytes]:
    """Conversations of an office: mostly TCP of all sizes, some names and ARP."""
    dice = random.Random(3)
    found = []
    for i in range(count):
        a, b = f"192.0.2.{dice.randrange(1, 255)}", f"198.51.100.{dice.randrange(1, 255)}"
        over = Ether(src=f"02:00:00:00:{i >> 8:02x}:{i & 255:02x}", dst="02:00:00:00:ff:ff")
        load = dice.randbytes(dice.choice((0, 0, 60, 500, 1400)))
        kind = dice.random()
        if kind < 0.75:
            made = over / IP(src=a, dst=b) / TCP(sport=dice.randrange(1024, 65535), dport=443, flags="A") / load
        elif kind < 0.9:
            made = over / IPv6(src=f"2001:db8::{i:x}", dst="2001:db8:1::1") / UDP(sport=4000, dport=443) / load
        elif kind < 0.97:
            made = over / IP(src=a, dst=b) / UDP(sport=4000, dport=53) / DNS(qd=DNSQR(qname=f"host{i}.example.org"))
        else:
            made = over / ARP(hwsrc=over.src, psrc=a, pdst="192.0.2.1")
        found.append(bytes(made))
    return found


def write(path: Path, count: int, ng: bool) -> None:
    """A file of that many frames."""
    frames, dice = templates(), random.Random(5)
    with path.open("wb") as stream:
        if ng:
            stream.write(struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) + struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20))
        else:
            stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i in range(count):
            data = dice.choice(frames)
            if ng:
                padded = data + bytes(-len(data) % 4)
                size = len(padded) + 32
                stream.write(
                    struct.pack("<IIIIIII", 6, size, 0, i >> 32, i & 0xFFFFFFFF, len(data), len(data)) + padded + struct.pack("<I", size)
                )
            else:
                stream.write(struct.pack("<IIII", i // 1000, i % 1000, len(data), len(data)) + data)


def records(path: Path) -> int:
    """Our reader alone."""
    with path.open("rb", buffering=0) as stream:
        return sum(len(batch) for batch in open_capture(stream, Story()).batches())  # type: ignore[arg-type]


def sighting(path: Path) -> int:
    """Reader, digest, tally and summary."""
    return int(read_file(path, Place())["frames"])


def scapy_raw(path: Path) -> int:
    """scapy's reader without dissection."""
    with RawPcapReader(str(path)) as reader:
        return sum(1 for _ in reader)


def scapy_dissecting(path: Path) -> int:
    """scapy's usual way, on the first frames only."""
    count = 0
    with PcapReader(str(path)) as reader:
        for _ in reader:
            count += 1
            if count >= SCAPY_FRAMES:
                break
    return count


def tshark(path: Path) -> int:
    """tshark printing senders and addresses."""
    fields = ["-T", "fields", "-e", "eth.src", "-e", "ip.src"]
    done = subprocess.run(["tshark", "-n", "-r", str(path), *fields], capture_output=True, check=True)
    return done.stdout.count(b"\n")


def measured(folder: Path, count: int) -> Iterator[str]:
    """One line a measurement."""
    for name in ("mixed.pcap", "mixed.pcapng"):
        path = folder / name
        write(path, count, name.endswith("ng"))
        ways: list[Callable[[Path], int]] = [records, sighting, scapy_raw, scapy_dissecting]
        ways += [tshark] if shutil.which("tshark") else []
        for way in ways:
            begun, worked = time.perf_counter(), time.process_time()
            frames = way(path)
            wall, used = time.perf_counter() - begun, time.process_time() - worked
            share = path.stat().st_size * frames / count / 1e6
            yield f"{name:13} {way.__name__:17} {frames:9,} frames {wall:7.2f} s {used:7.2f} CPU s {frames / wall:11,.0f} frames/s {share / wall:8.1f} MB/s"


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with tempfile.TemporaryDirectory(prefix="shiqu-bench-") as folder:
        for line in measured(Path(folder), count):
            print(line, flush=True)


if __name__ == "__main__":
    main()
