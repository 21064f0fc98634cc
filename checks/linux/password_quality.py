"""New passwords: rules that bind in effect, read through the PAM chain / 新口令的复杂度与重用限制（按 PAM 栈实际生效情况判断）."""

from collections.abc import Callable

from scanner.api import Absent, Verdict, Why, awaits_person, check, linux, met, unknown, unmet

CHANGING = ("passwd", "login", "sshd")
"""Services at which a person sets a password: by command, or at a login with an expired one."""


def _judge(pam: linux.Pam, wanted: object, show: Callable[[linux.Quality], object], right: Callable[[linux.Quality], bool]) -> Verdict:
    observed: dict[str, object] = {}
    good = True
    for service in linux.pam_modules.present(pam, CHANGING):
        rules = linux.pam_modules.quality(pam, service)
        if isinstance(rules, Absent):
            return unknown(rules.why, rules.detail)
        if rules is None and _passwdqc(pam, service):
            return awaits_person({"module": "pam_passwdqc", "service": service}, wanted=wanted)
        observed[service] = None if rules is None else show(rules)
        good = good and rules is not None and right(rules)
    return met(observed, wanted=wanted) if good else unmet(observed, wanted=wanted)


def _passwdqc(pam: linux.Pam, service: str) -> bool:
    chain = pam.chain(service, "password")
    return not isinstance(chain, Absent) and any(entry.module == "pam_passwdqc" for entry in chain)


@check("linux.password-quality-enabled")
def enabled(pam: linux.Pam) -> Verdict:
    return _judge(pam, "pam_pwquality", lambda rules: rules.module, lambda rules: True)


@check("linux.password-length")
def length(pam: linux.Pam, *, minlen: int = 8) -> Verdict:
    return _judge(pam, minlen, lambda rules: rules.minlen, lambda rules: rules.minlen >= minlen)


@check("linux.password-classes")
def classes(pam: linux.Pam, *, minclass: int = 3) -> Verdict:
    return _judge(pam, minclass, lambda rules: rules.classes, lambda rules: rules.classes >= minclass)


@check("linux.password-difference")
def difference(pam: linux.Pam, *, difok: int = 2) -> Verdict:
    return _judge(pam, difok, lambda rules: rules.difok, lambda rules: rules.difok >= difok)


@check("linux.password-dictionary")
def dictionary(pam: linux.Pam) -> Verdict:
    return _judge(pam, True, lambda rules: rules.dictcheck, lambda rules: rules.dictcheck)


@check("linux.password-root-bound")
def root_bound(pam: linux.Pam) -> Verdict:
    return _judge(pam, True, lambda rules: rules.root_too, lambda rules: rules.root_too)


@check("linux.password-history")
def history(pam: linux.Pam, *, remember: int = 5) -> Verdict:
    observed = {}
    for service in linux.pam_modules.present(pam, CHANGING):
        kept = linux.pam_modules.remembered(pam, service)
        if isinstance(kept, Absent):
            return unknown(kept.why, kept.detail)
        observed[service] = kept
    return met(observed, wanted=remember) if min(observed.values()) >= remember else unmet(observed, wanted=remember)


@check("linux.password-hashing")
def hashing(pam: linux.Pam, defs: linux.LoginDefs | Absent, *, allowed: str = "sha512,yescrypt,gost_yescrypt,blowfish,sm3") -> Verdict:
    default = None if isinstance(defs, Absent) else defs.values.get("ENCRYPT_METHOD")
    observed: dict[str, list[str]] = {}
    for service in linux.pam_modules.present(pam, CHANGING):
        used = linux.pam_modules.hashing(pam, default or "unset", service)
        if isinstance(used, Absent):
            return unknown(used.why, used.detail)
        observed[service] = list(used)
    names = {name for used in observed.values() for name in used}
    if not names:
        return unknown(Why.GARBLED, "no pam_unix in the password phase", observed)
    if "unset" in names and isinstance(defs, Absent):
        return unknown(defs.why, defs.detail, observed)
    good = names <= set(allowed.lower().split(","))
    return met(observed, wanted=allowed) if good else unmet(observed, wanted=allowed)


@check("linux.password-hashing-login-defs")
def hashing_login_defs(defs: linux.LoginDefs, *, allowed: str = "SHA512,YESCRYPT,SM3") -> Verdict:
    method = defs.values.get("ENCRYPT_METHOD")
    observed = {"ENCRYPT_METHOD": method}
    good = method is not None and method.upper() in allowed.upper().split(",")
    return met(observed, wanted=allowed) if good else unmet(observed, wanted=allowed)
