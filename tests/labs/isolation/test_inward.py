"""Leaks that cannot be seen from inside: the same identity on both sides, published services, reverse tunnels."""

from __future__ import annotations

import subprocess

import yaml

from tests.labs.isolation import daemons
from tests.labs.isolation.case import Want, ends, topology
from tests.labs.isolation.drive import SHIQU, environment
from tests.labs.isolation.topology import Net, eventually

LEGS = {"lan": ["192.0.2.20/24"], "out": ["198.51.100.20/24"]}
TOKENS = ("routed", "layer2", "forged-source", "inward")


@topology("dual_attachment_found", Want("identity", strength="B"), never=TOKENS)
def test_strict_host_with_one_ssh_key(net: Net) -> None:
    """A dual-homed computer that answers no forged source: its SSH key is the same on both sides."""
    ends(net)
    net.box("pc2", LEGS, strict=True)
    daemons.sshd(net, "pc2")
    daemons.sshd(net, "pc")
    daemons.sshd(net, "web")


@topology("dual_attachment_found", Want("identity|published", strength="B"), never=TOKENS)
def test_published_service(net: Net) -> None:
    """A box publishes an inner machine's SSH outside."""
    ends(net)
    net.box("nat", {"lan": ["192.0.2.31/24"], "out": ["198.51.100.31/24"]}, forward=True, strict=True)
    net.route("pc", "198.51.100.0/24", "via", "192.0.2.31")
    net.nat("nat", "prerouting", "iifname eth1 tcp dport 2222 dnat to 192.0.2.10:22")
    net.forwards_only("nat", "ct status dnat accept")
    daemons.sshd(net, "pc")
    assert "SSH-2.0" in net.run("web", "sh", "-c", "nc -w 1 198.51.100.31 2222 </dev/null || true")


@topology("breach_proven", Want("inward|published|routed|relay", "nat"), inward=True)
def test_machine_published_whole(net: Net) -> None:
    """Every port of an outer address leads to the machine where the probe runs."""
    ends(net)
    net.box("nat", {"lan": ["192.0.2.31/24"], "out": ["198.51.100.31/24"]}, forward=True, strict=True)
    net.nat("nat", "prerouting", "iifname eth1 ip daddr 198.51.100.31 dnat to 192.0.2.100")
    net.forwards_only("nat", "ct status dnat accept")


@topology("dual_attachment_found", Want("identity|published|tunnel", strength="B"), never=TOKENS)
def test_reverse_tunnel_of_ssh(net: Net) -> None:
    """ssh -R from inside to a machine outside: whose SSH key is that at port 2222?"""
    ends(net)
    net.box("pc2", LEGS, strict=True)
    daemons.sshd(net, "pc2", None, 22, "ListenAddress=192.0.2.20")
    daemons.sshd(net, "web", None, 22, "GatewayPorts=yes")
    daemons.ssh(net, "pc2", "198.51.100.10", "-R", "0.0.0.0:2222:192.0.2.20:22")
    eventually(lambda: "SSH-2.0" in net.run("edge", "sh", "-c", "nc -w 1 198.51.100.10 2222 </dev/null || true"), "the reverse tunnel")


@topology("dual_attachment_found", Want("identity|shared-mac", strength="B"), never=TOKENS)
def test_one_card_identity_on_both_sides(net: Net) -> None:
    """The same burnt-in MAC on both segments."""
    ends(net)
    net.box("pc2", LEGS, strict=True, macs={"lan": "00:1b:21:55:66:77", "out": "00:1b:21:55:66:77"})


