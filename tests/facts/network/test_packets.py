"""The dissector against scapy as the second opinion, and against anything at all."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, ICMPerror, IPerror, TCPerror
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, GRE, Dot1AD, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from scanner.facts.fact import Unreadable
from scanner.facts.network.packets import MAX_INNER, Frame, Tag, dissect, dissect_as, dissect_ip

MACS = st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex(":"))
V4 = st.ip_addresses(v=4).map(str)
V6 = st.ip_addresses(v=6).map(str)
PORTS = st.integers(0, 65535)
WORDS = st.integers(0, 2**32 - 1)
HERE = "02:00:00:00:00:01"
OVER = Ether(src=HERE, dst="02:00:00:00:00:02")
"""Both addresses are given everywhere: scapy asks the network for what is left out."""
ETHER = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"


def frames(frame: Frame) -> list[Frame]:
    found = [frame]
    while found[-1].inner is not None:
        found.append(found[-1].inner)
    return found


@settings(max_examples=400)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_frame_or_unreadable(raw: bytes) -> None:
    try:
        frame = dissect(raw)
    except Unreadable:
        assert len(raw) < 14
        return
    assert len(raw) >= 14
    assert len(frames(frame)) <= MAX_INNER + 1


SEEDS = [
    OVER / IP(src="192.0.2.77", dst="192.0.2.1") / TCP(options=[("Timestamp", (1, 2)), ("MSS", 1460)]) / (b"x" * 20),
    OVER / Dot1Q(vlan=5) / IPv6(src="2001:db8::77", dst="2001:db8::1") / IPv6ExtHdrHopByHop() / IPv6ExtHdrFragment() / UDP() / (b"y" * 9),
    OVER / IP(src="192.0.2.77", dst="192.0.2.1") / GRE() / IP(src="192.0.2.77", dst="192.0.2.2") / ICMP(),
    OVER / IP(src="192.0.2.77", dst="192.0.2.1") / UDP(dport=4789) / VXLAN(vni=7) / OVER / IP(src="192.0.2.77", dst="192.0.2.2") / TCP(),
    OVER / ARP(hwsrc=HERE, psrc="192.0.2.77"),
]


@settings(max_examples=400)
@given(st.sampled_from([bytes(seed) for seed in SEEDS]), st.data())
def test_bent_and_cut_frames_never_escape(raw: bytes, data: st.DataObject) -> None:
    bent = bytearray(raw[: data.draw(st.integers(14, len(raw)))])
    for _ in range(data.draw(st.integers(0, 4))):
        bent[data.draw(st.integers(0, len(bent) - 1))] = data.draw(st.integers(0, 255))
    dissect(bytes(bent))


@settings(max_examples=150)
@given(
    MACS,
    MACS,
    V4,
    V4,
    PORTS,
    PORTS,
    WORDS,
    WORDS,
    WORDS,
    WORDS,
    st.integers(0, 255),
    st.binary(max_size=40),
    st.lists(st.integers(0, 4095), max_size=3),
)
def test_tcp_like_scapy(src: str, dst: str, a: str, b: str, sport: int, dport: int, seq: int, ack: int, tsval: int, tsecr: int, flags: int, load: bytes, vids: list[int]) -> None:  # fmt: skip
    built = Ether(src=src, dst=dst)
    for index, vid in enumerate(vids):
        built = built / (Dot1AD(vlan=vid, prio=3) if index == 0 and len(vids) > 1 else Dot1Q(vlan=vid, prio=3))
    built = built / IP(src=a, dst=b, ttl=63, id=7) / TCP(
        sport=sport, dport=dport, seq=seq, ack=ack, flags=flags, options=[("MSS", 1400), ("NOP", None), ("Timestamp", (tsval, tsecr))]
    ) / Raw(load)  # fmt: skip
    frame = dissect(bytes(built))
    assert frame.eth is not None and frame.ip is not None and frame.tcp is not None
    assert (frame.eth.src, frame.eth.dst, frame.eth.type) == (src, dst, 0x0800)
    assert [tag.vid for tag in frame.vlans] == vids and all(tag.priority == 3 for tag in frame.vlans)
    assert (frame.ip.src, frame.ip.dst, frame.ip.ttl, frame.ip.id) == (a, b, 63, 7)
    tcp = frame.tcp
    assert (tcp.sport, tcp.dport, tcp.seq, tcp.ack, tcp.flags) == (sport, dport, seq, ack, flags)
    assert (tcp.tsval, tcp.tsecr, tcp.mss) == (tsval, tsecr, 1400)
    assert tcp.payload == load == frame.payload and not frame.fault


@settings(max_examples=100)
@given(V6, V6, PORTS, PORTS, st.binary(min_size=1, max_size=40), st.sampled_from([(), (0,), (0, 60), (44,), (0, 44)]))
def test_udp_over_v6_like_scapy(a: str, b: str, sport: int, dport: int, load: bytes, extensions: tuple[int, ...]) -> None:
    known = {0: IPv6ExtHdrHopByHop(), 60: IPv6ExtHdrDestOpt(), 44: IPv6ExtHdrFragment(id=9)}
    if {sport, dport} & {3544, 4789, 8472, 6081}:
        return
    built = OVER / IPv6(src=a, dst=b, hlim=64)
    for number in extensions:
        built = built / known[number]
    frame = dissect(bytes(built / UDP(sport=sport, dport=dport) / Raw(load)))
    assert frame.ip is not None and frame.udp is not None
    assert ipaddress.ip_address(frame.ip.src) == ipaddress.ip_address(a) and ipaddress.ip_address(frame.ip.dst) == ipaddress.ip_address(b)
    assert frame.ip.extensions == extensions and frame.ip.id == (9 if 44 in extensions else 0)
    assert (frame.udp.sport, frame.udp.dport, frame.payload) == (sport, dport, load)


@settings(max_examples=60)
@given(MACS, MACS, V4, V4, st.integers(1, 2))
def test_arp_like_scapy(sender: str, target: str, a: str, b: str, operation: int) -> None:
    arp = dissect(bytes(OVER / ARP(op=operation, hwsrc=sender, psrc=a, hwdst=target, pdst=b)) + bytes(18)).arp
    assert arp is not None
    assert (arp.operation, arp.sender_mac, arp.sender, arp.target_mac, arp.target) == (operation, sender, a, target, b)


def test_padding_is_no_payload() -> None:
    raw = bytes(OVER / IP(src="192.0.2.77", dst="192.0.2.1") / UDP(dport=9) / b"ab") + bytes(16)
    assert dissect(raw).payload == b"ab"
    assert dissect(raw, 0).udp.length == 10  # type: ignore[union-attr]


def test_an_ethertype_of_ones_own() -> None:
    frame = dissect(ETHER + b"\x88\xb5" + b"token")
    assert frame.eth is not None and frame.eth.type == 0x88B5 and frame.payload == b"token"
    assert dissect(ETHER + b"\x00\x03" + b"abcdef").payload == b"abc"


def test_icmp_quotes_the_packet_it_is_about() -> None:
    quoted = IPerror(src="192.0.2.1", dst="198.51.100.1") / TCPerror(sport=4000, dport=80, seq=0xDEADBEEF)
    raw = bytes(OVER / IP(src="192.0.2.254", dst="192.0.2.1") / ICMP(type=11) / quoted)
    for end in (14 + 20 + 8 + 20 + 8, len(raw)):
        frame = dissect(raw[:end])
        assert frame.icmp is not None and frame.icmp.quotes and frame.carrier == "quoted"
        assert frame.inner is not None and frame.inner.tcp is not None
        assert (frame.inner.tcp.sport, frame.inner.tcp.dport, frame.inner.tcp.seq) == (4000, 80, 0xDEADBEEF)
        assert frame.inner.ip is not None and frame.inner.ip.dst == "198.51.100.1"
    assert ICMPerror is not None


def test_echo_keeps_its_data() -> None:
    frame = dissect(bytes(OVER / IP(src="192.0.2.77", dst="192.0.2.1") / ICMP(id=3, seq=4) / b"hello"))
    assert frame.icmp is not None and frame.icmp.echo == (3, 4) and frame.payload == b"hello"
    frame = dissect(bytes(OVER / IPv6(src="2001:db8::77", dst="2001:db8::1") / ICMPv6EchoRequest(id=5, seq=6, data=b"hello")))
    assert frame.icmp is not None and frame.icmp.echo == (5, 6) and frame.payload == b"hello"


TUNNELS = {
    "gre": IP(src="192.0.2.77", dst="192.0.2.9") / GRE(key_present=1, key=5, seqnum_present=1),
    "ipip": IP(src="192.0.2.77", dst="192.0.2.9", proto=4),
    "6in4": IP(src="192.0.2.77", dst="192.0.2.9", proto=41),
    "vxlan": IP(src="192.0.2.77", dst="192.0.2.9") / UDP(dport=4789) / VXLAN(vni=3) / Ether(src="02:00:00:00:00:09", dst=HERE),
    "teredo": IP(src="192.0.2.77", dst="192.0.2.9") / UDP(sport=3544, dport=3544),
}


@pytest.mark.parametrize("carrier", TUNNELS)
def test_tunnels_show_their_inside(carrier: str) -> None:
    inside = (
        IPv6(src="2001:db8::77", dst="2001:db8::7") / UDP(dport=53)
        if carrier in ("6in4", "teredo")
        else IP(src="192.0.2.77", dst="203.0.113.7") / UDP(dport=53)
    )
    frame = dissect(bytes(OVER / TUNNELS[carrier] / inside / b"q"))
    assert frame.carrier == carrier and frame.inner is not None and frame.inner.ip is not None
    assert frame.inner.ip.dst in ("203.0.113.7", "2001:db8::7") and frame.inner.payload == b"q"
    assert (frame.inner.eth is not None) == (carrier == "vxlan")


def test_tunnels_within_tunnels_end() -> None:
    packet = IP(src="192.0.2.77", dst="192.0.2.1") / UDP()
    for _ in range(40):
        packet = IP(src="192.0.2.77", dst="192.0.2.1", proto=4) / packet
    found = frames(dissect(bytes(OVER / packet)))
    assert len(found) == MAX_INNER + 1 and found[-1].fault == "tunnels within tunnels"


def test_later_fragments_have_no_ports() -> None:
    frame = dissect(bytes(OVER / IP(src="192.0.2.77", dst="192.0.2.1", proto=17, frag=10) / b"12345678"))
    assert frame.udp is None and frame.ip is not None and frame.ip.offset == 80 and frame.payload == b"12345678"


def test_lies_about_lengths_are_named() -> None:
    raw = bytearray(bytes(OVER / IP(src="192.0.2.77", dst="192.0.2.1") / UDP(dport=9) / b"ab"))
    struct.pack_into(">H", raw, 16, 9000)
    assert dissect(bytes(raw)).fault == "packet cut"
    raw[14] = 0x41
    assert "ipv4 header" in dissect(bytes(raw)).fault
    assert dissect(ETHER + b"\x81\x00\x00").fault == "vlan tag cut"
    assert len(dissect(ETHER + b"\x81\x00" + b"\0\x01\x81\x00" * 50).vlans) == 8


def test_bare_packets_and_ethertypes() -> None:
    raw = bytes(IP(src="192.0.2.77", dst="192.0.2.1") / UDP(dport=9) / b"ab")
    assert dissect_ip(raw).payload == dissect_as(0x0800, raw).payload == b"ab"
    with pytest.raises(Unreadable):
        dissect_ip(b"")
    assert dissect(ETHER + b"\x88\xa8\x60\x05\x08\x06").vlans == (Tag(0x88A8, 5, 3),)
