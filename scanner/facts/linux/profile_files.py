"""Readers of network settings' files, one per family of formats. They see whitelisted lines only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Profile:
    """One network that a host is set up for."""

    kind: str
    """``wired``, ``wifi``, ``mobile``, ``vpn``, ``bridge`` or ``access-point``."""
    name: str
    """Its name: a network's (SSID), a connection's or an interface's."""
    file: str
    addresses: tuple[str, ...] = ()
    """Fixed addresses with their prefix, as written."""
    remotes: tuple[str, ...] = ()
    """Other ends of a tunnel, as written."""
    interface: str = ""
    mac: str = ""

    def shown(self) -> dict[str, object]:
        """For a verdict's ``observed``."""
        return {"kind": self.kind, "name": self.name, "file": self.file, "addresses": list(self.addresses), "remotes": list(self.remotes)}


Pairs = list[tuple[str, str, str]]
_NM = {
    "802-3-ethernet": "wired", "ethernet": "wired", "wifi": "wifi", "802-11-wireless": "wifi", "gsm": "mobile", "cdma": "mobile",
    "ppp": "mobile", "pppoe": "mobile", "bluetooth": "mobile", "vpn": "vpn", "wireguard": "vpn", "ip-tunnel": "vpn", "vxlan": "vpn",
    "tun": "vpn", "bridge": "bridge", "bond": "wired", "vlan": "wired", "macsec": "wired", "infiniband": "wired",
}  # fmt: skip
_ENDS = ("remote", "Endpoint", "Remote", "right", "left", "remote_addrs", "lns", "gateway", "ConnectTo", "IPSec gateway")


def read_file(path: str, lines: list[str]) -> Iterator[Profile]:
    """The profiles of one file."""
    for mark, reader in _READERS:
        if mark in path:
            yield from reader(path, lines)
            return


def _pairs(lines: list[str]) -> Pairs:
    """Section, key and value of lines of the shape ``key = value``."""
    section, out = "", []
    for line in lines:
        text = line.strip()
        if text.startswith("["):
            section = text.strip("[]").strip()
            continue
        key, equals, value = text.partition("=")
        if equals:
            out.append((section, key.strip(), value.strip().strip("\"'")))
    return out


def _first(pairs: Pairs, *keys: str) -> str:
    return next((value for _, key, value in pairs if key in keys and value), "")


def _every(pairs: Pairs, *keys: str) -> tuple[str, ...]:
    return tuple(value for _, key, value in pairs if key in keys and value)


def _network_manager(path: str, lines: list[str]) -> Iterator[Profile]:
    pairs = _pairs(lines)
    kind = _NM.get(_first([p for p in pairs if p[0] == "connection"], "type"), "wired")
    if kind == "wifi" and _first([p for p in pairs if p[0] in ("wifi", "802-11-wireless")], "mode") == "ap":
        kind = "access-point"
    addresses = tuple(
        value.partition(",")[0].partition(";")[0]
        for section, key, value in pairs
        if section in ("ipv4", "ipv6") and re.fullmatch(r"address(es)?\d*", key)
    )
    remotes = _every([p for p in pairs if p[0] in ("vpn", "ip-tunnel", "vxlan") or p[0].startswith("wireguard-peer")], *_ENDS, "endpoint")
    yield Profile(
        kind,
        _ssid(_first(pairs, "ssid")) or _first(pairs, "id"),
        path,
        addresses,
        remotes,
        _first(pairs, "interface-name"),
        _first(pairs, "mac-address").lower(),
    )


def _ssid(text: str) -> str:
    """Old keyfiles write the name as a list of byte values."""
    if re.fullmatch(r"(?:\d{1,3};)+", text):
        return bytes(int(item) % 256 for item in text.split(";") if item).decode("utf-8", "replace")
    return text


def _ifcfg(path: str, lines: list[str]) -> Iterator[Profile]:
    pairs = _pairs(lines)
    device, kind = _first(pairs, "DEVICE") or path.rpartition("ifcfg-")[2], _first(pairs, "TYPE").lower()
    if device == "lo" or path.endswith(("ifcfg-lo", ".bak", ".rpmnew", ".rpmsave", "~")):
        return
    network = _first(pairs, "ESSID", "WIRELESS_ESSID")
    found = "wifi" if kind == "wireless" or network else "bridge" if kind == "bridge" else "wired"
    if kind in ("modem", "xdsl", "ppp", "gsm") or device.startswith(("ppp", "wwan", "usb")):
        found = "mobile"
    if kind in ("gre", "ipip", "sit", "ovstunnel", "vxlan", "tun", "tap", "wireguard"):
        found = "vpn"
    addresses = tuple(
        f"{value}{_prefix(pairs, key.removeprefix('IPADDR'))}" for _, key, value in pairs if key.startswith("IPADDR") and value
    )
    yield Profile(found, network or device, path, addresses, (), device, _first(pairs, "HWADDR", "MACADDR").lower())


def _prefix(pairs: Pairs, number: str) -> str:
    value = _first(pairs, f"PREFIX{number}") or _first(pairs, f"NETMASK{number}")
    return f"/{value}" if value else ""


_NETPLAN = {
    "ethernets": "wired", "wifis": "wifi", "modems": "mobile", "tunnels": "vpn", "bridges": "bridge", "bonds": "wired", "vlans": "wired",
}  # fmt: skip


