"""What single PAM modules come to in effect: password quality, history, hashing, lockout, su. All pure, from the Pam fact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanner.facts.linux.pam import Entry, Pam
from scanner.facts.linux.pam_chain import Codes, outcomes
from scanner.model.absent import Absent, Why

QUALITY = ("pam_pwquality", "pam_cracklib")
CHANGERS = ("pam_unix", "pam_unix2", "pam_tcb")
LOGINS = ("login", "sshd", "remote", "gdm-password", "lightdm", "sddm", "xdm", "cockpit", "vsftpd")
"""Services by which a person logs in; those that have a file are asked."""
SECOND_FACTORS = (
    "pam_google_authenticator", "pam_oath", "pam_u2f", "pam_pkcs11", "pam_p11", "pam_yubico", "pam_duo", "pam_radius_auth",
    "pam_radius", "pam_rsa", "pam_securid", "pam_fprintd", "pam_usb", "pam_privacyidea", "pam_ukey", "pam_totp",
)  # fmt: skip
_NO = ("authtok_err", "maxtries", "auth_err", "perm_denied")
_CREDITS = ("dcredit", "ucredit", "lcredit", "ocredit")


def present(pam: Pam, names: Sequence[str]) -> tuple[str, ...]:
    """The named services that have a file; ``other`` when none has."""
    have = set(pam.services)
    return tuple(name for name in names if name in have) or ("other",)


def guards(chain: Sequence[Entry], names: Sequence[str]) -> list[Entry]:
    """Entries of a password chain that, alone, keep a refused password from being set.

    Counted is an entry only when no course sets a password before it ran or after it refused (a changer after a mere
    ``required`` entry must have ``use_authtok``, or it asks anew), and no course ends well after it refused.
    """
    return [entry for entry in chain if entry.module in names and not entry.optional_load and _guards(chain, entry)]


def _guards(chain: Sequence[Entry], target: Entry) -> bool:
    def codes(entry: Entry) -> Sequence[str] | None:
        return _NO if entry is target else _local(entry)

    def mark(entry: Entry, code: str, marks: frozenset[str]) -> frozenset[str]:
        if entry is target:
            return marks | {"ran"}
        if entry.module in CHANGERS and ("ran" not in marks or entry.arg("use_authtok") is None):
            return marks | {"set"}
        return marks

    return all(not success and "set" not in marks for success, marks in outcomes(chain, codes, mark))


def _local(entry: Entry) -> Sequence[str] | None:
    """Answers for an account of this machine; None means any."""
    return ("success",) if entry.module == "pam_localuser" else None


@dataclass(frozen=True, slots=True)
class Quality:
    """Effective rules for a new password."""

    module: str
    where: str
    minlen: int
    """Shortest password accepted, positive credits taken off."""
    classes: int
    """How many of the four kinds of characters are demanded."""
    dictcheck: bool
    root_too: bool
    """The rules bind root as well."""
    difok: int


def quality(pam: Pam, service: str = "passwd") -> Quality | Absent | None:
    """The strictest effective rules of a service; None when none is effective; Absent when settings cannot be read."""
    chain = pam.chain(service, "password")
    if isinstance(chain, Absent):
        return chain
    best: Quality | None = None
    for entry in guards(chain, QUALITY):
        found = _quality(pam, entry)
        if isinstance(found, Absent):
            return found
        if found is not None and (best is None or (found.minlen, found.classes) > (best.minlen, best.classes)):
            best = found
    return best


def _quality(pam: Pam, entry: Entry) -> Quality | Absent | None:
    cracklib = entry.module == "pam_cracklib"
    settings = {} if cracklib else _quality_files(pam)
    if isinstance(settings, Absent):
        return settings
    settings = dict(settings)
    for item in entry.args:
        keyword, _, value = item.partition("=")
        settings[keyword] = value
    old = cracklib or _old_quality(pam)
    numbers: dict[str, int] = {"minlen": 9 if old else 8, "minclass": 0, "difok": 5 if old else 1, "dictcheck": 1, "enforcing": 1}
    numbers.update(dict.fromkeys(_CREDITS, 1 if old else 0))
    for keyword in numbers:
        text = settings.get(keyword)
        if text is not None:
            if not re.fullmatch(r"[+-]?[0-9]{1,6}", text):
                return Absent(Why.GARBLED, f"{keyword}={text[:40]}")
            numbers[keyword] = int(text)
    if numbers["enforcing"] == 0 and not cracklib:
        return None
    credit = sum(max(0, numbers[name]) for name in _CREDITS)
    demanded = sum(numbers[name] < 0 for name in _CREDITS)
    return Quality(
        entry.module,
        entry.where,
        max(numbers["minlen"], 6) - credit,
        max(numbers["minclass"], demanded),
        cracklib or numbers["dictcheck"] != 0,
        "enforce_for_root" in settings,
        numbers["difok"],
    )


def _quality_files(pam: Pam) -> Mapping[str, str] | Absent:
    # The drop-ins come first and pwquality.conf last: libpwquality lets the main file win.
    settings: dict[str, str] = {}
    folder = sorted(path for path in pam.files.texts if "/pwquality.conf.d/" in path)
    for path in [*folder, "/etc/security/pwquality.conf"]:
        found = _settings(pam, path)
        if isinstance(found, Absent):
            return found
        settings.update(found)
    return settings


def _settings(pam: Pam, path: str) -> Mapping[str, str] | Absent:
    """``key = value`` and bare words; a missing file is an empty one, as all these modules see it."""
    text = pam.files.text(path)
    if isinstance(text, Absent):
        return {} if text.why is Why.FILE_MISSING else text
    out: dict[str, str] = {}
    for line in text.split("\n"):
        line = line.split("#", 1)[0].strip(" \t\r\f\v")
        if line:
            found = re.fullmatch(r"([^\s=]+)\s*=?\s*(.*)", line)
            if found is not None:
                out[found[1]] = found[2].strip()
    return out


def _old_quality(pam: Pam) -> bool:
    """libpwquality before 1.4 (RHEL 7 and its kin, Debian 9, Ubuntu 16): other defaults, credits among them."""
    text = pam.files.text("/etc/os-release")
    if isinstance(text, Absent):
        text = pam.files.text("/usr/lib/os-release")
    if isinstance(text, Absent):
        return True
    fields = {k: v.strip("\"'\r") for k, _, v in (line.partition("=") for line in text.split("\n"))}
    major = fields.get("VERSION_ID", "").split(".")[0]
    system = f" {fields.get('ID', '')} {fields.get('ID_LIKE', '')} "
    if not major.isdigit():
        return False
    limits = {"ubuntu": 17, "debian": 9, "rhel": 7, "centos": 7, "fedora": 26 if fields.get("ID") == "fedora" else 7}
    for word, limit in limits.items():
        if f" {word} " in system:
            return int(major) <= limit
    return False


def remembered(pam: Pam, service: str = "passwd") -> int | Absent:
    """How many former passwords are refused; 0 when none."""
    chain = pam.chain(service, "password")
    if isinstance(chain, Absent):
        return chain
    most = 0
    for entry in guards(chain, ("pam_pwhistory",)):
        settings = _settings(pam, "/etc/security/pwhistory.conf")
        if isinstance(settings, Absent):
            return settings
        text = entry.arg("remember") or settings.get("remember") or "10"
        if not text.isdigit():
            return Absent(Why.GARBLED, f"remember={text[:40]}")
        most = max(most, int(text))
    for entry in chain:
        own = entry.arg("remember") if entry.module == "pam_unix" else None
        if own and own.isdigit():
            most = max(most, int(own))
    return most


HASHES = ("md5", "bigcrypt", "sha256", "sha512", "blowfish", "gost_yescrypt", "yescrypt", "sm3")


def hashing(pam: Pam, default: str | None, service: str = "passwd") -> tuple[str, ...] | Absent:
    """How each pam_unix of the password chain would hash: lower-case names; ``default`` is login.defs' method."""
    chain = pam.chain(service, "password")
    if isinstance(chain, Absent):
        return chain
    out = []
    for entry in chain:
        if entry.module == "pam_unix":
            given = [word for word in entry.args if word in HASHES]
            out.append(given[-1] if given else (default or "des").lower())
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Lockout:
    """What happens after failed logins at one service."""

    service: str
    fault: str
    """Empty when effective; else ``no-module``, ``not-refused`` (a locked account can get in), ``not-counted`` (a failure
    can go uncounted), ``no-account-phase`` (nothing resets or checks it there)."""
    deny: int = 0
    """Failures that lock; 0 means never."""
    unlock: int = 0
    """Seconds until it unlocks by itself; 0 means only by an administrator."""
    interval: int = 0
    """Seconds within which failures count together; 0 where the module knows no such thing."""
    root_too: bool = False


