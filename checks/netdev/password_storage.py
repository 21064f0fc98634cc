"""Local passwords are kept irreversibly / 本地口令以不可逆方式保存."""

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, unknown, unmet

BAD = {"reversible", "plain", "empty"}


@check("netdev.password-storage")
def password_storage(device: netdev.Device) -> Verdict:
    forms = {secret.owner: secret.form for secret in device.secrets}
    bad = sorted(owner for owner, form in forms.items() if form in BAD)
    observed = {"count": len(forms), "bad": {owner: forms[owner] for owner in bad[:20]}}
    if bad:
        return unmet(observed, wanted="irreversible-cipher / hash", scope=device.coverage)
    if device.unparsed:
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
    if not forms or any(form != "irreversible" for form in forms.values()):
        return awaits_person(observed, wanted="irreversible-cipher / hash", detail="not shown for every password")
    return met(observed, scope=device.coverage)
