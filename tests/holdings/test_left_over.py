"""Levels that no reader turned into a record's level are never open; names that the data made are never titles in the output."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from scanner.collect.holdings.count import Asked
from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.opening import opened
from scanner.collect.holdings.work import counted
from scanner.facts.holdings.leftover import line_has_level, named_secret
from scanner.facts.holdings.reading import Unread
from scanner.facts.holdings.tally import safe_key
from tests.collect.holdings.files import make
from tests.holdings.memory import Memory
from tests.holdings.test_count import ASKED
from tests.holdings.test_count import counted as of_memory

ROWS = [("WS-2001-1", "会议材料甲", "公开"), ("WS-2001-2", "会议材料乙", "机密"), ("WS-2001-3", "会议材料丙", "公开")]


def answers(path: Path, data: bytes | str) -> list[dict[str, Any] | Unread]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    root = next(parent for parent in path.parents if parent.name == "root")
    return [line for found in opened(plain(path, str(path.relative_to(root)))) for line in counted(found, Asked(as_of=ASKED.as_of))]


def said(found: list[dict[str, Any] | Unread]) -> Counter[str]:
    total: Counter[str] = Counter()
    for line in found:
        total += Counter({"unread": 1}) if isinstance(line, Unread) else Counter(line["counts"])
    return total


def sql(form: str, between: str = "\n") -> str:
    return between.join(form.format(*row) for row in ROWS) + "\n"


def table(*rows: tuple[str, ...]) -> str:
    cell = "<w:tc>{}</w:tc>"
    return (
        "<w:tbl>" + "".join("<w:tr>" + "".join(cell.format(make.paragraph(text)) for text in row) + "</w:tr>" for row in rows) + "</w:tbl>"
    )


LINES = "\n".join(f"会议通知第{number}条" for number in range(12))
HEADS = ("档号", "题名", "密级")
OPEN_ROWS = [(f"WS-{number}", f"会议材料{number}", "公开") for number in range(10)]
MAIL = """From: a@example.org
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=Q

--Q
Content-Type: text/csv; name=a.csv
Content-Transfer-Encoding: base64