_LOCKERS = ("pam_faillock", "pam_tally2", "pam_tally")
_VERIFIERS = ("pam_unix", "pam_unix2", "pam_tcb", "pam_sss", "pam_ldap", "pam_winbind", "pam_krb5")


def lockout(pam: Pam, service: str) -> Lockout | Absent:
    """The effect of pam_faillock or pam_tally2 in the auth and account phases of one service."""
    chain = pam.chain(service, "auth")
    account = pam.chain(service, "account")
    if isinstance(chain, Absent):
        return chain
    if isinstance(account, Absent):
        return account
    lockers = [entry for entry in chain if entry.module in _LOCKERS and not entry.optional_load]
    if not lockers:
        return Lockout(service, "no-module")
    settings = [_lock_settings(pam, entry) for entry in lockers]
    for item in settings:
        if isinstance(item, Absent):
            return item
    known = [item for item in settings if isinstance(item, tuple)]
    deny = 0 if any(item[0] == 0 for item in known) else max(item[0] for item in known)
    unlock = 0 if all(item[1] == 0 for item in known) else min(item[1] for item in known if item[1] > 0)
    fault = ""
    if not _refuses(chain):
        fault = "not-refused"
    elif not _counts(chain):
        fault = "not-counted"
    elif not any(entry.module in _LOCKERS for entry in account) and not any("authsucc" in entry.args for entry in lockers):
        fault = "no-account-phase"
    return Lockout(service, fault, deny, unlock, max(item[2] for item in known), all(item[3] for item in known))


