"""An idle shell ends by itself / 命令行会话空闲超时自动退出."""

from scanner.api import Verdict, Why, check, linux, met, unknown, unmet


def _read(rc: linux.ShellRc, where: str) -> bool:
    """Files that a login shell reads by itself."""
    return where == "/etc/profile" or (where.startswith("/etc/profile.d/") and rc.reads_folder)


@check("linux.shell-timeout")
def timeout(rc: linux.ShellRc, *, seconds: int = 600) -> Verdict:
    found = rc.tmout
    observed = {"TMOUT": [f"{s.where} {s.value}" for s in found][:20]}
    bad = [s for s in found if s.value.isascii() and s.value.isdigit() and not 0 < int(s.value) <= seconds]
    if bad or not any(_read(rc, s.where) for s in found):
        return unmet(observed, wanted=seconds)
    if not all(s.value.isascii() and s.value.isdigit() for s in found):
        return unknown(Why.GARBLED, "TMOUT is not a plain number", observed)
    if not any(s.sure and _read(rc, s.where) for s in found):
        return unknown(Why.GARBLED, "TMOUT is set under a condition only", observed)
    return met(observed, wanted=seconds)


@check("linux.shell-timeout-readonly")
def readonly(rc: linux.ShellRc) -> Verdict:
    kept = [s for s in rc.readonly if _read(rc, s.where)]
    observed = {"readonly": [s.where for s in kept][:20], "TMOUT": [s.where for s in rc.tmout][:20]}
    if not rc.tmout or not kept:
        return unmet(observed, wanted="readonly TMOUT")
    return met(observed) if any(s.sure for s in kept) else unknown(Why.GARBLED, "read-only under a condition only", observed)
