"""Who answers for security, and the three administrators / 责任人、联络员与三员."""

from scanner.api import Verdict, Why, awaits_person, check, site, unknown, unmet


@check("site.responsible-named")
def responsible_named(form: site.Form) -> Verdict:
    observed = {"responsible": bool(form.responsible), "liaison": bool(form.liaison)}
    wanted = {"responsible": True, "liaison": True}
    if not form.responsible or not form.liaison:
        return unknown(Why.NOT_DECLARED, "a name is missing or a placeholder", observed)
    return awaits_person(observed, wanted=wanted, detail="the unit's word: see the letter of appointment")


@check("site.admins-separate")
def admins_separate(form: site.Form) -> Verdict:
    names = form.admins
    pairs = [("system", "audit"), ("system", "security"), ("audit", "security")]
    same = [f"{one}+{other}" for one, other in pairs if set(names[one]) & set(names[other])]
    observed = {"roles": {role: len(people) for role, people in sorted(names.items())}, "same_person": same}
    if same:
        return unmet(observed, wanted={"same_person": []})
    if not all(names.values()):
        return unknown(Why.NOT_DECLARED, "a role is not named", observed)
    return awaits_person(observed, wanted={"same_person": []}, detail="the unit's word: see accounts and appointments")
