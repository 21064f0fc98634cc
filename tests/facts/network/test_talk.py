"""What frames say: each protocol crafted by scapy, read by the house; and nothing that any bytes could make it raise."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.contrib import cdp as cdp_layer
from scapy.contrib.carp import CARP
from scapy.contrib.lacp import LACP, SlowProtocol
from scapy.contrib.lldp import (
    LLDPDU,
    LLDPDUChassisID,
    LLDPDUEndOfLLDPDU,
    LLDPDUManagementAddress,
    LLDPDUPortID,
    LLDPDUSystemDescription,
    LLDPDUSystemName,
    LLDPDUTimeToLive,
)
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_Advertise,
    DHCP6OptClientFQDN,
    DHCP6OptClientId,
    DHCP6OptIA_PD,
    DHCP6OptIAPrefix,
    DHCP6OptServerId,
)
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRSRV
from scapy.layers.hsrp import HSRP
from scapy.layers.inet import IP
from scapy.layers.inet6 import (
    ICMPv6ND_NA,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptRDNSS,
    ICMPv6NDOptRouteInfo,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
)
from scapy.layers.l2 import LLC, STP, Dot3
from scapy.layers.netbios import NBNSHeader, NBNSQueryRequest, NBNSRegistrationRequest
from scapy.layers.vrrp import VRRP, VRRPv3

from scanner.facts.fact import Unreadable
from scanner.facts.network.bridging import Aggregation, Bpdu, Redundancy, Trunking
from scanner.facts.network.discovery import Neighbour, Prefix, RouterAdvert
from scanner.facts.network.hints import Http, tunnel_shape
from scanner.facts.network.leases import Dhcp, Dhcp6
from scanner.facts.network.names import Dns, NetBios
from scanner.facts.network.neighbours import Announcement
from scanner.facts.network.packets import Frame, dissect
from scanner.facts.network.talk import Garbled, hear
from tests.facts.network.wire import HERE, over_ether, over_snap, tcp, udp


def said(raw: bytes) -> tuple[str, Any]:
    found = hear(dissect(raw))
    assert found is not None
    return found


def hello(name: str | None) -> bytes:
    """A client hello that this Python's TLS library makes itself."""
    outgoing = ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def bpdu(**fields: Any) -> bytes:
    return bytes(Dot3(src=HERE, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP(**fields)) + bytes(8)


def test_dns() -> None:
    query = DNS(id=7, rd=1, qd=DNSQR(qname="Token.Beacon.Example"))
    protocol, dns = said(udp(query, 4000, 53))
    assert protocol == "dns" and isinstance(dns, Dns) and not dns.cut and not dns.response and dns.id == 7
    assert dns.questions == (("token.beacon.example", 1),)
    _, again = said(tcp(len(bytes(query)).to_bytes(2, "big") + bytes(query), 4000, 53))
    assert again.questions == dns.questions


def test_mdns_answers_with_compression() -> None:
    answer = DNS(
        qr=1, aa=1, qd=[],
        an=[DNSRR(rrname="pc-7.local", type="A", rdata="192.0.2.7", ttl=9), DNSRRSRV(rrname="pc-7._smb._tcp.local", target="pc-7.local", port=445)],
        ar=[DNSRR(rrname="_smb._tcp.local", type="PTR", rdata="pc-7._smb._tcp.local")],
    )  # fmt: skip
    protocol, dns = said(udp(answer, 5353, 5353, dst="224.0.0.251"))
    assert protocol == "mdns" and [record.data for record in dns.records] == ["192.0.2.7", "pc-7.local", "pc-7._smb._tcp.local"]


def test_dns_names_that_go_in_circles() -> None:
    head = b"\0\7\0\0\0\1\0\0\0\0\0\0"
    for name in (b"\xc0\x0c", b"\x01a\xc0\x0c", b"\x3f" + b"a" * 20, b"\x80", b"\x01a" * 200):
        assert isinstance(said(udp(head + name + b"\0\1\0\1", 9, 53))[1], Garbled)


def test_netbios() -> None:
    claim = NBNSHeader(NM_FLAGS=1, OPCODE=5, QDCOUNT=1, ARCOUNT=1) / NBNSRegistrationRequest(QUESTION_NAME="ARCHIVE-PC", SUFFIX=0x4141)
    protocol, netbios = said(udp(claim, 137, 137))
    assert protocol == "nbns" and isinstance(netbios, NetBios) and netbios.claims and netbios.names[0][0] == "ARCHIVE-PC"
    asked = said(udp(NBNSHeader(OPCODE=0, QDCOUNT=1) / NBNSQueryRequest(QUESTION_NAME="OTHER"), 137, 137))[1]
    assert not asked.claims and asked.names[0][0] == "OTHER"


def test_dhcp() -> None:
    offer = BOOTP(op=2, chaddr=b"\x02\0\0\0\0\x09" + bytes(10), yiaddr="192.0.2.50", xid=5) / DHCP(
        options=[("message-type", "offer"), ("server_id", "192.0.2.1"), ("router", "192.0.2.1", "192.0.2.3"), ("name_server", "192.0.2.4"), "end"]
    )  # fmt: skip
    protocol, dhcp = said(udp(offer, 67, 68))
    assert protocol == "dhcp" and isinstance(dhcp, Dhcp) and dhcp.serves
    assert (dhcp.message, dhcp.server, dhcp.yours, dhcp.client_mac) == (2, "192.0.2.1", "192.0.2.50", "02:00:00:00:00:09")
    assert dhcp.routers == ("192.0.2.1", "192.0.2.3") and dhcp.resolvers == ("192.0.2.4",)
    asked = BOOTP(op=1, chaddr=b"\x02\0\0\0\0\x09" + bytes(10)) / DHCP(options=[("message-type", "request"), ("hostname", b"pc-7"), "end"])
    assert said(udp(asked, 68, 67, src="0.0.0.0", dst="255.255.255.255"))[1].host == "pc-7"


def test_dhcp6() -> None:
    offer = (
        DHCP6_Advertise(trid=1) / DHCP6OptClientId(duid=DUID_LL(lladdr=HERE)) / DHCP6OptServerId(duid=DUID_LL(lladdr="02:00:00:00:00:05"))
    )
    offer = offer / DHCP6OptIA_PD(iaid=1, iapdopt=[DHCP6OptIAPrefix(prefix="2001:db8:5::", plen=56)]) / DHCP6OptClientFQDN(fqdn="pc-7.lan.")
    protocol, dhcp = said(udp(offer, 547, 546, src="fe80::1", dst="fe80::2"))
    assert protocol == "dhcp6" and isinstance(dhcp, Dhcp6) and dhcp.serves and dhcp.prefixes == ("2001:db8:5::/56",)
    assert dhcp.client_duid.endswith("020000000001") and dhcp.server_duid.endswith("020000000005") and dhcp.host == "pc-7.lan"


def test_router_advertisement() -> None:
    advert = IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=1800, M=1, prf=1)
    advert = advert / ICMPv6NDOptSrcLLAddr(lladdr=HERE) / ICMPv6NDOptMTU(mtu=1400)
    advert = advert / ICMPv6NDOptPrefixInfo(prefix="2001:db8:9::", prefixlen=64, validlifetime=600)
    advert = advert / ICMPv6NDOptRouteInfo(prefix="2001:db8:8::", plen=48) / ICMPv6NDOptRDNSS(dns=["2001:db8::53"])
    protocol, found = said(over_ether(advert))
    assert protocol == "nd" and found == RouterAdvert(
        1800, True, False, 1, HERE, 1400, (Prefix("2001:db8:9::/64", True, True, 600),), ("2001:db8:8::/48",), ("2001:db8::53",)
    )
    advert[IPv6].hlim = 254
    assert hear(dissect(over_ether(advert))) is None


