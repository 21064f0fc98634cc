"""Dumps whose tables are made in one file and whose rows stand in others beside it."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.holdings.test_catalogues import held
from tests.holdings.test_schemas import NUMBERS, RECORDS, TITLES

CREATE = "CREATE TABLE `wj` (\n  `dh` varchar(40) COMMENT '档号',\n  `tm` varchar(99) COMMENT '题名',\n  `mj` int COMMENT '密级（1公开 2秘密 3机密）'\n) ENGINE=InnoDB;\n"
VALUES = ",".join(f"('{a}','{b}',{3 if c == '机密' else 1})" for a, b, c in RECORDS)
ROWS = f"INSERT INTO `wj` VALUES {VALUES};\n"
OTHER = "CREATE TABLE `wj` (\n  `mj` int,\n  `dh` text,\n  `tm` text\n);\n"


def counts_of(root: Path) -> tuple[Counter[str], list[str]]:
    """Counts of all files of a folder, and why some are unread."""
    found, _ = held(root)
    return sum((+Counter(dict(store.counts)) for store in found.stores), Counter()), [item.detail for item in found.unread]


@pytest.mark.parametrize("files", [
    {"db.wj-schema.sql": CREATE, "db.wj.00000.sql": ROWS},
    {"01_schema.sql": CREATE, "02_data.sql": ROWS},
    {"db.wj-schema.sql.gz": CREATE, "db.wj.00000.sql.gz": ROWS},
    {"db.wj-schema.sql": CREATE, "db.wj.00000.sql": ROWS, "elder.sql": OTHER},
], ids=["mydumper", "no-data", "packed", "the nearest name"])  # fmt: skip
def test_rows_by_the_definition_beside_them(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    counts, unread = counts_of(tmp_path)
    assert counts == Counter(C=1, N=5) and not unread


def test_rows_whose_columns_nobody_names(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(ROWS)
    _, unread = counts_of(tmp_path)
    assert unread == ["rows of a table that is defined elsewhere"]


def test_rows_that_tell_their_levels_themselves(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("INSERT INTO wj VALUES " + ",".join(f"('{a}','{b}','{c}')" for a, b, c in RECORDS) + ";\n")
    counts, unread = counts_of(tmp_path)
    assert counts == Counter(C=1, N=5) and not unread


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_table_with_its_rows_in_a_text_beside_it(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "wj.sql").write_bytes(CREATE.encode())
    codes = {NUMBERS[0]: r"\N"} | {a: "3" for a, _, c in RECORDS if c == "机密"}
    lines = [f"{a}\t{b}\t{codes.get(a, '1')}\n" for a, b, _ in RECORDS]
    (tmp_path / "wj.txt").write_bytes("".join(lines).encode(encoding))
    counts, unread = counts_of(tmp_path)
    assert counts == Counter(C=1, N=5) and not unread


def test_a_text_beside_a_dump_of_another_table(tmp_path: Path) -> None:
    (tmp_path / "wj.sql").write_text(CREATE)
    (tmp_path / "ml.txt").write_text("".join(f"{a}\t{b}\t机密\n" for a, b in zip(NUMBERS, TITLES)))
    counts, unread = counts_of(tmp_path)
    assert counts == Counter(C=6) and not unread


STRUCTURE = """<?xml version="1.0"?>
<mysqldump xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><database name="archive">
<table_structure name="sys_user"><field Field="user_name" Type="text" Comment="用户账号" /><field Field="xm" Type="text" Comment="姓名" />
<field Field="mj" Type="text" Comment="涉密等级" /></table_structure>
<table_data name="sys_user"><row><field name="user_name">u1</field><field name="xm">李四</field><field name="mj">机密</field></row></table_data>
<table_structure name="wj"><field Field="dh" Type="text" Comment="档号" /><field Field="tm" Type="text" Comment="题名" />
<field Field="mj" Type="int(11)" Comment="密级（1公开 2秘密 3机密）" /><options Name="wj" Comment="{comment}" /></table_structure>
<table_data name="wj">{rows}</table_data></database></mysqldump>"""
ROW = '<row><field name="dh">{}</field><field name="tm">{}</field><field name="mj"{}</row>'


def test_a_dump_in_xml_by_its_tables(tmp_path: Path) -> None:
    codes = [' xsi:nil="true" />' if a == NUMBERS[0] else f">{3 if c == '机密' else 1}</field>" for a, _, c in RECORDS]
    rows = "".join(ROW.format(a, b, code) for (a, b, _), code in zip(RECORDS, codes))
    (tmp_path / "a.xml").write_text(STRUCTURE.format(comment="", rows=rows))
    found, _ = held(tmp_path)
    assert {store.path: +Counter(dict(store.counts)) for store in found.stores} == {
        "a.xml#sys_user": Counter(N=1),
        "a.xml#wj": Counter(C=1, N=5),
    }
    assert any(store.lineage == ("dump",) for store in found.stores)


def test_what_is_said_of_a_table_in_xml(tmp_path: Path) -> None:
    rows = "".join(ROW.format(a, b, ' xsi:nil="true" />') for a, b, _ in RECORDS)
    (tmp_path / "a.xml").write_text(STRUCTURE.format(comment="本表均为机密", rows=rows))
    assert counts_of(tmp_path)[0] == Counter(R=6, N=1)


def test_an_export_of_a_web_tool(tmp_path: Path) -> None:
    rows = "".join(
        f'<table name="wj"><column name="dh">{a}</column><column name="tm">{b}</column><column name="mj">{3 if c == "机密" else 1}</column></table>'
        for a, b, c in RECORDS
    )
    (tmp_path / "a.xml").write_text(
        f'<?xml version="1.0"?>\n<pma_xml_export version="1.0" xmlns:pma="https://www.phpmyadmin.net/some_doc_url/"><pma:structure_schemas>'
        f'<pma:database name="archive"><pma:table name="wj">{CREATE}</pma:table></pma:database></pma:structure_schemas>'
        f'<database name="archive">{rows}</database></pma_xml_export>'
    )
    found, _ = held(tmp_path)
    assert {store.path: +Counter(dict(store.counts)) for store in found.stores} == {"a.xml#wj": Counter(C=1, N=5)}


def test_a_dump_in_xml_that_breaks_off(tmp_path: Path) -> None:
    rows = "".join(ROW.format(a, b, f">{3 if c == '机密' else 1}</field>") for a, b, c in RECORDS)
    whole = STRUCTURE.format(comment="", rows=rows)
    (tmp_path / "a.xml").write_text(whole[: whole.index(TITLES[4])])
    counts, unread = counts_of(tmp_path)
    assert counts["C"] == 1 and counts["N"] == 4 and unread


@pytest.mark.parametrize(("written", "name"), [
    ("`Archive Catalog`", "Archive Catalog"), ("`a.b-c;d`", "a.b-c;d"), ("`it``s`", "it`s"), ("`db`.`wj`", "db.wj"), ("'f5_content'", "f5_content"),
    ('"public"."My ""Files"""', 'public.My "Files"'), ("[dbo].[wj]", "dbo.wj"), ("public.wj", "public.wj"),
])  # fmt: skip
def test_names_of_tables_as_they_are(written: str, name: str, tmp_path: Path) -> None:
    values = ",".join(f"('{a}','{b}','{c}')" for a, b, c in RECORDS)
    (tmp_path / "a.sql").write_text(
        f"CREATE TABLE {written} (\n  dh text,\n  tm text,\n  mj text\n);\nINSERT INTO {written} VALUES {values};\n"
    )
    found, _ = held(tmp_path)
    assert {store.path: +Counter(dict(store.counts)) for store in found.stores} == {f"a.sql#{name}": Counter(C=1, N=5)} and not found.unread


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_levels_that_were_encoded_twice(encoding: str, tmp_path: Path) -> None:
    """Chinese in columns of a Western character set, dumped as if it were Western."""
    rows = ",".join(f"('{a}','{b}','{c}')" for a, b, c in RECORDS).encode(encoding).decode("latin-1")
    (tmp_path / "a.sql").write_text(f"CREATE TABLE `wj` (\n  `dh` text,\n  `tm` text,\n  `mj` text\n);\nINSERT INTO `wj` VALUES {rows};\n")
    assert "text encoded twice" in counts_of(tmp_path)[1]


def test_texts_that_stand_as_their_bytes(tmp_path: Path) -> None:
    cells = [json.dumps({"题名": b, "密级": c}, ensure_ascii=False).encode().hex() for _, b, c in RECORDS]
    rows = "".join(f"{number}\t\\\\x{cell}\n" for number, cell in enumerate(cells))
    (tmp_path / "a.sql").write_text(
        f"CREATE TABLE public.doc (\n    id integer,\n    body bytea\n);\nCOPY public.doc (id, body) FROM stdin;\n{rows}\\.\n"
    )
    counts, unread = counts_of(tmp_path)
    assert counts["N"] == 5 and counts.total() == 6 and not unread
