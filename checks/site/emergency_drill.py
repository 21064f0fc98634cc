"""There is an emergency plan, drilled within the year / 有应急预案，一年内演练过."""

from scanner.api import Verdict, Why, awaits_person, check, site, unknown, unmet


@check("site.emergency-drill")
def emergency_drill(form: site.Form, *, days: int = 365) -> Verdict:
    age = None if form.drill.on is None else (form.as_of - form.drill.on).days
    observed = {"plan": form.plan.state, "drill": form.drill.state, "days_since_drill": age}
    if "none" in (form.plan.state, form.drill.state) or (age is not None and age > days):
        return unmet(observed, wanted={"plan": "given", "days_since_drill": days})
    if form.plan.state != "given" or not form.plan.text or form.drill.state != "given" or age is None or age < 0:
        return unknown(Why.NOT_DECLARED, "plan or drill is not declared, unreadable or in the future", observed)
    return awaits_person(observed, wanted={"days_since_drill": days}, detail="the unit's word: see plan and record of the drill")
