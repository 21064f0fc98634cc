"""Who may leave jobs with cron and at / 计划任务的使用授权."""

from scanner.api import Absent, Verdict, Why, check, linux, met, not_applicable, unknown, unmet

CRON = ("/etc/crontab", "/etc/cron.d", "/usr/bin/crontab")
AT = ("/usr/bin/at",)


def _judge(modes: linux.Modes, parts: tuple[str, ...], path: str, wanted: bool) -> Verdict:
    seen = [modes.get(part) for part in parts]
    if all(isinstance(part, Absent) and part.why is Why.NOT_PRESENT for part in seen):
        return not_applicable(parts[0])
    found = modes.get(path)
    if isinstance(found, Absent) and found.why is not Why.NOT_PRESENT:
        return unknown(found.why, found.detail)
    there = not isinstance(found, Absent)
    observed = {path: there}
    return met(observed, wanted=wanted) if there is wanted else unmet(observed, wanted=wanted)


@check("linux.cron-allow-exists")
def cron_allow(modes: linux.Modes) -> Verdict:
    return _judge(modes, CRON, "/etc/cron.allow", True)


@check("linux.cron-deny-absent")
def cron_deny(modes: linux.Modes) -> Verdict:
    return _judge(modes, CRON, "/etc/cron.deny", False)


@check("linux.at-allow-exists")
def at_allow(modes: linux.Modes) -> Verdict:
    return _judge(modes, AT, "/etc/at.allow", True)


@check("linux.at-deny-absent")
def at_deny(modes: linux.Modes) -> Verdict:
    return _judge(modes, AT, "/etc/at.deny", False)
