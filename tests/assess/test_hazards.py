"""Hazards from run to run: registered, closed on positive proof only, recurred; absence closes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.assess.hazards import NOTHING, follow
from scanner.assess.place import device_name
from scanner.model.hazard import hazard_id

CHECK, TARGET = "linux.ssh-root-login", "web01"
KEY = hazard_id(TARGET, CHECK)
DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64


PLACE = {"port": "22", "host": "app01", "config": "sw.cfg", "key": "ssh-ed25519 SHA256:aaa"}


def verdict(
    status: str = "unmet", check: str = CHECK, target: str = TARGET, severity: str = "high", evidence: tuple[str, ...] = (DIGEST,)
) -> Any:
    return {"check": check, "target": target, "status": status, "severity": severity, "evidence": list(evidence)}


def proof(probe: str = "linux.sshd-config", privilege: str = "root", why: str | None = None) -> dict[str, Any]:
    return {"probe": probe, "privilege": privilege, "why": why}


def document(*verdicts: Any, day: int = 1, **changes: Any) -> dict[str, Any]:
    run = {"id": f"r{day}", "finished": f"2026-01-{day:02}T00:00:00Z", "version": "0.1.0", "rulebook": "R1", "values": {}}
    base: dict[str, Any] = {
        "run": run | changes.pop("run", {}),
        "targets": [{"id": TARGET, "kind": "linux", "address": "192.0.2.1", "system": "dams", "place": PLACE} | changes.pop("target", {})],
        "verdicts": list(verdicts),
        "systems": [],
        "core_hazards": [],
        "texts": {"triggers": {}, "controls": {}},
        "evidence": {DIGEST: proof()},
    }
    return base | changes


def sight(lines: list[Any], *rulebooks: str) -> dict[str, Any]:
    return {**NOTHING, "hazards": lines, "rulebooks": list(rulebooks or ("R1",))}


def after(*documents: dict[str, Any], rulebooks: tuple[str, ...] = ("R1",)) -> Any:
    """The one hazard after some runs."""
    lines: list[Any] = []
    for one in documents:
        lines = follow(sight(lines, *rulebooks), one, {})  # type: ignore[assignment]
    assert len(lines) == 1
    return lines[0]


def test_an_unmet_check_is_registered() -> None:
    line = after(document(verdict()))
    assert (line["id"], line["state"], line["event"], line["level"], line["risk"], line["verdict"]) == (
        KEY,
        "registered",
        "registered",
        "high",
        "RC5",
        0,
    )


def test_the_same_hazard_is_found_again_and_not_doubled() -> None:
    line = after(document(verdict()), document(verdict(), day=2))
    assert "event" not in line and line["last"] == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize("status", ["unknown", "awaits-person", "not-applicable"])
def test_what_is_not_met_closes_nothing(status: str) -> None:
    line = after(document(verdict()), document(verdict(status), day=2))
    assert (line["state"], line["open_why"]) == ("registered", status)


def test_absence_closes_nothing() -> None:
    line = after(document(verdict()), document(day=2), document(verdict("met", target="db01"), verdict("met", check="linux.other"), day=3))
    assert line["state"] == "registered" and "verdict" not in line


def test_an_explicit_met_closes_and_keeps_its_proof() -> None:
    line = after(document(verdict()), document(verdict("met"), day=2))
    assert (line["state"], line["event"], line["open_why"]) == ("closed", "closed", None)
    assert line["closed"] == {"how": "met", "run": "r2", "time": "2026-01-02T00:00:00Z", "evidence": [DIGEST], "by": [], "statement": ""}


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"evidence": {DIGEST: proof(privilege="user")}}, "privilege-lower"),
        ({"evidence": {DIGEST: proof(privilege="")}}, "privilege-lower"),
        ({"evidence": {DIGEST: proof(why="no-permission")}}, "probe-unanswered"),
        ({"evidence": {DIGEST: proof(why="timed-out")}}, "probe-unanswered"),
        ({"evidence": {DIGEST: proof("linux.other")}}, "probe-unanswered"),
        ({"target": {"address": "192.0.2.9"}}, "target-changed"),
        ({"target": {"kind": "windows"}}, "target-changed"),
        ({"target": {"place": PLACE | {"port": "2222"}}}, "target-changed"),
        ({"target": {"place": PLACE | {"host": "app02"}}}, "target-changed"),
        ({"target": {"place": PLACE | {"config": "other.cfg"}}}, "target-changed"),
        ({"target": {"place": PLACE | {"key": "ssh-ed25519 SHA256:bbb"}}}, "target-changed"),
        ({"target": {"place": {}}}, "target-changed"),
        ({"run": {"values": {"linux.ssh-root-login:x": 1}}}, "values-differ"),
        ({"run": {"rulebook": "R0"}}, "rulebook-older"),
        ({"run": {"rulebook": "R9", "version": "0.0.9"}}, "rulebook-older"),
    ],
)
def test_a_met_that_proves_less_waits_for_review(changes: Any, lacking: str) -> None:
    line = after(document(verdict()), document(verdict("met"), day=2, **changes), rulebooks=("R0", "R1"))
    assert (line["state"], line["event"], line["open_why"], line["closed"]) == ("review", "review", lacking, None)


def test_a_device_that_names_itself_may_be_saved_under_another_name() -> None:
    first, second = ({"place": {"config": name, "name": "SW-1"}} for name in ("old.cfg", "new.cfg"))
    assert after(document(verdict(), target=first), document(verdict("met"), day=2, target=second))["state"] == "closed"


def test_a_hazard_of_an_older_release_goes_by_kind_and_address() -> None:
    old = after(document(verdict()))
    del old["found"]["place"]
    assert follow(sight([old]), document(verdict("met"), day=2), {})[0]["state"] == "closed"


def test_another_device_under_the_same_id_closes_nothing() -> None:
    first, second = ({"place": {"config": "sw.cfg", "name": name}} for name in ("SW-1", "SW-2"))
    assert after(document(verdict(), target=first), document(verdict("met"), day=2, target=second))["open_why"] == "target-changed"


@pytest.mark.parametrize(("text", "name"), [(b"#\n sysname SW-1\n#", "SW-1"), (b'!\nhostname "R2"\n', "R2"), (b"no hostname here", "")])
def test_a_configuration_names_its_device(text: bytes, name: str) -> None:
    assert device_name(text) == name


def test_a_met_without_evidence_waits_for_review() -> None:
    assert after(document(verdict()), document(verdict("met", evidence=()), day=2))["open_why"] == "no-evidence"


@pytest.mark.parametrize("run", [{"rulebook": "R2"}, {"rulebook": "R9"}, {"rulebook": "R9", "version": "0.10.0"}])
def test_a_newer_rulebook_closes(run: Any) -> None:
    line = after(document(verdict()), document(verdict("met"), day=2, run=run), rulebooks=("R0", "R1", "R2"))
    assert line["state"] == "closed"


@pytest.mark.parametrize("now", ["root", "sudo"])
def test_an_equal_or_higher_privilege_closes(now: str) -> None:
    found = document(verdict(), evidence={DIGEST: proof(privilege="user")})
    assert after(found, document(verdict("met"), day=2, evidence={DIGEST: proof(privilege=now)}))["state"] == "closed"


def test_what_is_positively_not_there_is_an_answer() -> None:
    assert after(document(verdict()), document(verdict("met"), day=2, evidence={DIGEST: proof(why="not-present")}))["state"] == "closed"


def test_a_probe_that_never_answered_is_no_more_lacking_than_when_it_was_found() -> None:
    two = {DIGEST: proof(), OTHER: proof("linux.sshd-match", why="file-missing")}
    found = document(verdict(evidence=(DIGEST, OTHER)), evidence=two)
    assert after(found, document(verdict("met", evidence=(DIGEST, OTHER)), day=2, evidence=two))["state"] == "closed"


def test_a_hazard_that_comes_back_says_so_and_counts() -> None:
    line = after(document(verdict()), document(verdict("met"), day=2), document(verdict(), day=3))
    assert (line["state"], line["event"], line["times"], line["closed"]) == ("recurred", "recurred", 1, None)
    assert line["found"]["run"] == "r3"


def test_a_mended_report_that_does_not_hold_goes_back_to_work() -> None:
    lines = follow(sight([after(document(verdict())) | {"state": "review"}]), document(verdict(), day=2), {})
    assert (lines[0]["state"], lines[0]["event"]) == ("rectifying", "refound")


def test_an_older_result_changes_nothing_that_was_seen_since() -> None:
    newest = after(document(verdict()), document(verdict("met"), day=5))
    assert follow(sight([newest]), document(verdict(), day=3), {}, {KEY})[0]["state"] == "closed"


def test_the_same_moment_is_no_newer_look() -> None:
    newest = after(document(verdict()))
    assert follow(sight([newest]), document(verdict("met")), {}, {KEY})[0]["state"] == "registered"


def test_a_clock_that_went_back_hides_nothing_from_a_later_run() -> None:
    newest = after(document(verdict()), document(verdict("met"), day=5))
    assert follow(sight([newest]), document(verdict(), day=3), {})[0]["state"] == "recurred"


def test_what_speaks_to_a_core_hazard_or_a_major_risk_is_major() -> None:
    core = document(verdict(severity="low"), core_hazards=[{"id": "CH4", "state": "confirmed", "verdicts": [0]}])
    trigger = document(verdict(severity="low"), texts={"triggers": {"A-18": {"checks": [CHECK]}}, "controls": {}})
    assert [follow(NOTHING, one, {})[0]["level"] for one in (core, trigger)] == ["major", "major"]


def test_a_clause_asked_of_a_person_is_no_hazard_by_itself() -> None:
    assert follow(NOTHING, document(verdict(check="person.L3-8.1.1.1-a")), {}) == []


def stated(result: str, day: int = 1) -> dict[str, Any]:
    finding = {"control": "L3-8.1.1.2-a", "basis": "attested", "result": result, "attestation": {"id": "at-1"}}
    words = {"layer": "安全物理环境", "control_point": "物理访问控制", "zh": "机房出入口有人值守"}
    texts = {"triggers": {}, "controls": {"L3-8.1.1.2-a": words}}
    return document(day=day, systems=[{"id": "dams", "findings": [finding]}], texts=texts)


def test_what_a_person_states_against_a_clause_is_a_hazard_of_the_system() -> None:
    line = follow(NOTHING, stated("noncompliant"), {"at-1": [DIGEST]})[0]
    assert (line["target"], line["check"], line["risk"], line["state"]) == ("dams", "person.L3-8.1.1.2-a", "RC4", "registered")


def test_it_is_closed_by_a_later_statement_with_papers_only() -> None:
    first = follow(NOTHING, stated("noncompliant"), {})
    assert follow(sight(first), stated("compliant", 2), {})[0]["open_why"] == "no-evidence"  # type: ignore[arg-type]
    assert follow(sight(first), stated("compliant", 2), {"at-1": [DIGEST]})[0]["state"] == "closed"  # type: ignore[arg-type]


def test_the_identity_is_fixed_for_ever() -> None:
    assert hazard_id("web01", "linux.ssh-root-login") == "H-TGPS-NKN4-BQNJ"
