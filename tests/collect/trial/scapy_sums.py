"""Checksums as scapy sets them."""

from __future__ import annotations

from typing import Any

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether


def again(frame: bytes) -> bytes:
    """The frame with every checksum set anew by scapy."""
    packet: Any = Ether(frame)
    layer = packet
    while layer:
        if isinstance(layer, IP | TCP | UDP | ICMP):
            del layer.chksum
        elif "cksum" in layer.fields and type(layer).__name__.startswith("ICMPv6"):
            del layer.cksum
        layer = layer.payload
    return bytes(packet)
