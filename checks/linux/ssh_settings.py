"""sshd settings with one right answer, in force globally, on the command line and in every Match block."""

from collections.abc import Callable

from scanner.api import Absent, Verdict, Why, check, linux, met, unknown, unmet

Match = linux.SshdMatch | Absent
Daemon = linux.SshdDaemon | Absent


def _judge(setting: linux.SshdSetting | Absent, good: Callable[[str], bool], wanted: object) -> Verdict:
    if isinstance(setting, Absent):
        return unknown(setting.why, setting.detail)
    bad = setting.failing(good)
    if bad:
        return unmet(setting.shown(bad), wanted=wanted, detail=setting.remark, scope=setting.scope)
    return met(setting.shown(), wanted=wanted, detail=setting.remark, scope=setting.scope)


def _switch(check_id: str, keyword: str, *accepted: str) -> Callable[..., Verdict]:
    @check(check_id)
    def judge(sshd: linux.SshdConfig, match: Match, daemon: Daemon) -> Verdict:
        return _judge(linux.sshd_setting(keyword, sshd, match, daemon), lambda value: value.lower() in accepted, accepted[0])

    return judge


empty_passwords = _switch("linux.ssh-empty-passwords", "permitemptypasswords", "no")
user_environment = _switch("linux.ssh-user-environment", "permituserenvironment", "no")
hostbased = _switch("linux.ssh-hostbased", "hostbasedauthentication", "no")
ignore_rhosts = _switch("linux.ssh-ignore-rhosts", "ignorerhosts", "yes")
use_pam = _switch("linux.ssh-use-pam", "usepam", "yes", "1")
strict_modes = _switch("linux.ssh-strict-modes", "strictmodes", "yes")
# DEBUG levels write what users type and see into the log; below INFO a login leaves no line.
log_level = _switch("linux.ssh-log-level", "loglevel", "verbose", "info")


def _forwarding(check_id: str, keyword: str) -> Callable[..., Verdict]:
    @check(check_id)
    def judge(sshd: linux.SshdConfig, match: Match, daemon: Daemon) -> Verdict:
        everything = linux.sshd_setting("disableforwarding", sshd, match, daemon)
        if not isinstance(everything, Absent) and not everything.failing(lambda value: value.lower() == "yes"):
            return met(everything.shown(), wanted="no", detail=everything.remark, scope=everything.scope)
        return _judge(linux.sshd_setting(keyword, sshd, match, daemon), lambda value: value.lower() == "no", "no")

    return judge


x11_forwarding = _forwarding("linux.ssh-x11-forwarding", "x11forwarding")
tcp_forwarding = _forwarding("linux.ssh-tcp-forwarding", "allowtcpforwarding")


@check("linux.ssh-protocol")
def protocol(sshd: linux.SshdConfig, match: Match, daemon: Daemon) -> Verdict:
    if "protocol" in sshd.values:
        return _judge(linux.sshd_setting("protocol", sshd, match, daemon), lambda value: value == "2", "2")
    # Releases since 7.4 speak version 2 alone and no longer print the keyword; older ones print no list of key exchanges either.
    if "kexalgorithms" in sshd.values:
        return met({"protocol": "2"}, wanted="2")
    return unknown(Why.COMMAND_FAILED, "sshd -T prints neither protocol nor kexalgorithms")


def _at_most(limit: int) -> Callable[[str], bool]:
    return lambda value: value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= limit and len(value) < 10


@check("linux.ssh-max-auth-tries")
def max_auth_tries(sshd: linux.SshdConfig, match: Match, daemon: Daemon, *, most: int = 5) -> Verdict:
    return _judge(linux.sshd_setting("maxauthtries", sshd, match, daemon), _at_most(most), {"at_least": 1, "at_most": most})


@check("linux.ssh-max-sessions")
def max_sessions(sshd: linux.SshdConfig, match: Match, daemon: Daemon, *, most: int = 10) -> Verdict:
    # 0 opens no session at all: safe, if seldom wanted.
    setting = linux.sshd_setting("maxsessions", sshd, match, daemon)
    return _judge(setting, lambda value: value == "0" or _at_most(most)(value), {"at_most": most})


@check("linux.ssh-login-grace-time")
def login_grace_time(sshd: linux.SshdConfig, match: Match, daemon: Daemon, *, most: int = 60) -> Verdict:
    # 0 means: wait for ever.
    return _judge(
        linux.sshd_setting("logingracetime", sshd, match, daemon),
        lambda value: 1 <= (linux.sshd_seconds(value) or 0) <= most,
        {"at_least": 1, "at_most": most, "unit": "seconds"},
    )


@check("linux.ssh-max-startups")
def max_startups(sshd: linux.SshdConfig, match: Match, daemon: Daemon, *, start: int = 10, rate: int = 30, full: int = 60) -> Verdict:
    def good(value: str) -> bool:
        parts = value.split(":")
        if len(parts) == 1:
            return _at_most(full)(value)
        return len(parts) == 3 and _at_most(start)(parts[0]) and rate <= int(parts[1]) <= 100 and _at_most(full)(parts[2])

    return _judge(linux.sshd_setting("maxstartups", sshd, match, daemon), good, f"{start}:{rate}:{full}")
