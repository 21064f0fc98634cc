"""The search path of root leads to folders that only root can write / root 的命令搜索路径."""

from scanner.api import Absent, Verdict, Why, check, linux, met, unknown, unmet


def _parts(rc: linux.ShellRc, defs: linux.LoginDefs) -> list[str]:
    parts = [part for setting in rc.root_path for part in setting.value.split(":")]
    supath = defs.values.get("ENV_SUPATH", "").removeprefix("PATH=")
    return list(dict.fromkeys(parts + (supath.split(":") if supath else [])))


@check("linux.root-path")
def root_path(rc: linux.ShellRc, defs: linux.LoginDefs) -> Verdict:
    bad = [part for part in _parts(rc, defs) if part[:1] not in ("/", "$", "~", "`")]
    observed = {"count": len(bad), "parts": bad[:20]}
    if bad:
        return unmet(observed, wanted=0)
    return unknown(Why.NO_PERMISSION, rc.denied[0]) if rc.denied else met(observed)


@check("linux.root-path-writable")
def root_path_writable(rc: linux.ShellRc, defs: linux.LoginDefs, modes: linux.Modes) -> Verdict:
    bad: list[str] = []
    open_question: Absent | None = None
    for part in _parts(rc, defs):
        if not part.startswith("/"):
            continue
        found = modes.get(part.rstrip("/") or "/")
        if isinstance(found, Absent):
            open_question = open_question if found.why is Why.NOT_PRESENT else found
        elif found.mode & 0o022 or found.uid != 0:
            bad.append(f"{part} {found.octal} {found.owner}")
    observed = {"count": len(bad), "folders": bad[:20]}
    if bad:
        return unmet(observed, wanted="root, go-w")
    if rc.denied:
        return unknown(Why.NO_PERMISSION, rc.denied[0])
    return unknown(open_question.why, open_question.detail) if open_question is not None else met(observed)
