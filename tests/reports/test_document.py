"""The report as blocks: what every form asks for has its place, nothing is claimed that was not tested, cheapest first."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from reports.document.compose import READERS, compose
from reports.document.model import (
    LONGEST,
    Blank,
    Block,
    Bullets,
    Cell,
    Content,
    Contents,
    Cover,
    Document,
    Facts,
    Figure,
    Heading,
    Lines,
    Para,
    Part,
    Signatures,
    Table,
    tidy,
)
from reports.document.outline import LISTS, outline
from reports.document.risks import carded
from reports.document.study import ACTIONS, action, by_cost, study
from reports.grouping import is_person, title_of
from reports.marking import marking_of
from tests.golden.make_result import small

FRONT_2021, SECTIONS_2021 = 8, {"1": 4, "2": 3, "3": 4, "4": 3, "5": 1, "6": 1, "7": 1, "annex": 4}
FRONT_2025, ANNEXES_2025 = 6, "ABCDEFGHI"
FINDING_FIELDS = ("field.id", "col.check", "col.layer", "col.point", "hazard.clauses", "col.targets", "doc.state-and-evidence", "col.severity", "doc.is-major", "doc.risk-class", "doc.owner",
                  "hazard.remedy", "doc.deadline", "doc.recheck", "doc.closed-by")  # fmt: skip
OBJECT_FIELDS = (
    "col.address",
    "col.kind",
    "doc.object-version",
    "label.time",
    "label.operator",
    "doc.tool",
    "doc.how-asked",
    "doc.raw-file",
    "col.status",
    "col.observed",
)


def texts(blocks: Any) -> Iterator[str]:
    """Every text of some blocks."""
    for one in blocks:
        match one:
            case Heading() | Para():
                yield one.text
            case Bullets():
                yield from one.items
            case Blank():
                yield one.label
            case Lines():
                yield from (one.title, one.text)
            case Figure():
                yield one.caption
                yield from (shape.text for shape in one.drawing.shapes if hasattr(shape, "text"))
            case Cover():
                yield from (one.kicker, one.title, one.whose, one.declaration, one.more, *one.warnings)
                yield from (part for name, value in one.facts for part in (name, shown(value)))
            case Signatures():
                yield from (part for row in one.rows for part in row)
            case Facts():
                yield from (part for name, value in one.rows for part in (name, shown(value)))
            case Table():
                yield one.caption
                yield from (column.head for column in one.columns)
                yield from (shown(cell) for row in one.rows for cell in row)


def shown(cell: Content) -> str:
    return cell.text if isinstance(cell, Cell) else cell


def sections(document: Document) -> dict[str, list[Block]]:
    """Blocks by the name of the section that they stand in, sub-sections among their parent's, too."""
    found: dict[str, list[Block]] = {}
    open_: list[tuple[int, str]] = []
    for one in document.blocks:
        if isinstance(one, Cover):
            found["cover"] = [one]
        elif isinstance(one, Contents):
            found["contents"] = [one]
        elif isinstance(one, Heading):
            open_ = [(level, name) for level, name in open_ if level < one.level] + [(one.level, one.anchor)]
        for _, name in open_:
            found.setdefault(name, []).append(one)
    return found


@pytest.fixture(scope="module")
def annex() -> Document:
    return compose(small(), "zh", "annex", None)


def test_the_lists_hold_every_section_of_both_forms() -> None:
    ids = [item["id"] for item in outline()["template_2021"]]
    assert sum(name.startswith("front-") for name in ids) == FRONT_2021
    assert {number: sum(name.split(".")[0].split("-")[0] == number for name in ids) for number in SECTIONS_2021} == SECTIONS_2021
    ids = [item["id"] for item in outline()["template_2025"]]
    assert sum(name.startswith("front-") for name in ids) == FRONT_2025
    assert [name for name in ids if name.isdigit()] == list("12345678")
    assert [name for name in ids if len(name) == 1 and name.isalpha()] == list(ANNEXES_2025)
    assert [item["id"] for item in outline()["attachments"]] == [f"AC-{n:02d}" for n in range(1, 23)]


@pytest.mark.parametrize("item", [item for name in LISTS for item in outline()[name]], ids=lambda item: item["id"])
def test_every_wanted_section_has_its_place_and_a_blank_where_a_person_must_write(item: dict[str, Any], annex: Document) -> None:
    found = sections(annex)
    for name in item["at"]:
        assert len(found[name]) > (0 if name in ("cover", "contents") else 1), name
    if item["by"] == "person" and item["at"]:
        blocks = [block for name in item["at"] for block in found[name]]
        assert any(isinstance(block, Blank) for block in blocks) or "【由人填写】" in "".join(texts(blocks))


