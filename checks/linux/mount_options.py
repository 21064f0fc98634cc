"""Options of file systems that everyone may write to, now and after a restart / 公共可写目录的挂载选项."""

from collections.abc import Callable

from scanner.api import Verdict, check, linux, met, not_applicable, unmet

OPTIONS = {
    "tmp": ("/tmp", ("nodev", "noexec", "nosuid")),  # noqa: S108
    "var-tmp": ("/var/tmp", ("nodev", "noexec", "nosuid")),  # noqa: S108
    "dev-shm": ("/dev/shm", ("nodev", "noexec", "nosuid")),  # noqa: S108
    "home": ("/home", ("nodev", "nosuid")),
}


def option(mounts: linux.Mounts, path: str, name: str) -> Verdict:
    """The option must be in force now and be set again at the next start."""
    now, later = mounts.running.get(path), mounts.at_boot.get(path)
    shown = {"path": path, "mounted": now is not None, "running": name in (now or ()), "after_restart": name in (later or ())}
    if now is None and later is None:
        return not_applicable(f"{path} is no mount of its own", shown)
    right = shown["running"] and shown["after_restart"]
    return met(shown) if right else unmet(shown, wanted=name)


def separate(mounts: linux.Mounts, path: str) -> Verdict:
    """The folder must be a mount of its own now and after a restart: without that no option can hold for it."""
    shown = {"path": path, "running": path in mounts.running, "after_restart": path in mounts.at_boot}
    return met(shown) if shown["running"] and shown["after_restart"] else unmet(shown, wanted={"running": True, "after_restart": True})


def _option(path: str, place: str, name: str) -> Callable[..., Verdict]:
    @check(f"linux.mount-{place}-{name}")
    def one(mounts: linux.Mounts) -> Verdict:
        return option(mounts, path, name)

    return one


def _separate(path: str, place: str) -> Callable[..., Verdict]:
    @check(f"linux.mount-{place}-separate")
    def one(mounts: linux.Mounts) -> Verdict:
        return separate(mounts, path)

    return one


for _place, (_path, _names) in OPTIONS.items():
    globals().update({f"mount_{_place}_{_name}": _option(_path, _place, _name) for _name in _names})
for _place in ("tmp", "var-tmp"):
    globals()[f"separate_{_place}"] = _separate(OPTIONS[_place][0], _place)
