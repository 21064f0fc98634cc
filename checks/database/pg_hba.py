"""Who PostgreSQL lets in, from where and how / PostgreSQL 的客户端认证规则."""

from collections.abc import Iterable

from scanner.api import Absent, Verdict, awaits_person, check, database, met, unmet

WEAK = {"password", "md5", "ident"}
CLEAR_TEXT = {"ldap", "pam", "bsd", "radius"}


def _say(hba: database.PgHba, loaded: database.PgHbaLoaded | Absent, bad: Iterable[database.HbaRule], wanted: str) -> Verdict:
    found = list(bad)
    if found:
        return unmet({"rules": [{"line": r.line, "rule": r.shown()} for r in found[:20]], "count": len(found)}, wanted=wanted)
    observed = {"rules": [], "count": 0, "of": len(hba.rules)}
    if isinstance(loaded, Absent):
        return awaits_person(observed, wanted=wanted, detail="whether the server has loaded this file could not be seen")
    if loaded.stale:
        return awaits_person(observed, wanted=wanted, detail="the file was changed after the server loaded it")
    return met(observed, wanted=wanted)


@check("postgresql.hba-trust")
def hba_trust(hba: database.PgHba, loaded: database.PgHbaLoaded | Absent) -> Verdict:
    return _say(hba, loaded, (r for r in hba.rules if r.method == "trust" and r.remote), "no trust")


@check("postgresql.hba-trust-local")
def hba_trust_local(hba: database.PgHba, loaded: database.PgHbaLoaded | Absent) -> Verdict:
    return _say(hba, loaded, (r for r in hba.rules if r.method == "trust" and not r.remote), "peer or scram-sha-256")


@check("postgresql.hba-weak-methods")
def hba_weak_methods(hba: database.PgHba, loaded: database.PgHbaLoaded | Absent) -> Verdict:
    def weak(rule: database.HbaRule) -> bool:
        return rule.remote and (rule.method in WEAK or (rule.clear and rule.method in CLEAR_TEXT))

    return _say(hba, loaded, filter(weak, hba.rules), "scram-sha-256 or cert")


@check("postgresql.hba-encrypted")
def hba_encrypted(hba: database.PgHba, loaded: database.PgHbaLoaded | Absent) -> Verdict:
    return _say(hba, loaded, (r for r in hba.rules if r.remote and r.clear and r.method != "reject"), "hostssl")


@check("postgresql.hba-sources")
def hba_sources(hba: database.PgHba, loaded: database.PgHbaLoaded | Absent) -> Verdict:
    return _say(hba, loaded, (r for r in hba.rules if r.everywhere and r.method != "reject"), "named networks")
