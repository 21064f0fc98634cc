"""Which MAC addresses stand for one piece of hardware, and which are shared, derived or made up."""

from __future__ import annotations

_PREFIXES: tuple[tuple[str, str], ...] = (
    ("00:00:5e:00:01:", "vrrp"),
    ("00:00:5e:00:02:", "vrrp"),
    ("00:00:0c:07:ac:", "hsrp"),
    ("00:00:0c:9f:f", "hsrp"),
    ("00:05:73:a0:0", "hsrp"),
    ("00:07:b4:00:", "glbp"),
    ("00:09:0f:09:", "cluster"),
    ("00:1b:17:00:", "cluster"),
    ("00:1c:7f:00:", "cluster"),
    ("00:10:db:ff:", "cluster"),
    ("00:1c:73:00:00:99", "anycast"),
    ("02:bf:", "nlb"),
    ("02:42:", "container"),
    ("aa:00:04:00:", "decnet"),
    ("de:ad:be:ef:", "made-up"),
)
"""Shared by a group of routers, derived from an address that may repeat in another network, or typed in by hand."""
_WHOLE = {
    "0c:5b:8f:27:9a:64": "built-alike",
    "58:2c:80:13:92:63": "built-alike",
    "00:00:00:00:00:00": "null",
    "00:11:22:33:44:55": "made-up",
    "12:34:56:78:9a:bc": "made-up",
    "02:00:00:00:00:00": "made-up",
    "aa:bb:cc:dd:ee:ff": "made-up",
    "00:01:02:03:04:05": "made-up",
}


def virtual_kind(address: str) -> str:
    """Why a MAC address does not stand for one piece of hardware; empty when it does."""
    if address in _WHOLE:
        return _WHOLE[address]
    for prefix, kind in _PREFIXES:
        if address.startswith(prefix):
            return kind
    return "multicast" if int(address[:2], 16) & 1 else ""


_GUESTS = ("00:15:5d:", "00:50:56:", "00:0c:29:", "00:05:69:", "08:00:27:", "00:1c:42:", "00:16:3e:")
"""What hypervisors give their guests: copied with an image, or derived from the hypervisor's own address."""


def set_by_software(address: str) -> bool:
    """Whether the address is locally administered or a guest's: random ones differ, cloned ones need not."""
    return bool(int(address[:2], 16) & 2) or address.startswith(_GUESTS)
