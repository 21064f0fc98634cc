"""Two results of one shelf side by side: what differs, and which part of the rulebook made it so."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from scanner.assess.replay import Difference, compare
from scanner.model.canonical import canonical
from scanner.rulebook.book import rulebook
from scanner.rulebook.parts import rulebook_parts
from tests.golden.make_result import small

CHECK, TARGET = "linux.ssh-root-login", "web01"
MARK = "0" * 16
Change = Callable[[dict[str, Any]], None]


def result() -> dict[str, Any]:
    made = copy.deepcopy(small())
    return made | {"rulebook": rulebook_parts(rulebook(), [line["check"] for line in made["asked"]])}


def turned(made: dict[str, Any]) -> dict[str, Any]:
    """The result with one verdict judged otherwise."""
    line = next(v for v in made["verdicts"] if (v["check"], v["target"]) == (CHECK, TARGET))
    line["status"] = "met" if line["status"] != "met" else "unmet"
    return made


def verdict_of(change: Change) -> Difference:
    old, new = turned(result()), result()
    change(old)
    (found,) = [one for one in compare(old, new) if one.kind == "verdict"]
    return found


def test_the_same_result_differs_in_nothing() -> None:
    assert compare(result(), result()) == []


@pytest.mark.parametrize(
    "change, reasons",
    [
        (lambda r: r["rulebook"]["checks"][CHECK].update(judge=MARK), ("judge",)),
        (lambda r: r["rulebook"]["checks"][CHECK].update(sheet=MARK), ("sheet",)),
        (lambda r: r["rulebook"]["checks"][CHECK].update(judge=MARK, sheet=MARK), ("judge", "sheet")),
        (lambda r: r["rulebook"]["checks"][CHECK]["parameters"].update(days="3"), ("parameter:days",)),
        (lambda r: r["rulebook"]["facts"].update({"linux.sshd": MARK}), ("facts:linux.sshd",)),
        (lambda r: r["rulebook"]["machine"].update(evaluate=MARK), ("machine:evaluate",)),
        (lambda r: r["rulebook"]["libraries"].update(msgspec="0.1"), ("library:msgspec",)),
        (lambda r: r["run"].update(values={"x": 1}), ("values",)),
        (lambda r: r.pop("rulebook"), ("not-written-down",)),
        (lambda r: r["rulebook"]["checks"].pop(CHECK), ("check-new",)),
        (lambda r: None, ("unexplained",)),
    ],
)
def test_the_part_that_made_a_verdict_differ_is_named(change: Change, reasons: tuple[str, ...]) -> None:
    found = verdict_of(change)
    assert found.what == f"{CHECK} @ {TARGET}"
    assert {found.old, found.new} == {"met", "unmet"}
    assert found.reasons == reasons


def test_another_value_under_the_same_status_is_named() -> None:
    old, new = result(), result()
    next(v for v in old["verdicts"] if v["status"] == "unmet")["wanted"] = "something else"
    (found,) = compare(old, new)
    assert found.old == found.new == "unmet" and found.reasons[0] == "key:wanted"


def test_a_verdict_that_is_gone_is_named() -> None:
    old, new = result(), result()
    gone = new["verdicts"].pop()
    new["rulebook"]["checks"].pop(gone["check"], None)
    for system in new["systems"]:
        for finding in system["findings"]:
            finding["verdicts"] = [n for n in finding["verdicts"] if n < len(new["verdicts"])]
    (found,) = [one for one in compare(old, new) if one.kind == "verdict"]
    assert (found.new, found.what.split(" @ ")[0]) == ("", gone["check"])


def test_a_finding_says_which_verdict_moved_it() -> None:
    old, new = turned(result()), result()
    system = next(block for block in old["systems"] if block["id"] == "dams")
    finding = next(f for f in system["findings"] if any(old["verdicts"][n]["check"] == CHECK for n in f["verdicts"]))
    finding["result"] = "partial" if finding["result"] != "partial" else "compliant"
    (found,) = [one for one in compare(old, new) if one.kind == "finding"]
    assert found.what == f"{finding['control']} / dams" and f"verdict:{CHECK}" in found.reasons


def test_a_finding_says_that_its_profile_changed() -> None:
    old, new = result(), result()
    system = old["systems"][0]
    system["profile"] = system["profile"] | {"digest": "sha256:" + "0" * 64}
    system["findings"][0]["result"] = "partial" if system["findings"][0]["result"] != "partial" else "compliant"
    (found,) = [one for one in compare(old, new) if one.kind == "finding"]
    assert found.reasons == (f"profile:{system['profile']['id']}",)


def test_hazards_gate_and_conclusions_follow() -> None:
    old, new = result(), result()
    old["gate"] = "pass"
    old["core_hazards"][0]["state"] = "cleared" if new["core_hazards"][0]["state"] != "cleared" else "not_tested"
    old["systems"][0]["conclusion"]["rate"] = 0.0123
    assert [(one.kind, one.reasons) for one in compare(old, new)] == [(kind, ("follows",)) for kind in ("hazard", "conclusion", "gate")]


def test_the_parts_are_the_same_in_another_process() -> None:
    """Sets have no order of their own: two processes with two hash seeds must write the same."""
    code = (
        "import hashlib; from scanner.rulebook.book import rulebook; from scanner.rulebook.parts import rulebook_parts;"
        "from scanner.model.canonical import canonical; b = rulebook(); print(hashlib.sha256(canonical(rulebook_parts(b, b.checks))).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PATH": ""}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_the_parts_of_every_check_are_small() -> None:
    book = rulebook()
    assert len(canonical(rulebook_parts(book, book.checks))) < 400 * len(book.checks)