@pytest.mark.parametrize("item", outline()["attachments"], ids=lambda item: item["id"])
def test_every_paper_of_an_acceptance_has_a_row(item: dict[str, Any], annex: Document) -> None:
    table = next(block for block in sections(annex)["L"] if isinstance(block, Table))
    row = next(row for row in table.rows if shown(row[0]) == item["id"])
    assert shown(row[1]) == item["zh"] and shown(row[3])
    assert (shown(row[-1]) == "【由人填写】") == (item["by"] != "machine")


def test_a_finding_has_every_field_that_a_register_asks_for(annex: Document) -> None:
    worked = study(small(), "zh", "annex")
    card = sections(annex)[f"8.cards.{worked.number(worked.hazards[0])}"]
    said = "".join(texts(card))
    for key in FINDING_FIELDS[2:]:
        assert worked.say(key) in said, key
    assert said.startswith("T001 ")


def test_a_record_of_an_object_has_every_field(annex: Document) -> None:
    worked = study(small(), "zh", "annex")
    said = "".join(texts(sections(annex)["D.objects.web01"]))
    for key in OBJECT_FIELDS:
        assert worked.say(key) in said, key


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("reader", READERS)
def test_no_field_is_left_open_and_no_code_word_stands_for_a_sentence(reader: str, lang: str) -> None:
    said = list(texts(compose(small(), lang, reader, None).blocks))
    assert not [text for text in said if "{n}" in text or "{text}" in text or text.startswith(("doc.", "hazard.state."))]


@pytest.mark.parametrize("reader", READERS)
def test_section_names_are_unique(reader: str) -> None:
    names = [block.anchor for block in compose(small(), "zh", reader, None).blocks if isinstance(block, Heading)]
    assert len(names) == len(set(names))


def test_every_clause_and_every_verdict_stands_in_the_annex(annex: Document) -> None:
    result = small()
    found = sections(annex)
    clauses = [row for block in found["D.clauses"] if isinstance(block, Table) for row in block.rows if len(row) > 1]
    assert len(clauses) == sum(len(system["findings"]) for system in result["systems"])
    records = [row for block in found["D.objects"] if isinstance(block, Table) for row in block.rows]
    assert len(records) == sum(not verdict["check"].startswith("person.") for verdict in result["verdicts"])


def test_records_that_do_not_fit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.document.annexes.RECORDS", {False: 4000, True: 6})
    monkeypatch.setattr("reports.document.annexes.EVIDENCE", {False: 2000, True: 3})
    monkeypatch.setattr("reports.document.study.MUCH", 20)
    result = small()
    found = sections(compose(result, "zh", "annex", None))
    printed = [row for block in found["D.objects"] if isinstance(block, Table) for row in block.rows]
    total = sum(not verdict["check"].startswith("person.") for verdict in result["verdicts"])
    urgent = [
        one
        for one in result["verdicts"]
        if one["severity"] == "critical" and one["status"] in ("unmet", "unknown", "awaits-person") and not is_person(one)
    ]
    assert len(printed) == 6 and {shown(row[1]) for row in printed} <= {"不满足", "未知", "待人工确认"}
    assert len(urgent) >= 6 and {shown(row[0]) for row in printed} <= {title_of(one["check"], result["texts"])["zh"] for one in urgent}
    assert any(isinstance(block, Para) and f"其余 {total - 6} 条" in block.text for block in found["D.objects"])
    assert [len(block.rows) for block in found["M.index"] if isinstance(block, Table)] == [3]


def test_what_was_not_tested_is_never_said_to_be_clean() -> None:
    result = small()
    result["views"]["isolation"] = []
    result["verdicts"] = [verdict for verdict in result["verdicts"] if not verdict["check"].startswith(("isolation.", "holdings."))]
    for system in result["systems"]:
        for finding in system["findings"]:
            finding["verdicts"] = []
    for hazard in result["core_hazards"]:
        hazard |= {"state": "not_tested", "verdicts": []}
    found = sections(compose(result, "zh", "liaison", None))
    assert "没有做隔离探测" in "".join(texts(found["4.isolation"]))
    assert "没有检查目录库" in "".join(texts(found["4.holdings"]))
    papers = next(block for block in found["L"] if isinstance(block, Table))
    said = {shown(row[0]): shown(row[3]) for row in papers.rows}
    assert said["AC-07"] == said["AC-08"] == said["AC-09"] == "未测"


