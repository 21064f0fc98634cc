"""Trunks carry the VLANs that they need / 干道端口只放行所需 VLAN."""

from scanner.api import Verdict, Why, check, met, netdev, not_applicable, unknown, unmet

ALL_BY_DEFAULT = ("ios", "nxos", "ruijie")  # huawei and h3c let only VLAN 1 through until told otherwise


@check("netdev.trunk-width")
def trunk_width(device: netdev.Zones, *, most: int = 1000) -> Verdict:
    trunks = [item for item in device.box.interfaces if not item.shut and item.mode in ("trunk", "hybrid", "uplink")]
    negotiating = [item.name for item in device.box.interfaces if not item.shut and item.mode == "dynamic"]
    widths = {item.name: _width(item, device.box.vendor) for item in trunks}
    wide = {name: width for name, width in sorted(widths.items()) if width > most}
    observed = {"trunks": len(trunks), "wide": dict(list(wide.items())[:20]), "negotiating": sorted(negotiating)[:20]}
    if wide or negotiating:
        return unmet(observed, wanted={"vlans_at_most": most, "negotiating": []}, scope=device.coverage)
    if device.box.odd_count:
        return unknown(Why.GARBLED, f"{device.box.odd_count} lines not understood", observed)
    return met(observed, scope=device.coverage) if trunks else not_applicable("no trunk is configured", observed)


def _width(item: netdev.Interface, vendor: str) -> int:
    if item.allowed is None:
        return 4094 if vendor in ALL_BY_DEFAULT else 1
    return sum(high - low + 1 for low, high in item.allowed)
