"""Every system is graded, filed and evaluated in time / 系统已定级、备案，并按期测评."""

from scanner.api import Absent, Verdict, Why, awaits_person, check, not_applicable, site, unknown, unmet


@check("site.graded-filed")
def graded_filed(unit: site.Declared, form: site.Form | Absent, *, years: int = 3) -> Verdict:
    rows: list[dict[str, object]] = []
    for system in _graded(unit):
        filing = _stated(system.filing, form, "filings", system.id)
        late = filing.on is not None and (unit.as_of - filing.on).days > years * 365 + years // 4
        fault = "ungraded" if system.grade is None else "" if system.grade < 2 else _fault(filing, unit, late)
        rows.append({"system": system.id, "grade": system.grade, "date": str(filing.on or ""), "fault": fault})
    return _sum_up(rows, {"filed": True, "years_at_most": years})


@check("site.evaluated")
def evaluated(unit: site.Declared, form: site.Form | Absent, *, days_level3: int = 365, days_level2: int = 730) -> Verdict:
    rows: list[dict[str, object]] = []
    for system in _graded(unit):
        last = _stated(system.evaluation, form, "evaluations", system.id)
        limit = {2: days_level2, 3: days_level3, 4: days_level3}.get(system.grade or 0)
        late = last.on is not None and limit is not None and (unit.as_of - last.on).days > limit
        fault = "ungraded" if system.grade is None else "" if limit is None else _fault(last, unit, late)
        rows.append({"system": system.id, "grade": system.grade, "date": str(last.on or ""), "fault": fault})
    return _sum_up(rows, {"days_level3": days_level3, "days_level2": days_level2})


def _graded(unit: site.Declared) -> list[site.System]:
    """Systems that hold classified data follow the secrecy rules, not the graded protection."""
    return [system for system in unit.systems if system.holds != "classified"]


def _stated(stated: site.Dated, form: site.Form | Absent, kind: str, system: str) -> site.Dated:
    if stated.state != "silent" or isinstance(form, Absent):
        return stated
    return (form.filings if kind == "filings" else form.evaluations).get(system, stated)


def _fault(stated: site.Dated, unit: site.Declared, late: bool) -> str:
    if stated.state == "none":
        return "none"
    if stated.state != "given" or not stated.text or stated.on is None or stated.on > unit.as_of:
        return "undeclared"
    return "late" if late else ""


def _sum_up(rows: list[dict[str, object]], wanted: object) -> Verdict:
    observed = {"systems": rows[:20], "count": len(rows)}
    faults = {row["fault"] for row in rows}
    if faults & {"none", "late"}:
        return unmet(observed, wanted=wanted)
    if faults & {"undeclared", "ungraded"}:
        return unknown(Why.NOT_DECLARED, "number, day or grade is missing, unreadable or in the future", observed)
    if not rows:
        return unknown(Why.NOT_DECLARED, "no unclassified system is declared", observed)
    if all(row["grade"] == 1 for row in rows):
        return not_applicable("only systems of grade 1", observed)
    return awaits_person(observed, wanted=wanted, detail="the unit's word: see the certificate or the report")
