"""Failed logins lock the account / 连续登录失败即锁定."""

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, unknown, unmet


@check("netdev.login-lockout")
def login_lockout(device: netdev.Device, *, attempts: int = 5, minutes: int = 5) -> Verdict:
    lock = device.lockout
    observed = {"on": lock.on, "attempts": lock.attempts, "minutes": lock.minutes, "source": lock.source}
    wanted = {"attempts_at_most": attempts, "minutes_at_least": minutes}
    if lock.on is False:
        return unmet(observed, wanted=wanted, scope=device.coverage)
    if lock.on is None or lock.attempts is None or lock.minutes is None:
        if device.unparsed:
            return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
        return awaits_person(observed, wanted=wanted, detail="the configuration does not say and defaults differ by version")
    # 0 minutes is Comware's `exceed lock`: locked until somebody unlocks it.
    if 0 < lock.attempts <= attempts and (lock.minutes == 0 or lock.minutes >= minutes):
        return met(observed, scope=device.coverage)
    return unmet(observed, wanted=wanted, scope=device.coverage)
