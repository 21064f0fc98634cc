"""pytest plug-in: turns the examples of every check's sheet into tests. Shipped to authors of plug-ins.

``pytest --shiqu-package checks.linux`` (may be given several times) collects one test per example.
``answer_from`` builds the Answer that an example describes; authors may use it in tests of their own.
"""

from __future__ import annotations

import base64
import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.evaluate.engine import Bench, Stored, values_for
from scanner.facts.fact import write_files
from scanner.model.absent import Absent, Why
from scanner.model.canonical import canonical, digest
from scanner.model.evidence import Answer
from scanner.rulebook.book import Check, checks_in
from scanner.rulebook.sheet import Example


def answer_from(data: Mapping[str, Any]) -> Answer | Absent:
    """Build the answer an example describes. Raises ValueError for unknown keys."""
    known = {"stdout", "stderr", "exit", "privilege", "files", "missing", "denied", "absent", "detail", "base64", "fields"}
    if set(data) - known:
        raise ValueError(f"unknown keys in an example's answer: {sorted(set(data) - known)}")
    if "absent" in data:
        return Absent(Why(data["absent"]), data.get("detail", ""))
    if {"files", "missing", "denied"} & set(data):
        stdout = write_files(data.get("files") or {}, data.get("missing") or (), data.get("denied") or ())
    elif "base64" in data:
        stdout = base64.b64decode(data["base64"])
    else:
        stdout = str(data.get("stdout", "")).encode()
    return Answer(
        stdout, str(data.get("stderr", "")).encode(), data.get("exit", 0), data.get("privilege", "root"), dict(data.get("fields") or {})
    )


class ExampleShelf:
    """A shelf of one example."""

    def __init__(self, example: Example) -> None:
        self._stored = {probe: _stored(answer_from(data)) for probe, data in example.answers.items()}

    def get(self, target: str, probe: str) -> Stored | None:
        return self._stored.get(probe)


def _stored(answer: Answer | Absent) -> Stored:
    if isinstance(answer, Absent):
        return Stored(digest(canonical([answer.why.value, answer.detail])), answer, _nothing)
    return Stored(digest(answer.stdout), None, lambda: answer)


def _nothing() -> Answer:
    raise LookupError("there is no answer")


def run_example(check: Check, example: Example) -> None:
    """Judge one example and assert what it expects."""
    needed = {need.spec.probe.id for need in check.judge.needs}
    strange = set(example.answers) - needed
    assert not strange, f"{check.sheet.file}:{example.line}: the judge does not ask for {sorted(strange)}"
    bench = Bench(ExampleShelf(example), {kind: ["example"] for need in check.judge.needs for kind in need.spec.probe.kinds})
    values = values_for(check, {f"{check.id}:{name}": value for name, value in example.values.items()})
    verdict = bench.judge(check, "example", values)
    where = f"{check.sheet.file}:{example.line} ({example.name})"
    assert verdict.status is example.expect, f"{where}: {verdict.status} instead of {example.expect}: {verdict}"
    assert verdict.why != Why.DEFECT.value or example.expect.value == "unknown", f"{where}: {verdict.detail}"
    assert verdict.why != Why.DEFECT.value, f"{where}: the judge raised {verdict.detail}"
    if example.observed is not None:
        assert canonical(verdict.observed) == canonical(example.observed), f"{where}: observed {verdict.observed!r}"


def examples_of(package: str) -> Iterator[tuple[Check, Example]]:
    """Every example of every check in a package."""
    for check in checks_in(importlib.import_module(package)):
        for example in check.sheet.examples:
            yield check, example


def pytest_addoption(parser: Any) -> None:
    """Add ``--shiqu-package``."""
    parser.addoption("--shiqu-package", action="append", default=[], help="package of checks whose examples are tests")


def pytest_generate_tests(metafunc: Any) -> None:
    """Fill a test that asks for ``shiqu_example``."""
    if "shiqu_example" in metafunc.fixturenames:
        packages = metafunc.config.getoption("--shiqu-package") or getattr(metafunc.module, "SHIQU_PACKAGES", [])
        pairs = [pair for package in packages for pair in examples_of(package)]
        metafunc.parametrize("shiqu_example", pairs, ids=[f"{c.id}:{e.name}" for c, e in pairs])
