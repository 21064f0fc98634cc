"""Who may log in over SSH, from where, with how many factors, and when a dead session is closed."""

from collections.abc import Iterator

from scanner.api import Absent, Verdict, awaits_person, check, linux, met, unknown, unmet

Match = linux.SshdMatch | Absent
Daemon = linux.SshdDaemon | Absent


@check("linux.ssh-dead-sessions")
def dead_sessions(sshd: linux.SshdConfig, match: Match, daemon: Daemon, *, most: int = 900) -> Verdict:
    interval = linux.sshd_setting("clientaliveinterval", sshd, match, daemon)
    count = linux.sshd_setting("clientalivecountmax", sshd, match, daemon)
    if isinstance(interval, Absent):
        return unknown(interval.why, interval.detail)
    if isinstance(count, Absent):
        return unknown(count.why, count.detail)
    # Until 8.1 a count of 0 closed the session after one interval; since 8.2 (which brought pubkeyauthoptions) it never closes.
    zero = None if "pubkeyauthoptions" in sshd.values else 1
    waits = [_wait(i.value, c.value, zero) for i in interval.places for c in count.places]
    longest = None if None in waits else max(wait for wait in waits if wait is not None)
    seen = {**interval.shown(interval.matched), **count.shown(count.matched), "seconds": longest}
    if longest is None or longest > most:
        return unmet(seen, wanted={"at_most": most, "unit": "seconds"}, detail=interval.remark, scope=interval.scope)
    return met(seen, wanted={"at_most": most, "unit": "seconds"}, detail=interval.remark, scope=interval.scope)


def _wait(interval: str, count: str, zero: int | None) -> int | None:
    """Seconds until a silent client is dropped; None when it never is."""
    seconds = linux.sshd_seconds(interval)
    if not seconds or not count.isascii() or not count.isdigit() or len(count) > 9:
        return None
    times = int(count) or zero
    return None if times is None else seconds * times


@check("linux.ssh-allow-list")
def allow_list(sshd: linux.SshdConfig, match: Match, daemon: Daemon) -> Verdict:
    users = linux.sshd_setting("allowusers", sshd, match, daemon, unset="")
    groups = linux.sshd_setting("allowgroups", sshd, match, daemon, unset="")
    if isinstance(users, Absent):
        return unknown(users.why, users.detail)
    if isinstance(groups, Absent):
        return unknown(groups.why, groups.detail)
    seen = {**users.shown(users.matched), **groups.shown(groups.matched)}
    # A login must pass both lists, so one that names somebody everywhere is enough.
    if not users.failing(_names_somebody) or not groups.failing(_names_somebody):
        return met(seen, detail=users.remark, scope=users.scope)
    return unmet(seen, wanted="AllowUsers or AllowGroups with names", detail=users.remark, scope=users.scope)


def _names_somebody(value: str) -> bool:
    names = value.split()
    return bool(names) and all(name.partition("@")[0].strip("*?") for name in names)


@check("linux.ssh-source-limit")
def source_limit(sshd: linux.SshdConfig, match: Match, daemon: Daemon) -> Verdict:
    users = linux.sshd_setting("allowusers", sshd, match, daemon, unset="")
    if isinstance(users, Absent):
        return unknown(users.why, users.detail)
    bad = users.failing(_has_source)
    seen = {**users.shown(bad), "listenaddress": list(sshd.values.get("listenaddress", ()))[:10]}
    if not bad:
        return met(seen, detail=users.remark, scope=users.scope)
    # A packet filter, a bastion or PAM may limit the sources instead: other checks and a person know.
    return awaits_person(seen, wanted="AllowUsers NAME@ADDRESS, or a packet filter before sshd", detail=users.remark)


def _has_source(value: str) -> bool:
    allowed = [name.partition("@")[2] for name in value.split() if not name.startswith("!")]
    return bool(allowed) and all(host.strip("*?.:") and not host.endswith("/0") for host in allowed)


@check("linux.ssh-banner")
def banner(sshd: linux.SshdConfig, match: Match, daemon: Daemon) -> Verdict:
    setting = linux.sshd_setting("banner", sshd, match, daemon)
    if isinstance(setting, Absent):
        return unknown(setting.why, setting.detail)
    bad = setting.failing(lambda value: value.startswith("/") and value != "/dev/null")
    if bad:
        return unmet(setting.shown(bad), wanted="a file with a warning", detail=setting.remark, scope=setting.scope)
    return met(setting.shown(), detail=setting.remark, scope=setting.scope)


@check("linux.ssh-two-factor")
def two_factor(sshd: linux.SshdConfig, match: Match, daemon: Daemon) -> Verdict:
    setting = linux.sshd_setting("authenticationmethods", sshd, match, daemon)
    if isinstance(setting, Absent):
        return unknown(setting.why, setting.detail)
    chains = {chain for place in setting.places for chain in _chains(place.value)}
    seen = setting.shown(setting.matched)
    keys = linux.sshd_setting("pubkeyauthentication", sshd, match, daemon)
    if chains and all({"publickey", "password"} <= chain for chain in chains):
        return met(seen, wanted="publickey,password", detail=setting.remark, scope={"path": "ssh", **(setting.scope or {})})
    key_enough = any(chain == {"publickey"} or chain == {"any"} for chain in chains)
    verified = "verify-required" in (sshd.get("pubkeyauthoptions") or "")
    if key_enough and not verified and not isinstance(keys, Absent) and any(place.value.lower() == "yes" for place in keys.base):
        return unmet({**seen, "enough": "publickey"}, wanted="publickey,password", detail=setting.remark, scope=setting.scope)
    # A password or a dialogue is asked by PAM, which may want a second factor of its own.
    return awaits_person(seen, wanted="publickey,password", detail=setting.remark)


def _chains(value: str) -> Iterator[frozenset[str]]:
    for chain in value.lower().split():
        yield frozenset(method.partition(":")[0] for method in chain.split(","))
