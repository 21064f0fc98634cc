"""SARIF, OSCAL, JUnit and HDF: valid by the formats' own schemas, honest, inert, and the same bytes every time."""

import collections
import json
import re
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from reports import csv_file, hdf, junit, oscal, sarif
from reports.inert import line
from reports.interchange import fingerprints, stable_id, unmarked
from tests.golden.make_result import small
from tests.reports.hostile import hostile

SCHEMAS = Path(__file__).parents[1] / "schemas"
READERS = ("leader", "liaison", "annex")
JSON = {"sarif": (sarif, "sarif-2.1.0"), "oscal": (oscal, "oscal-assessment-results-1.2.1"), "hdf": (hdf, "hdf-exec-json")}
RENDERERS = {"sarif": sarif.render, "oscal": oscal.render, "hdf": hdf.render, "junit": junit.render}


UNICODE_CLASSES = {r"\\p{L}": r"[^\\W\\d_]", r"\\p{N}": r"\\d"}
"""What Python's ``re`` has no name for, as JSON text: letters and numbers of any script (Python's own ``\\d`` is a little narrower)."""


@cache
def validator(name: str) -> Any:
    text = (SCHEMAS / f"{JSON[name][1]}.schema.json").read_text("utf-8")
    for theirs, ours in UNICODE_CLASSES.items():
        text = text.replace(theirs, ours)
    schema = json.loads(text)
    return jsonschema.validators.validator_for(schema)(schema)


def junit_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))


def lopsided() -> dict[str, Any]:
    """No system, no unit, targets that nobody declared."""
    result = small()
    result["systems"] = []
    result["targets"] = result["targets"][:3]
    result["run"] |= {"unit": {}, "operator": ""}
    return result


SHAPES: dict[str, Callable[[], dict[str, Any]]] = {"plain": small, "hostile": hostile, "lopsided": lopsided}


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", sorted(JSON))
def test_json_formats_hold_to_their_schema(name: str, reader: str, shape: str) -> None:
    data = RENDERERS[name](SHAPES[shape](), reader=reader, marking="机密★5年")
    errors = [f"{list(error.path)}: {error.message[:200]}" for error in validator(name).iter_errors(json.loads(data))]
    assert errors == []
    assert "机密★5年" in data.decode()


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("reader", READERS)
def test_junit_holds_to_its_schema(reader: str, shape: str) -> None:
    schema, document = junit_schema(), etree.fromstring(junit.render(SHAPES[shape](), reader=reader, marking="内部"))
    assert schema.validate(document), schema.error_log


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("sarif", lambda d: d["runs"][0]["results"][0].update(kind="passed")),
        ("sarif", lambda d: d["runs"][0]["results"][0].pop("message")),
        ("oscal", lambda d: d["assessment-results"]["results"][0]["findings"][0]["target"]["status"].update(state="unknown")),
        ("oscal", lambda d: d["assessment-results"].pop("import-ap")),
        ("oscal", lambda d: d["assessment-results"]["results"][0]["observations"][0].update(extra=1)),
        ("hdf", lambda d: d["profiles"][0]["controls"][0]["results"][0].update(status="unknown")),
        ("hdf", lambda d: d["profiles"][0]["controls"][0].pop("impact")),
        ("hdf", lambda d: d["profiles"][0]["controls"][0].update(impact=7)),
        ("oscal", lambda d: d["assessment-results"]["results"][0]["findings"][0].update(uuid="no uuid")),
        ("oscal", lambda d: d["assessment-results"]["results"][0]["props"][0].update(name="two words")),
    ],
)
def test_the_schemas_refuse_what_is_wrong(name: str, spoil: Any) -> None:
    document = json.loads(RENDERERS[name](small()))
    spoil(document)
    assert not validator(name).is_valid(document)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_same_input_same_bytes(name: str, reader: str, lang: str) -> None:
    assert RENDERERS[name](small(), reader=reader, lang=lang) == RENDERERS[name](small(), reader=reader, lang=lang)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", sorted(RENDERERS))
def test_hostile_text_stays_inert(name: str, reader: str) -> None:
    text = RENDERERS[name](hostile(), reader=reader).decode("utf-8")
    active = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
    if name == "junit":
        assert not re.search(active, text)
        assert {element.tag for element in etree.fromstring(text.encode()).iter()} <= {
            *("testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out")
        }
        return
    for value in strings(json.loads(text)):
        assert not re.search(active, value), value[:80]
        assert len(value) < 40_000


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


# -- SARIF


def sarif_run(result: dict[str, Any], **options: str) -> Any:
    return json.loads(sarif.render(result, **options))["runs"][0]


