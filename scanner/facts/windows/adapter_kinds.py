"""What sort of thing a Windows network adapter is."""

from __future__ import annotations

import re

from scanner.facts.windows.answers import Row, text, truth

_PHONES = re.compile(r"rndis|usb80236|netaapl|usbncm|apple mobile device ethernet|remote ndis", re.I)
_MEDIA = {"native 802.11": "wifi", "wireless lan": "wifi", "wireless wan": "wwan", "bluetooth": "bluetooth"}
_TYPES = {"71": "wifi", "243": "wwan", "244": "wwan", "131": "tunnel", "24": "loopback"}
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), kind)
    for pattern, kind in (
        (r"network adapter multiplexor|mac bridge|network bridge|网桥", "bridge"),
        (r"km-test|loopback", "dummy"),
        (r"wireguard|wintun|netbird|tailscale", "wireguard"),
        (r"tap-|tap0|tun[0-9]|openvpn|zerotier|radmin vpn|hamachi|anyconnect|sangfor|softether|vpn", "tun"),
        (r"teredo|isatap|6to4|ip-https", "tunnel"),
        (r"vmware virtual|virtualbox host-only|\((default switch|wsl[^)]*|nat|internal)\)|kernel debug|wan miniport", "dummy"),
        (r"bluetooth", "bluetooth"),
        (r"wi-?fi|wireless|802\.11", "wifi"),
        (r"mobile broadband|\bwwan\b|\b(4g|5g|lte)\b", "wwan"),
    )
)


def adapter_kind(row: Row) -> str:
    """The kind of a row of Get-NetAdapter or Win32_NetworkAdapter."""
    name = " ".join(text(row, key) for key in ("Name", "NetConnectionID", "InterfaceDescription"))
    device, driver = (
        text(row, "PnPDeviceID") or text(row, "PNPDeviceID"),
        f"{text(row, 'DriverFileName')} {text(row, 'ServiceName')} {name}",
    )
    media = _MEDIA.get(text(row, "PhysicalMediaType").lower())
    if media is not None:
        return media
    if _PHONES.search(driver) and (device.upper().startswith("USB") or not device):
        return "usb"
    if text(row, "InterfaceType") in _TYPES:
        return _TYPES[text(row, "InterfaceType")]
    for pattern, kind in _WORDS:
        if pattern.search(name):
            return "bond" if "multiplexor" in name.lower() else kind
    if truth(row, "HardwareInterface") or truth(row, "PhysicalAdapter"):
        return "physical"
    # Filters and miniports of the system itself are listed as hidden adapters.
    return "dummy" if truth(row, "Hidden") else "other"
