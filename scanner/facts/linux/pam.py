"""PAM configuration read the way libpam reads it: a tree of includes flattened into one chain per service and phase.

How a chain decides stands in pam_chain; what single modules mean stands in pam_modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scanner.facts.fact import Files, Unreadable, fact, read_files
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

PHASES = ("auth", "account", "password", "session")
_DEPTH = 16
_FILES = (
    "/etc/pam.d/*", "/usr/lib/pam.d/*", "/usr/etc/pam.d/*", "/etc/pam.conf",
    "/etc/security/pwquality.conf", "/etc/security/pwquality.conf.d/*.conf", "/etc/security/faillock.conf",
    "/etc/security/pwhistory.conf", "/usr/etc/security/pwquality.conf", "/usr/etc/security/faillock.conf",
    "/usr/etc/security/pwhistory.conf", "/etc/passwdqc.conf", "/etc/os-release", "/usr/lib/os-release",
)  # fmt: skip
_WORDS: dict[str, dict[str, str]] = {
    "required": {"success": "ok", "new_authtok_reqd": "ok", "ignore": "ignore", "default": "bad"},
    "requisite": {"success": "ok", "new_authtok_reqd": "ok", "ignore": "ignore", "default": "die"},
    "sufficient": {"success": "done", "new_authtok_reqd": "done", "default": "ignore"},
    "optional": {"success": "ok", "new_authtok_reqd": "ok", "default": "ignore"},
}
_WORD = re.compile(r"\[(?:\\\]|[^\]])*\]|[^\s\[]\S*|\[\S*")
_ACTIONS = frozenset({"ok", "done", "bad", "die", "ignore", "reset"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One module of a flattened chain."""

    module: str
    """``pam_unix`` (no folder, no ``.so``); ``substack`` for the mark before one; ``broken`` for what libpam lets fail."""
    actions: Mapping[str, str]
    """Return value to ``ok done bad die ignore reset`` or a number of modules to skip; ``default`` for the rest."""
    args: tuple[str, ...]
    level: int
    """Depth of substacks, 0 at the top."""
    where: str
    """``file:line``."""
    optional_load: bool = False
    """The line begins with ``-``: a module that is not installed is passed over silently."""

    def action(self, code: str) -> str:
        """What libpam does when the module returns ``code``."""
        return self.actions.get(code) or self.actions.get("default", "bad")

    def arg(self, name: str) -> str | None:
        """Last value of ``name=value``, the empty string for a bare word, None when not given."""
        value = None
        for item in self.args:
            keyword, mark, rest = item.partition("=")
            if keyword == name:
                value = rest if mark else ""
        return value


@dataclass(frozen=True, slots=True)
class _Line:
    phase: str
    control: str
    module: str
    args: tuple[str, ...]
    number: int
    optional: bool


