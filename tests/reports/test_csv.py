"""report.csv: every verdict once, honest columns, and no cell that a spreadsheet would take for a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.csv_file import guarded, render
from reports.inert import line
from tests.golden.make_result import small
from tests.reports.hostile import FORMULAS, hostile


def rows(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def test_every_verdict_has_one_row_in_its_order_with_its_status() -> None:
    result = small()
    found = rows(render(result))
    assert [(row["对象"], row["检查项"], row["判定代码"]) for row in found] == [
        (line(verdict["target"]), verdict["check"], verdict["status"]) for verdict in result["verdicts"]
    ]
    assert {row["单位代码"] for row in found} == {"330100-001"}


def test_unknown_waiver_and_attestation_have_columns_of_their_own() -> None:
    found = rows(render(small()))
    unknown = next(row for row in found if row["判定代码"] == "unknown")
    assert unknown["判定"] == "未知" and unknown["原因"] and not unknown["实际情况"]
    waived = next(row for row in found if row["例外审批"])
    assert "王五" in waived["例外审批"] and waived["判定代码"] == "unmet" and waived["判定"] == "不满足"
    assert any("李四" in row["人工证明"] for row in found)


def test_the_leader_gets_clauses() -> None:
    result = small()
    found = rows(render(result, reader="leader", lang="en"))
    assert [row["Result code"] for row in found] == [f["result"] for system in result["systems"] for f in system["findings"]]


def test_lines_end_as_the_standard_says_and_everything_is_quoted() -> None:
    data = render(small())
    assert data.count(b"\n") == data.count(b"\r\n") == len(small()["verdicts"]) + 1
    assert all(one.startswith(b'"') and one.endswith(b'"') for one in data[3:].split(b"\r\n")[:-1])


@pytest.mark.parametrize("reader", ["leader", "liaison", "annex"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_hostile_cells_are_inert(reader: str, quote: str) -> None:
    data = render(hostile(), reader=reader)
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        for cell in row:
            assert not cell.lstrip(" " + quote if not cell.startswith("'") else " ").startswith(("=", "+", "@", "\t", "\r", "＝"))
            assert len(cell) < 32_000 and cell.isprintable()


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_get_an_apostrophe(text: str) -> None:
    assert str(guarded(line(text))).startswith(("'", "\\"))


@given(st.text(max_size=40))
def test_no_text_starts_a_formula(text: str) -> None:
    found = str(guarded(line(text)))
    assert found[:1] not in ("=", "+", "-", "@", "\t", "\r")


def test_numbers_stay_numbers() -> None:
    assert guarded(-5) == -5 and guarded(None) is None


def test_same_input_same_bytes() -> None:
    assert render(small(), marking="秘密★1年") == render(small(), marking="秘密★1年") != render(small())
