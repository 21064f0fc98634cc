"""The rulebook: every check that is installed here, found through the entry-point group ``shiqu.checks``.

An entry point names a package; each module in it that has a sheet of the same stem beside it is a check.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.resources
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from types import ModuleType
from typing import Any

from scanner.errors import RuleError, UseError
from scanner.model.canonical import digest
from scanner.rulebook.check import Judge, judge_of
from scanner.rulebook.sheet import Sheet, read_sheet
from scanner.rulebook.yaml_lines import load_lined

GROUP = "shiqu.checks"


@dataclass(frozen=True, slots=True)
class Check:
    """A judge and its sheet."""

    judge: Judge
    sheet: Sheet
    digest: str
    """SHA-256 over judge source and sheet."""
    sheet_digest: str = ""
    """SHA-256 over the sheet alone."""

    @property
    def id(self) -> str:
        return self.sheet.id


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All checks by id."""

    checks: Mapping[str, Check]

    def for_kind(self, kind: str) -> list[Check]:
        """Checks that apply to a target kind, by id."""
        return [check for check in self.checks.values() if kind in (check.sheet.kind, *check.sheet.also)]

    def __getitem__(self, check_id: str) -> Check:
        return self.checks[check_id]


@cache
def rulebook() -> Rulebook:
    """Load every installed check. Raises UseError or RuleError when one is broken, naming file and line."""
    found: dict[str, Check] = {}
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        for check in checks_in(importlib.import_module(point.value)):
            if check.id in found and found[check.id].judge.module != check.judge.module:
                raise RuleError("check-twice", check=check.id, file=check.sheet.file)
            found[check.id] = check
    return Rulebook({key: found[key] for key in sorted(found)})


def checks_in(package: ModuleType) -> Iterable[Check]:
    """Every check of one package (not of its sub-packages)."""
    root = importlib.resources.files(package)
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        if info.ispkg:
            continue
        name = f"{package.__name__}.{info.name}"
        sheets = _sheets(root, info.name, name)
        if sheets:
            yield from _pair(name, sheets, root.joinpath(f"{info.name}.py").read_bytes())


def _sheets(root: Traversable, stem: str, module: str) -> list[tuple[Sheet, bytes]]:
    """The sheet(s) of a module: ``stem.yaml``, or for a table module every ``stem.NAME.yaml`` beside it."""
    names = sorted(
        item.name
        for item in root.iterdir()
        if item.name == f"{stem}.yaml" or (item.name.startswith(f"{stem}.") and item.name.endswith(".yaml"))
    )
    out = []
    for name in names:
        raw = root.joinpath(name).read_bytes()
        shown = f"{module.rpartition('.')[0].replace('.', '/')}/{name}"
        out.append((read_sheet(load_lined(raw.decode("utf-8"), shown), shown), raw))
    return out


def _pair(module_name: str, sheets: list[tuple[Sheet, bytes]], source: bytes) -> Iterable[Check]:
    module = importlib.import_module(module_name)
    judges = {j.id: j for j in _judges(module)}
    for sheet, raw in sheets:
        judge = judges.pop(sheet.id, None)
        if judge is None:
            raise UseError("sheet-without-judge", file=sheet.file, line=1, id=sheet.id)
        for name in sheet.parameters:
            if name not in judge.parameters:
                raise UseError("sheet-parameter-unknown", file=sheet.file, line=1, key=name)
        yield Check(judge, sheet, digest(source + b"\0" + raw), digest(raw))
    if judges:
        raise RuleError("judge-without-sheet", check=min(judges), file=module_name)


def _judges(module: ModuleType) -> Iterable[Judge]:
    for value in list(vars(module).values()):
        marked: Any = getattr(value, "__shiqu_check__", None)
        if marked is not None and getattr(value, "__module__", None) == module.__name__:
            yield judge_of(value)
