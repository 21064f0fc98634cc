"""What is shown before a login warns and gives nothing away / 登录前提示：有警示、不泄露系统信息."""

from scanner.api import Absent, Verdict, Why, check, linux, met, unknown, unmet

SYSTEMS = (
    "debian", "ubuntu", "red hat", "centos", "rocky", "almalinux", "fedora", "suse", "kylin", "uos", "deepin", "openeuler", "anolis",
    "kernel", "linux",
)  # fmt: skip
ESCAPES = ("\\r", "\\s", "\\m", "\\v", "\\S", "\\n", "\\o")
"""What agetty puts in: kernel release, system, machine, version, host name, domain."""


def _judge(defs: linux.LoginDefs, path: str) -> Verdict:
    text = defs.files.text(path)
    if isinstance(text, Absent):
        return unmet({path: None}, wanted="a warning") if text.why is Why.FILE_MISSING else unknown(text.why, text.detail)
    told = sorted({word for word in SYSTEMS if word in text.lower()} | {mark for mark in ESCAPES if mark in text})
    observed = {"characters": len(text.strip()), "tells": told}
    return met(observed) if text.strip() and not told else unmet(observed, wanted="a warning without names or versions")


@check("linux.banner-console")
def console(defs: linux.LoginDefs) -> Verdict:
    return _judge(defs, "/etc/issue")


@check("linux.banner-network")
def network(defs: linux.LoginDefs) -> Verdict:
    return _judge(defs, "/etc/issue.net")
