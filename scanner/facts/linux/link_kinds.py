"""What sort of thing a Linux network interface is."""

from __future__ import annotations

from dataclasses import dataclass

_TUNNEL_TYPES = frozenset({768, 769, 776, 778, 823})
"""ARPHRD_TUNNEL, TUNNEL6, SIT, IPGRE, IP6GRE."""
_PHONES = frozenset({"rndis_host", "cdc_ether", "cdc_ncm", "cdc_eem", "cdc_subset", "ipheth"})
"""Drivers of networks over USB, as telephones and modems offer them (a server's management controller too)."""
_MODEMS = frozenset({"qmi_wwan", "cdc_mbim", "huawei_cdc_ncm", "sierra_net", "hso", "mhi_net", "iosm", "t7xx", "GobiNet"})
_INFO = {
    "bridge": "bridge", "openvswitch": "bridge", "bond": "bond", "team": "bond", "vlan": "vlan", "vxlan": "vxlan", "geneve": "vxlan",
    "wireguard": "wireguard", "tun": "tun", "veth": "veth", "dummy": "dummy", "ifb": "dummy", "nlmon": "dummy", "vrf": "dummy",
    "ppp": "ppp", "wwan": "wwan", "gre": "tunnel", "gretap": "tunnel", "ip6gre": "tunnel", "ip6gretap": "tunnel", "erspan": "tunnel",
    "ipip": "tunnel", "ip6tnl": "tunnel", "sit": "tunnel", "vti": "tunnel", "vti6": "tunnel", "xfrm": "tunnel", "l2tp": "tunnel",
    "amt": "tunnel", "gtp": "tunnel", "macvlan": "vlan", "ipvlan": "vlan", "macvtap": "vlan", "netkit": "veth",
}  # fmt: skip
_DEVTYPES = {
    "wlan": "wifi", "wwan": "wwan", "bluetooth": "bluetooth", "bridge": "bridge", "bond": "bond", "vlan": "vlan", "vxlan": "vxlan",
    "wireguard": "wireguard", "ppp": "ppp", "geneve": "vxlan", "gadget": "usb", "macvlan": "vlan",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sys:
    """What /sys/class/net tells of one interface."""

    index: int
    number: int
    """Hardware type, ARPHRD_*."""
    devtype: str
    driver: str
    bus: str
    """``usb``, ``bus`` (another bus) or ``virtual`` (no device behind it)."""
    mark: str
    """wifi, bridge, bond, tun or vlan, where a folder or file says so."""


def kind_of(info: str, loopback: bool, seen: Sys | None) -> str:
    """The kind by netlink's own word first, then by /sys. ``other`` where neither tells."""
    if loopback or (seen is not None and seen.number == 772):
        return "loopback"
    if seen is not None and seen.mark == "wifi":
        return "wifi"
    if info in _INFO:
        return _INFO[info]
    return "other" if seen is None else _by_sys(seen)


def _by_sys(seen: Sys) -> str:
    if seen.devtype in _DEVTYPES:
        return _DEVTYPES[seen.devtype]
    if seen.mark:
        return seen.mark
    if seen.driver in _MODEMS:
        return "wwan"
    if seen.driver in _PHONES:
        return "usb"
    if seen.number == 512:
        return "ppp"
    if seen.number in _TUNNEL_TYPES:
        return "tunnel"
    return "physical" if seen.bus != "virtual" else "other"