@fact(Probe("linux.pam", "files", _FILES, max_bytes=524_288))
@dataclass(frozen=True, slots=True)
class Pam:
    """All PAM services and the files of their modules."""

    files: Files
    """The texts: services and /etc/security."""
    _chains: dict[tuple[str, str], tuple[Entry, ...] | Absent] = field(default_factory=dict, compare=False, repr=False)

    @property
    def services(self) -> tuple[str, ...]:
        """Names of all services that have a file; copies that editors and package managers leave are none."""
        names = {path.rpartition("/")[2] for path in self.files.texts if "/pam.d/" in path}
        return tuple(sorted(name for name in names if "." not in name and not name.endswith("~")))

    def chain(self, service: str, phase: str) -> tuple[Entry, ...] | Absent:
        """The flattened chain; a service without a file, or without a line of the phase, gets ``other``'s, as libpam does."""
        key = (service, phase)
        if key not in self._chains:
            self._chains[key] = self._build(service, phase)
        return self._chains[key]

    def _build(self, service: str, phase: str) -> tuple[Entry, ...] | Absent:
        text = self._text(service)
        if isinstance(text, Absent):
            return self._build("other", phase) if text.why is Why.FILE_MISSING and service != "other" else text
        chain = self._flatten(service, text, phase, 0, 0, True)
        if isinstance(chain, Absent):
            return chain
        if not chain and service != "other":
            return self._build("other", phase)
        return tuple(chain)

    def _text(self, service: str) -> str | Absent:
        name = service if service.startswith("/") else None
        for path in [name] if name else [f"/etc/pam.d/{service}", f"/usr/lib/pam.d/{service}", f"/usr/etc/pam.d/{service}"]:
            text = self.files.text(path)
            if not isinstance(text, Absent) or text.why is not Why.FILE_MISSING:
                return text
        return Absent(Why.FILE_MISSING, service)

    def _flatten(self, name: str, text: str, phase: str, level: int, depth: int, every: bool) -> list[Entry] | Absent:
        """``every``: the file is read for all phases (not by ``include``); a line of no known phase then counts as auth."""
        if depth > _DEPTH:
            return Absent(Why.GARBLED, f"{name}: includes too deep")
        out: list[Entry] = []
        for line in _lines(text):
            where = f"{name}:{line.number}"
            if line.phase == "@include":
                below = self._included(line.module, phase, level, depth, where, every)
            elif line.phase != phase and not (line.phase == "?" and (not every or phase == "auth")):
                continue
            elif line.control in ("include", "substack"):
                inner = level + (line.control == "substack")
                below = self._included(line.module, phase, inner, depth, where, False)
                if line.control == "substack" and not isinstance(below, Absent):
                    below.insert(0, Entry("substack", {"default": "ignore"}, (), level, where))
            else:
                module = re.sub(r"\.so$", "", line.module.rpartition("/")[2])
                below = [Entry(module, _actions(line.control), line.args, level, where, line.optional)]
            if isinstance(below, Absent):
                return below
            out += below
        return out

    def _included(self, name: str, phase: str, level: int, depth: int, where: str, every: bool) -> list[Entry] | Absent:
        text = self._text(name)
        if isinstance(text, Absent):
            if text.why is Why.FILE_MISSING:
                return [Entry("broken", {"default": "bad"}, (), level, where)]
            return text
        return self._flatten(name, text, phase, level, depth + 1, every)

    @classmethod
    def read(cls, answer: Answer) -> Pam | Absent:
        """Read the files; absent when there is no service file at all or one may not be read."""
        files = read_files(answer)
        hidden = files.hindrance
        if hidden is not None:
            return hidden
        if not any("/pam.d/" in path for path in files.texts):
            if "/etc/pam.conf" in files.texts:
                raise Unreadable("only /etc/pam.conf")
            return Absent(Why.FILE_MISSING, "/etc/pam.d")
        return cls(files)


def _lines(text: str) -> Iterator[_Line]:
    """Logical lines: comments cut, continued lines joined, words in brackets kept together."""
    held, start = "", 0
    for number, raw in enumerate(text.split("\n"), 1):
        line, comment, _ = raw.rstrip("\r").partition("#")
        if not line.strip(" \t"):
            # Inside a continued line libpam passes over blank lines and whole-line comments.
            continue
        start = start if held else number
        if line.endswith("\\") and not comment:
            held += line[:-1] + " "
            continue
        found = _line(held + line, start)
        held = ""
        if found is not None:
            yield found
    found = _line(held, start)
    if found is not None:
        yield found


def _line(text: str, number: int) -> _Line | None:
    words = [word[1:-1].replace("\\]", "]") if word[:1] == "[" else word for word in _WORD.findall(text)]
    if not words:
        return None
    phase = words[0].lower()
    if phase == "@include":
        return _Line(phase, "", words[1], (), number, False) if len(words) > 1 else None
    optional = phase.startswith("-")
    phase = phase.lstrip("-")
    if phase not in PHASES or len(words) < 3:
        # libpam lets a line that it cannot read fail.
        return _Line(phase if phase in PHASES else "?", "broken", "broken", (), number, False)
    return _Line(phase, words[1].lower(), words[2], tuple(words[3:]), number, optional)


def _actions(control: str) -> Mapping[str, str]:
    known = _WORDS.get(control)
    if known is not None:
        return known
    actions: dict[str, str] = {}
    for pair in re.sub(r"\s*=\s*", "=", control).split():
        code, mark, action = pair.partition("=")
        if not mark or (action not in _ACTIONS and not re.fullmatch(r"[0-9]{1,4}", action)):
            return {"default": "bad"}
        actions.setdefault(code, action)
    if actions.get("success") == "0":
        actions["success"] = "ignore"
    return {code: "ignore" if action == "0" else action for code, action in actions.items()}
