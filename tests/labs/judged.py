"""Verdicts of evidence just taken, without a shelf on disk."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.clean import clean
from scanner.evaluate.engine import Bench, Stored, values_for
from scanner.facts.fact import spec_by_probe
from scanner.model.canonical import digest
from scanner.model.evidence import Answer, Evidence
from scanner.model.verdict import Verdict
from scanner.rulebook.book import Check, rulebook


class Held:
    """Evidence in memory, masked as it would rest."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._by_probe = {item.probe: clean(item, spec_by_probe(item.probe).probe) for item in evidence}

    def get(self, target: str, probe: str) -> Stored | None:
        item = self._by_probe.get(probe)
        if item is None:
            return None
        return Stored(digest(item.stdout), item.absent, lambda: Answer(item.stdout, item.stderr, item.exit, item.privilege))


def checks_of(prefix: str) -> list[Check]:
    """Every installed check whose id begins with the prefix."""
    return [check for check in rulebook().checks.values() if check.id.startswith(prefix)]


def judged(evidence: Iterable[Evidence], prefix: str) -> dict[str, Verdict]:
    """Check id to verdict."""
    bench = Bench(Held(evidence), {})
    return {check.id: bench.judge(check, "lab", values_for(check, {})) for check in checks_of(prefix)}