def test_neighbours() -> None:
    na = IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_NA(tgt="2001:db8::5", R=1) / ICMPv6NDOptDstLLAddr(lladdr=HERE)
    assert said(over_ether(na))[1] == Neighbour("na", "2001:db8::5", HERE, True)
    rs = IPv6(src="fe80::1", dst="ff02::2", hlim=255) / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=HERE)
    assert said(over_ether(rs))[1] == Neighbour("rs", "", HERE, False)


def test_spanning_tree() -> None:
    raw = bpdu(version=2, bpdutype=2, rootid=32768, rootmac="02:00:00:00:00:aa", bridgeid=32769, bridgemac=HERE, pathcost=4, portid=0x8002)
    assert said(raw) == ("stp", Bpdu("rstp", "32768/02:00:00:00:00:aa", f"32768/{HERE}", 4, 0x8002, 0))
    assert said(bpdu(bpdutype=0))[1].kind == "stp"
    assert hear(dissect(bpdu(bpdutype=0x80))) is None
    inside = bytes(STP(rootid=32768 + 20, rootmac=HERE, bridgeid=32768 + 20, bridgemac=HERE))
    pvst = said(over_snap(inside, 0x00000C, 0x010B))[1]
    assert (pvst.kind, pvst.vlan, pvst.root_mac) == ("pvst", 20, HERE)


