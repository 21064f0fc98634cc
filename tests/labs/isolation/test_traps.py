"""Networks that are isolated and look as if they were not."""

from __future__ import annotations

import yaml

from tests.labs.isolation import daemons
from tests.labs.isolation.case import ends, topology
from tests.labs.isolation.drive import shiqu
from tests.labs.isolation.topology import Net

INNER_ONLY = {"lan": ["192.0.2.1/24"]}


def gateway(net: Net) -> None:
    """An inner box that everybody takes for the gateway; it has no other leg."""
    ends(net)
    net.box("gw", INNER_ONLY)
    for inner in ("probe", "pc"):
        net.route(inner, "default", "via", "192.0.2.1")


@topology("no_path_observed", seconds=45, rate=None, patient=True)
def test_nothing_between(net: Net) -> None:
    """Two segments and nothing else."""
    ends(net)


@topology("no_path_observed")
def test_captive_portal(net: Net) -> None:
    """Every name resolves, every connection is taken, every request gets 200 and its own words back."""
    gateway(net)
    net.nat("gw", "prerouting", "meta l4proto tcp redirect to :80; udp dport 53 redirect to :53")
    daemons.portal(net, "gw", 80)
    daemons.dnsmasq(net, "gw", "--address=/#/192.0.2.1")
    assert "login" in net.run("probe", "curl", "-s", "-m", "5", "http://198.51.100.50/")


@topology("no_path_observed")
def test_gateway_that_forges_resets(net: Net) -> None:
    """A firewall resets and refuses in the name of whoever was asked."""
    gateway(net)
    net.nat("gw", "prerouting", "meta l4proto { tcp, udp, icmp } redirect")
    net.chain("gw", "input", "meta l4proto tcp reject with tcp reset; meta l4proto udp reject")
    assert "refused" in net.run("probe", "sh", "-c", "nc -v -w 1 198.51.100.50 443 2>&1 || true")


@topology("no_path_observed")
def test_proxy_arp(net: Net) -> None:
    """An inner box answers ARP for the whole world."""
    ends(net)
    net.box("arp", {"lan": ["192.0.2.1/24"], "stub": ["10.99.0.1/24"]})
    net.route("arp", "default", "via", "10.99.0.2")
    net.sysctl(net.boxes["arp"].space, {"net.ipv4.conf.eth0.proxy_arp": 1, "net.ipv4.ip_forward": 1})
    net.forwards_only("arp")
    net.route("probe", "198.51.100.50/32", "dev", "eth0")
    assert not net.pings("probe", "198.51.100.50")
    assert net.boxes["arp"].macs["lan"] in net.ip("probe", "neighbour", "show", "to", "198.51.100.50")
    net.ip("probe", "route", "del", "198.51.100.50/32")


@topology("no_path_observed")
def test_wildcard_dns(net: Net) -> None:
    """Every name has an answer, from an inner box."""
    ends(net)
    net.box("dns", {"lan": ["192.0.2.53/24"]})
    daemons.dnsmasq(net, "dns", "--address=/#/203.0.113.7")
    net.book["isolation"][0]["beacon_domain"] = "beacon.example"
    assert "203.0.113.7" in net.run("probe", "dig", "+short", "@192.0.2.53", "www.example.org")


@topology("no_path_observed")
def test_look_alike_macs(net: Net) -> None:
    """Two machines of one batch: adjacent MACs on the two sides."""
    ends(net)
    net.box("a", {"lan": ["192.0.2.60/24"]}, macs={"lan": "00:1b:21:40:50:60"})
    net.box("b", {"out": ["198.51.100.60/24"]}, macs={"out": "00:1b:21:40:50:61"})


@topology("no_path_observed")
def test_virtual_router_mac_on_both_sides(net: Net) -> None:
    """Both sides have a VRRP group 1."""
    ends(net)
    net.box("a", {"lan": ["192.0.2.1/24"]}, macs={"lan": "00:00:5e:00:01:01"})
    net.box("b", {"out": ["198.51.100.1/24"]}, macs={"out": "00:00:5e:00:01:01"})


@topology("no_path_observed")
def test_harmless_router_announcement(net: Net) -> None:
    """An inner router announces itself and leads nowhere."""
    ends(net, six=True)
    net.box("ra", {"lan": ["2001:db8:1::1/64"]}, forward=True, ipv6=True)
    daemons.radvd(net, "ra", "eth0", "2001:db8:1::/64")


@topology("no_path_observed")
def test_inner_router(net: Net) -> None:
    """A router between two inner segments, both declared."""
    ends(net)
    net.box("rt", {"lan": ["192.0.2.1/24"], "lan2": ["192.0.3.1/24"]}, forward=True)
    net.box("far", {"lan2": ["192.0.3.10/24"]})
    net.route("far", "default", "via", "192.0.3.1")
    net.route("probe", "default", "via", "192.0.2.1")
    net.book["zones"]["lan"]["networks"].append("192.0.3.0/24")
    net.book["scope"]["allow"].append("192.0.3.0/24")
    assert net.pings("probe", "192.0.3.10")


@topology("no_path_observed")
def test_cloned_host_names(net: Net) -> None:
    """Two machines of one image, one on each side, with one name."""
    ends(net)
    net.helper("pc", "names.py", "eth0", "192.0.2.10", "192.0.2.255", "ARCHIVE-PC")
    net.helper("web", "names.py", "eth0", "198.51.100.10", "198.51.100.255", "ARCHIVE-PC")


