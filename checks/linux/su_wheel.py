"""Only members of one group may use su / 仅指定组成员可用 su 切换."""

from scanner.api import Absent, Verdict, check, linux, met, unknown, unmet


@check("linux.su-wheel")
def su_wheel(pam: linux.Pam, accounts: linux.Accounts | Absent) -> Verdict:
    observed: dict[str, object] = {}
    good = True
    for service in linux.pam_modules.present(pam, ("su", "su-l")):
        found = linux.pam_modules.su_restricted(pam, service)
        if isinstance(found, Absent):
            return unknown(found.why, found.detail)
        restricted, group = found
        observed[service] = {"restricted": restricted, "group": group or "wheel", "members": _members(accounts, group or "wheel")}
        good = good and restricted
    return met(observed, wanted="pam_wheel") if good else unmet(observed, wanted="pam_wheel")


def _members(accounts: linux.Accounts | Absent, group: str) -> list[str] | None:
    if isinstance(accounts, Absent):
        return None
    return sorted({m for g in accounts.groups if g.name == group for m in g.members})[:20]
