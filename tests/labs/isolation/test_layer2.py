"""Leaks below IP: patch cables and VLANs. This kernel's bridge cannot filter VLANs: a switch in user space stands in."""

from __future__ import annotations

from tests.labs.isolation.case import Want, ends, topology
from tests.labs.isolation.topology import Net


@topology("breach_proven", Want("layer2"))
def test_patch_cable(net: Net) -> None:
    """Both segments are one."""
    ends(net)
    net.patch("lan", "out")
    net.ip("edge", "address", "add", "192.0.2.250/24", "dev", "eth0")
    assert net.pings("probe", "192.0.2.250")
    net.ip("edge", "address", "del", "192.0.2.250/24", "dev", "eth0")


@topology("breach_proven", Want("layer2"))
def test_bridge_on_a_dual_homed_computer(net: Net) -> None:
    """A network bridge of a desktop, with an address of its own inside only."""
    ends(net)
    net.box("pc2", {"lan": [], "out": []})
    net.ip("pc2", "link", "add", "br0", "address", net.boxes["pc2"].macs["lan"], "type", "bridge")
    for interface in ("eth0", "eth1"):
        net.ip("pc2", "link", "set", interface, "master", "br0")
    net.ip("pc2", "link", "set", "br0", "up")
    net.ip("pc2", "address", "add", "192.0.2.20/24", "dev", "br0")
    assert net.pings("probe", "192.0.2.20")


@topology("breach_proven", Want("vlan", index="200"), never=("double-vlan",))
def test_access_port_that_is_a_trunk(net: Net) -> None:
    """The inner port takes tagged frames of the outer VLAN."""
    ends(net)
    net.box("sw", {"lan": [], "out": []})
    net.helper("sw", "switch.py", "eth0=trunk:10:200", "eth1=access:200")
    assert net.frame_crosses([200]) and not net.frame_crosses([]) and not net.frame_crosses([1, 200])


@topology("breach_proven", Want("layer2"), never=("vlan", "double-vlan"))
def test_native_vlan_mismatch(net: Net) -> None:
    """VLAN 10 leaves one switch untagged and enters the next as VLAN 200."""
    ends(net)
    net.box("sw1", {"lan": [], "between": []})
    net.box("sw2", {"between": [], "out": []})
    net.helper("sw1", "switch.py", "eth0=access:10", "eth1=trunk:10:30")
    net.helper("sw2", "switch.py", "eth0=trunk:200:30", "eth1=access:200")
    assert net.frame_crosses([])


@topology("breach_proven", Want("double-vlan"), never=("layer2", "vlan"))
def test_double_tag(net: Net) -> None:
    """The first switch takes off the native tag 1, the second obeys the tag below it: one way, out."""
    ends(net)
    net.box("sw1", {"lan": [], "between": []})
    net.box("sw2", {"between": [], "out": []})
    net.helper("sw1", "switch.py", "eth0=lenient:1", "eth1=trunk:1:200")
    net.helper("sw2", "switch.py", "eth0=trunk:1:200", "eth1=access:200")
    assert net.frame_crosses([1, 200]) and not net.frame_crosses([200]) and not net.frame_crosses([])


@topology("no_path_observed")
def test_switch_with_two_clean_vlans(net: Net) -> None:
    """One switch, two VLANs, ports set right: nothing crosses, and packets alone say no more."""
    ends(net)
    net.box("sw", {"lan": [], "out": []})
    net.helper("sw", "switch.py", "eth0=access:10", "eth1=access:200")
    assert not net.frame_crosses([]) and not net.frame_crosses([200]) and not net.frame_crosses([10, 200])


@topology("breach_proven", Want("routed|forged-source|inward"), never=("layer2",))
def test_bridge_that_passes_ip_only(net: Net) -> None:
    """A radio bridge or a filter that takes IPv4 and ARP and no other EtherType: the sentinel is a neighbour all the same."""
    ends(net)
    net.box("ap", {"lan": [], "out": []})
    net.ip("ap", "link", "add", "br0", "type", "bridge")
    for interface in ("eth0", "eth1"):
        net.ip("ap", "link", "set", interface, "master", "br0")
    net.ip("ap", "link", "set", "br0", "up")
    net.chain("ap", "forward", "ether type { ip, arp } accept", policy="drop", family="bridge")
    assert not net.frame_crosses([])
