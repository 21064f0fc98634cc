"""OpenDocument of every kind is read as other offices' files are: sheets, hidden ones too, texts, slides, and what stands around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copyfile

import pytest

from scanner.collect.holdings.files import cellbook, odfsheets
from tests.collect.holdings.files import make
from tests.collect.holdings.files.test_formats import WANTED, blank, put
from tests.holdings.test_left_over import answers, said

SAMPLES = Path(__file__).parent / "samples"
SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office", "table": "table", "text": "text", "style": "style", "draw": "drawing", "meta": "meta", "svg": "svg-compatible",
        "presentation": "presentation",
    }.items()
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip


def odf(kind: str, body: str, parts: Mapping[str, str] | None = None, said: bool = True) -> bytes:
    """A package with a body; ``kind`` is the element of the body."""
    names = {"mimetype": f"application/vnd.oasis.opendocument.{kind}"} if said else {"META-INF/manifest.xml": "<m>opendocument</m>"}
    text = f"<office:document-content {SPACES}><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    return make.packed({**names, "content.xml": text, **(parts or {})})


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>" if text else "<table:table-cell/>"


def table(rows: Sequence[Sequence[str]], name: str = "目录") -> str:
    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}">{lines}<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'


@pytest.mark.parametrize("said_so", [True, False])
def test_a_sheet(tmp_path: Path, said_so: bool) -> None:
    path = put(tmp_path, "a.et", odf("spreadsheet", table([make.HEAD, *make.ROWS]), said=said_so))
    assert blank(make.tables(path)["a.et#目录"]) == WANTED


def test_a_workbook_of_a_real_office(tmp_path: Path) -> None:
    copyfile(SAMPLES / "libreoffice_catalogue.ods", tmp_path / "a.ods")
    found = make.tables(tmp_path / "a.ods")
    assert [row[2] for row in found["a.ods#目录"]] == ["密级", "公开", "机密", "机密", "内部"]
    assert found["a.ods#隐藏"] == [("档号", "题名", "密级"), ("X9", "另一件", "绝密")]
    around = make.around(tmp_path / "a.ods")
    assert {("header", "机密★10年"), ("box", "批注：秘密★5年"), ("property", "keyword=秘密")} <= set(around[""])
    assert ("line", "某馆归档文件目录") in around["a.ods#目录"]


def test_a_list_in_a_text_of_a_real_office(tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.odt", (SAMPLES / "libreoffice_list.odt").read_bytes()))
    assert found == Counter(C=1, N=2)


def test_a_flat_file(tmp_path: Path) -> None:
    text = f"<office:document {SPACES}><office:body><office:spreadsheet>{table([make.HEAD, *make.ROWS])}</office:spreadsheet></office:body></office:document>"
    assert blank(make.tables(put(tmp_path, "a.fods", text))["a.fods#目录"]) == WANTED


def test_rows_and_cells_that_come_again(tmp_path: Path) -> None:
    row = '<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="2"><text:p>机密</text:p></table:table-cell></table:table-row>'
    names = "<table:table-row>" + cell("档号") + cell("密级") + "</table:table-row>"
    found = make.tables(put(tmp_path, "a.ods", odf("spreadsheet", f'<table:table table:name="t">{names}{row}</table:table>')))
    assert found["a.ods#t"] == [("档号", "密级"), *[("机密", "机密")] * 3]


@pytest.mark.parametrize("times", [3_000_000, 999_999_999])
def test_a_row_that_never_ends_is_refused_by_name(times: int, tmp_path: Path) -> None:
    row = f'<table:table-row table:number-rows-repeated="{times}">{cell("机密")}</table:table-row>'
    (found,) = make.unread(put(tmp_path, "a.ods", odf("spreadsheet", f'<table:table table:name="t">{row}</table:table>')))
    assert found.detail == "repeated rows"


def test_wide_rows_that_come_again_are_bounded(tmp_path: Path) -> None:
    row = '<table:table-row table:number-rows-repeated="9000"><table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>'
    (found,) = make.unread(put(tmp_path, "a.ods", odf("spreadsheet", f'<table:table table:name="t">{row}</table:table>')))
    assert found.detail == "repeated rows"


def test_a_level_that_spans_rows_and_one_below_it(tmp_path: Path) -> None:
    span, covered = 'table:number-rows-spanned="3"', "<table:table-cell/>"
    lines = [cell("A1") + cell("甲") + cell("机密", span), cell("A2") + cell("乙") + "<table:covered-table-cell/>",
             cell("A3") + cell("丙") + "<table:covered-table-cell><text:p>绝密</text:p></table:covered-table-cell>", cell("A4") + cell("丁") + covered]  # fmt: skip
    rows = "".join(f"<table:table-row>{line}</table:table-row>" for line in (cell("档号") + cell("题名") + cell("密级"), *lines))
    found = make.tables(put(tmp_path, "a.ods", odf("spreadsheet", f'<table:table table:name="t">{rows}</table:table>')))
    assert [row[2] for row in found["a.ods#t"]] == ["密级", "机密", "机密", "绝密", None]


def test_values_without_text_and_what_is_shown(tmp_path: Path) -> None:
    line = '<table:table-cell office:value-type="string" office:string-value="机密"/><table:table-cell office:value-type="float" office:value="1"><text:p>绝密</text:p></table:table-cell>'
    (rows,) = make.tables(
        put(tmp_path, "a.ods", odf("spreadsheet", f'<table:table table:name="t"><table:table-row>{line}</table:table-row></table:table>'))
    ).values()
    assert rows[-1] == ("机密", "绝密")


def test_a_sheet_of_which_not_all_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cellbook, "HELD", 2)
    monkeypatch.setattr(odfsheets, "KEPT_ROWS", 3)
    body = table([make.HEAD, *make.ROWS]) + table([make.HEAD, *make.ROWS], "二")
    found = make.tables(put(tmp_path, "a.ods", odf("spreadsheet", body)))
    assert blank(found["a.ods#目录"]) == blank(found["a.ods#二"]) == WANTED


MARK = "<text:p>机密★10年</text:p>"
PAGE = f"<style:master-page><style:header-left>{MARK}</style:header-left></style:master-page>"
STYLES = {"styles.xml": f"<office:document-styles {SPACES}><office:master-styles>{PAGE}</office:master-styles></office:document-styles>"}
META = {
    "meta.xml": f'<office:document-meta {SPACES}><office:meta><meta:user-defined meta:name="密级">机密</meta:user-defined></office:meta></office:document-meta>'
}
PLAIN = "<text:p>关于某事的通知</text:p>"
DOCUMENTS = {
    "a line": odf("text", MARK + PLAIN),
    "spans": odf("text", "<text:p>机<text:span>密</text:span><text:s/>★<text:span>10</text:span>年</text:p>" + PLAIN),
    "a line break": odf("text", "<text:p>000001<text:line-break/>机密★10年</text:p>" + PLAIN),
    "a page header": odf("text", PLAIN, STYLES),
    "a property": odf("text", PLAIN, META),
    "a text box": odf("text", f"<text:p>关于<draw:frame><draw:text-box>{MARK}</draw:text-box></draw:frame>某事</text:p>"),
    "a picture's words": odf("text", f"<text:p><draw:frame><svg:desc>机密★10年</svg:desc></draw:frame></text:p>{PLAIN}"),
    "a comment": odf("text", f"<text:p>关于<office:annotation>{MARK}</office:annotation>某事</text:p>"),
    "what was struck out": odf("text", f"<text:tracked-changes><text:changed-region><text:deletion>{MARK}</text:deletion></text:changed-region></text:tracked-changes>{PLAIN}"),
    "a slide": odf("presentation", f"<draw:page><draw:frame><draw:text-box>{MARK}</draw:text-box></draw:frame></draw:page>"),
    "notes of a slide": odf("presentation", f"<draw:page>{PLAIN}<presentation:notes><draw:frame><draw:text-box>{MARK}</draw:text-box></draw:frame></presentation:notes></draw:page>"),
    "an object": odf("text", PLAIN, {"Object 1/content.xml": f"<office:document-content {SPACES}>{MARK}</office:document-content>"}),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_mark_in_a_document(name: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.odt", DOCUMENTS[name]))["C"] == 1


OTHERS = {
    "a text": odf("text", PLAIN),
    "an explanation": odf("text", PLAIN + "<text:p>标志写作“机密★10年”。</text:p>"),
    "a slide": odf("presentation", "<draw:page><draw:frame><draw:text-box><text:p>保密培训：标志写作“机密★10年”。</text:p></draw:text-box></draw:frame></draw:page>"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_other_documents_stay_open(name: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.odt", OTHERS[name])) == Counter(N=1)


def test_what_is_encrypted_or_has_no_body_is_told(tmp_path: Path) -> None:
    locked = odf("text", PLAIN, {"META-INF/manifest.xml": "<m><encryption-data/></m>"})
    assert [item.detail for item in make.unread(put(tmp_path, "a.odt", locked))] == ["encrypted"]
    empty = make.packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"})
    assert [item.detail for item in make.unread(put(tmp_path, "b.odt", empty))] == ["no body"]
    broken = odf("spreadsheet", '<table:table table:name="t"><table:table-row>' + cell("机密"))
    assert make.unread(put(tmp_path, "c.ods", broken))


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    data = make.packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x/>'})
    assert make.unread(put(tmp_path, "a.odt", data))
