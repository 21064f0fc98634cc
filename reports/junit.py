"""report.junit.xml: verdicts as test cases, a suite per target, and clauses as test cases, a suite per system.

A case without a child element counts as passed; only ``met`` and ``compliant`` have none. Unknown is an error, never a skip.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reports.interchange import PROGRAM, remark, xml_text
from reports.marking import marking_of
from reports.tables.table import Sight

_ELEMENTS = {"unmet": "failure", "unknown": "error", "awaits-person": "skipped", "not-applicable": "skipped"}
_RESULT_ELEMENTS = {"partial": "failure", "noncompliant": "failure", "insufficient": "error", "not_applicable": "skipped"}


@dataclass(frozen=True, slots=True)
class _Case:
    """One test case."""

    name: str
    where: str
    """What stands as its class."""
    element: str | None
    """``failure``, ``error`` or ``skipped``; None for what is met."""
    code: str
    """Status or result."""
    message: str
    notes: Sequence[str]
    """Lines of its output."""


@dataclass(frozen=True, slots=True)
class _Suite:
    """Cases of one target or one system."""

    name: str
    host: str
    elements: Mapping[str | None, int]
    """How many cases have which child element."""
    cases: Iterable[_Case]
    """Read once."""

    @property
    def tests(self) -> int:
        return sum(self.elements.values())


def render(result: Mapping[str, Any], *, lang: str = "zh", reader: str = "liaison", marking: str | None = None) -> bytes:
    """All suites; for the leader those of the clauses alone. Raises KeyError for another language or reader."""
    sight, marking = Sight(result, lang), marking_of(result, marking, lang)
    clauses = list(_by_system(sight))
    suites = {"leader": clauses, "liaison": [*_by_target(sight), *clauses], "annex": [*_by_target(sight), *clauses]}[reader]
    failures, errors = (sum(suite.elements.get(key, 0) for suite in suites) for key in ("failure", "error"))
    stream = io.BytesIO()
    stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    tests = sum(suite.tests for suite in suites)
    stream.write(f'<testsuites name="{PROGRAM}" tests="{tests}" failures="{failures}" errors="{errors}">\n'.encode())
    for suite in suites:
        stream.writelines(f"{one}\n".encode() for one in _suite_lines(suite, sight, marking))
    stream.write(b"</testsuites>\n")
    return stream.getvalue()


def _by_target(sight: Sight) -> Iterator[_Suite]:
    verdicts = sight.result["verdicts"]
    by_target: dict[str, list[int]] = {target: [] for target in sight.targets}
    for number, verdict in enumerate(verdicts):
        by_target.setdefault(verdict["target"], []).append(number)
    for target, numbers in by_target.items():
        if numbers:
            line: Mapping[str, Any] = sight.targets.get(target, {})
            yield _Suite(
                name=f"{sight.words['col.target']}: {target}",
                host=line.get("address") or target,
                elements=Counter(_element(verdicts[number]["status"]) for number in numbers),
                cases=map(partial(_verdict, sight), numbers),
            )


def _element(status: str) -> str | None:
    return None if status == "met" else _ELEMENTS[status]


def _verdict(sight: Sight, number: int) -> _Case:
    verdict = sight.result["verdicts"][number]
    status, findings = verdict["status"], sight.findings_of(number)
    notes = [f"severity={verdict['severity']}", *(f"evidence={digest}" for digest in verdict["evidence"])]
    for one in findings:
        notes.append(f"control={one['control']} result={one['result']} basis={one['basis']}")
        notes += [f"{kind} {one['control']}: {sight.decision(one[kind])}" for kind in ("waiver", "attestation") if one[kind]]
    return _Case(
        name=f"{verdict['check']} {sight.title(verdict['check'])}",
        where=f"{verdict['target']}.{verdict['check']}",
        element=_element(status),
        code=status,
        message=remark(sight, verdict),
        notes=notes,
    )


def _by_system(sight: Sight) -> Iterator[_Suite]:
    controls = sight.result["texts"]["controls"]
    for system in sight.result["systems"]:
        cases = []
        for finding in system["findings"]:
            result = finding["result"]
            basis = f"{sight.words['column.basis']}: {sight.code('basis', finding['basis'])}"
            notes = [f"result={result}", f"basis={finding['basis']}"]
            notes += [f"{kind}: {sight.decision(finding[kind])}" for kind in ("waiver", "attestation") if finding[kind]]
            cases.append(
                _Case(
                    name=f"{finding['control']} {controls[finding['control']][sight.lang]}",
                    where=f"{system['id']}.{system['profile']['id']}",
                    element=None if result == "compliant" else _RESULT_ELEMENTS[result],
                    code=result,
                    message=f"{sight.code('result', result)} · {basis}",
                    notes=notes,
                )
            )
        elements = Counter(case.element for case in cases)
        yield _Suite(f"{sight.words['label.system']}: {system['name']}", system["id"], elements, cases)


def _suite_lines(suite: _Suite, sight: Sight, marking: str | None) -> Iterator[str]:
    run = sight.result["run"]
    counts = " ".join(
        f'{name}="{suite.elements.get(element, 0)}"'
        for name, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    )
    yield (
        f'<testsuite name="{xml_text(suite.name)}" tests="{suite.tests}" {counts} timestamp="{xml_text(run["finished"])}" '
        f'hostname="{xml_text(suite.host)}" package="{PROGRAM}">'
    )
    named = {
        "run": run["id"],
        "unit": run["unit"].get("code") or "",
        "rulebook": run["rulebook"],
        "shelf": run["shelf"],
        "gate": sight.result["gate"],
    }
    named |= {"note": sight.words["report.not-an-evaluation"]} | ({"marking": marking} if marking else {})
    yield (
        "<properties>"
        + "".join(f'<property name="{key}" value="{xml_text(str(value))}"/>' for key, value in named.items())
        + "</properties>"
    )
    for case in suite.cases:
        yield from _case_lines(case)
    yield "</testsuite>"


def _case_lines(case: _Case) -> Iterator[str]:
    yield f'<testcase name="{xml_text(case.name)}" classname="{xml_text(case.where)}" time="0">'
    if case.element is not None:
        yield f'<{case.element} type="{xml_text(case.code)}" message="{xml_text(case.message)}"/>'
    if case.notes:
        yield "<system-out>" + "\n".join(xml_text(note) for note in case.notes) + "</system-out>"
    yield "</testcase>"
