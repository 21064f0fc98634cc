"""Facts of the family netdev: one subject a file."""

from scanner.facts.netdev.box.model import AccessList, Box, Interface, Published, Route, Vrf
from scanner.facts.netdev.box.search import Flow
from scanner.facts.netdev.box.spaces import Said
from scanner.facts.netdev.device import Device
from scanner.facts.netdev.shape import Acl, Line, Lockout, Port, Secret, Snmp, Switch
from scanner.facts.netdev.zones import Standing, Zones, zone_of

__all__ = [
    "AccessList", "Acl", "Box", "Device", "Flow", "Interface", "Line", "Lockout", "Port", "Published", "Route", "Said", "Secret", "Snmp",
    "Standing", "Switch", "Vrf", "Zones", "zone_of",
]  # fmt: skip
