"""Facts of the family netdev: one subject a file."""

from scanner.facts.netdev.device import Device
from scanner.facts.netdev.shape import Acl, Line, Lockout, Port, Secret, Snmp, Switch

__all__ = ["Acl", "Device", "Line", "Lockout", "Port", "Secret", "Snmp", "Switch"]
