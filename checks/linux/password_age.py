"""How long passwords live: every account with a password, and the default for new ones / 口令使用期限：已有账户与新建账户默认值."""

from collections.abc import Callable

from scanner.api import Absent, Verdict, Why, check, linux, met, unknown, unmet

Wrong = Callable[[linux.Secret], bool]
Show = Callable[[linux.Secret], object]


def _accounts(shadow: linux.Shadow, wanted: object, wrong: Wrong, show: Show) -> Verdict:
    """Accounts whose password can be used; one that has ended (expiry date passed) is left out."""
    bearing = [s for s in shadow.secrets if s.hashed and not (s.expires is not None and 0 <= s.expires <= shadow.today)]
    bad = {s.name: show(s) for s in bearing if wrong(s)}
    observed = {"checked": len(bearing), "count": len(bad), "accounts": {name: bad[name] for name in sorted(bad)[:20]}}
    if bad:
        return unmet(observed, wanted=wanted)
    if shadow.malformed:
        return unknown(Why.GARBLED, f"line not understood: {shadow.malformed[0]}", observed)
    return met(observed, wanted=wanted)


def _default(defs: linux.LoginDefs, keyword: str, wanted: object, right: Callable[[int], bool]) -> Verdict:
    """A value that is missing or no number counts as the suite counts it: never, or none."""
    number = defs.number(keyword)
    observed = {keyword: defs.values.get(keyword)}
    return met(observed, wanted=wanted) if number is not None and right(number) else unmet(observed, wanted=wanted)


@check("linux.password-max-age")
def max_age(shadow: linux.Shadow, *, days: int = 90) -> Verdict:
    return _accounts(shadow, days, lambda s: s.most is None or not 0 <= s.most <= days, lambda s: s.most)


@check("linux.password-min-age")
def min_age(shadow: linux.Shadow, *, days: int = 1) -> Verdict:
    return _accounts(shadow, days, lambda s: s.least is None or s.least < days, lambda s: s.least)


@check("linux.password-warn-age")
def warn_age(shadow: linux.Shadow, *, days: int = 7) -> Verdict:
    return _accounts(shadow, days, lambda s: s.warn is None or s.warn < days, lambda s: s.warn)


@check("linux.password-inactive-lock")
def inactive(shadow: linux.Shadow, *, days: int = 30) -> Verdict:
    return _accounts(shadow, days, lambda s: s.inactive is None or not 0 <= s.inactive <= days, lambda s: s.inactive)


@check("linux.password-change-past")
def change_past(shadow: linux.Shadow) -> Verdict:
    return _accounts(shadow, f"<= {shadow.today}", lambda s: s.changed is not None and s.changed > shadow.today, lambda s: s.changed)


@check("linux.password-overdue")
def overdue(shadow: linux.Shadow, *, days: int = 90) -> Verdict:
    # Day 0 means: must be changed at the next login. An empty field means that age is not counted at all.
    return _accounts(
        shadow,
        days,
        lambda s: s.changed is None or (s.changed != 0 and shadow.today - s.changed > days),
        lambda s: None if s.changed is None else shadow.today - s.changed,
    )


@check("linux.password-max-age-default")
def max_age_default(defs: linux.LoginDefs, *, days: int = 90) -> Verdict:
    return _default(defs, "PASS_MAX_DAYS", days, lambda number: 0 < number <= days)


@check("linux.password-min-age-default")
def min_age_default(defs: linux.LoginDefs, *, days: int = 1) -> Verdict:
    return _default(defs, "PASS_MIN_DAYS", days, lambda number: number >= days)


@check("linux.password-warn-age-default")
def warn_age_default(defs: linux.LoginDefs, *, days: int = 7) -> Verdict:
    return _default(defs, "PASS_WARN_AGE", days, lambda number: number >= days)


@check("linux.password-inactive-lock-default")
def inactive_default(defs: linux.LoginDefs, *, days: int = 30) -> Verdict:
    useradd = defs.useradd
    if isinstance(useradd, Absent) and useradd.why is not Why.FILE_MISSING:
        return unknown(useradd.why, useradd.detail)
    # Without the file or the line, useradd sets none.
    text = None if isinstance(useradd, Absent) else useradd.get("INACTIVE")
    observed = {"INACTIVE": text}
    good = text is not None and text.isascii() and text.isdigit() and int(text) <= days
    return met(observed, wanted=days) if good else unmet(observed, wanted=days)
