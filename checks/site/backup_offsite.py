"""A backup is kept elsewhere, on another medium / 备份异地存放且不同介质."""

from scanner.api import Verdict, Why, awaits_person, check, site, unknown, unmet


@check("site.backup-offsite")
def backup_offsite(form: site.Form, *, restore_days: int = 365) -> Verdict:
    wanted = {"offsite": True, "off_line_or_other_medium": True, "restored_within_days": restore_days}
    if form.backups is None:
        return unknown(Why.NOT_DECLARED, "nothing is said about backups")
    rows = [{"medium": bool(b.medium), "offsite": b.offsite, "online": b.online, "days": _age(form, b)} for b in form.backups]
    observed = {"backups": rows[:20], "count": len(rows), "media": len({b.medium.casefold() for b in form.backups if b.medium})}
    if not form.backups or all(b.offsite is False for b in form.backups) or all(b.online for b in form.backups):
        return unmet(observed, wanted=wanted)
    good = [b for b in form.backups if b.offsite and b.medium and b.online is False]
    if not good:
        return unknown(Why.NOT_DECLARED, "no backup is declared with place, medium and that it is off line", observed)
    ages = [age for b in good if (age := _age(form, b)) is not None]
    if any(b.restored.state == "none" for b in good) or (ages and min(ages) > restore_days):
        return unmet(observed, wanted=wanted)
    if not ages or min(ages) < 0:
        return unknown(Why.NOT_DECLARED, "no test of restoring is declared", observed)
    return awaits_person(observed, wanted=wanted, detail="the unit's word: see the media and the record of restoring")


def _age(form: site.Form, backup: site.Backup) -> int | None:
    return None if backup.restored.on is None else (form.as_of - backup.restored.on).days
