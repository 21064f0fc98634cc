"""A second factor at login / 登录采用两种以上鉴别技术."""

from scanner.api import Absent, Verdict, awaits_person, check, linux, unknown


@check("linux.two-factor")
def two_factor(pam: linux.Pam, sshd: linux.SshdConfig | Absent) -> Verdict:
    found: dict[str, list[str]] = {}
    for service in linux.pam_modules.present(pam, linux.pam_modules.LOGINS):
        chain = pam.chain(service, "auth")
        if isinstance(chain, Absent):
            return unknown(chain.why, chain.detail)
        found[service] = sorted({entry.module for entry in chain if entry.module in linux.pam_modules.SECOND_FACTORS})
    methods = None if isinstance(sshd, Absent) else sshd.get("authenticationmethods")
    # A module in the chain is no proof that it binds everyone, and a bastion host in front is seen from nowhere here.
    return awaits_person({"modules": found, "sshd-methods": methods}, wanted="two factors, one of them cryptographic")
