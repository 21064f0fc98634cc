"""A fact: a probe and the pure reader of its answer, side by side in one file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

F = TypeVar("F")


class Unreadable(Exception):
    """Raised by a reader that cannot make sense of a whole answer; becomes Absent(garbled)."""


@dataclass(frozen=True, slots=True)
class FactSpec(Generic[F]):
    """A fact type, its probe and its reader."""

    type: type[F]
    probe: Probe
    read: Callable[[Answer], F | Absent]


_BY_TYPE: dict[type, FactSpec[Any]] = {}
_BY_PROBE: dict[str, FactSpec[Any]] = {}


def fact(probe: Probe) -> Callable[[type[F]], type[F]]:
    """Class decorator: tie a frozen dataclass with a ``read`` classmethod to its probe.

    ``read(answer)`` is pure, returns an instance or an Absent with its reason, and may raise :class:`Unreadable`.
    Raises ValueError when another fact owns the probe id; a second reading of one answer says so with :func:`another_reading`.
    """

    def tie(cls: type[F]) -> type[F]:
        other = _BY_PROBE.get(probe.id)
        if other is not None and (other.type.__module__, other.type.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"probe {probe.id} belongs to {other.type.__qualname__}")
        spec: FactSpec[F] = FactSpec(cls, probe, cls.read)  # type: ignore[attr-defined]
        _BY_TYPE[cls] = spec
        _BY_PROBE[probe.id] = spec
        return cls

    return tie


def another_reading(of: type[Any]) -> Callable[[type[F]], type[F]]:
    """Class decorator: a second fact read from the answer to another fact's probe; nothing more is asked of the target."""

    def tie(cls: type[F]) -> type[F]:
        _BY_TYPE[cls] = FactSpec(cls, _BY_TYPE[of].probe, cls.read)  # type: ignore[attr-defined]
        return cls

    return tie


def spec_of(cls: type[F]) -> FactSpec[F]:
    """Return the spec of a fact type. Raises KeyError when the type is not a fact."""
    return _BY_TYPE[cls]


def spec_by_probe(probe_id: str) -> FactSpec[Any]:
    """Return the spec that owns the probe id. Raises KeyError."""
    return _BY_PROBE[probe_id]


def all_specs() -> Iterable[FactSpec[Any]]:
    """Every fact known so far, by probe id."""
    return [_BY_PROBE[key] for key in sorted(_BY_PROBE)]


def read(spec: FactSpec[F], answer: Answer) -> F | Absent:
    """Read an answer; what the reader cannot read becomes Absent(garbled), never a default."""
    try:
        return spec.read(answer)
    except Unreadable as error:
        return Absent(Why.GARBLED, str(error)[:300])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        return Absent(Why.GARBLED, f"{type(error).__name__}: {error}"[:300])


@dataclass(frozen=True, slots=True)
class FileText:
    """One file of a ``files`` answer."""

    path: str
    text: str
    cut: bool = False
    """True when the byte limit cut it: what is missing must not be judged."""

    @property
    def lines(self) -> list[str]:
        """Lines split on LF only."""
        lines = self.text.split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        return lines


@dataclass(frozen=True, slots=True)
class Files:
    """What a ``files`` probe brought back: texts by path, and the patterns that gave nothing."""

    texts: Mapping[str, FileText]
    """Path to text, in the order in which the target's shell expanded the globs (sorted within a glob)."""
    missing: tuple[str, ...]
    """Patterns that matched no file."""
    denied: tuple[str, ...]
    """Paths that exist but may not be read."""

    def text(self, path: str) -> str | Absent:
        """The whole text of one file, or why there is none."""
        found = self.texts.get(path)
        if found is not None:
            return Absent(Why.TRUNCATED, path) if found.cut else found.text
        if path in self.denied:
            return Absent(Why.NO_PERMISSION, path)
        return Absent(Why.FILE_MISSING, path)

    @property
    def hindrance(self) -> Absent | None:
        """The first reason why the set is not whole (denied or cut), None when it is."""
        if self.denied:
            return Absent(Why.NO_PERMISSION, self.denied[0])
        for item in self.texts.values():
            if item.cut:
                return Absent(Why.TRUNCATED, item.path)
        return None


def read_files(answer: Answer) -> Files:
    """Read the answer of a ``files`` probe.

    Lines: ``F path`` begins a file, ``|text`` is one of its lines, ``N`` says that its last line had no line feed, ``C``
    that it was cut, ``M pattern`` that a pattern matched nothing, ``D path`` that a path may not be read.
    Raises Unreadable for anything else: content cannot forge a header because every content line starts with ``|``.
    """
    if answer.exit != 0 or not answer.stdout:
        # The reader answers every pattern with at least one line, and ends with 0.
        raise Unreadable(f"no answer of the file reader (exit {answer.exit})")
    texts: dict[str, FileText] = {}
    missing: list[str] = []
    denied: list[str] = []
    path: str | None = None
    body: list[str] = []
    flags = {"N": False, "C": False}

    def close() -> None:
        if path is not None:
            text = "\n".join(body) + ("" if flags["N"] or not body else "\n")
            texts[path] = FileText(path, text, flags["C"])

    for line in answer.lines:
        mark, rest = line[:1], line[1:]
        if mark == "|" and path is not None:
            body.append(rest)
        elif mark == "F" and rest[:1] == " ":
            close()
            path, body, flags = rest[1:], [], {"N": False, "C": False}
        elif line in flags and path is not None:
            flags[line] = True
        elif mark == "M" and rest[:1] == " ":
            missing.append(rest[1:])
        elif mark == "D" and rest[:1] == " ":
            denied.append(rest[1:])
        else:
            raise Unreadable(f"unexpected line {line[:60]!r}")
    close()
    return Files(MappingProxyType(texts), tuple(missing), tuple(denied))


def write_files(files: Mapping[str, str], missing: Iterable[str] = (), denied: Iterable[str] = ()) -> bytes:
    """Write what a ``files`` probe would have answered: for examples in sheets and for tests."""
    out: list[str] = []
    for path, text in files.items():
        out.append(f"F {path}")
        whole = text.endswith("\n") or text == ""
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        out += [f"|{line}" for line in lines]
        if not whole:
            out.append("N")
    out += [f"M {pattern}" for pattern in missing]
    out += [f"D {path}" for path in denied]
    return "".join(f"{line}\n" for line in out).encode()


_SECTION = re.compile(r"== ([a-z0-9][a-z0-9_.-]*)")


def sections(answer: Answer) -> dict[str, list[str]]:
    """Split an ``sh`` answer made of ``== name`` lines and ``|content`` lines: several small questions in one probe.

    The probe prints ``== name`` and sends each command's output through ``sed 's/^/|/'``, so output cannot forge a name.
    Raises Unreadable for lines outside any section or names that come twice.
    """
    out: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in answer.lines:
        if line[:1] == "|" and current is not None:
            current.append(line[1:])
            continue
        found = _SECTION.fullmatch(line)
        if found is None or found[1] in out:
            raise Unreadable(f"unexpected line {line[:60]!r}")
        current = out.setdefault(found[1], [])
    return out


def whole_number(text: str, digits: int = 18) -> int:
    """Strict ASCII decimal (an optional minus sign); raises Unreadable for anything else or more digits than allowed."""
    if not re.fullmatch(rf"-?[0-9]{{1,{digits}}}", text):
        raise Unreadable(f"not a whole number: {text[:40]!r}")
    return int(text)
