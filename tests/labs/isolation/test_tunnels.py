"""Leaks through tunnels. VXLAN is the kernel's; GRE and IPIP are a user-space helper's and WireGuard is wireguard-go: this kernel lacks those modules."""

from __future__ import annotations

from tests.labs.isolation.case import Want, ends, topology
from tests.labs.isolation.topology import Net

LEGS = {"lan": ["192.0.2.20/24"], "out": ["198.51.100.20/24"]}


def carried(net: Net, protocol: int) -> None:
    """A tunnel in an IP protocol from pc2 to a machine outside, which sends on what comes out."""
    ends(net)
    net.box("pc2", LEGS, forward=True, strict=True)
    net.ip("web", "route", "add", "192.0.2.0/24", "via", "198.51.100.20")
    far = net.boxes["web"].space
    net.sysctl(far, {"net.ipv4.ip_forward": 1})
    for box, near, other, inside in (
        ("pc2", "198.51.100.20", "198.51.100.10", "10.9.0.1"),
        ("web", "198.51.100.10", "198.51.100.20", "10.9.0.2"),
    ):
        net.helper(box, "tunnel.py", "tun0", str(protocol), near, other)
        net.ip(box, "link", "set", "tun0", "up", "mtu", "1400")
        net.ip(box, "address", "add", f"{inside}/30", "dev", "tun0")
    through_the_tunnel(net, "10.9.0.2", "tun0")


def through_the_tunnel(net: Net, far: str, device: str) -> None:
    """pc2 sends the sentinel's address into the tunnel and nothing else; outside, the answer goes back through it."""
    net.route("pc2", "198.51.100.50/32", "via", far)
    net.forwards_only("pc2", f'oifname "{device}" accept; iifname "{device}" accept')
    net.masquerade("pc2", device)
    net.masquerade("web", "eth0")
    assert net.pings("probe", "198.51.100.50", via="192.0.2.20")


@topology("breach_proven", Want("routed|tunnel", "pc2", exit="198.51.100.10"))
def test_gre(net: Net) -> None:
    """GRE, keyless."""
    carried(net, 47)


@topology("breach_proven", Want("routed|tunnel", "pc2", exit="198.51.100.10"))
def test_ipip(net: Net) -> None:
    """IP in IP."""
    carried(net, 4)


@topology("breach_proven", Want("routed|tunnel", "pc2", exit="198.51.100.10"))
def test_wireguard(net: Net) -> None:
    """Encrypted: what crosses can be read at neither leg, only where it comes out."""
    ends(net)
    net.box("pc2", LEGS, forward=True, strict=True)
    net.sysctl(net.boxes["web"].space, {"net.ipv4.ip_forward": 1})
    keys = {box: net.run(box, "wg", "genkey").strip() for box in ("pc2", "web")}
    public = {box: net.run(box, "wg", "pubkey", stdin=key).strip() for box, key in keys.items()}
    device = f"w{net.tag[3:]}"[:13]
    for box, other, inside, endpoint in (("pc2", "web", "10.9.0.1", "198.51.100.10"), ("web", "pc2", "10.9.0.2", "198.51.100.20")):
        # The control socket's folder is shared by all namespaces: a name of its own for each end.
        name = device + box[0]
        net.run(box, "wireguard-go", name)
        key = net.folder / f"wg-{box}"
        key.write_text(keys[box])
        net.run(box, "wg", "set", name, "listen-port", "51820", "private-key", str(key), "peer", public[other],
                "endpoint", f"{endpoint}:51820", "allowed-ips", "0.0.0.0/0")  # fmt: skip
        net.ip(box, "address", "add", f"{inside}/30", "dev", name)
        net.ip(box, "link", "set", name, "up")
    through_the_tunnel(net, "10.9.0.2", device + "p")


@topology("breach_proven", Want("routed|tunnel", exit="198.51.100.10"))
def test_vxlan(net: Net) -> None:
    """The LAN goes on, by VXLAN, to a machine outside that routes."""
    ends(net)
    net.box("pc2", {"lan": [], "out": ["198.51.100.20/24"]}, strict=True)
    net.sysctl(net.boxes["web"].space, {"net.ipv4.ip_forward": 1})
    for box, near, far in (("pc2", "198.51.100.20", "198.51.100.10"), ("web", "198.51.100.10", "198.51.100.20")):
        net.ip(
            box,
            "link",
            "add",
            "vx0",
            "address",
            f"00:1b:21:aa:00:{near.split('.')[-1]}",
            "type",
            "vxlan",
            "id",
            "7",
            "local",
            near,
            "remote",
            far,
            "dstport",
            "4789",
        )
        net.ip(box, "link", "set", "vx0", "up")
    net.ip("pc2", "link", "add", "br0", "address", net.boxes["pc2"].macs["lan"], "type", "bridge")
    for interface in ("eth0", "vx0"):
        net.ip("pc2", "link", "set", interface, "master", "br0")
    net.ip("pc2", "link", "set", "br0", "up")
    net.ip("web", "address", "add", "192.0.2.250/24", "dev", "vx0")
    net.masquerade("web", "eth0")
    assert net.pings("probe", "198.51.100.50", via="192.0.2.250")