def test_lldp() -> None:
    unit = LLDPDUChassisID(subtype=4, id="02:00:00:00:00:0c") / LLDPDUPortID(subtype=5, id=b"GE0/0/1") / LLDPDUTimeToLive(ttl=120)
    unit = unit / LLDPDUSystemName(system_name=b"core-sw") / LLDPDUSystemDescription(description=b"Huawei VRP")
    unit = unit / LLDPDUManagementAddress(
        management_address_subtype=1, management_address=b"\xc0\x00\x02\x09", interface_numbering_subtype=2
    )
    protocol, found = said(over_ether(unit / LLDPDUEndOfLLDPDU(), dst="01:80:c2:00:00:0e", type=0x88CC))
    assert LLDPDU is not None and protocol == "lldp"
    assert found == Announcement("lldp", "02:00:00:00:00:0c", "GE0/0/1", "core-sw", "Huawei VRP", ("192.0.2.9",), ())


def test_lldp_vlans() -> None:
    unit = b"\x02\x07\x04\x02\0\0\0\0\x0c" + b"\x04\x02\x07x" + b"\x06\x02\0\x78"
    unit += b"\xfe\x06\x00\x80\xc2\x01\x00\x05" + b"\xfe\x08\x00\x12\xbb\x02\x01\x40\xca\xee" + b"\0\0"
    assert said(over_ether(unit, type=0x88CC))[1].vlans == (5, 101)


def test_cdp() -> None:
    message = cdp_layer.CDPv2_HDR(
        vers=2,
        msg=[
            cdp_layer.CDPMsgDeviceID(val=b"sw-1.example"),
            cdp_layer.CDPMsgAddr(naddr=1, addr=[cdp_layer.CDPAddrRecordIPv4(addr="192.0.2.8")]),
            cdp_layer.CDPMsgPortID(iface=b"Gi0/1"),
            cdp_layer.CDPMsgPlatform(val=b"cisco WS"),
            cdp_layer.CDPMsgNativeVLAN(vlan=12),
        ],
    )
    assert said(over_snap(message, 0x00000C, 0x2000)) == (
        "cdp", Announcement("cdp", "sw-1.example", "Gi0/1", "sw-1.example", "cisco WS", ("192.0.2.8",), (12,)),
    )  # fmt: skip


def test_mndp() -> None:
    def field(kind: int, value: bytes) -> bytes:
        return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value

    unit = (
        b"\0\0\0\7"
        + field(1, b"\x02\0\0\0\0\x0d")
        + field(5, b"router")
        + field(8, b"MikroTik")
        + field(16, b"ether1")
        + field(17, b"\xc0\0\2\7")
    )
    assert said(udp(unit, 5678, 5678, dst="255.255.255.255"))[1] == Announcement(
        "mndp", "02:00:00:00:00:0d", "ether1", "router", "MikroTik", ("192.0.2.7",), ()
    )


def test_aggregation_and_trunking() -> None:
    unit = SlowProtocol() / LACP(actor_system="02:00:00:00:00:0e", actor_key=9, partner_system="02:00:00:00:00:0f")
    assert said(over_ether(unit, dst="01:80:c2:00:00:02", type=0x8809))[1] == Aggregation("02:00:00:00:00:0e", 9, "02:00:00:00:00:0f")
    assert said(over_snap(b"\x01\x00\x01\x00\x08lab\x00", 0x00000C, 0x2004))[1] == Trunking("dtp", "lab")


def test_redundancy() -> None:
    vrrp = IP(src="192.0.2.3", dst="224.0.0.18", ttl=255, proto=112) / VRRP(vrid=7, priority=120, addrlist=["192.0.2.254"])
    assert said(over_ether(vrrp))[1] == Redundancy("vrrp", 7, 120, ("192.0.2.254",), "00:00:5e:00:01:07")
    third = IPv6(src="fe80::3", dst="ff02::12", hlim=255, nh=112) / VRRPv3(vrid=8, priority=9, addrlist=["fe80::8"])
    assert said(over_ether(third))[1] == Redundancy("vrrp", 8, 9, ("fe80::8",), "00:00:5e:00:02:08")
    carp = IP(src="192.0.2.3", dst="224.0.0.18", ttl=255, proto=112) / CARP(version=2, type=1, authlen=7, vhid=3, advskew=1)
    assert said(over_ether(carp))[1].protocol == "carp"
    assert said(udp(HSRP(group=4, priority=90, virtualIP="192.0.2.254"), 1985, 1985))[1] == Redundancy(
        "hsrp", 4, 90, ("192.0.2.254",), "00:00:0c:07:ac:04"
    )