def test_a_classified_system_gets_no_conclusion_and_says_why(annex: Document) -> None:
    table = next(block for block in sections(annex)["front.conclusion"] if isinstance(block, Table))
    row = next(row for row in table.rows if "涉密" in shown(row[0]) and "非涉密" not in shown(row[0]))
    assert shown(row[1]).startswith("不给结论：") and shown(row[2]) == "—"


def test_cheapest_first_is_by_kind_of_work_then_by_targets() -> None:
    ordered = by_cost(study(small(), "zh", "liaison").hazards)
    keys = [(ACTIONS.index(action(one)), one.targets) for one in ordered]
    assert keys == sorted(keys) and len(set(keys)) > 1


def test_a_liaison_gets_cards_of_what_is_grave_and_the_annex_all() -> None:
    liaison, whole = study(small(), "zh", "liaison"), study(small(), "zh", "annex")
    assert {one.severity for one in carded(liaison)} <= {"critical", "high"}
    assert len(carded(whole)) == len(whole.hazards) > len(carded(liaison)) > 0


def test_owner_deadline_and_closing_come_from_the_register() -> None:
    result = small()
    verdict = next(verdict for verdict in result["verdicts"] if verdict["status"] == "unmet" and verdict["severity"] == "critical")
    line = {"id": "H-AAAA-BBBB-CCCC", "target": verdict["target"], "check": verdict["check"], "system": "dams", "risk": "RC6", "level": "major", "state": "rectifying",
            "owner": "李四", "deadline": "2026-12-31", "closed": None}  # fmt: skip
    result["hazards"] = [
        line,
        line
        | {
            "id": "H-DDDD-EEEE-FFFF",
            "state": "closed",
            "owner": "王五",
            "closed": {"how": "met", "time": "2026-11-01T00:00:00Z", "by": []},
        },
    ]
    result["trend"] = [
        {"finished": "2026-10-01T00:00:00Z", "verdicts": {"unmet": 9, "unknown": 4}},
        {"finished": "2026-11-01T00:00:00Z", "verdicts": {"unmet": 3, "unknown": 1}},
    ]
    document = compose(result, "zh", "annex", None)
    found = sections(document)
    worked = study(result, "zh", "annex")
    number = next(worked.number(one) for one in worked.hazards if one.check == verdict["check"])
    said = "".join(texts(found[f"8.cards.{number}"]))
    assert "李四" in said and "2026-12-31" in said and "整改中" in said and "王五" not in said
    assert "王五" in "".join(texts(found["J"])) and any(isinstance(block, Figure) for block in found["B"])


def test_a_waiver_stands_beside_the_result_and_changes_none() -> None:
    plain, waived = small(), small()
    finding = next(one for one in waived["systems"][0]["findings"] if one["result"] == "noncompliant")
    finding["waiver"] = {"approver": "局长", "measure": "专人值守", "expires": "2027-01-01"}
    before, after = (sections(compose(result, "zh", "annex", None)) for result in (plain, waived))
    assert "局长" in "".join(texts(after["K"])) and "局长" in "".join(texts(after["D.clauses"]))
    assert list(texts(before["6"])) == list(texts(after["6"]))


def test_composing_changes_nothing_and_is_repeatable() -> None:
    result = small()
    kept = copy.deepcopy(result)
    assert compose(result, "zh", "annex", None) == compose(copy.deepcopy(result), "zh", "annex", None)
    assert result == kept


def test_an_unknown_reader_is_refused() -> None:
    with pytest.raises(KeyError):
        compose(small(), "zh", "everybody", None)


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("a\x1b[0m", "a\\x1b[0m"),
        ("\u202egnp", "\\u202egnp"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\uffff\ufffe", "\\uffff\\ufffe"),
        ("\udcff", "\\udcff"),
    ],
)
def test_texts_are_made_inert(raw: str, safe: str) -> None:
    assert tidy(raw) == safe


def test_an_endless_text_is_cut_and_counted() -> None:
    assert tidy("甲" * 10_000) == "甲" * LONGEST + "… [10000]"


@pytest.mark.parametrize("given", [None, "机密★10年"])
def test_a_result_about_classified_matters_is_always_marked(given: str | None) -> None:
    assert marking_of(small(), given) == (given or "密级待定")


