"""What sudo grants and how it records it / sudo 授权与留痕."""

from scanner.api import Absent, Verdict, Why, awaits_person, check, linux, met, not_applicable, unknown, unmet

ADMIN_GROUPS = ("sudo", "wheel", "admin", "root")


def _listed(sudoers: linux.Sudoers, accounts: linux.Accounts | Absent, wrong: list[str], wanted: object = 0) -> Verdict:
    remote = [] if isinstance(accounts, Absent) else [s for s in accounts.sources.get("sudoers", ()) if s != "files" and s[0] != "["]
    scope = {"local-only": True, "remote": remote} if remote else None
    observed = {"count": len(wrong), "places": wrong[:20]}
    if wrong:
        return unmet(observed, wanted=wanted, scope=scope)
    if sudoers.unread:
        return unknown(Why.GARBLED, f"not read: {sudoers.unread[0]}", observed)
    return met(observed, scope=scope)


@check("linux.sudo-nopasswd")
def nopasswd(sudoers: linux.Sudoers, accounts: linux.Accounts | Absent) -> Verdict:
    return _listed(sudoers, accounts, sorted({f"{r.where} {','.join(r.users)}" for r in sudoers.rules if "NOPASSWD" in r.tags}))


@check("linux.sudo-authenticate")
def authenticate(sudoers: linux.Sudoers, accounts: linux.Accounts | Absent) -> Verdict:
    wrong = [f"{d.where} {d.scope}".strip() for d in sudoers.defaults if d.name == "authenticate" and d.value is False]
    return _listed(sudoers, accounts, wrong)


@check("linux.sudo-all-users")
def all_users(sudoers: linux.Sudoers, accounts: linux.Accounts | Absent) -> Verdict:
    root = ("", "ALL", "root", "#0")
    asks = {d.name for d in sudoers.defaults if d.name in ("targetpw", "rootpw", "runaspw") and d.value is True and d.scope == ""}
    wrong = [
        r.where
        for r in sudoers.rules
        if "ALL" in sudoers.expand(r.users) and "ALL" in sudoers.expand((r.command,)) and r.runas.split(":")[0].strip() in root
    ]
    # With targetpw the caller must know root's password: then it is no gift, as in the default of one distribution.
    return _listed(sudoers, accounts, [] if asks and not any("NOPASSWD" in r.tags for r in sudoers.rules) else wrong)


@check("linux.sudo-use-pty")
def use_pty(sudoers: linux.Sudoers) -> Verdict:
    value = sudoers.default("use_pty")
    observed = {"use_pty": value, "version": ".".join(map(str, sudoers.version))}
    if value is False or any(d.name == "use_pty" and d.value is False and d.scope for d in sudoers.defaults):
        return unmet(observed, wanted=True)
    if sudoers.unread:
        return unknown(Why.GARBLED, f"not read: {sudoers.unread[0]}", observed)
    if value is None and not sudoers.version:
        return unknown(Why.COMMAND_FAILED, "sudo -V", observed)
    # From 1.9.14 on it is the default.
    return met(observed) if value or sudoers.version >= (1, 9, 14) else unmet(observed, wanted=True)


@check("linux.sudo-logfile")
def logfile(sudoers: linux.Sudoers) -> Verdict:
    value = sudoers.default("logfile")
    observed = {"logfile": value}
    if isinstance(value, str) and value.startswith("/"):
        return met(observed)
    if sudoers.unread:
        return unknown(Why.GARBLED, f"not read: {sudoers.unread[0]}", observed)
    return unmet(observed, wanted="/var/log/sudo.log")


@check("linux.sudo-admins")
def admins(sudoers: linux.Sudoers | Absent, accounts: linux.Accounts) -> Verdict:
    if isinstance(sudoers, Absent):
        return not_applicable(sudoers.detail) if sudoers.why is Why.NOT_PRESENT else unknown(sudoers.why, sudoers.detail)
    groups = {g.name: g for g in accounts.groups}
    people: set[str] = set()
    for rule in sudoers.rules:
        for user in sudoers.expand(rule.users):
            group = groups.get(user.removeprefix("%"))
            if user.startswith("%"):
                people |= set(group.members) if group is not None else {user}
                people |= {a.name for a in accounts.accounts if group is not None and a.gid == group.gid}
            else:
                people.add(user)
    people.discard("root")
    observed = {"count": len(people), "accounts": sorted(people)[:20]}
    if not people and not sudoers.unread and not accounts.malformed:
        return met(observed)
    return awaits_person(observed, wanted="only named administrators, each with what the post needs")
