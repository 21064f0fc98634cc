"""sshd refuses direct root logins / SSH 不得允许 root 直接登录."""

from scanner.api import Absent, Verdict, check, linux, met, unknown, unmet

REFUSING = {"no", "forced-commands-only"}


@check("linux.ssh-root-login")
def ssh_root_login(sshd: linux.SshdConfig, match: linux.SshdMatch | Absent, daemon: linux.SshdDaemon | Absent) -> Verdict:
    setting = linux.sshd_setting("permitrootlogin", sshd, match, daemon)
    if isinstance(setting, Absent):
        return unknown(setting.why, setting.detail)
    bad = setting.failing(lambda value: value.lower() in REFUSING)
    if bad:
        return unmet(setting.shown(bad), wanted="no", detail=setting.remark, scope=setting.scope)
    return met(setting.shown(), detail=setting.remark, scope=setting.scope)
