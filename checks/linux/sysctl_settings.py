"""Kernel settings, running and after a restart: one check a key / 内核参数：当前值与重启后的值."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from scanner.api import Absent, Verdict, Why, check, linux, met, not_applicable, unknown, unmet


class Row(NamedTuple):
    """A key and what it should be."""

    wanted: int
    rule: Literal["equal", "at-least"] = "equal"
    default: int | None = None
    """What the kernel itself starts with on every build; None where that depends on the build."""
    alias: str = ""
    """Another name of the same switch."""


KEYS = {
    "fs.protected_fifos": Row(1, "at-least"),
    "fs.protected_hardlinks": Row(1),
    "fs.protected_regular": Row(1, "at-least"),
    "fs.protected_symlinks": Row(1),
    "fs.suid_dumpable": Row(0, default=0),
    "kernel.dmesg_restrict": Row(1),
    "kernel.kexec_load_disabled": Row(1),
    "kernel.kptr_restrict": Row(1, "at-least"),
    "kernel.perf_event_paranoid": Row(2, "at-least"),
    "kernel.randomize_va_space": Row(2, default=2),
    "kernel.unprivileged_bpf_disabled": Row(1, "at-least"),
    "kernel.yama.ptrace_scope": Row(1, "at-least"),
    "net.core.bpf_jit_harden": Row(2),
    "net.ipv4.conf.all.accept_redirects": Row(0),
    "net.ipv4.conf.all.accept_source_route": Row(0, default=0),
    "net.ipv4.conf.all.log_martians": Row(1),
    "net.ipv4.conf.all.rp_filter": Row(1),
    "net.ipv4.conf.all.secure_redirects": Row(0),
    "net.ipv4.conf.all.send_redirects": Row(0),
    "net.ipv4.conf.default.accept_redirects": Row(0),
    "net.ipv4.conf.default.accept_source_route": Row(0),
    "net.ipv4.conf.default.log_martians": Row(1),
    "net.ipv4.conf.default.rp_filter": Row(1),
    "net.ipv4.conf.default.secure_redirects": Row(0),
    "net.ipv4.conf.default.send_redirects": Row(0),
    "net.ipv4.icmp_echo_ignore_broadcasts": Row(1, default=1),
    "net.ipv4.icmp_ignore_bogus_error_responses": Row(1, default=1),
    "net.ipv4.ip_forward": Row(0, default=0, alias="net.ipv4.conf.all.forwarding"),
    "net.ipv4.tcp_syncookies": Row(1, default=1),
    "net.ipv6.conf.all.accept_ra": Row(0),
    "net.ipv6.conf.all.accept_redirects": Row(0),
    "net.ipv6.conf.all.accept_source_route": Row(0, default=0),
    "net.ipv6.conf.all.forwarding": Row(0, default=0),
    "net.ipv6.conf.default.accept_ra": Row(0),
    "net.ipv6.conf.default.accept_redirects": Row(0),
    "net.ipv6.conf.default.accept_source_route": Row(0, default=0),
}


def judge(sysctl: linux.Sysctl, key: str, row: Row, wanted: int) -> Verdict:
    """The key must be right now, and the files must keep it right."""
    now = sysctl.value(key)
    if isinstance(now, Absent):
        if key.startswith("net.ipv6.") and now.why is Why.NOT_PRESENT and not any(k.startswith("net.ipv6.") for k in sysctl.running):
            return not_applicable("IPv6")
        return unknown(Why.FILE_MISSING if now.why is Why.NOT_PRESENT else now.why, key)
    settings = [sysctl.after_restart(name) for name in (key, row.alias) if name]
    shown: dict[str, str | None] = {"running": now, "after_restart": None, "source": ""}
    later = row.default
    for setting in settings:
        if isinstance(setting, Absent):
            if number(now) is not None and not fits(number(now), row, wanted):
                return unmet(shown, wanted=wanted)
            return unknown(setting.why, setting.detail, shown)
        if setting.value is not None:
            shown["after_restart"], shown["source"] = setting.value, setting.source
            later = number(setting.value)
            if later is None:
                return unknown(Why.GARBLED, setting.source, shown)
            if not fits(later, row, wanted):
                break
    if number(now) is None:
        return unknown(Why.GARBLED, key, shown)
    right = fits(number(now), row, wanted) and fits(later, row, wanted)
    return met(shown, wanted=wanted) if right else unmet(shown, wanted=wanted)


def number(text: str) -> int | None:
    """A plain decimal, None for anything else."""
    return int(text) if len(text) < 12 and text.isascii() and text.removeprefix("-").isdigit() else None


def fits(value: int | None, row: Row, wanted: int) -> bool:
    """Whether a value is as wanted; a value that is not set never is."""
    return value is not None and (value >= wanted if row.rule == "at-least" else value == wanted)


def _make(key: str, row: Row) -> Callable[..., Verdict]:
    @check("linux.sysctl-" + key.replace(".", "-").replace("_", "-"))
    def one(sysctl: linux.Sysctl, *, wanted: int = row.wanted) -> Verdict:
        return judge(sysctl, key, row, wanted)

    return one


globals().update({"check_" + key.replace(".", "_"): _make(key, row) for key, row in KEYS.items()})