def test_a_result_without_classified_matters_is_marked_only_by_a_person() -> None:
    result = small()
    result["systems"] = [system for system in result["systems"] if system["holds"] == "unclassified"]
    result["views"]["zones"] = {"lan": {"kind": "lan"}}
    assert marking_of(result, None) is None and marking_of(result, "内部") == "内部"
    result["views"]["zones"]["secret"] = {"kind": "classified"}
    assert marking_of(result, None) == "密级待定"


def test_the_cover_names_code_key_and_command() -> None:
    result = small()
    result["run"]["key"] = "sha256:" + "0123456789abcdef" * 4
    for reader in ("leader", "liaison"):
        said = "".join(texts(compose(result, "zh", reader, None).blocks[:20]))
        assert study(result, "zh", reader).short_code in said and "sha256 0123 4567 89ab cdef" in said and "时间未经第三方证明" in said
    cover = compose(result, "zh", "liaison", None).blocks[0]
    assert "openssl pkeyutl -verify" in "".join(texts([cover])) and "密级待定" in "".join(texts([cover]))


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        (["met", "met"], "机器未见"),
        (["met", "not-applicable"], "机器未见"),
        (["met", "unknown"], "未能判明"),
        (["met", "awaits-person"], "未能判明"),
        (["met"], "未能判明"),
        ([], "本次未查"),
    ],
)
def test_a_trigger_is_clear_only_when_every_check_was_answered(statuses: list[str], said: str) -> None:
    result = small()
    result["texts"]["triggers"]["A-99"] = {"zh": "试", "en": "t", "checks": ["linux.one", "linux.two"]}
    model = next(verdict for verdict in result["verdicts"] if verdict["status"] == "met")
    result["verdicts"] += [
        model | {"check": check, "status": status, "why": None if status == "met" else "person"}
        for check, status in zip(["linux.one", "linux.two"], statuses)
    ]
    table = next(block for block in sections(compose(result, "zh", "liaison", None))["G"] if isinstance(block, Table))
    assert next(shown(row[2]) for row in table.rows if shown(row[0]) == "A-99") == said


def test_parts_come_in_order() -> None:
    names = [block.name for block in compose(small(), "zh", "liaison", None).blocks if isinstance(block, Part)]
    assert list(dict.fromkeys(names)) == ["前置页", "正文", "附录"]


def test_what_silence_lacks_is_said_with_its_end_and_step() -> None:
    result = small()
    lacks = [{"why": "step-not-tested", "where": "out:edge: inward-tunnel", "detail": "missing"}, {"why": "step-not-tested", "where": "in"}]
    result["views"]["isolation"][0]["lacks"] = lacks
    said = next(
        block.items for block in compose(result, "zh", "liaison", None).blocks if isinstance(block, Bullets) and "未测" in block.items[0]
    )
    assert said[0].startswith("外侧 edge ") and "记录里没有这一步" in said[0] and "missing" not in said[0] and said[1].startswith("内侧：")


def test_sections_of_the_forms_are_named_once_and_by_their_numbers() -> None:
    tables = [block for block in compose(small(), "zh", "liaison", None).blocks if isinstance(block, Table)]
    places = {str(row[0]): str(row[1]) for table in tables if table.caption == "2021 年版" for row in table.rows}
    assert places["7.1 逐问题整改建议"] == "8.1、8.2、8.4" and places["2.3 对象选择方法与各类对象清单"] == "2.4、附录 A"
    assert places["6.1 得分与优良中差"] == "第 7 章"


def test_a_record_of_a_clause_tells_the_worst_first_and_not_every_check_that_is_met() -> None:
    rows = [
        row for block in compose(small(), "zh", "annex", None).blocks if isinstance(block, Table) for row in block.rows if len(row) == 5
    ]
    records = [str(row[2]) for row in rows if "满足" in str(row[2])]
    assert records and all(text.index("不满足") < text.index("满足 ") for text in records if "不满足" in text and "; 满足 " in text)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("key", "words"), [("narrowed", "部分检查项"), ("interrupted", "中途停止")])
def test_the_first_page_says_what_the_run_left_out(key: str, words: str, reader: str) -> None:
    result = small()
    for told in (False, True):
        result["run"][key] = told
        first = compose(result, "zh", reader, None).blocks[:6]
        assert any(words in text for text in texts(first)) is told
