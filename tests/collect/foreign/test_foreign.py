"""Files of other tools: what they say is taken over as it is, and a hostile one costs nothing and gives nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.foreign import arf, nmap, wazuh
from scanner.collect.foreign.shape import LONGEST, Findings, NotRead, written

SAMPLES = Path(__file__).parents[2] / "shelves" / "foreign"
READERS: dict[str, Callable[[bytes], Findings]] = {"arf": arf.read, "nmap": nmap.read, "wazuh": wazuh.read}


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def test_a_recorded_arf_gives_host_rules_titles_and_results() -> None:
    found = arf.read(sample("openscap.arf.xml"))
    (host,) = found.hosts
    assert (found.tool, host.name, host.profile, found.whole) == ("OpenSCAP 1.3.7", "web01.example", "DEBIAN-11 standard", True)
    assert "192.0.2.10" in host.addresses
    assert Counter(row.means for row in found.rows) == {"fail": 1, "pass": 3, "not-applicable": 3}
    assert found.left_out == 1
    (failed,) = (row for row in found.rows if row.means == "fail")
    assert failed.key == "file_permissions_systemmap" and failed.title and failed.said == "fail"


def test_a_bare_xccdf_result_is_read_too() -> None:
    text = sample("openscap.arf.xml").decode()
    bare = text[text.index("<TestResult") : text.index("</TestResult>")] + "</TestResult>"
    assert len(arf.read(bare.encode()).rows) == 7


@pytest.mark.parametrize("word", ["error", "unknown", "notchecked", "informational", "fixed", "passed", ""])
def test_only_a_plain_pass_of_the_tool_is_called_one(word: str) -> None:
    text = sample("openscap.arf.xml").replace(b"<result>pass</result>", f"<result>{word}</result>".encode())
    assert Counter(row.means for row in arf.read(text).rows) == {"fail": 1, "open": 3, "not-applicable": 3}


def test_what_a_person_overrode_is_no_pass_of_the_tool() -> None:
    override = b"<result>pass</result><override><old-result>fail</old-result><new-result>pass</new-result></override>"
    found = arf.read(sample("openscap.arf.xml").replace(b"<result>pass</result>", override))
    assert Counter(row.means for row in found.rows)["pass"] == 0
    assert Counter(row.said for row in found.rows)["overridden"] == 3


def test_a_run_of_the_tool_that_did_not_end_is_not_whole() -> None:
    text = sample("openscap.arf.xml").decode()
    at = text.index(" end-time=")
    assert not arf.read((text[:at] + text[text.index('"', at + 11) + 1 :]).encode()).whole
    assert not nmap.read(sample("nmap.xml").replace(b'exit="success"', b'exit="error"')).whole
    cut = sample("nmap.xml")
    assert not nmap.read(cut[: cut.index(b"<runstats>")] + b"</nmaprun>").whole


def test_a_recorded_nmap_run_gives_open_ports_and_no_command_line() -> None:
    found = nmap.read(sample("nmap.xml"))
    assert [host.name for host in found.hosts] == ["192.0.2.10", "192.0.2.11"]
    assert [(row.host, row.key, row.title, row.means) for row in found.rows] == [(0, "tcp/8080", "http SimpleHTTPServer 0.6", "seen")]
    assert found.left_out == 3 and found.hosts[0].began.startswith("2026-11-26T03:23")
    assert b"-oX" not in written("nmap", "f", b"", found, None)


def test_an_answer_of_wazuh_gives_its_checks() -> None:
    found = wazuh.read(sample("wazuh-checks.json"))
    assert [(row.key, row.means) for row in found.rows] == [("28656", "fail"), ("28500", "pass"), ("28501", "not-applicable")]
    assert found.whole and found.hosts[0].profile == "cis_debian12"


def test_a_page_of_an_answer_is_not_whole() -> None:
    assert not wazuh.read(sample("wazuh-checks.json").replace(b'"total_affected_items": 3', b'"total_affected_items": 175')).whole


def test_alerts_give_the_last_word_on_every_check() -> None:
    found = wazuh.read(sample("wazuh-alerts.json"))
    assert [(found.hosts[row.host].name, row.key, row.means) for row in found.rows] == [("web01", "28656", "pass")]


def test_an_indexers_export_is_read() -> None:
    events = [json.loads(line) for line in sample("wazuh-alerts.json").splitlines()]
    export = {"hits": {"total": {"value": 9}, "hits": [{"_source": event} for event in events]}}
    found = wazuh.read(json.dumps(export).encode())
    assert len(found.rows) == 1 and not found.whole


BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><nmaprun><host>&b;</host></nmaprun>'
OUTSIDE = b'<!DOCTYPE nmaprun [<!ENTITY x SYSTEM "file:///etc/passwd">]><nmaprun><host>&x;</host></nmaprun>'


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"{}", b"<a/>", b"\xff\xfe", BOMB, OUTSIDE, b"<nmaprun>", b"<a>" * 200 + b"</a>" * 200, b"[" * 100_000,
        b'{"data":{"affected_items":[{"id":1,"id":2,"result":"passed"}]}}', b'{"data":{"sca":{"type":"check"}}}', b"null", b"NaN",
    ],
    ids=range(15),
)  # fmt: skip
@pytest.mark.parametrize("origin", sorted(READERS))
def test_what_is_none_of_the_tools_is_refused(origin: str, data: bytes) -> None:
    with pytest.raises(NotRead):
        READERS[origin](data)


def test_an_external_document_type_is_never_fetched() -> None:
    text = sample("nmap.xml").replace(b"<!DOCTYPE nmaprun>", b'<!DOCTYPE nmaprun SYSTEM "http://192.0.2.66/nmap.dtd">')
    assert len(nmap.read(text).rows) == 1


def test_texts_are_one_line_and_short() -> None:
    title = "x\n\x1b[31m\u202e" + "y" * 5000
    item = {"id": 1, "policy_id": "p", "title": title, "result": "failed"}
    (row,) = wazuh.read(json.dumps({"data": {"affected_items": [item], "total_affected_items": 1}}).encode()).rows
    assert len(row.title) == LONGEST and row.title.isprintable()


def test_one_huge_json_is_refused_before_it_is_read_and_many_lines_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.collect.foreign.wazuh.MAX_JSON", 1000)
    with pytest.raises(NotRead, match="line 1"):
        wazuh.read(b'{"a": [' + b"[]," * 400_000 + b"[]]}")
    assert len(wazuh.read(sample("wazuh-alerts.json")).rows) == 1


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.collect.foreign.shape.MAX_ROWS", 2)
    with pytest.raises(NotRead, match="rows"):
        wazuh.read(sample("wazuh-checks.json"))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(path.name for path in SAMPLES.iterdir() if path.suffix in (".xml", ".json"))), st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(name: str, data: st.DataObject) -> None:
    held = bytearray(sample(name))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(held) - 1))
        held[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
        held = held or bytearray(b" ")
    for read in READERS.values():
        try:
            found = read(bytes(held))
        except NotRead:
            continue
        assert all(0 <= row.host < len(found.hosts) for row in found.rows)
        json.loads(written("x", "f", bytes(held), found, None))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("data", "affected_items", "sca", "check", "type", "agent", "hits", "_source", "id", "result")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_json_of_any_shape_is_read_or_refused(value: object) -> None:
    try:
        found = wazuh.read(json.dumps(value).encode())
    except NotRead:
        return
    assert all(row.means in ("pass", "fail", "open", "not-applicable") for row in found.rows)
