"""What leaves the hub as a file computes nothing, whatever units call themselves, their hazards and their targets."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from hub.clock import today
from hub.days import after
from hub.people import log
from hub.store import tables as t
from hub.views import sheets
from tests.hub.web.stand import Browser, Stand, standing

EVIL = (
    "=cmd|' /C calc'!A0",
    "+SUM(1)",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    " =HYPERLINK(1)",
    "＝1+1",
    "\n=1",
    '"=1+1',
    "{=1}",
    "|x",
    "DDEAUTO c:\\x",
)
NOW = "2026-11-01T00:00:00Z"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("inert")) as one:
        with one.database.writing() as connection:
            _planted(one, connection)
        yield one


def _planted(one: Stand, connection: Any) -> None:
    number = one.units["U1"].id
    connection.execute(t.unit.update().where(t.unit.c.id == number).values(name=EVIL[0]))
    connection.execute(t.unit.update().where(t.unit.c.id == one.units["U2"].id).values(name=EVIL[4]))
    connection.execute(t.duty.insert().values(unit_id=number, profile=EVIL[1], cycle="month", due=5, since="2026-01-01"))
    kept = {"id": 1, "digest": "d", "file": "f", "unit_id": number, "kind": "report", "sequence": 1, "received": NOW, "finished": NOW}
    connection.execute(t.envelope.insert().values(**kept, period="2026-11", core="{}", disclosure="full"))
    for at, evil in enumerate(EVIL):
        row = {
            "unit_id": number,
            "code": f"{evil}{at}",
            "check_id": evil,
            "target": evil,
            "risk": "RC1",
            "level": "major",
            "state": "registered",
        }
        connection.execute(t.hazard.insert().values(**row, first=NOW, last=NOW, deadline="2026-01-01", times=1, envelope_id=1))
        words = '{"zh":"%s","en":"x"}' % "".join(f"\\u{ord(char):04x}" for char in evil)  # noqa: UP031
        term = connection.execute(t.term.insert().values(kind="check", text=evil, words=words).returning(t.term.c.id)).scalar_one()
        for region in ("U1", "K1", "C1", "P1", "N"):
            connection.execute(t.item.insert().values(region_id=one.units[region].id, term_id=term, outcome=1, count=1))
    log.write(connection, EVIL[6], EVIL[0], number, {"x": EVIL[7]})


@pytest.fixture(scope="module")
def chief(stand: Stand) -> Browser:
    return stand.browser("k1")


def _computes(cell: str) -> bool:
    return cell.lstrip(" \u3000\xa0'\"")[:1] in set("=+-@＝＋－＠|%\t\r\n") and not cell.startswith("'")


@pytest.mark.parametrize("name", sheets.NAMES)
def test_no_cell_of_an_export_computes(chief: Browser, name: str) -> None:
    rows = list(csv.reader(io.StringIO(chief.get(f"/export/{name}.csv?unit=K1").content.decode("utf-8-sig"))))
    assert not [cell for row in rows for cell in row if _computes(cell)]
    book = openpyxl.load_workbook(io.BytesIO(chief.get(f"/export/{name}.xlsx?unit=K1").content))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(cell.quotePrefix for cell in cells if isinstance(cell.value, str) and _computes(cell.value) and cell.row > 1)
    if name in ("hazards", "tree", "items"):
        assert any("calc" in cell for row in rows for cell in row), "else nothing hostile came so far"


def test_no_cell_of_the_log_computes(stand: Stand) -> None:
    rows = list(csv.reader(io.StringIO(stand.browser("aud").get("/log.csv").content.decode("utf-8-sig"))))
    assert any("calc" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if _computes(cell)]


@pytest.mark.parametrize("wording", ["internal", "masked"])
def test_no_word_of_a_notice_acts(stand: Stand, chief: Browser, wording: str) -> None:
    fields = {"unit": "U1", "title": EVIL[0], "text": f"{EVIL[-1]}\n<w:fldSimple w:instr='DDE'/>", "deadline": after(today(), 30)}
    made = chief.post("/notices/new", {**fields, "hazard": [f"{evil}{at}" for at, evil in enumerate(EVIL)][:3]})
    assert made.status_code == 303, re.findall(r'role="alert">([^<]*)', made.text)
    data = chief.get(made.headers["location"].partition("?")[0] + f"/{wording}.docx").content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("word/document.xml").decode()
        links = archive.read("word/_rels/document.xml.rels").decode()
    assert "calc" in text
    assert not re.search(r"<w:(instrText|fldSimple|fldChar|hyperlink|object|altChunk)\b", text) and "External" not in links


def test_what_it_is_called_is_not_run_by_a_page(chief: Browser, stand: Stand) -> None:
    with stand.database.writing() as connection:
        connection.execute(sa.update(t.unit).where(t.unit.c.code == "U2").values(name="<script>alert(1)</script>\"'><img src=x>"))
    for url in ("/units/U2", "/tree", "/dashboard", "/hazards?unit=U2", "/coverage", "/notices/new?unit=U2"):
        text = chief.get(url).text
        assert "<script>alert" not in text and "<img src=x>" not in text, url