@topology("dual_attachment_found", never=TOKENS)
def test_second_card_that_only_the_host_itself_knows(net: Net) -> list[str]:
    """Nothing answers outside; a login reads both cards from the machine."""
    ends(net)
    net.box("pc2", LEGS, strict=True)
    net.chain("pc2", "input", "iifname eth1 drop")
    net.chain("pc2", "output", "oifname eth1 drop")
    daemons.sshd(net, "pc2", None, 22, "ListenAddress=192.0.2.20")
    key = daemons.host_key(net, "login")
    known = net.folder / "known_hosts"
    known.write_text("192.0.2.20 " + " ".join((net.folder / "key-pc2.pub").read_text().split()[:2]) + "\n")
    net.book["logins"] = {"ops": {"user": "root", "key": str(key), "known_hosts": str(known), "sudo": False}}
    net.book["systems"] = [
        {"id": "dams", "name": "系统", "grade": 3, "zone": "lan", "holds": "unclassified",
         "targets": [{"id": "pc2", "kind": "linux", "address": "192.0.2.20", "login": "ops"}]}
    ]  # fmt: skip
    (net.folder / "inventory.yaml").write_text(yaml.safe_dump(net.book, allow_unicode=True))
    argv = net.argv("probe", SHIQU, "scan", "pc2", "-i", "inventory.yaml", "-p", "all", "-o", "hosts")
    done = subprocess.run(argv, cwd=net.folder, env=environment(net), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 1, 4), done.stderr
    return [str(net.folder / "hosts" / "shelf.zip")]


def endpoint(net: Net) -> None:
    """A dual-homed computer that forwards nothing between its cards."""
    ends(net)
    net.box("pc2", LEGS, forward=True)


@topology("breach_proven", Want("tunnel", "pc2", "gre"), never=("routed", "layer2", "forged-source"), inward=True)
def test_end_of_a_gre_tunnel_open_to_everybody(net: Net) -> None:
    """Whoever sends GRE to the outer address sends into the LAN; nothing else passes."""
    endpoint(net)
    net.helper("pc2", "tunnel.py", "tun0", "47", "198.51.100.20", "any")
    net.ip("pc2", "link", "set", "tun0", "up")
    net.sysctl(net.boxes["pc2"].space, {"net.ipv4.conf.tun0.rp_filter": 0})
    net.forwards_only("pc2", 'iifname "tun0" oifname "eth0" accept')
    net.chain("pc2", "output", 'oifname "eth1" drop')


@topology("breach_proven", Want("tunnel", "pc2", "vxlan"), never=("routed", "layer2", "forged-source"), inward=True)
def test_end_of_a_vxlan_open_to_everybody(net: Net) -> None:
    """A VXLAN with a number of the usual ones ends in the LAN's bridge and asks nobody for a password."""
    ends(net)
    net.box("pc2", {"lan": [], "out": ["198.51.100.20/24"]}, strict=True)
    # Its way back leads to a machine that is not there: what the LAN says is not heard outside.
    vxlan = ("type", "vxlan", "id", "100", "local", "198.51.100.20", "remote", "198.51.100.99", "dstport", "4789", "nolearning")
    net.ip("pc2", "link", "add", "vx0", "address", "00:1b:21:aa:00:14", *vxlan)
    net.ip("pc2", "link", "add", "br0", "address", net.boxes["pc2"].macs["lan"], "type", "bridge")
    for interface in ("eth0", "vx0"):
        net.ip("pc2", "link", "set", interface, "master", "br0")
        net.ip("pc2", "link", "set", interface, "up")
    net.ip("pc2", "link", "set", "br0", "up")


@topology("breach_proven", Want("socks"), never=("routed", "layer2", "forged-source"), inward=True)
def test_reverse_dynamic_tunnel_of_ssh(net: Net) -> None:
    """ssh -R 1080 from inside to a machine outside: whoever speaks SOCKS there is led into the LAN."""
    ends(net)
    net.box("pc2", LEGS, strict=True)
    net.chain("pc2", "input", "iifname eth1 ct state new drop")
    daemons.sshd(net, "web", None, 22, "GatewayPorts=yes")
    daemons.ssh(net, "pc2", "198.51.100.10", "-R", "0.0.0.0:1080")
    eventually(lambda: bool(net.run("web", "ss", "-Hltn", "sport = :1080").strip()), "the reverse tunnel")


@topology("breach_proven", Want("http-proxy"), never=("routed", "layer2", "forged-source"), inward=True)
def test_proxy_that_serves_the_outside(net: Net) -> None:
    """A CONNECT proxy that somebody bound to the wrong card."""
    ends(net)
    net.box("pc2", LEGS, strict=True)
    net.helper("pc2", "relay.py", "connect", "198.51.100.20", "3128")
