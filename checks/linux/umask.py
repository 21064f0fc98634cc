"""New files are not open to others / 新建文件的默认权限（umask）."""

from scanner.api import Absent, Verdict, Why, check, linux, met, unknown, unmet


def _strict(text: str, least: int) -> bool | None:
    """Whether a umask withholds all that ``least`` withholds; None for a form that is not numeric."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 4 or set(text) & {"8", "9"}:
        return None
    return int(text, 8) & least == least


def _judge(values: list[str], sure: bool, least: int, wanted: str) -> Verdict:
    observed = {"umask": values[:20]}
    strict = [_strict(value, least) for value in values]
    if False in strict or not values:
        return unmet(observed, wanted=wanted)
    if None in strict:
        return unknown(Why.GARBLED, "umask in a form that is not numeric", observed)
    return met(observed, wanted=wanted) if sure else unknown(Why.GARBLED, "only under a condition", observed)


def _mask(entry: linux.pam.Entry, defs: linux.LoginDefs) -> str:
    """What one pam_umask sets for a person whose own group bears the same name."""
    given = entry.arg("umask")
    # login.defs' switch counts only where its umask does; either way the group then gets what the owner has.
    own = entry.arg("usergroups") is not None or (not given and defs.values.get("USERGROUPS_ENAB", "").lower() == "yes")
    text = (given or defs.values.get("UMASK", "022")).strip()
    if not own or _strict(text, 0) is None:
        return text
    mask = int(text, 8)
    return f"{mask & ~0o070 | mask >> 3 & 0o070:03o}"


@check("linux.umask-login-defs")
def login_defs(defs: linux.LoginDefs, *, umask: str = "027") -> Verdict:
    text = defs.values.get("UMASK")
    observed = {"UMASK": text}
    least = int(umask, 8)
    number = defs.number("UMASK")
    # PAM reads it as octal, useradd in C notation: without the leading zero they differ, and both must be strict.
    good = text is not None and number is not None and _strict(text, least) is True and number & least == least
    return met(observed, wanted=umask) if good else unmet(observed, wanted=umask)


@check("linux.umask-profile")
def profile(rc: linux.ShellRc, *, umask: str = "027") -> Verdict:
    found = [s for s in rc.umask if s.where == "/etc/profile" or (s.where.startswith("/etc/profile.d/") and rc.reads_folder)]
    return _judge([s.value for s in found], any(s.sure for s in found), int(umask, 8), umask)


@check("linux.umask-bashrc")
def bashrc(rc: linux.ShellRc, *, umask: str = "027") -> Verdict:
    found = [s for s in rc.umask if s.where in ("/etc/bashrc", "/etc/bash.bashrc")]
    return _judge([s.value for s in found], any(s.sure for s in found), int(umask, 8), umask)


@check("linux.umask-effective")
def effective(rc: linux.ShellRc, pam: linux.Pam, defs: linux.LoginDefs, *, umask: str = "027") -> Verdict:
    least = int(umask, 8)
    sessions: dict[str, str] = {}
    for service in linux.pam_modules.present(pam, linux.pam_modules.LOGINS):
        chain = pam.chain(service, "session")
        if isinstance(chain, Absent):
            return unknown(chain.why, chain.detail)
        masks = [_mask(entry, defs) for entry in chain if entry.module == "pam_umask"]
        # Nobody sets it: the kernel's and init's 022 stays.
        sessions[service] = masks[-1] if masks else "022"
    shells = [s for s in rc.umask if not s.where.startswith("/etc/profile.d/") or rc.reads_folder]
    observed = {"session": sessions, "shell": [f"{s.where} {s.value}" for s in shells][:20]}
    base = [_strict(value, least) for value in sessions.values()]
    shell = [_strict(s.value, least) for s in shells]
    if False in shell or (False in base and not any(s.sure and s.where.startswith("/etc/profile") for s in shells)):
        return unmet(observed, wanted=umask)
    if None in base or None in shell:
        return unknown(Why.GARBLED, "umask in a form that is not numeric", observed)
    return met(observed, wanted=umask)