"""


def sheet(rows: Sequence[Sequence[str]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def parts(data: bytes) -> dict[str, str | bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


HIDDEN: dict[str, bytes | str] = {
    "untyped.sql": "CREATE TABLE ws(dh,tm,mj);\n" + sql("INSERT INTO ws VALUES('{}','{}','{}');"),
    "columns.sql": sql("INSERT INTO ws VALUES('{}','{}','{}');"),
    "into.sql": sql("INSERT ws(dh,tm,mj) VALUES('{}','{}','{}');"),
    "server.sql": sql("INSERT [dbo].[ws] ([dh], [tm], [mj]) VALUES (N'{}', N'{}', N'{}')\nGO"),
    "wide.sql": sql("INSERT [dbo].[ws] ([dh], [tm], [mj]) VALUES (N'{}', N'{}', N'{}')\nGO").encode("utf-16"),
    "plain.sql": sql("INSERT [dbo].[ws] ([dh], [tm], [mj]) VALUES (N'{}', N'{}', N'{}')"),
    "all.sql": "INSERT ALL\n" + sql("  INTO ws(dh,tm,mj) VALUES('{}','{}','{}')") + "SELECT 1 FROM dual;\n",
    "merge.sql": sql("MERGE INTO ws USING dual ON (dh='{}') WHEN NOT MATCHED THEN INSERT (tm,mj) VALUES ('{}','{}');"),
    "hex.sql": "CREATE TABLE ws (dh text, tm text, mj text);\nINSERT INTO ws VALUES " + ",".join(
        f"('{number}',0x{title.encode().hex()},x'{level.encode().hex()}')" for number, title, level in ROWS) + ";\n",
    "introduced.sql": "CREATE TABLE ws (dh text, tm text, mj text);\n" + sql("INSERT INTO ws VALUES('{}','{}',_utf8mb4'{}');"),
    "table.docx": make.docx(make.paragraph("会议材料") + table(("档号", "题名", "密级"), *ROWS, *ROWS, *ROWS)),
    "arrays.json": json.dumps({"columns": ["dh", "tm", "mj"], "rows": ROWS}, ensure_ascii=False),
    "lists.json": json.dumps([["dh", "tm", "mj"], *ROWS], ensure_ascii=False),
    "sheet.xml": '<Workbook xmlns:ss="s"><Worksheet><Table>' + "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>" for row in (("档号", "题名", "密级"), *ROWS)
    ) + "</Table></Worksheet></Workbook>",
    "props.xml": "<all>" + "".join(
        f'<item><prop name="档号" value="{a}"/><prop name="题名" value="{b}"/><prop name="密级" value="{c}"/></item>' for a, b, c in ROWS) + "</all>",
    "card.ini": LINES + "\n[件]\n档号=WS-1\n密级=机密★10年\n",
    "spaced.txt": LINES + "\n" + "\n".join("   ".join(row) for row in ROWS),
    "wide.csv": "档号，题名，密级\n" + "\n".join("，".join(row) for row in ROWS),
    "headless.csv": "WS-1,x方案,绝密\nWS-2,y,公开\nWS-3,z,公开\n",
    "swapped.csv": make.csv_text([HEADS, *OPEN_ROWS, ("密级", "档号", "题名"), ("机密", "WS-90", "会议材料")]),
    "second.csv": make.csv_text([("档号", "题名", "责任者"), *OPEN_ROWS, HEADS, ("WS-90", "会议材料", "机密")]),
    "twice.csv": make.csv_text([(*HEADS, "密级"), *((*row, "公开") for row in OPEN_ROWS), ("WS-90", "会议材料", "公开", "机密")]),
    "formula.xlsx": sheet([HEADS, ("WS-1", "会议材料", '="机密"'), ("WS-2", "会议材料", "公开")]),
    "carried.docx": make.packed({**parts(make.docx(make.paragraph("会议"))), "word/embeddings/a.xlsx": sheet([HEADS, *ROWS])}),
    "mail.eml": MAIL.encode() + base64.encodebytes(make.csv_text([HEADS, *ROWS]).encode()) + b"\n--Q--\n",
    "package.xml": f"<包><编号>1</编号><名>会</名><数据>{base64.b64encode(make.csv_text([HEADS, *ROWS]).encode()).decode()}</数据></包>",
    "encoded.csv": make.csv_text([HEADS, *ROWS]).encode().decode("latin-1"),
    "body.xml": "<doc><head><密级>机密</密级><题名>会议</题名></head><body>会议</body></doc>",
}  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN)
def test_a_level_that_stands_in_a_file_is_never_open(name: str, tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root" / name, HIDDEN[name]))
    assert found["C"] + found["R"] + found["U"] + found["unread"] > 0, found


def test_a_first_record_is_no_row_of_names(tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.csv", HIDDEN["headless.csv"]))
    assert (found["C"], found.total()) == (1, 3)
    found = said(answers(tmp_path / "root/b.csv", "年度,绝密,机密,秘密\n2001,0,1,2\n2002,1,0,4\n"))
    assert (found["N"], found.total()) == (2, 2)


@pytest.mark.parametrize("line", [
    "国家秘密分为绝密,机密,秘密三级", "国家秘密分为绝密，机密，秘密三级。", "本办法所称机密，是指重要的国家秘密。", "绝密  机密  秘密", "标为“机密”的文件，应当登记。",
    "会议要求做好秘密工作", "机密局编印的目录",
])  # fmt: skip
def test_sentences_about_levels_are_no_levels(line: str, tmp_path: Path) -> None:
    assert not line_has_level(line)
    assert said(answers(tmp_path / "root/a.txt", f"{LINES}\n{line}\n"))["N"] == 1


@pytest.mark.parametrize(
    "path", ["机密/a.csv", "涉密文件目录（机密）.csv", "a.zip!机密/x.txt", "a.xlsx#机密件", "秘密级档案/2001/a.docx", "目录_机密.xlsx"]
)
def test_names_that_say_secret(path: str) -> None:
    assert named_secret(path)


@pytest.mark.parametrize(
    "path",
    ["机密局/a.csv", "保密工作/a.csv", "国家秘密范围.docx", "商业秘密/a.csv", "非密/a.csv", "关于机密文件管理的通知.docx", "工作秘密.csv"],
)
def test_names_that_only_mention_it(path: str) -> None:
    assert not named_secret(path)


def test_a_place_called_secret_is_looked_at(tmp_path: Path) -> None:
    plain_rows = "档号,题名,密级\nWS-1,会议甲,公开\nWS-2,会议乙,公开\n"
    assert said(answers(tmp_path / "root/机密/a.csv", plain_rows)) == Counter(R=2)
    assert said(answers(tmp_path / "root/open/a.csv", plain_rows)) == Counter(N=2)
    assert said(answers(tmp_path / "root/b.zip", make.packed({"机密/x.txt": "会议通知"}))) == Counter(R=1)


def test_keys_of_json_and_tags_of_xml_are_no_titles(tmp_path: Path) -> None:
    title = "关于某地水利工程的通知"
    data = json.dumps(
        {title: [{"密级": "机密", "dh": "A1"}, {"密级": "公开", "dh": "A2"}], "张某贪污案": [{"密级": "机密", "dh": "A3"}]},
        ensure_ascii=False,
    )
    found = answers(tmp_path / "root/a.json", data)
    found += answers(tmp_path / "root/a.xml", f"<目录><{title}><密级>机密</密级><dh>A</dh></{title}></目录>")
    text = repr(found)
    assert said(found)["C"] == 3 and "水利" not in text and "张某" not in text and "a.xml#目录/" in text


def test_a_cell_is_no_name_of_a_column(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in (("题名", "张某某"), ("密级", "机密"), ("档号", "A1")))
    assert "张某某" not in repr(answers(tmp_path / "root/a.html", f"<html><body><table>{rows}</table></body></html>"))


@pytest.mark.parametrize("key", ["张某、李某案(1)", "某某案", "张三", "张三案2001", "ZHANG", "李四1"])
def test_keys_that_may_name_somebody(key: str) -> None:
    assert safe_key(key) == ""


@pytest.mark.parametrize("key", ["X001-WS-2001-0001", "X001-WS·2001-永久-0001", "0012", "建字〔2001〕12号"])
def test_keys_that_are_numbers(key: str) -> None:
    assert safe_key(key) == key


def test_a_signature_in_xml_is_no_file(tmp_path: Path) -> None:
    signature = base64.b64encode(bytes(range(128, 256)) + bytes(range(40))).decode()
    found = answers(tmp_path / "root/a.xml", f"<包><编号>1</编号><签名>{signature}</签名></包>")
    assert said(found) == Counter(N=1)


def test_a_person_is_no_key() -> None:
    base = Memory("rs", ["xm", "tm", "mj"], [("LiLei1", "会议材料", "机密"), ("HanMei2", "会议材料", "公开")] * 3)
    base.key = ("xm",)
    assert "LiLei1" not in repr(of_memory(base))


@pytest.mark.parametrize("end", [b"\x1a", b"\x1a\r\n"])
def test_the_sign_that_ends_a_file_is_no_record(end: bytes, tmp_path: Path) -> None:
    data = "档号,题名,密级\r\nA1,会议甲,机密\r\nA2,会议乙,机密\r\n".encode() + end
    assert said(answers(tmp_path / "root/a.csv", data)) == Counter(C=2)


OTHER_HEADS = ("dh", "tm", "zrz", "mj")
BELOW: dict[str, list[Sequence[str]]] = {
    "wider, its names in Chinese": [("档号", "题名", "责任者"), *OPEN_ROWS, ("档号", "题名", "责任者", "密级"), ("WS-90", "会议材料", "甲", "机密")],
    "wider, its names in letters": [("dh", "tm", "zrz"), *OPEN_ROWS, OTHER_HEADS, ("WS-90", "会议材料", "甲", "机密")],
    "another order": [("dh", "tm", "mj"), *OPEN_ROWS, OTHER_HEADS, ("WS-90", "会议材料", "公开", "机密")],
    "below a caption": [("某馆目录",), ("档号", "题名", "责任者"), *OPEN_ROWS, ("另表",), ("档号", "密级", "题名"), ("WS-90", "机密", "会议材料")],
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("name", BELOW)
def test_a_second_table_below_the_first_is_read_by_its_own_names(name: str, encoding: str, tmp_path: Path) -> None:
    text = answers(tmp_path / "root/a.csv", make.csv_text(BELOW[name]).encode(encoding))
    book = answers(tmp_path / "root/a.xlsx", sheet(BELOW[name]))
    for found in (text, book):
        assert (said(found)["C"], len(found)) == (1, 2), found


def test_codes_in_a_second_table_are_not_open(tmp_path: Path) -> None:
    rows = [("dh", "tm", "zrz"), *OPEN_ROWS, ("dh", "tm", "zrz", "rq", "mj"), ("WS-90", "会议材料", "甲", "2020", "4")]
    assert said(answers(tmp_path / "root/a.csv", make.csv_text(rows)))["U"] == 1


def test_cells_beyond_the_last_column_are_looked_at(tmp_path: Path) -> None:
    rows = [("dh", "tm", "x"), *OPEN_ROWS, ("WS-90", "会议材料", "甲", "机密"), ("WS-91", "会议材料", "绝密", "机密")]
    found = said(answers(tmp_path / "root/a.csv", make.csv_text(rows)))
    assert found["U"] + found["R"] == 2


def test_a_row_of_names_that_comes_again_begins_no_table(tmp_path: Path) -> None:
    found = answers(tmp_path / "root/a.csv", make.csv_text([HEADS, *OPEN_ROWS, HEADS, *OPEN_ROWS]))
    assert len(found) == 1 and said(found)["C"] == 0


DOCUMENT = "000001\n机密★10年\n关于某项工作的通知\n各单位:\n"
CARRIED: dict[str, str | bytes] = {
    "text": DOCUMENT, "GBK": DOCUMENT.encode("gbk"), "UTF-16": DOCUMENT.encode("utf-16"), "two lines": "机密\n通知", "two lines in GBK": "机密\n通知".encode("gbk"),
    "docx": make.docx(make.paragraph("机密★10年")), "gzip": gzip.compress(DOCUMENT.encode()), "zip": make.packed({"a.txt": DOCUMENT}), "long": DOCUMENT + LINES * 99,
}  # fmt: skip


def package(data: str, level: str = "公开") -> str:
    """An open record in a package of DA/T 48, with a file."""
    return f"""<?xml version="1.0" encoding="UTF-8"?><电子文件封装包><封装内容><文件实体><档号>X001-WS-2020-0001</档号><题名>会议通知</题名><密级>{level}</密级>
</文件实体><文档><文档标识符>1</文档标识符><编码><编码描述>base64</编码描述><编码数据 反编码关键字="base64">{data}</编码数据></编码></文档></封装内容></电子文件封装包>"""


@pytest.mark.parametrize("name", CARRIED)
def test_an_open_record_that_carries_a_marked_file(name: str, tmp_path: Path) -> None:
    data = CARRIED[name] if isinstance(CARRIED[name], bytes) else CARRIED[name].encode()
    plain, lines = base64.b64encode(data).decode(), base64.encodebytes(data).decode()
    other = base64.urlsafe_b64encode(data).decode().rstrip("=")
    for form in (plain, lines, other, f"data:text/plain;base64,{plain}"):
        assert said(answers(tmp_path / "root/a.xml", package(form)))["C"] == 1


def test_a_carried_file_that_nobody_can_open_is_not_open(tmp_path: Path) -> None:
    for data in (base64.b64encode(hashlib.sha512(b"a").digest()).decode(), base64.b64encode(b"II*\0" + bytes(200)).decode()):
        found = said(answers(tmp_path / "root/a.xml", package(data)))
        assert found["U"] + found["unread"] == 1
