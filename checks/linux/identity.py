"""Accounts and groups are what they seem: one name, one number, one root / 账户与组标识唯一、root 唯一."""

from collections import Counter
from collections.abc import Iterable

from scanner.api import Verdict, Why, check, linux, met, unknown, unmet


def _list(accounts: linux.Accounts, wrong: Iterable[object], wanted: object = 0) -> Verdict:
    names = sorted(str(item) for item in wrong)
    observed = {"count": len(names), "names": names[:20]}
    scope = {"local-only": True, "remote": list(accounts.remote)} if accounts.remote else None
    if names:
        return unmet(observed, wanted=wanted, scope=scope)
    if accounts.malformed:
        return unknown(Why.GARBLED, f"line not understood: {accounts.malformed[0]}", observed)
    return met(observed, wanted=wanted, scope=scope)


def _twice(items: Iterable[object]) -> list[object]:
    return [item for item, count in Counter(items).items() if count > 1]


@check("linux.uid-zero")
def uid_zero(accounts: linux.Accounts) -> Verdict:
    return _list(accounts, (a.name for a in accounts.accounts if a.uid == 0 and a.name != "root"))


@check("linux.uid-unique")
def uid_unique(accounts: linux.Accounts) -> Verdict:
    twice = set(_twice(a.uid for a in accounts.accounts))
    return _list(accounts, (f"{a.uid}:{a.name}" for a in accounts.accounts if a.uid in twice))


@check("linux.user-name-unique")
def user_name_unique(accounts: linux.Accounts) -> Verdict:
    return _list(accounts, _twice(a.name for a in accounts.accounts))


@check("linux.gid-unique")
def gid_unique(accounts: linux.Accounts) -> Verdict:
    twice = set(_twice(g.gid for g in accounts.groups))
    return _list(accounts, (f"{g.gid}:{g.name}" for g in accounts.groups if g.gid in twice))


@check("linux.group-name-unique")
def group_name_unique(accounts: linux.Accounts) -> Verdict:
    return _list(accounts, _twice(g.name for g in accounts.groups))


@check("linux.gid-defined")
def gid_defined(accounts: linux.Accounts) -> Verdict:
    known = {g.gid for g in accounts.groups}
    return _list(accounts, (f"{a.name}:{a.gid}" for a in accounts.accounts if a.gid not in known))


@check("linux.root-gid")
def root_gid(accounts: linux.Accounts) -> Verdict:
    return _list(accounts, (f"{a.name}:{a.gid}" for a in accounts.accounts if a.name == "root" and a.gid != 0))


@check("linux.root-group-members")
def root_group_members(accounts: linux.Accounts) -> Verdict:
    members = {m for g in accounts.groups if g.gid == 0 for m in g.members if m != "root"}
    # These system accounts have group root by long custom and no session.
    primary = {a.name for a in accounts.accounts if a.gid == 0 and a.name not in ("root", "sync", "shutdown", "halt", "operator")}
    return _list(accounts, members | primary)


@check("linux.shadow-group-empty")
def shadow_group_empty(accounts: linux.Accounts) -> Verdict:
    gids = {g.gid for g in accounts.groups if g.name == "shadow"}
    members = {m for g in accounts.groups if g.name == "shadow" for m in g.members}
    return _list(accounts, members | {a.name for a in accounts.accounts if a.gid in gids})


@check("linux.no-plus-entries")
def no_plus_entries(accounts: linux.Accounts, shadow: linux.Shadow) -> Verdict:
    lines = [*accounts.malformed, *shadow.malformed]
    plus = [name for name in lines if name[:1] in ("+", "-")]
    observed = {"count": len(plus), "names": plus[:20]}
    if plus:
        return unmet(observed, wanted=0)
    return unknown(Why.GARBLED, f"line not understood: {lines[0]}", observed) if lines else met(observed)