def _refuses(chain: Sequence[Entry]) -> bool:
    def codes(entry: Entry) -> Sequence[str] | None:
        if entry.module in _LOCKERS and "authfail" not in entry.args:
            return ("auth_err", "maxtries")
        return _local(entry)

    return not any(success for success, _ in outcomes(chain, codes))


def _counts(chain: Sequence[Entry]) -> bool:
    def codes(entry: Entry) -> Sequence[str] | None:
        if entry.module in _VERIFIERS:
            return ("auth_err", "user_unknown")
        if entry.module in _LOCKERS:
            return ("ignore", "auth_err") if "authfail" in entry.args else ("success",)
        return _local(entry)

    def mark(entry: Entry, code: str, marks: frozenset[str]) -> frozenset[str]:
        if entry.module in _VERIFIERS:
            return marks | {"failed"}
        if entry.module in _LOCKERS and (entry.module != "pam_faillock" or "authfail" in entry.args):
            return marks | {"counted"}
        return marks

    return all("failed" not in marks or "counted" in marks for _, marks in outcomes(chain, codes, mark))


def _lock_settings(pam: Pam, entry: Entry) -> tuple[int, int, int, bool] | Absent:
    faillock = entry.module == "pam_faillock"
    settings: dict[str, str] = {}
    if faillock:
        path = entry.arg("conf") or "/etc/security/faillock.conf"
        if path not in ("/etc/security/faillock.conf", "/usr/etc/security/faillock.conf"):
            return Absent(Why.NOT_ASKED, path)
        found = _settings(pam, path)
        if isinstance(found, Absent):
            return found
        settings.update(found)
    for item in entry.args:
        keyword, _, value = item.partition("=")
        settings[keyword] = value
    numbers = {"deny": 3 if faillock else 0, "unlock_time": 600 if faillock else 0, "fail_interval": 900 if faillock else 0}
    for keyword in numbers:
        text = settings.get(keyword)
        if text is None:
            continue
        if text == "never":
            text = "0"
        if not re.fullmatch(r"[0-9]{1,9}", text):
            return Absent(Why.GARBLED, f"{keyword}={text[:40]}")
        numbers[keyword] = int(text)
    root_too = bool({"even_deny_root", "root_unlock_time"} & set(settings))
    return numbers["deny"], numbers["unlock_time"], numbers["fail_interval"], root_too


def su_restricted(pam: Pam, service: str) -> tuple[bool, str] | Absent:
    """Whether pam_wheel keeps other accounts from su, and the group it names ('' for its default)."""
    chain = pam.chain(service, "auth")
    if isinstance(chain, Absent):
        return chain
    wheels = [e for e in chain if e.module == "pam_wheel" and e.arg("trust") is None and e.arg("deny") is None and not e.optional_load]
    if not wheels:
        return False, ""

    def codes(entry: Entry) -> Sequence[str] | None:
        if any(entry is wheel for wheel in wheels):
            return ("perm_denied", "auth_err")
        # The caller is not root and has no way of proving that he is.
        return ("auth_err",) if entry.module == "pam_rootok" else None

    judged: Codes = codes
    return not any(success for success, _ in outcomes(chain, judged)), wheels[0].arg("group") or ""


def empty_allowed(pam: Pam) -> list[str] | Absent:
    """Places where pam_unix lets an empty password through (``nullok``), over all services."""
    found: set[str] = set()
    for service in pam.services:
        for phase in ("auth", "password"):
            chain = pam.chain(service, phase)
            if isinstance(chain, Absent):
                if chain.why is Why.FILE_MISSING:
                    continue
                return chain
            found |= {e.where for e in chain if e.module in CHANGERS and {"nullok", "nullok_secure"} & set(e.args)}
    return sorted(found)
