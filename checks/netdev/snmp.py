"""SNMP: version 3, and no name that everyone knows / SNMP 只用第 3 版、不用默认团体名."""

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, not_applicable, unknown, unmet


@check("netdev.snmp-v3")
def snmp_v3(device: netdev.Device) -> Verdict:
    snmp = device.snmp
    observed = {"on": snmp.on, "versions": None if snmp.versions is None else list(snmp.versions), "communities": snmp.communities}
    if snmp.on and snmp.versions is not None and {"v1", "v2c"} & set(snmp.versions):
        return unmet(observed, wanted=["v3"], scope=device.coverage)
    if device.unparsed:
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
    if not snmp.on:
        return not_applicable("SNMP is off", observed)
    if snmp.versions == ("v3",):
        return met(observed, scope=device.coverage)
    return awaits_person(observed, wanted=["v3"], detail="the configuration does not name the version")


@check("netdev.snmp-community")
def snmp_community(device: netdev.Device) -> Verdict:
    snmp = device.snmp
    observed = {
        "communities": snmp.communities, "well_known": snmp.well_known, "concealed": snmp.concealed, "without_acl": snmp.without_acl,
    }  # fmt: skip
    if snmp.on and snmp.well_known:
        return unmet(observed, wanted={"well_known": 0}, scope=device.coverage)
    if device.unparsed:
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
    if not snmp.on or not snmp.communities:
        return not_applicable("no community is in use", observed)
    if snmp.concealed:
        return awaits_person(observed, wanted={"well_known": 0}, detail="ciphered names cannot be compared")
    return met(observed, scope=device.coverage)
