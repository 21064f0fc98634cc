"""Which MAC addresses stand for one piece of hardware, and which are shared, derived or made up."""

from __future__ import annotations

_PREFIXES: tuple[tuple[str, str], ...] = (
    ("00:00:5e:00:01:", "vrrp"),
    ("00:00:5e:00:02:", "vrrp"),
    ("00:00:0c:07:ac:", "hsrp"),
    ("00:00:0c:9f:f", "hsrp"),
    ("00:05:73:a0:0", "hsrp"),
    ("00:07:b4:00:", "glbp"),
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


def in_hand(address: str) -> bool:
    """Whether the address was set by software (locally administered): random ones differ, cloned ones need not."""
    return bool(int(address[:2], 16) & 2)