def test_sarif_every_verdict_has_its_own_kind_and_only_met_passes() -> None:
    result = small()
    found = sarif_run(result)["results"]
    assert [one["properties"]["number"] for one in found] == list(range(len(result["verdicts"])))
    for one, verdict in zip(found, result["verdicts"]):
        assert one["kind"] == sarif.KINDS[verdict["status"]]
        assert (one["kind"] == "pass") == (verdict["status"] == "met")
        assert (one["level"] == "none") == (verdict["status"] != "unmet")


def test_sarif_a_waived_verdict_is_not_suppressed() -> None:
    found = sarif_run(small())["results"]
    waived = [one for one in found if one["properties"]["waivers"]]
    assert any(one["kind"] == "fail" for one in waived)
    assert all("suppressions" not in one for one in found)
    assert any(one["properties"]["attestations"] for one in found)


def test_sarif_rules_explain_in_both_languages() -> None:
    run = sarif_run(small())
    rules = run["tool"]["driver"]["rules"]
    words = small()["texts"]["checks"]["linux.ssh-root-login"]
    rule = next(rule for rule in rules if rule["id"] == "linux.ssh-root-login")
    assert rule["help"]["text"] == f"{words['remedy']['zh']}\n{words['remedy']['en']}"
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])


def test_sarif_the_leader_gets_what_is_unmet_or_open_and_the_counts_of_all() -> None:
    run = sarif_run(small(), reader="leader")
    assert {one["kind"] for one in run["results"]} == {"fail", "open", "review"}
    assert run["properties"]["statuses"]["met"] == sum(verdict["status"] == "met" for verdict in small()["verdicts"])


def test_sarif_targets_not_reached_are_told() -> None:
    told = sarif_run(small())["invocations"][0]["toolExecutionNotifications"]
    assert [one["properties"]["target"] for one in told] == ["backup01", "reading-pc"]


def test_sarif_messages_hold_no_link_and_no_placeholder() -> None:
    for one in sarif_run(hostile())["results"]:
        assert not re.search(r"\]\(|\{\d+\}", one["message"]["text"])


def test_fingerprints_are_the_same_in_the_next_run_and_different_from_each_other() -> None:
    first, second = small(), small()
    second["run"] |= {"id": "later", "started": "2027-01-01T00:00:00Z", "finished": "2027-01-01T00:01:00Z"}
    for verdict in second["verdicts"]:
        verdict |= {"status": "met", "observed": None, "detail": "other", "evidence": []}
    marks = list(fingerprints(first))
    assert marks == list(fingerprints(second))
    assert len(set(marks)) == len(marks)


# -- JUnit


def test_junit_only_met_and_compliant_have_no_child() -> None:
    result = small()
    document = etree.fromstring(junit.render(result))
    counted: collections.Counter[str] = collections.Counter()
    for case in document.iter("testcase"):
        child = next((one for one in case if one.tag != "system-out"), None)
        counted["" if child is None else f"{child.tag} {child.get('type')}"] += 1
    statuses = collections.Counter(verdict["status"] for verdict in result["verdicts"])
    findings = collections.Counter(one["result"] for system in result["systems"] for one in system["findings"])
    assert counted == {
        "": statuses["met"] + findings["compliant"],
        "failure unmet": statuses["unmet"],
        "error unknown": statuses["unknown"],
        "skipped awaits-person": statuses["awaits-person"],
        "skipped not-applicable": statuses["not-applicable"],
        "failure partial": findings["partial"],
        "failure noncompliant": findings["noncompliant"],
        "error insufficient": findings["insufficient"],
        "skipped not_applicable": findings["not_applicable"],
    }
    assert document.get("errors") == str(statuses["unknown"] + findings["insufficient"])


def test_junit_unknown_says_why_and_waivers_stand_in_the_output() -> None:
    document = etree.fromstring(junit.render(small()))
    assert all("原因" in str(error.get("message")) for error in document.iter("error") if error.get("type") == "unknown")
    assert any("waiver L3-8.1.4.2-b" in str(one.text) for one in document.iter("system-out"))
    assert any("attestation: " in str(one.text) for one in document.iter("system-out"))


# -- OSCAL


def test_oscal_only_compliant_is_satisfied() -> None:
    result = small()
    document = json.loads(oscal.render(result))["assessment-results"]
    for system, found in zip(result["systems"], document["results"]):
        assert [one["target"]["target-id"] for one in found["findings"]] == [one["control"] for one in system["findings"]]
        for finding, one in zip(system["findings"], found["findings"]):
            assert (one["target"]["status"]["state"] == "satisfied") == (finding["result"] == "compliant")
            props = {prop["name"]: prop["value"] for prop in one["props"]}
            assert props["result"] == finding["result"] and props["basis"] == finding["basis"]
            assert ("waiver" in props) == (finding["waiver"] is not None)
            assert ("attestation" in props) == (finding["attestation"] is not None)


