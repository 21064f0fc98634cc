"""Small networks written for five platforms, and the question whether anything flows between their zones."""

from __future__ import annotations

import ipaddress

from scanner.facts.fact import read, spec_of
from scanner.facts.netdev import Flow, Zones
from scanner.facts.netdev.masking import mask_config
from scanner.model.evidence import Answer

ZONES = {
    "lan": [ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8:1::/64")],
    "internet": [ipaddress.ip_network("198.51.100.0/24"), ipaddress.ip_network("2001:db8:2::/64")],
}
IOS, NXOS, RUIJIE, VRP, COMWARE = "ios", "nxos", "ruijie", "vrp", "comware"
WRAP = {
    IOS: "!\nversion 15.2\nhostname sw\n!\n{}\n!\nend\n",
    RUIJIE: "version RGOS 11.4(1)B12P11\nhostname sw\n!\n{}\n!\nend\n",
    NXOS: "!Command: show running-config\nversion 9.3(5) Bios:version 05.42\nhostname sw\nfeature interface-vlan\n{}\nsw# \n",
    VRP: "!Software Version V200R019C10SPC500\n#\nsysname sw\n#\n{}\n#\nreturn\n",
    COMWARE: "#\n version 7.1.070, Release 6329\n#\n sysname sw\n#\n{}\n#\nreturn\n",
}
LEGS = {
    IOS: "interface GigabitEthernet0/0\n ip address 192.0.2.1 255.255.255.0\n{0}!\ninterface GigabitEthernet0/1\n ip address 198.51.100.1 255.255.255.0\n{1}",
    RUIJIE: "interface GigabitEthernet 0/0\n no switchport\n ip address 192.0.2.1 255.255.255.0\n{0}!\ninterface GigabitEthernet 0/1\n no switchport\n"
    " ip address 198.51.100.1 255.255.255.0\n{1}",
    NXOS: "interface Ethernet1/1\n no switchport\n ip address 192.0.2.1/24\n{0}\ninterface Ethernet1/2\n no switchport\n ip address 198.51.100.1/24\n{1}",
    VRP: "interface Vlanif10\n ip address 192.0.2.1 255.255.255.0\n{0}#\ninterface Vlanif20\n ip address 198.51.100.1 255.255.255.0\n{1}",
    COMWARE: "interface Vlan-interface10\n ip address 192.0.2.1 255.255.255.0\n{0}#\ninterface Vlan-interface20\n ip address 198.51.100.1 255.255.255.0\n{1}",
}
CISCO = (IOS, NXOS, RUIJIE)
HUAWEI = (VRP, COMWARE)
ALL = (*CISCO, *HUAWEI)


def zones(vendor: str, text: str) -> Zones:
    found = read(spec_of(Zones), Answer(mask_config(WRAP[vendor].format(text).encode())))
    assert isinstance(found, Zones), found
    assert found.box.vendor == vendor
    return found


def legs(vendor: str, inner: str = "", outer: str = "") -> str:
    return LEGS[vendor].format(inner, outer)


def flow(vendor: str, text: str, one: str = "lan", other: str = "internet", anywhere: bool = False, odd: int = 0) -> Flow:
    found = zones(vendor, text)
    assert found.box.odd_count == odd, found.box.odd
    return found.flow(ZONES, one, other, anywhere)


def lists(vendor: str, *rules: str) -> str:
    """An access list 3000 by rules in IOS words."""
    if vendor in CISCO:
        head = "ip access-list F\n" if vendor == NXOS else "ip access-list extended F\n"
        return head + "".join(f" {10 * (at + 1)} {rule}\n" for at, rule in enumerate(rules))
    head = "acl number 3000\n" if vendor == VRP else "acl advanced 3000\n"
    out = []
    for at, rule in enumerate(rules):
        action, protocol, source, target, *port = rule.replace("host ", "host=").replace("eq ", "eq=").split(" ")
        words = [f" rule {at * 5} {action} {protocol}"]
        for word, value in (("source", source), ("destination", target)):
            words.append(f"{word} {value[5:]} 0" if value.startswith("host=") else f"{word} {value}")
        words += [f"destination-port eq {item[3:]}" for item in port if item.startswith("eq=")]
        out.append(" ".join(words) + "\n")
    return head + "".join(out)


def bind(vendor: str, way: str = "in") -> str:
    if vendor in CISCO:
        return f" ip access-group F {way}\n"
    word = {"in": "inbound", "out": "outbound"}[way]
    return f" traffic-filter {word} acl 3000\n" if vendor == VRP else f" packet-filter 3000 {word}\n"


def separator(vendor: str) -> str:
    return "#\n" if vendor in HUAWEI else "!\n"
