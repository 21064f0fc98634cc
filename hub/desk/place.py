"""Where the desk works: one unit's folder, with the inventory, the keeping and the runs that the commands leave there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from scanner.errors import ShiquError, UseError
from scanner.ledger.home import Book, Home, home_for
from scanner.model.canonical import strict_loads
from scanner.model.result_shape import check_result

INVENTORY, OUTPUT, RESULT = "inventory.yaml", "shiqu-out", "result.json"
MAX_NODES = 500_000
"""Of an inventory, each counted as often as it is referred to."""
MAX_RESULT = 256 * 1024 * 1024
"""Larger results are for the report, not for a page."""


@dataclass(frozen=True, slots=True)
class Place:
    """One unit's folder."""

    folder: Path
    _held: dict[str, tuple[tuple[int, int], dict[str, Any]]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def inventory(self) -> Path:
        """The file, whether it is there or not."""
        return self.folder / INVENTORY

    @property
    def home(self) -> Home:
        """The unit's keeping."""
        return home_for(self.inventory)

    def book(self) -> Book:
        """What the ledger says; empty where nothing was ever kept. Raises KeepError for a broken one."""
        home = self.home
        return home.book() if home.exists() else Book([])

    def entries(self) -> Mapping[str, Any]:
        """The inventory as it is written, for showing; only the commands judge whether it is right. Empty when it is none."""
        try:
            found = yaml.load(self.inventory.read_text("utf-8"), Loader=yaml.CSafeLoader)
        except (OSError, ValueError, TypeError, yaml.YAMLError, RecursionError):
            # ValueError: a day that no calendar has is none of YAML's own errors.
            return {}
        return found if isinstance(found, dict) and _small(found) else {}

    @property
    def unit(self) -> Mapping[str, Any]:
        """Whose folder it is, as written."""
        found = self.entries().get("unit")
        return found if isinstance(found, dict) else {}

    def targets(self) -> list[dict[str, Any]]:
        """Every target with its system, as written."""
        systems = [system for system in listed(self.entries().get("systems")) if isinstance(system, dict)]
        return [{**target, "system": system} for system in systems for target in listed(system.get("targets")) if isinstance(target, dict)]

    def runs(self) -> list[Path]:
        """Folders of runs, the newest first."""
        try:
            found = [path for path in (self.folder / OUTPUT).iterdir() if path.is_dir() and not path.is_symlink()]
        except OSError:
            return []
        return sorted((path for path in found if (path / "run.db").exists() or (path / RESULT).exists()), reverse=True)

    def latest(self) -> dict[str, Any] | None:
        """The result of the last whole run, None where there is none. Raises UseError for one that is no result of ours."""
        path = self.folder / OUTPUT / "latest" / RESULT
        try:
            state = path.stat()
            mark = (state.st_mtime_ns, state.st_size)
            if RESULT not in self._held or self._held[RESULT][0] != mark:
                if state.st_size > MAX_RESULT:
                    raise UseError("result-unreadable", file=path, detail="too large")
                found: dict[str, Any] = strict_loads(path.read_bytes())
                check_result(found)
                self._held[RESULT] = (mark, found)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UseError("result-unreadable", file=path, detail=error.strerror or "?") from None
        except (ValueError, RecursionError) as error:
            raise UseError("result-unreadable", file=path, detail=str(error)[:200]) from None
        return self._held[RESULT][1]

    def latest_folder(self) -> Path | None:
        """Where the last whole run lies."""
        path = self.folder / OUTPUT / "latest"
        return path.resolve() if (path / RESULT).is_file() else None


def _small(value: Any) -> bool:
    """Whether it can be shown: names that refer to names make a few lines grow beyond any memory."""
    waiting, seen = [value], 0
    while waiting and seen <= MAX_NODES:
        seen += 1
        one = waiting.pop()
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return not waiting


def listed(value: Any) -> list[Any]:
    """A list, whatever was written there."""
    return value if isinstance(value, list) else []


def place_at(folder: Path) -> Place:
    """Raises UseError for a folder that is none or may not be written."""
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise UseError("desk-folder", dir=folder)
    return Place(folder.resolve())


def trouble_of(error: ShiquError) -> tuple[str, Mapping[str, object]]:
    """Key and fields of the sentence of an error."""
    return f"error.{error.code}", dict(error.fields)