def test_oscal_every_verdict_is_observed_and_every_reference_leads_somewhere() -> None:
    document = json.loads(oscal.render(small()))["assessment-results"]
    numbers = set()
    ids: list[str] = [document["uuid"]]
    for result in document["results"]:
        items = {one["uuid"] for one in result["local-definitions"]["inventory-items"]}
        observations = {one["uuid"]: one for one in result["observations"]}
        ids += [result["uuid"], *items, *observations, *(one["uuid"] for one in result["findings"])]
        for one in observations.values():
            props = {prop["name"]: prop["value"] for prop in one["props"]}
            numbers.add(int(props["number"]))
            assert props["status"] == small()["verdicts"][int(props["number"])]["status"]
            assert {subject["subject-uuid"] for subject in one["subjects"]} <= items
        for finding in result["findings"]:
            assert {one["observation-uuid"] for one in finding.get("related-observations", ())} <= set(observations)
    assert numbers == set(range(len(small()["verdicts"])))
    assert len(set(ids)) == len(ids) and {uuid.UUID(one).version for one in ids} == {5}


@given(st.text(alphabet=st.sampled_from("ab[](){}*_`<>!&\\#|~:/@w.\"'"), max_size=30))
def test_text_for_markdown_holds_no_mark(text: str) -> None:
    found = unmarked(text)
    assert re.sub(r"\\(.)", r"\1", found) == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]*_`<>!&#|~@]", found) and "://" not in found


# -- HDF


def heimdall(control: dict[str, Any]) -> str:
    """The status that Heimdall works out for a control, from its public rules."""
    statuses = [one["status"] for one in control["results"]]
    if "error" in statuses:
        return "error"
    if control["impact"] == 0 or (control["waiver_data"] or {}).get("skipped_due_to_waiver"):
        return "not applicable"
    return next((one for one in ("failed", "passed", "skipped") if one in statuses), "error")


WORKED_OUT = {
    "compliant": "passed",
    "partial": "failed",
    "noncompliant": "failed",
    "insufficient": "error",
    "not_applicable": "not applicable",
}


@pytest.mark.parametrize("reader", READERS)
def test_hdf_a_control_comes_out_as_its_finding(reader: str) -> None:
    result = small()
    document = json.loads(hdf.render(result, reader=reader))
    for system, profile in zip(result["systems"], document["profiles"]):
        assert [heimdall(one) for one in profile["controls"]] == [WORKED_OUT[finding["result"]] for finding in system["findings"]]


def test_hdf_every_verdict_is_there_and_only_met_is_passed() -> None:
    result = lopsided()
    document = json.loads(hdf.render(result))
    lines = [one for profile in document["profiles"] for control in profile["controls"] for one in control["results"]]
    assert collections.Counter(one["verdict"] for one in lines) == collections.Counter(verdict["status"] for verdict in result["verdicts"])
    assert {one["verdict"] for one in lines if one["status"] == "passed"} == {"met"}
    for control in document["profiles"][0]["controls"]:
        verdicts = {one["verdict"] for one in control["results"]}
        if verdicts & {"unknown", "awaits-person"}:
            assert heimdall(control) == "error"


def test_hdf_a_waiver_skips_nothing() -> None:
    controls = json.loads(hdf.render(small()))["profiles"][0]["controls"]
    waived = [one for one in controls if one["waiver_data"]]
    assert [heimdall(one) for one in waived] == ["failed"]
    assert "王五" in waived[0]["waiver_data"]["justification"]


def test_stable_ids_keep_lists_apart() -> None:
    assert stable_id("a", "bc") != stable_id("ab", "c") and stable_id("\x00") == stable_id("\x00")
    assert oscal.token("L3-8.1.4.2-b") == "L3-8.1.4.2-b"
    assert oscal.token("1 a") != oscal.token("1_a") and line(oscal.token("1 a")) == oscal.token("1 a")


@pytest.mark.parametrize("name", [*sorted(RENDERERS), "csv"])
def test_what_concerns_secrets_says_that_its_mark_is_undecided(name: str) -> None:
    render = csv_file.render if name == "csv" else RENDERERS[name]
    plain = small()
    plain["systems"] = plain["systems"][:1]
    plain["views"]["zones"] = {"lan": {"kind": "lan"}}
    assert "密级待定" in render(small()).decode() and "密级待定" not in render(plain).decode()
    assert "密级待定" not in render(small(), marking="秘密★1年").decode()
