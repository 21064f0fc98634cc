"""Modules that a server does not need must not be loadable / 用不到的内核模块不得加载."""

from collections.abc import Callable

from scanner.api import Verdict, Why, check, linux, met, unknown, unmet

MODULES = (
    "bluetooth", "cramfs", "dccp", "firewire-core", "freevxfs", "hfs", "hfsplus", "jffs2", "rds", "sctp", "tipc", "udf", "usb-storage",
)  # fmt: skip


def judge(kernel: linux.Kernel, module: str) -> Verdict:
    """A ``blacklist`` line is not enough: modprobe and other modules (uas for usb-storage) still load it."""
    ban = kernel.ban(module)
    shown = {
        "module": module,
        "install_disabled": ban.dead_install,
        "blacklisted": ban.blacklisted,
        "builtin": ban.builtin,
        "loaded": ban.loaded,
    }
    if ban.loaded or ban.builtin:
        return unmet(shown, wanted={"install_disabled": True, "loaded": False})
    if kernel.hidden:
        return unknown(Why.NO_PERMISSION, kernel.hidden[0], shown)
    return met(shown) if ban.dead_install else unmet(shown, wanted={"install_disabled": True, "loaded": False})


def _make(module: str) -> Callable[..., Verdict]:
    @check(f"linux.module-{module}")
    def one(kernel: linux.Kernel) -> Verdict:
        return judge(kernel, module)

    return one


globals().update({"module_" + name.replace("-", "_"): _make(name) for name in MODULES})
