"""sshd refuses direct root logins / SSH 不得允许 root 直接登录."""

from scanner.api import Verdict, check, linux, met, unmet

REFUSING = {"no", "forced-commands-only"}


@check("linux.ssh-root-login")
def ssh_root_login(sshd: linux.SshdConfig) -> Verdict:
    value = sshd["permitrootlogin"]
    return met({"permitrootlogin": value}) if value in REFUSING else unmet({"permitrootlogin": value}, wanted="no")
