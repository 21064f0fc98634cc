"""No account without a password, no stack that lets one in, and how stored passwords are hashed / 空口令与已存口令的散列方式."""

from scanner.api import Absent, Verdict, Why, check, linux, met, unknown, unmet

WEAK = frozenset({"des", "bsdi", "md5", "sunmd5", "nt", "other"})


def _names(names: list[str]) -> dict[str, object]:
    return {"count": len(names), "accounts": sorted(names)[:20]}


@check("linux.password-empty")
def empty(shadow: linux.Shadow, accounts: linux.Accounts) -> Verdict:
    bare = [s.name for s in shadow.secrets if s.kind == "empty"] + [a.name for a in accounts.accounts if a.stored == "empty"]
    if bare:
        return unmet(_names(bare), wanted=0)
    listed = {s.name for s in shadow.secrets}
    lost = [a.name for a in accounts.accounts if a.stored == "shadow" and a.name not in listed]
    strange = [*shadow.malformed, *accounts.malformed, *lost]
    return unknown(Why.GARBLED, f"lines not understood: {strange[0]}") if strange else met(_names(bare))


@check("linux.pam-nullok")
def nullok(pam: linux.Pam) -> Verdict:
    places = linux.pam_modules.empty_allowed(pam)
    if isinstance(places, Absent):
        return unknown(places.why, places.detail)
    observed = {"count": len(places), "places": places[:20]}
    return unmet(observed, wanted=0) if places else met(observed)


@check("linux.passwords-shadowed")
def shadowed(accounts: linux.Accounts) -> Verdict:
    bare = [a.name for a in accounts.accounts if a.stored not in ("shadow", "none")]
    if bare:
        return unmet(_names(bare), wanted=0)
    return unknown(Why.GARBLED, f"line not understood: {accounts.malformed[0]}") if accounts.malformed else met(_names(bare))


@check("linux.password-hashes-strong")
def strong(shadow: linux.Shadow) -> Verdict:
    weak = [s.name for s in shadow.secrets if s.kind.removeprefix("locked-") in WEAK]
    observed = _names(weak) | {"kinds": sorted({s.kind for s in shadow.secrets if s.usable})}
    if weak:
        return unmet(observed, wanted=0)
    return unknown(Why.GARBLED, f"line not understood: {shadow.malformed[0]}") if shadow.malformed else met(observed)
