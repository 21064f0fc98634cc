"""Two results side by side: worse, better, lost from sight."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.assess.change import compare

RUN = {"rulebook": "R", "values": {}, "profiles": ["p"], "unit": {"code": "u"}, "finished": "2026-01-01T00:00:00Z", "interrupted": False}


def result(status: str | None = "met", **changes: Any) -> dict[str, Any]:
    verdicts = [] if status is None else [{"target": "h", "check": "linux.a", "status": status}]
    base: dict[str, Any] = {"run": RUN, "gate": "insufficient", "verdicts": verdicts, "systems": [], "core_hazards": [], "targets": []}
    return base | changes


@pytest.mark.parametrize(
    ("old", "new", "sort"),
    [
        ("met", "unmet", "worse"), ("met", "unknown", "worse"), ("met", None, "worse"), ("unknown", "unmet", "worse"), (None, "unmet", "worse"),
        ("awaits-person", "unknown", "worse"), ("not-applicable", "unmet", "worse"), ("unknown", None, "worse"), ("unmet", "met", "better"),
        ("unknown", "met", "better"), (None, "met", "better"), ("unmet", "unknown", "other"), ("unmet", "not-applicable", "other"),
        (None, "not-applicable", "other"), (None, "unknown", "other"), ("unmet", None, "other"),
        ("met", "not-applicable", "other"),
    ],
)  # fmt: skip
def test_a_verdict_that_changed(old: str | None, new: str | None, sort: str) -> None:
    found = compare(result(old), result(new))
    assert [(change.sort, change.what, change.subject, change.key) for change in found.changes] == [(sort, "verdict", "h", "linux.a")]


@pytest.mark.parametrize("status", ["met", "unmet", "unknown", "awaits-person", "not-applicable"])
def test_the_same_verdict_is_no_change(status: str) -> None:
    found = compare(result(status), result(status))
    assert (found.changes, found.same, found.notes) == ((), 1, ())


def test_two_machines_of_one_id_are_told_apart() -> None:
    one, two = ({"id": "local", "kind": "linux", "address": "local", "reached": True, "place": {"key": f"machine {n}"}} for n in (1, 2))
    assert compare(result(targets=[one]), result(targets=[two])).notes == ("place",)
    assert compare(result(targets=[one]), result(targets=[one])).notes == ()


def test_the_order_of_lines_says_nothing() -> None:
    lines = [{"target": target, "check": "linux.a", "status": "met"} for target in ("a", "b", "c")]
    assert compare(result(verdicts=lines), result(verdicts=lines[::-1])).changes == ()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"gate": "fail"}, "gate"),
        ({"core_hazards": [{"id": "CH4", "state": "confirmed"}]}, "core"),
        ({"targets": [{"id": "h", "kind": "linux", "address": "192.0.2.1", "reached": False}]}, "target"),
        ({"systems": [{"id": "s", "findings": [{"control": "X", "result": "noncompliant"}]}]}, "finding"),
    ],
)
def test_everything_else_that_gets_worse(changes: Any, what: str) -> None:
    good = {
        "core_hazards": [{"id": "CH4", "state": "cleared"}],
        "targets": [{"id": "h", "kind": "linux", "address": "192.0.2.1", "reached": True}],
        "systems": [{"id": "s", "findings": [{"control": "X", "result": "compliant"}]}],
    }
    found = compare(result(**good), result(**{**good, **changes}))
    assert [(change.sort, change.what) for change in found.changes] == [("worse", what)]


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"rulebook": "R2"}, "rulebook"), ({"values": {"a": 1}}, "values"), ({"profiles": ["q"]}, "profiles"), ({"unit": {"code": "v"}}, "unit"),
        ({"finished": "2025-01-01T00:00:00Z"}, "order"), ({"interrupted": True}, "interrupted"),
    ],
)  # fmt: skip
def test_what_a_reader_must_know_is_noted(change: Any, note: str) -> None:
    assert compare(result(), result(run=RUN | change)).notes == (note,)