def _netplan(path: str, lines: list[str]) -> Iterator[Profile]:
    """By indentation alone: what was left out of the file must not keep the rest from being read."""
    part, part_depth, name, name_depth, points, below = "", -1, "", -1, -1, -1
    addresses: list[str] = []
    for line in [*lines, "end:"]:
        depth, text = len(line) - len(line.lstrip(" ")), line.strip()
        key = text.partition(":")[0].strip("\"'- ")
        if name and depth <= name_depth and not text.startswith("-"):
            if part != "wifi":
                yield Profile(part, name, path, tuple(addresses), (), name)
            name, addresses, points, below = "", [], -1, -1
        if depth <= part_depth and not text.startswith("-"):
            part, part_depth = "", -1
        if not part and key in _NETPLAN:
            part, part_depth = _NETPLAN[key], depth
        elif part and not name and depth > part_depth and text.endswith(":"):
            name, name_depth = key, depth
        elif name and key == "access-points":
            points = depth
        elif points >= 0 and depth > points and text.endswith(":"):
            below = depth if below < 0 else below
            if depth == below:
                yield Profile("wifi", key, path, (), (), name)
        elif name and (found := re.match(r"(?:addresses:\s*\[|-\s*)[\"']?([0-9a-fA-F.:]+/\d+)", text)):
            addresses.append(found[1])


def _networkd(path: str, lines: list[str]) -> Iterator[Profile]:
    pairs = _pairs(lines)
    kind = _first([p for p in pairs if p[0] == "NetDev"], "Kind")
    name = _first(pairs, "Name", "MACAddress") or path.rpartition("/")[2]
    if path.endswith(".netdev"):
        if kind in ("wireguard", "vxlan", "gre", "gretap", "ipip", "sit", "vti", "tun", "tap", "ip6tnl", "bridge", "geneve", "l2tp", "fou"):
            yield Profile("bridge" if kind == "bridge" else "vpn", name, path, (), _every(pairs, "Endpoint", "Remote"), name)
        return
    guess = "wifi" if _first(pairs, "SSID") or name.startswith("wl") else "mobile" if name.startswith(("ww", "usb", "ppp")) else "wired"
    yield Profile(guess, _first(pairs, "SSID") or name, path, _every(pairs, "Address"), (), name, _first(pairs, "MACAddress").lower())


def _ifupdown(path: str, lines: list[str]) -> Iterator[Profile]:
    current: list[list[str]] = []
    for line in lines:
        words = line.split()
        if words[:1] == ["iface"] and len(words) > 1:
            current.append([words[1]])
        elif current:
            current[-1] += [" ".join(words)]
    found: dict[str, list[str]] = {}
    for name, *rest in current:
        found.setdefault(name, []).extend(rest)
    for name, rest in found.items():
        if name == "lo":
            continue
        values = {key: value for key, _, value in (text.partition(" ") for text in rest)}
        network = values.get("wpa-ssid") or values.get("wireless-essid") or ""
        wireless = network or name.startswith("wl") or "wpa-conf" in values
        kind = "wifi" if wireless else "mobile" if name.startswith(("ppp", "ww", "usb")) else "bridge" if _bridged(values) else "wired"
        mask = f"/{values['netmask']}" if "netmask" in values else ""
        addresses = tuple(f"{text.partition(' ')[2]}{mask if '/' not in text else ''}" for text in rest if text.startswith("address "))
        yield Profile(kind, network.strip("\"'") or name, path, addresses, (), name)


def _bridged(values: dict[str, str]) -> bool:
    return "bridge_ports" in values or "bridge-ports" in values


def _supplicant(path: str, lines: list[str]) -> Iterator[Profile]:
    for _, key, value in _pairs(lines):
        if key == "ssid":
            yield Profile("wifi", value, path)


def _hostapd(path: str, lines: list[str]) -> Iterator[Profile]:
    pairs = _pairs(lines)
    if _first(pairs, "ssid"):
        yield Profile("access-point", _first(pairs, "ssid"), path, (), (), _first(pairs, "interface"))


def _udev(path: str, lines: list[str]) -> Iterator[Profile]:
    """Names that udev keeps for adapters it has seen once."""
    for line in lines:
        mac = re.search(r'ATTR\{address\}=="([0-9a-fA-F:]{17})"', line)
        name = re.search(r'NAME="([^"]+)"', line)
        if mac and name:
            kind = "wifi" if name[1].startswith("wl") else "mobile" if name[1].startswith(("ww", "usb")) else "wired"
            yield Profile(kind, name[1], path, (), (), name[1], mac[1].lower())


def _vpn(path: str, lines: list[str]) -> Iterator[Profile]:
    ends = [value.split(":")[0] if value.count(":") == 1 else value for value in _every(_pairs(lines), *_ENDS)]
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[0] == "remote" and words[1] != "=":
            ends.append(words[1])
        if words[:2] == ["IPSec", "gateway"] and len(words) > 2:
            ends.append(words[2])
    remotes = tuple(dict.fromkeys(end for end in ends if end and not end.startswith("%") and end != "="))
    if remotes or lines:
        yield Profile("vpn", path.rpartition("/")[2], path, (), remotes)


def _dial(path: str, lines: list[str]) -> Iterator[Profile]:
    if lines:
        yield Profile("mobile", path.rpartition("/")[2], path)


_READERS: tuple[tuple[str, Callable[[str, list[str]], Iterator[Profile]]], ...] = (
    ("/NetworkManager/", _network_manager), ("/ifcfg-", _ifcfg), ("/netplan/", _netplan), ("/systemd/network/", _networkd),
    ("/etc/network/", _ifupdown), ("/wpa_supplicant", _supplicant), ("/hostapd", _hostapd), ("/udev/", _udev), ("/ppp/", _dial),
    ("/wvdial", _dial), ("/etc/", _vpn),
)  # fmt: skip
