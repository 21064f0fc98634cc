"""Zones have address ranges of their own; classified systems stand in a classified zone / 区域地址段不重叠，涉密系统在涉密区."""

from scanner.api import Verdict, Why, awaits_person, check, site, unknown, unmet


@check("site.zones-apart")
def zones_apart(unit: site.Declared) -> Verdict:
    shared = [f"{zone} {network} / {other} {others}" for zone, network, other, others in unit.shared()]
    empty = sorted(name for name, zone in unit.zones.items() if not zone.networks)
    observed = {"zones": len(unit.zones), "shared": shared[:20], "count": len(shared), "without_networks": empty[:20]}
    if shared:
        return unmet(observed, wanted={"count": 0})
    if len(unit.zones) < 2 or len(unit.zones) - len(empty) < 2:
        return unknown(Why.NOT_DECLARED, "fewer than two zones with address ranges are declared", observed)
    return awaits_person(observed, wanted={"count": 0}, detail="the unit's word: compare with the address plan and the switches")


@check("site.classified-zone")
def classified_zone(unit: site.Declared) -> Verdict:
    kinds = {name: zone.kind for name, zone in unit.zones.items()}
    held = [system for system in unit.systems if system.holds == "classified"]
    wrong = sorted(system.id for system in held if system.zone is not None and kinds.get(system.zone) != "classified")
    open_inside = sorted(s.id for s in unit.systems if s.holds == "unclassified" and kinds.get(s.zone or "") == "classified")
    observed = {
        "classified_systems": len(held), "classified_zones": sum(kind == "classified" for kind in kinds.values()),
        "outside": wrong[:20], "unclassified_inside": open_inside[:20],
    }  # fmt: skip
    if wrong:
        return unmet(observed, wanted={"outside": []})
    if not unit.systems or any(s.holds not in ("classified", "unclassified") for s in unit.systems) or any(s.zone is None for s in held):
        return unknown(Why.NOT_DECLARED, "a system says nothing of what it holds or where it stands", observed)
    return awaits_person(observed, wanted={"outside": []}, detail="the unit's word: compare with the classified records themselves")
