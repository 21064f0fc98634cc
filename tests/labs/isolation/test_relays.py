"""Leaks through applications of a dual-homed box that forwards nothing and answers no forged source."""

from __future__ import annotations

from tests.labs.isolation import daemons
from tests.labs.isolation.case import Want, ends, topology
from tests.labs.isolation.topology import Net

LEGS = {"lan": ["192.0.2.30/24"], "out": ["198.51.100.30/24"]}
ROUTED = ("routed", "layer2", "forged-source")


def server(net: Net) -> None:
    """Both ends and the box between them."""
    ends(net)
    net.box("srv", LEGS, strict=True)


def answering(net: Net, port: int) -> None:
    """A web server at the sentinel's neighbour, to see that the relay works at all."""
    daemons.httpd(net, "web", port, "outside")


@topology("breach_proven", Want("dns", "srv"), never=ROUTED)
def test_dns_forwarder(net: Net) -> None:
    """dnsmasq forwards every name to the outside."""
    server(net)
    net.book["isolation"][0]["beacon_domain"] = "beacon.example"
    daemons.dnsmasq(net, "srv", "--server=198.51.100.50")
    assert not net.says("probe", "dig", "+tries=1", "+time=1", "@192.0.2.30", "x.beacon.example")  # the sentinel is not there yet


@topology("breach_proven", Want("dns", "srv"), never=ROUTED)
def test_dns_resolver_that_minimises_names(net: Net) -> None:
    """unbound asks the beacon domain's own server, label by label."""
    server(net)
    net.book["isolation"][0]["beacon_domain"] = "beacon.example"
    daemons.unbound(net, "srv", "beacon.example", "198.51.100.50")


@topology("breach_proven", Want("http-proxy", "srv", port=8888), never=ROUTED)
def test_http_proxy_with_absolute_addresses(net: Net) -> None:
    """tinyproxy, CONNECT refused."""
    server(net)
    daemons.tinyproxy(net, "srv", "192.0.2.30", 8888, "198.51.100.30")
    answering(net, 80)
    assert "outside" in net.run("probe", "curl", "-s", "-m", "5", "-x", "http://192.0.2.30:8888", "http://198.51.100.10/")


@topology("breach_proven", Want("http-proxy|http-connect", "srv", port=3128), never=ROUTED)
def test_http_connect(net: Net) -> None:
    """A proxy that knows CONNECT only."""
    server(net)
    net.helper("srv", "relay.py", "connect", "192.0.2.30", "3128")
    answering(net, 443)
    assert "outside" in net.run("probe", "curl", "-s", "-m", "5", "-p", "-x", "http://192.0.2.30:3128", "http://198.51.100.10:443/")


@topology("breach_proven", Want("socks", "srv", port=1080), never=ROUTED)
def test_socks5(net: Net) -> None:
    """microsocks."""
    server(net)
    daemons.microsocks(net, "srv", "192.0.2.30", 1080)
    answering(net, 80)
    assert "outside" in net.run("probe", "curl", "-s", "-m", "5", "--socks5", "192.0.2.30:1080", "http://198.51.100.10/")


@topology("breach_proven", Want("socks", "srv", port=9050), never=ROUTED)
def test_socks4(net: Net) -> None:
    """A server of the old protocol only, at an unusual port."""
    server(net)
    net.helper("srv", "relay.py", "socks4", "192.0.2.30", "9050")
    answering(net, 80)
    assert "outside" in net.run("probe", "curl", "-s", "-m", "5", "--socks4", "192.0.2.30:9050", "http://198.51.100.10/")


@topology("breach_proven", Want("relay|proxy-protocol", "srv", port=8443), never=ROUTED)
def test_plain_tcp_relay(net: Net) -> None:
    """socat hands a port on to the sentinel."""
    server(net)
    daemons.socat(net, "srv", "TCP-LISTEN:8443,bind=192.0.2.30,fork,reuseaddr", "TCP:198.51.100.50:443", "tcp :8443")


@topology("breach_proven", Want("relay", "srv", "udp", 514), never=ROUTED)
def test_plain_udp_relay(net: Net) -> None:
    """A log relay hands datagrams on to the sentinel."""
    server(net)
    daemons.socat(net, "srv", "UDP-LISTEN:514,bind=192.0.2.30,fork,reuseaddr", "UDP:198.51.100.50:514", "udp :514")
    assert net.crosses("UDP4", 514, to="192.0.2.30")


