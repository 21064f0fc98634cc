"""Logs are kept for six months at least / 日志至少留存六个月."""

from scanner.api import Verdict, Why, awaits_person, check, site, unknown, unmet


@check("site.log-retention")
def log_retention(form: site.Form, *, days: int = 180) -> Verdict:
    observed = {"days": form.log_days, "central": form.log_central}
    wanted = {"days": days, "central": True}
    if (form.log_days is not None and form.log_days < days) or form.log_central is False:
        return unmet(observed, wanted=wanted)
    if form.log_days is None or form.log_central is None:
        return unknown(Why.NOT_DECLARED, "days or place of the logs are not declared", observed)
    return awaits_person(observed, wanted=wanted, detail="the unit's word: look at the oldest log on the server")