def test_server_names() -> None:
    assert said(tcp(hello("files.example.org"))) == ("tls", "files.example.org")
    assert said(tcp(hello(None))) == ("tls", "")
    assert isinstance(said(tcp(hello("files.example.org")[:120]))[1], Garbled | str)


def test_http_heads_without_their_paths() -> None:
    request = b"GET http://x.example/secret/path?q=1 HTTP/1.1\r\nHost: x.example\r\nVia: 1.1 proxy-7\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    assert said(tcp(request, dport=3128))[1] == Http(True, True, "x.example", "1.1 proxy-7", True, False)
    assert "secret" not in repr(said(tcp(request, dport=3128)))
    notice = b"NOTIFY * HTTP/1.1\r\nNT: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n"
    assert said(udp(notice, 1900, 1900, dst="239.255.255.250"))[1].gateway


SHAPES = {
    "wireguard": udp(b"\1\0\0\0" + bytes(144), 40000, 51820),
    "ike": udp(bytes(17) + b"\x20" + bytes(10), 500, 500),
    "esp": udp(b"\1\2\3\4" + bytes(60), 4500, 4500),
    "l2tp": udp(b"\xc8\x02" + bytes(20), 1701, 1701),
    "openvpn": udp(b"\x38" + bytes(13), 40000, 1194),
    "pptp": tcp(bytes(4) + b"\x1a\x2b\x3c\x4d" + bytes(8), dport=1723),
    "pppoe": over_ether(b"\x11\x09\0\0\0\0", type=0x8863),
    "": udp(b"\2\0\0\0" + bytes(144), 40000, 51820),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_of_tunnels(shape: str) -> None:
    assert tunnel_shape(dissect(SHAPES[shape])) == shape
    esp = over_ether(IP(src="192.0.2.1", dst="192.0.2.2", proto=50) / b"12345678")
    assert tunnel_shape(dissect(esp)) == "esp"


PORTS = (53, 137, 138, 67, 546, 1985, 3222, 5678, 1900, 5353, 500, 1701)


@settings(max_examples=500)
@given(st.sampled_from(PORTS), st.binary(min_size=1, max_size=300))
def test_any_bytes_on_any_port(port: int, data: bytes) -> None:
    frame = dissect(udp(data, 9, port))
    hear(frame)
    tunnel_shape(frame)


SEEDS = [
    udp(DNS(qd=DNSQR(qname="a.b.example"), an=[DNSRR(rrname="a.b.example", rdata="192.0.2.1")], qr=1), 53, 4000),
    udp(BOOTP(op=2) / DHCP(options=[("message-type", "offer"), ("router", "192.0.2.1"), "end"]), 67, 68),
    over_ether(IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8::")),
    bpdu(),
    over_ether(b"\x02\x07\x04\x02\0\0\0\0\x0c\x04\x02\x07x\xfe\x06\x00\x80\xc2\x01\x00\x05\0\0", type=0x88CC),
    over_ether(SlowProtocol() / LACP(), type=0x8809),
    tcp(hello("files.example.org")),
    udp(DHCP6_Advertise() / DHCP6OptServerId(duid=DUID_LL(lladdr=HERE)), 547, 546, src="fe80::1", dst="fe80::2"),
    over_snap(cdp_layer.CDPv2_HDR(msg=[cdp_layer.CDPMsgDeviceID(val=b"sw")]), 0x00000C, 0x2000),
]


@settings(max_examples=800)
@given(st.sampled_from(SEEDS), st.data())
def test_bent_and_cut_messages_never_escape(raw: bytes, data: st.DataObject) -> None:
    bent = bytearray(raw[: data.draw(st.integers(14, len(raw)))])
    for _ in range(data.draw(st.integers(0, 6))):
        bent[data.draw(st.integers(12, len(bent) - 1))] = data.draw(st.integers(0, 255))
    try:
        frame: Frame = dissect(bytes(bent))
    except Unreadable:
        pytest.fail("a frame of 14 bytes or more is always read")
    hear(frame)
    tunnel_shape(frame)
