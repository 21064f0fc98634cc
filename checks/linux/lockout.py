"""Failed logins lock the account, in effect, at every login service / 登录失败锁定在各登录入口实际生效."""

from collections.abc import Callable

from scanner.api import Absent, Verdict, check, linux, met, unknown, unmet


def _judge(pam: linux.Pam, wanted: object, right: Callable[[linux.Lockout], bool], show: Callable[[linux.Lockout], object]) -> Verdict:
    observed: dict[str, object] = {}
    good = True
    for service in linux.pam_modules.present(pam, linux.pam_modules.LOGINS):
        lock = linux.pam_modules.lockout(pam, service)
        if isinstance(lock, Absent):
            return unknown(lock.why, lock.detail)
        observed[service] = lock.fault or show(lock)
        good = good and not lock.fault and right(lock)
    return met(observed, wanted=wanted) if good else unmet(observed, wanted=wanted)


@check("linux.lockout-effective")
def effective(pam: linux.Pam, sshd: linux.SshdConfig | Absent) -> Verdict:
    if not isinstance(sshd, Absent) and sshd.get("usepam") == "no" and sshd.get("passwordauthentication") != "no":
        return unmet({"sshd": "usepam no"}, wanted="deny > 0")
    return _judge(pam, "deny > 0", lambda lock: lock.deny > 0, lambda lock: lock.deny)


@check("linux.lockout-deny")
def deny(pam: linux.Pam, *, failures: int = 5) -> Verdict:
    return _judge(pam, failures, lambda lock: 0 < lock.deny <= failures, lambda lock: lock.deny)


@check("linux.lockout-unlock-time")
def unlock_time(pam: linux.Pam, *, seconds: int = 600) -> Verdict:
    return _judge(pam, seconds, lambda lock: lock.deny > 0 and (lock.unlock == 0 or lock.unlock >= seconds), lambda lock: lock.unlock)


@check("linux.lockout-interval")
def interval(pam: linux.Pam, *, seconds: int = 900) -> Verdict:
    # pam_tally2 counts without end, which is stricter than any interval.
    return _judge(pam, seconds, lambda lock: lock.deny > 0 and (lock.interval == 0 or lock.interval >= seconds), lambda lock: lock.interval)


@check("linux.lockout-root")
def root_too(pam: linux.Pam) -> Verdict:
    return _judge(pam, True, lambda lock: lock.deny > 0 and lock.root_too, lambda lock: lock.root_too)
