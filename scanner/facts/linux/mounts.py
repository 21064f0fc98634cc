"""Mounts as they are, and as they will be after a restart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.facts.fact import Files, Unreadable, fact, read_files
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

_UNITS = "/etc/systemd/system"
_VENDOR = ("/usr/lib/systemd/system/tmp.mount", "/lib/systemd/system/tmp.mount")
_ASK = (
    "/proc/self/mountinfo",
    "/proc/1/comm",
    "/etc/fstab",
    f"{_UNITS}/*.mount",
    f"{_UNITS}/*.mount.d/*.conf",
    *_VENDOR,
    f"{_UNITS}/local-fs.target.wants/*.mount",
    "/usr/lib/systemd/system/local-fs.target.wants/tmp.mount",
    "/lib/systemd/system/local-fs.target.wants/tmp.mount",
)
_PLUS = {"nodev": "dev", "nosuid": "suid", "noexec": "exec"}
_ALL, _TWO = ("nodev", "nosuid", "noexec"), ("nodev", "nosuid")
_IMPLIED = {"user": _ALL, "users": _ALL, "owner": _TWO, "group": _TWO}


@fact(Probe("linux.mounts", "files", _ASK, max_bytes=600_000))
@dataclass(frozen=True, slots=True)
class Mounts:
    """Mount point to its options."""

    running: Mapping[str, frozenset[str]]
    """Effective options per mount now; of mounts on top of each other the last."""
    kinds: Mapping[str, str]
    """Mount point to file system type."""
    at_boot: Mapping[str, frozenset[str]]
    """Restricting options that fstab, an enabled mount unit or systemd itself will set; mount points that are not named are not here."""

    @classmethod
    def read(cls, answer: Answer) -> Mounts | Absent:
        """Read mountinfo, fstab and mount units. A unit that may not be read makes it absent; a masked one does not count."""
        files = read_files(answer)
        info = files.text("/proc/self/mountinfo")
        if isinstance(info, Absent):
            return info
        masked = {path for path in files.denied if path.startswith(_UNITS) and path.endswith(".mount") and path.count("/") == 4}
        denied = [path for path in files.denied if path not in masked or answer.privilege not in ("root", "sudo")]
        if denied:
            return Absent(Why.NO_PERMISSION, denied[0])
        if files.hindrance is not None and files.hindrance.why is Why.TRUNCATED:
            return files.hindrance
        running: dict[str, frozenset[str]] = {}
        kinds: dict[str, str] = {}
        for line in info.split("\n"):
            if line:
                point, options, kind = _mountinfo(line)
                running[point], kinds[point] = options, kind
        if "/" not in running:
            raise Unreadable("no root file system among the mounts")
        fstab = files.text("/etc/fstab")
        at_boot = {} if isinstance(fstab, Absent) else dict(_fstab(fstab.split("\n")))
        own = {"/dev/shm": frozenset({"nodev", "nosuid"})} if files.text("/proc/1/comm") == "systemd\n" else {}  # noqa: S108
        return cls(running, kinds, {**own, **_units(files, masked, at_boot), **at_boot} | _local_units(files, masked))


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _mountinfo(line: str) -> tuple[str, frozenset[str], str]:
    left, dash, right = line.partition(" - ")
    words = left.split(" ")
    if not dash or len(words) < 6:
        raise Unreadable(f"not a mount: {line[:60]!r}")
    return _unescape(words[4]), frozenset(words[5].split(",")), right.split(" ")[0]


def _restricting(options: Iterable[str]) -> frozenset[str]:
    """nodev, nosuid and noexec as they stand after all options in order: later words undo earlier ones."""
    on: set[str] = set()
    for option in options:
        on.update(_IMPLIED.get(option, ()))
        if option in _PLUS:
            on.add(option)
        if option == "defaults":
            on.clear()
        on -= {no for no, yes in _PLUS.items() if option == yes}
    return frozenset(on)


def _fstab(lines: Iterable[str]) -> Iterable[tuple[str, frozenset[str]]]:
    for line in lines:
        words = re.findall(r"[^ \t\r]+", line)
        if len(words) < 3 or words[0].startswith("#") or words[2] == "swap":
            continue
        options = words[3].split(",") if len(words) > 3 else ["defaults"]
        if "noauto" not in options:
            yield _unescape(words[1]).rstrip("/") or "/", _restricting(options)


def _units(files: Files, masked: set[str], fstab: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The vendor's tmp.mount when something wants it and nothing of the administrator's stands in its place."""
    own = f"{_UNITS}/tmp.mount"  # noqa: S108
    if own in masked or own in files.texts or "/tmp" in fstab:  # noqa: S108
        return {}
    wanted = any(path.endswith("/local-fs.target.wants/tmp.mount") for path in files.texts)
    vendors = [files.texts[path].text for path in _VENDOR if path in files.texts]
    if not wanted or not vendors:
        return {}
    return dict(_unit([vendors[0], *_dropins(files, "tmp.mount")]))


def _local_units(files: Files, masked: set[str]) -> dict[str, frozenset[str]]:
    """Mount units of the administrator that are wanted at boot; they beat fstab."""
    out: dict[str, frozenset[str]] = {}
    for path, item in files.texts.items():
        name = path.rpartition("/")[2]
        if path != f"{_UNITS}/{name}" or not name.endswith(".mount") or path in masked:
            continue
        if any(other.endswith(f"/local-fs.target.wants/{name}") for other in files.texts):
            out.update(_unit([item.text, *_dropins(files, name)]))
    return out


def _dropins(files: Files, name: str) -> list[str]:
    return [item.text for path, item in sorted(files.texts.items()) if path.startswith(f"{_UNITS}/{name}.d/")]


def _unit(texts: Iterable[str]) -> Iterable[tuple[str, frozenset[str]]]:
    """Where= and the last Options= of the [Mount] sections."""
    where, options = "", "defaults"
    for text in texts:
        section = ""
        for line in text.split("\n"):
            bare = line.strip()
            if bare.startswith("["):
                section = bare
            elif section == "[Mount]" and "=" in bare and bare[0] not in "#;":
                key, _, value = bare.partition("=")
                where = value.strip() if key.strip() == "Where" else where
                options = value.strip() if key.strip() == "Options" else options
    if where:
        yield where.rstrip("/") or "/", _restricting(options.split(","))
