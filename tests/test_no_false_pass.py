"""G1: evidence that is missing, empty, denied, cut or garbled never reads as met."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scanner.evaluate.engine import Bench, Stored, values_for
from scanner.model.absent import Absent, Why
from scanner.model.canonical import digest
from scanner.model.evidence import Answer
from scanner.model.verdict import Status
from scanner.rulebook.book import Check, rulebook
from scanner.rulebook.sheet import Example
from scanner.testing import answer_from

REASONS = [why for why in Why if why is not Why.NOT_PRESENT]
BROKEN = {
    "empty, failed": Answer(b"", b"", 1),
    "nothing, refused": Answer(b"", b"Permission denied\n", 126),
    "nothing, no such command": Answer(b"", b"sh: not found\n", 127),
    "binary": Answer(b"\x00\xff\xfe\x1b[31m\xe2\x80\xa8", b"", 0),
}


class Shelf:
    """A met example's shelf with one probe replaced."""

    def __init__(self, example: Example, probe: str, instead: Answer | Absent) -> None:
        self._answers = {name: answer_from(data) for name, data in example.answers.items()} | {probe: instead}

    def get(self, target: str, probe: str) -> Stored | None:
        found = self._answers.get(probe)
        if found is None:
            return None
        if isinstance(found, Absent):
            return Stored(digest(b"absent"), found, lambda: Answer(b""))
        return Stored(digest(found.stdout + (found.stderr or b"")), None, lambda: found)


def met_examples() -> Iterator[tuple[Check, Example]]:
    for check in rulebook().checks.values():
        example = next((e for e in check.sheet.examples if e.expect is Status.MET), None)
        if example is not None:
            yield check, example


PAIRS = list(met_examples())
IDS = [check.id for check, _ in PAIRS]


def judged(check: Check, example: Example, probe: str, instead: Answer | Absent) -> Status:
    kinds = {kind: ["t"] for need in check.judge.needs for kind in need.spec.probe.kinds}
    values = values_for(check, {f"{check.id}:{name}": value for name, value in example.values.items()})
    return Bench(Shelf(example, probe, instead), kinds).judge(check, "t", values).status


def only_source(check: Check) -> bool:
    """Whether the judge has one fact: then nothing else could show that the requirement is met."""
    return len(check.judge.needs) == 1


@pytest.mark.parametrize(("check", "example"), PAIRS, ids=IDS)
def test_absent_evidence_is_never_met(check: Check, example: Example) -> None:
    for need in check.judge.needs:
        if need.absent_too and not only_source(check):
            continue
        for why in REASONS:
            assert judged(check, example, need.spec.probe.id, Absent(why)) is not Status.MET, (need.spec.probe.id, why)


@pytest.mark.parametrize(("check", "example"), PAIRS, ids=IDS)
def test_broken_evidence_is_never_met(check: Check, example: Example) -> None:
    for need in check.judge.needs:
        if need.absent_too and not only_source(check):
            continue
        for name, answer in BROKEN.items():
            assert judged(check, example, need.spec.probe.id, answer) is not Status.MET, (need.spec.probe.id, name)


@pytest.mark.parametrize(("check", "example"), PAIRS, ids=IDS)
def test_all_evidence_missing_is_never_met(check: Check, example: Example) -> None:
    kinds = {kind: ["t"] for need in check.judge.needs for kind in need.spec.probe.kinds}

    class Nothing:
        def get(self, target: str, probe: str) -> Stored | None:
            return None

    assert Bench(Nothing(), kinds).judge(check, "t", values_for(check, {})).status is not Status.MET
