"""What the sections of a report share: counts, groups and numbers, worked out once from a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.document.say import Say
from reports.grouping import Hazard, grouped, is_person
from reports.isolation import pairs
from reports.json_file import code
from reports.overview import core_hazards, coverage, system_view

ACTIONS = ("config", "paper", "data", "network")
"""Kinds of remedy, the cheapest first: a setting, a document, moving data, changing the network."""

_ACTION = {"site": "paper", "backup": "paper", "holdings": "data", "isolation": "network"}


MUCH = 50_000
"""Verdicts from which on the annex prints less of everything: laying out its pages would take more memory than a desk computer has."""


@dataclass(frozen=True, slots=True)
class Study:
    """A result and what was worked out from it."""

    result: Mapping[str, Any]
    say: Say
    reader: str
    scope: Mapping[str, Any]
    systems: Sequence[Mapping[str, Any]]
    """As :func:`reports.overview.system_view`."""
    core: Sequence[Mapping[str, Any]]
    hazards: Sequence[Hazard]
    """All unmet verdicts by check; the n-th has the number Tn."""
    unknowns: Sequence[Hazard]
    persons: Sequence[Hazard]
    pairs: Sequence[Mapping[str, Any]]
    """As :func:`reports.isolation.pairs`."""

    @property
    def run(self) -> Mapping[str, Any]:
        run: Mapping[str, Any] = self.result["run"]
        return run

    @property
    def unit(self) -> Mapping[str, Any]:
        unit: Mapping[str, Any] = self.result["run"]["unit"]
        return unit

    @property
    def whose(self) -> str:
        """The unit's name."""
        return str(self.unit.get("name") or self.unit.get("code") or "—")

    @property
    def short_code(self) -> str:
        """What matches this report to its result file."""
        return code(self.result)

    @property
    def much(self) -> bool:
        """Whether there is too much to print it all."""
        return len(self.result["verdicts"]) > MUCH

    def number(self, hazard: Hazard) -> str:
        """``T001``: the number of a hazard in this report."""
        return f"T{self.hazards.index(hazard) + 1:03d}"

    def verdicts(self, check: str) -> list[Mapping[str, Any]]:
        """All verdicts of one check."""
        return [verdict for verdict in self.result["verdicts"] if verdict["check"] == check]


def study(result: Mapping[str, Any], lang: str, reader: str) -> Study:
    """Work a result out for one reader. Raises KeyError for another language."""
    reached = {target["id"]: target["reached"] for target in result["targets"]}
    verdicts = list(enumerate(result["verdicts"]))
    unknown = [n for n, one in verdicts if one["status"] == "unknown" and reached.get(one["target"], True)]
    persons = [n for n, one in verdicts if one["status"] == "awaits-person" and not is_person(one)]
    return Study(
        result=result,
        say=Say(lang),
        reader=reader,
        scope=coverage(result),
        systems=[system_view(system, result) for system in result["systems"]],
        core=core_hazards(result),
        hazards=grouped(result, [n for n, one in verdicts if one["status"] == "unmet"]),
        unknowns=grouped(result, unknown),
        persons=grouped(result, persons),
        pairs=pairs(result, reader),
    )


def action(hazard: Hazard) -> str:
    """What kind of remedy a hazard needs; one of :data:`ACTIONS`."""
    return _ACTION.get(hazard.check.partition(".")[0], "config")


def is_major(hazard: Hazard) -> bool:
    """Whether it can show a trigger of major risk or speaks to a core hazard."""
    return bool(hazard.triggers) or hazard.severity == "critical"


def by_cost(hazards: Sequence[Hazard]) -> list[Hazard]:
    """Hazards, the cheapest remedy first: by kind of remedy, then by how many targets must be touched, then by what it clears."""
    return sorted(hazards, key=lambda one: (ACTIONS.index(action(one)), one.targets, -len(one.clauses), -one.verdicts, one.check))