@topology("no_path_observed")
def test_cloned_ssh_keys_inside(net: Net) -> None:
    """Three inner machines of one image share a key; outside another key."""
    ends(net)
    for last in (61, 62, 63):
        net.box(f"c{last}", {"lan": [f"192.0.2.{last}/24"]})
        daemons.sshd(net, f"c{last}", "image")
    daemons.sshd(net, "web")


@topology("no_path_observed")
def test_cloned_ssh_keys_on_both_sides(net: Net) -> None:
    """An image's key on two inner machines and one outer says that they were cloned, not that they are one."""
    ends(net)
    for last in (61, 62):
        net.box(f"c{last}", {"lan": [f"192.0.2.{last}/24"]})
        daemons.sshd(net, f"c{last}", "image")
    daemons.sshd(net, "web", "image")


@topology("no_path_observed", never=("identity",))
def test_one_clone_on_each_side(net: Net) -> None:
    """Two machines of one golden image, one on each side, with one SSH host key: a lead for a person, no proof."""
    ends(net)
    daemons.sshd(net, "pc", "image")
    daemons.sshd(net, "web", "image")


@topology("no_path_observed")
def test_inner_machine_with_an_outer_address(net: Net) -> None:
    """Somebody typed an address of the outside into an inner machine: it answers for it, and hangs nowhere else."""
    ends(net)
    net.box("pc2", {"lan": ["192.0.2.20/24", "198.51.100.20/24"]})


@topology("no_path_observed")
def test_proxies_without_a_way_out(net: Net) -> None:
    """An HTTP proxy and a SOCKS server that serve the LAN only."""
    ends(net)
    net.box("srv", {"lan": ["192.0.2.30/24"]})
    daemons.tinyproxy(net, "srv", "192.0.2.30", 8888, "192.0.2.30")
    daemons.microsocks(net, "srv", "192.0.2.30", 1080)
    net.helper("srv", "relay.py", "connect", "192.0.2.30", "3128")


@topology("no_path_observed")
def test_one_box_that_answers_for_half_of_the_network(net: Net) -> None:
    """A tar pit: 64 addresses, one MAC, every port open."""
    ends(net)
    net.box("pit", {"lan": ["192.0.2.3/24"]})
    net.route("pit", "local", "192.0.2.128/26", "dev", "lo")
    net.nat("pit", "prerouting", "meta l4proto tcp redirect to :80")
    daemons.portal(net, "pit", 80)
    assert net.pings("probe", "192.0.2.140")


@topology("no_path_observed", never=("identity",))
def test_one_factory_certificate_on_each_side(net: Net) -> None:
    """Two appliances of one make, with the certificate that the factory gave to all of them."""
    ends(net)
    for box in ("pc", "web"):
        daemons.appliance(net, box)


@topology("no_path_observed")
def test_gateway_that_takes_every_connection(net: Net) -> None:
    """A SYN proxy: a firewall completes the opening in the name of whoever was asked, and drops what follows."""
    gateway(net)
    net.nat("gw", "prerouting", "meta l4proto tcp redirect to :9")
    daemons.socat(net, "gw", "TCP-LISTEN:9,fork,reuseaddr", "EXEC:/bin/cat", "tcp :9")
    assert net.says("probe", "nc", "-z", "-w", "1", "198.51.100.50", "443")


@topology("no_path_observed")
def test_wire_that_comes_back(net: Net) -> None:
    """A loop in the inner segment: every frame of the probe returns to it."""
    ends(net)
    net.box("loop", {"lan": []})
    net.helper("loop", "mirror.py", "eth0", net.boxes["probe"].macs["lan"])


def drops_all(net: Net) -> None:
    """A firewall with a leg in both zones that lets nothing through and answers nothing."""
    ends(net)
    net.box("fw", {"lan": ["192.0.2.1/24"], "out": ["198.51.100.1/24"]}, forward=True, strict=True)
    net.forwards_only("fw", family="inet")
    net.chain("fw", "input", "", policy="drop", family="inet")
    assert not net.pings("probe", "192.0.2.1")


@topology("no_path_observed")
def test_firewall_that_drops_everything(net: Net) -> None:
    """Packets cannot see it, and the report must not claim that they did."""
    drops_all(net)


CONFIG = """sysname fw
vlan batch 10 20
interface GigabitEthernet1/0/1
 ip address 192.0.2.1 255.255.255.0
interface GigabitEthernet1/0/2
 ip address 198.51.100.1 255.255.255.0
return
"""


@topology("logical_only")
def test_firewall_that_drops_everything_and_its_configuration(net: Net) -> list[str]:
    """With the device's configuration beside the packets: both zones stand on one box."""
    drops_all(net)
    (net.folder / "fw.cfg").write_text(CONFIG)
    net.book["systems"] = [
        {"id": "net", "name": "网络", "grade": 3, "zone": "lan", "holds": "unclassified",
         "targets": [{"id": "fw", "kind": "netdev", "platform": "huawei_vrp", "config": "./fw.cfg"}]}
    ]  # fmt: skip
    (net.folder / "inventory.yaml").write_text(yaml.safe_dump(net.book, allow_unicode=True))
    done = shiqu(net, "scan", "fw", "-i", "inventory.yaml", "-o", "devices")
    assert done.returncode in (0, 1, 4), done.stderr
    return [str(net.folder / "devices" / "shelf.zip")]