@topology("breach_proven", Want("relay|proxy-protocol", "srv", port=8080), never=ROUTED)
def test_load_balancer_that_obeys_the_proxy_protocol(net: Net) -> None:
    """haproxy connects to whatever destination a PROXY header names."""
    server(net)
    daemons.haproxy(net, "srv", "listen any\n  bind 192.0.2.30:8080 accept-proxy\n  server there 0.0.0.0:0", "tcp :8080")
    answering(net, 80)
    said = net.run(
        "probe", "nc", "-w", "3", "192.0.2.30", "8080", stdin="PROXY TCP4 192.0.2.100 198.51.100.10 999 80\r\nGET / HTTP/1.0\r\n\r\n"
    )
    assert "outside" in said


@topology("breach_proven", Want("relay", "srv"), never=ROUTED)
def test_reverse_proxy_with_one_backend_outside(net: Net) -> None:
    """haproxy in HTTP mode hands every request on to the sentinel's address."""
    server(net)
    daemons.haproxy(net, "srv", "listen web\n  mode http\n  bind 192.0.2.30:80\n  server there 198.51.100.50:80", "tcp :80")


@topology("breach_proven", Want("relay", "srv", port=8443), never=ROUTED)
def test_reverse_proxy_behind_tls(net: Net) -> None:
    """nginx ends TLS and hands every request on, in plain words, to the sentinel's address."""
    server(net)
    daemons.appliance(net, "srv", 8443, "proxy_pass http://198.51.100.50")


@topology("breach_proven", Want("relay", "srv", port=9000), never=ROUTED)
def test_plain_relay_behind_tls(net: Net) -> None:
    """haproxy takes TLS off at an unusual port and understands nothing of what is in it."""
    server(net)
    pair = daemons.certificate(net)
    daemons.haproxy(net, "srv", f"listen any\n  bind 192.0.2.30:9000 ssl crt {pair}\n  server there 198.51.100.50:443", "tcp :9000")


@topology("breach_proven", Want("relay", "srv", "udp", 514), never=ROUTED)
def test_log_relay_that_hands_on_lines(net: Net) -> None:
    """A collector of logs passes lines of text to the sentinel; what is no text it writes in digits."""
    server(net)
    net.helper("srv", "lines.py", "192.0.2.30", "514", "198.51.100.50", "514")


@topology("breach_proven", Want("relay", None, "udp", 5353), never=ROUTED)
def test_reflector_of_multicast_names(net: Net) -> None:
    """An access point repeats on one network the names that are asked for on the other."""
    server(net)
    net.helper("srv", "reflect.py", "192.0.2.30", "198.51.100.30")


def mounted(net: Net, box: str, store: str) -> list[str]:
    """Words that mount a store of the lab at the folder that the scope names, for one end only."""
    return ["sh", "-ec", f'mount --bind {net.folder}/{store} {net.folder}/share; exec "$@"', box]


def stores(net: Net) -> None:
    """Two stores, and a folder at which each end mounts one."""
    ends(net)
    for folder in ("share", "nas", "other"):
        (net.folder / folder).mkdir()
    net.book["scope"]["write"] = [str(net.folder / "share")]


@topology("breach_proven", Want("storage"), before=lambda net, end: mounted(net, end, "nas"))
def test_storage_box_that_both_sides_mount(net: Net) -> None:
    """One store, mounted at both ends, in which the scope allows a token file."""
    stores(net)


@topology("no_path_observed", never=("storage",), before=lambda net, end: mounted(net, end, "nas" if end == "probe" else "other"))
def test_two_storage_boxes_of_one_name(net: Net) -> None:
    """The same folder name at both ends, but two stores."""
    stores(net)


@topology("breach_proven", Want("socks", "pc2", exit="198.51.100.10"), never=ROUTED)
def test_dynamic_forwarding_of_ssh(net: Net) -> None:
    """ssh -D on a dual-homed computer: the way out is another machine's."""
    ends(net)
    net.box("pc2", {"lan": ["192.0.2.20/24"], "out": ["198.51.100.20/24"]}, strict=True)
    daemons.sshd(net, "web")
    daemons.ssh(net, "pc2", "198.51.100.10", "-D", "192.0.2.20:1080", listens="tcp :1080")


@topology("breach_proven", Want("dns", "srv", "tcp"), never=ROUTED)
def test_dns_forwarder_over_tcp_only(net: Net) -> None:
    """A resolver whose UDP port a firewall closed: names still go out over TCP."""
    server(net)
    net.book["isolation"][0]["beacon_domain"] = "beacon.example"
    daemons.dnsmasq(net, "srv", "--server=198.51.100.50")
    net.chain("srv", "input", "iifname eth0 udp dport 53 drop")
