"""Every format is read whole: rows with their columns, lines of documents, and what cannot be read by name."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import openpyxl
import py7zr
import pytest
import xlsxwriter
import xlwt

from scanner.collect.holdings.files import access
from scanner.facts.holdings.reading import Unread
from scanner.model.absent import Why
from tests.collect.holdings.files import make

WANTED = [tuple(make.HEAD), *map(tuple, make.ROWS)]


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def blank(rows: list[tuple[str | None, ...]]) -> list[tuple[str, ...]]:
    """Some formats have no empty text, only no cell."""
    return [tuple(cell or "" for cell in row) for row in rows]


@pytest.mark.parametrize("separator", [",", "\t", "|", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_separated(tmp_path: Path, separator: str, encoding: str) -> None:
    path = put(tmp_path, "目录.dat", make.csv_text(separator=separator).encode(encoding))
    assert make.tables(path) == {"目录.dat": WANTED}


def test_separated_inside(tmp_path: Path) -> None:
    text = '某馆案卷目录\r\n档号,题名,密级\r\nA1,"一,二\r\n三 ""四""",机密\r\n\r\nA2,五,公开\r\n,,\r\nA3,六'
    path = put(tmp_path, "a.csv", text)
    assert make.tables(path) == {
        "a.csv": [("档号", "题名", "密级"), ("A1", '一,二\r\n三 "四"', "机密"), ("A2", "五", "公开"), ("A3", "六", None)]
    }
    assert make.around(path) == {"": (("line", "某馆案卷目录"),)}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\nx,5" disk\ny,机密\n', [("x", '5" disk'), ("y", "机密")]),
        ('a,b\n"x,never closed\ny,机密\nz,公开\n', [('"x', "never closed"), ("y", "机密"), ("z", "公开")]),
        ("a,b\rx,1\ry,机密\r", [("x", "1"), ("y", "机密")]),
        ("a,b\nx,1,2,3\ny,机密\n", [("x", "1,2,3"), ("y", "机密")]),
        ('a,b\nx,"机密"\ny,机密\n', [("x", "机密"), ("y", "机密")]),
    ],
)
def test_separated_badly(tmp_path: Path, text: str, rows: list[tuple[str, str]]) -> None:
    """No record is swallowed by its neighbour."""
    assert make.tables(put(tmp_path, "a.csv", text))["a.csv"][1:] == rows


def test_without_names(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "X001-1,2001-01-02,机密\nX001-2,2001-01-03,机密\n")
    assert make.tables(path) == {
        "a.csv": [("column1", "column2", "column3"), ("X001-1", "2001-01-02", "机密"), ("X001-2", "2001-01-03", "机密")]
    }


def test_mixed_encodings(tmp_path: Path) -> None:
    data = make.csv_text().encode() + "X9,另一来源,绝密,\r\n".encode("gb18030")
    assert make.tables(put(tmp_path, "a.csv", data))["a.csv"][-1] == ("X9", "另一来源", "绝密", "")


def xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "目录"
    sheet.append(["某馆归档文件目录"])
    for row in (make.HEAD, *make.ROWS):
        sheet.append(row)
    sheet.oddHeader.left.text = "机密★10年"
    hidden = book.create_sheet("隐藏")
    hidden.sheet_state = "veryHidden"
    for row in (make.HEAD, ["X9", "另一件", "绝密", ""]):
        hidden.append(row)
    hidden["A2"].comment = openpyxl.comments.Comment("批注：秘密★5年", "x")
    book.properties.keywords = "秘密"
    book.defined_names["密件"] = openpyxl.workbook.defined_name.DefinedName("密件", attr_text="目录!$A$1")
    book.save(path)
    return path


@pytest.mark.parametrize("limit", [20 * 1024 * 1024, 0], ids=["whole", "streamed"])
def test_xlsx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr("scanner.collect.holdings.files.sheetwords.WHOLE", limit)
    path = xlsx(tmp_path / "a.xls")
    found = make.tables(path)
    assert blank(found["a.xls#目录"]) == WANTED
    assert blank(found["a.xls#隐藏"]) == [tuple(make.HEAD), ("X9", "另一件", "绝密", "")]
    around = make.around(path)
    assert around["a.xls#目录"] == (("property", "sheet=目录"), ("line", "某馆归档文件目录"))
    assert {("header", "机密★10年"), ("box", "批注：秘密★5年"), ("property", "keywords=秘密"), ("property", "密件")} <= set(around[""])


@pytest.mark.parametrize("limit", [20 * 1024 * 1024, 0], ids=["whole", "streamed"])
def test_xlsx_lies_and_merges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """A declared dimension of one cell hides nothing, and a level merged over rows holds for each of them."""
    monkeypatch.setattr("scanner.collect.holdings.files.sheetwords.WHOLE", limit)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("目录")
    for at, row in enumerate((make.HEAD, *make.ROWS)):
        sheet.write_row(at + 2, 1, row if at == 0 else [row[0], row[1]])
    sheet.merge_range(3, 3, 5, 3, "机密")
    book.close()
    parts = {info.filename: zipfile.ZipFile(out).read(info) for info in zipfile.ZipFile(out).infolist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b'ref="B3:E6"', b'ref="B3"')
    found = make.tables(put(tmp_path, "a.xlsx", make.packed(parts)))
    place = make.HEAD.index("密级") + (0 if limit else 1)
    assert [row[place] for row in found["a.xlsx#目录"]] == ["密级", "机密", "机密", "机密"]


def test_xls(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("目录")
    for at, row in enumerate((make.HEAD, *make.ROWS)):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    book.save(str(tmp_path / "a.et"))
    assert blank(make.tables(tmp_path / "a.et")["a.et#目录"]) == WANTED


def test_word(tmp_path: Path) -> None:
    body = make.paragraph("000123") + make.paragraph("机", "密", "★10年") + make.paragraph("正文")
    body += f"<w:p><w:r><w:txbxContent>{make.paragraph('秘', '密★5年')}</w:txbxContent></w:r></w:p>"
    path = put(tmp_path, "a.doc", make.docx(body, word__header1=f"<w:hdr {make.W}>{make.paragraph('绝密', '★')}</w:hdr>"))
    (document,) = make.documents(path)
    assert document.parts == [
        ("name", "a.doc"),
        ("header", "绝密★"),
        ("line", "000123"),
        ("line", "机密★10年"),
        ("line", "正文"),
        ("box", "秘密★5年"),
    ]


@pytest.mark.parametrize("narrow", [False, True])
def test_word_binary(tmp_path: Path, narrow: bool) -> None:
    main, header, box = ("SECRET\rtext\r", "head\r", "box\r") if narrow else ("机密★20年\r正文\r", "页眉\r", "文本框\r")
    (document,) = make.documents(put(tmp_path, "a.wps", make.doc(main, header, box, narrow)))
    lines = main.split("\r")
    assert document.parts == [("name", "a.wps"), ("line", lines[0]), ("line", lines[1]), ("header", header[:-1]), ("box", box[:-1])]
    assert document.whole


def test_compound_of_another_kind(tmp_path: Path) -> None:
    (document,) = make.documents(put(tmp_path, "a.ppt", make.compound({"PowerPoint Document": "某汇报材料机密★10年".encode("utf-16-le")})))
    assert not document.whole
    assert any("机密★" in text for _, text in document.parts)


def test_pdf(tmp_path: Path) -> None:
    (document,) = make.documents(put(tmp_path, "a.pdf", make.pdf(["机密★10年", "关于某事项的通知"])))
    assert (document.parts, document.whole) == ([("name", "a.pdf"), ("line", "机密★10年"), ("line", "关于某事项的通知")], True)
    (scan,) = make.documents(put(tmp_path, "b.pdf", make.pdf([])))
    assert not scan.whole


@pytest.mark.parametrize("prefix", ["ofd:", ""])
def test_ofd(tmp_path: Path, prefix: str) -> None:
    (document,) = make.documents(put(tmp_path, "a.ofd", make.ofd([(20, 60, "关于某事"), (20, 20, "机密"), (61, 20.5, "★5年")], prefix)))
    assert document.parts[:3] == [("name", "a.ofd"), ("line", "机密★5年"), ("line", "关于某事")]
    (drawn,) = make.documents(put(tmp_path, "b.ofd", make.ofd([], prefix, f"<{prefix}PathObject/>")))
    assert document.whole and not drawn.whole


def test_ofd_without_its_page(tmp_path: Path) -> None:
    data = make.packed({"OFD.xml": "<OFD><DocBody><DocRoot>d.xml</DocRoot></DocBody></OFD>", "d.xml": '<D><Page BaseLoc="gone.xml"/></D>'})
    assert [item.why for item in make.unread(put(tmp_path, "a.ofd", data))] == [Why.GARBLED]


def test_text_and_rtf(tmp_path: Path) -> None:
    for name, data in (
        ("a.txt", "机密★5年\n关于某事".encode("gb18030")),
        ("a.rtf", rb"{\rtf1\ansi \'bb\'fa\'c3\'dc\u9733?5\u24180?\par \u20851?\u20110?\u26576?\u20107?}"),
    ):
        (document,) = make.documents(put(tmp_path, name, data))
        assert document.parts == [("name", name), ("line", "机密★5年"), ("line", "关于某事")]


def test_json(tmp_path: Path) -> None:
    objects = [dict(zip(make.HEAD, row)) for row in make.ROWS]
    assert make.tables(put(tmp_path, "a.json", json.dumps(objects))) == {"a.json": WANTED}
    lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in objects)
    assert make.tables(put(tmp_path, "a.txt", lines)) == {"a.txt": WANTED}
    nested = {"案卷": [{"案卷号": "1", "文件": objects}], "版本": 1}
    assert make.tables(put(tmp_path, "b.json", json.dumps(nested)))["b.json#案卷.文件"] == WANTED


def test_json_badly(tmp_path: Path) -> None:
    assert make.tables(put(tmp_path, "a.json", '[{"密级": "机密", "密级": "公开"}]')) == {"a.json": [("密级", "密级.2"), ("机密", "公开")]}
    for text in ('[{"a": 1}', '[{"a": 1}] x', '{"a": '):
        assert [item.place.path for item in make.unread(put(tmp_path, "b.json", text))] == ["b.json"]


def test_xml(tmp_path: Path) -> None:
    rows = "".join("<记录>" + "".join(f"<{name}>{cell}</{name}>" for name, cell in zip(make.HEAD, row)) + "</记录>" for row in make.ROWS)
    data = f'<?xml version="1.0" encoding="gb2312"?><目录>{rows}</目录>'.encode("gb18030")
    assert make.tables(put(tmp_path, "a.xml", data)) == {"a.xml#目录/记录": WANTED}
    attributes = "".join(f'<row 档号="{row[0]}" 密级="{row[2]}"/>' for row in make.ROWS)
    assert make.tables(put(tmp_path, "b.xml", f"<t>{attributes}</t>"))["b.xml#t/row"][2] == ("X001-WS-2001-0002", "机密")


def test_package_of_an_electronic_file(tmp_path: Path) -> None:
    """The encapsulated original is looked into as well."""
    inner = base64.b64encode(make.docx(make.paragraph("机密★10年") + make.paragraph("".join(f"{n}号" for n in range(3000))))).decode()
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><电子文件封装包 xmlns="http://www.saac.gov.cn/standards/ERM/encapsulation"><被签名对象><封装内容><文件实体块><文件实体>'
        f"<内容描述><题名>某件</题名><密级>秘密★5年</密级></内容描述><文件数据><编码数据>{inner}</编码数据></文件数据></文件实体></文件实体块></封装内容></被签名对象></电子文件封装包>"
    )
    path = put(tmp_path, "a.eep", text)
    assert [rows[:2] for rows in make.tables(path).values()] == [[("题名", "密级"), ("某件", "秘密★5年")]]
    (document,) = make.documents(path)
    assert document.place.path == "a.eep!payload1" and ("line", "机密★10年") in document.parts


def test_html_called_xls(tmp_path: Path) -> None:
    text = "<html><body><p>机密★10年</p><table><tr><th>档号<th>密级<tr><td>A1<td rowspan=2>机密<tr><td>A2</table></body></html>"
    path = put(tmp_path, "a.xls", text.encode("gb18030"))
    assert make.tables(path) == {"a.xls": [("档号", "密级"), ("A1", "机密"), ("A2", "机密")]}
    assert make.around(path) == {"": (("line", "机密★10年"),)}


def test_dbf(tmp_path: Path) -> None:
    rows = [("A1", "题名一", "公开"), ("A2", "题名二", "机密")]
    path = put(tmp_path, "a.dat", make.dbf(rows, deleted=[1]))
    assert make.tables(path) == {"a.dat": [("DH", "TM", "MJ", "_deleted"), (*rows[0], ""), (*rows[1], "*")]}
    assert len(make.tables(put(tmp_path, "b.dbf", make.dbf(rows, declared=1)))["b.dbf"]) == 3
    (short,) = make.unread(put(tmp_path, "c.dbf", make.dbf(rows, declared=9)))
    assert short.detail == "2 records stored of 9 declared"


def test_archives(tmp_path: Path) -> None:
    text = make.csv_text().encode()
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        info = tarfile.TarInfo("内/a.csv")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    seven = io.BytesIO()
    with py7zr.SevenZipFile(seven, "w") as packed:
        packed.writestr(text, "内/a.csv")
    for name, data in (
        ("a.zip", make.packed({"内/a.csv": text})),
        ("a.tar", tar.getvalue()),
        ("a.tgz", gzip.compress(tar.getvalue())),
        ("a.7z", seven.getvalue()),
    ):
        assert make.tables(put(tmp_path, name, data)) == {f"{name}!内/a.csv": WANTED}, name
        assert [item.place.path for item in make.unread(tmp_path / name)] == ([f"{name}!link"] if name in ("a.tar", "a.tgz") else [])
    for end, data in (("gz", gzip.compress(text)), ("bz2", bz2.compress(text)), ("xz", lzma.compress(text))):
        assert make.tables(put(tmp_path, f"a.csv.{end}", data)) == {f"a.csv.{end}!a.csv": WANTED}


def test_dumps(tmp_path: Path) -> None:
    mysql = (
        "-- MySQL dump 10.13\nCREATE TABLE `wj` (\n  `dh` varchar(10) COMMENT '档号',\n  `mj` int COMMENT '密级(1:公开 2:秘密)',\n  PRIMARY KEY (`dh`)\n) ENGINE=InnoDB;\n"
        "INSERT INTO `wj` VALUES ('A\\'1;',1),('A2',NULL),('A(3)\\n',2);\nINSERT INTO `wj` (`mj`,`dh`) VALUES (3,'A4'),\n (4,'A;\n5');\n"
    )
    path = put(tmp_path, "a.bak", mysql)
    assert make.tables(path) == {"a.bak#wj": [("dh", "mj"), ("A'1;", "1"), ("A2", None), ("A(3)\n", "2"), ("A4", "3"), ("A;\n5", "4")]}
    (group,) = make.found(path)
    assert [column.comment for column in group.sources[0].columns] == ["档号", "密级(1:公开 2:秘密)"]
    assert group.sources[0].place.lineage == ("dump",)


POSTGRES = (
    "-- PostgreSQL database dump\nCREATE TABLE public.wj (\n    dh text NOT NULL,\n    mj text\n);\nCOMMENT ON COLUMN public.wj.mj IS '密级';\n"
    "COPY public.wj (dh, mj) FROM stdin;\nA1\t机密\nA2\t\\N\n\"A3\tx\\ty\n\t\n\\.\n\nINSERT INTO public.wj VALUES ('C:\\', '秘密');\n"
)


def test_dump_of_postgresql(tmp_path: Path) -> None:
    path = put(tmp_path, "a.sql", POSTGRES)
    (group,) = make.found(path)
    copied, inserted = (list(source.rows(("dh", "mj"))) for source in group.sources)
    assert copied == [("A1", "机密"), ("A2", None), ('"A3', "x\ty"), ("", "")]
    assert [source.total for source in group.sources] == [4, 1]
    assert inserted == [("C:\\", "秘密")]
    assert make.tables(put(tmp_path, "a.sql.gz", gzip.compress(POSTGRES.encode())))


def test_sqlite(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as base:
        base.execute("CREATE TABLE wj (档号, 密级)")
        base.execute("INSERT INTO wj VALUES ('A1', '机密')")
    base.close()
    wanted = [("档号", "密级"), ("A1", "机密")]
    assert make.tables(tmp_path / "a.db") == {"a.db#wj": wanted}
    path = put(tmp_path, "a.zip", make.packed({"in.dat": (tmp_path / "a.db").read_bytes()}))
    assert make.tables(path) == {"a.zip!in.dat#wj": wanted}


def test_cut_dump(tmp_path: Path) -> None:
    assert [item.detail for item in make.unread(put(tmp_path, "a.sql", POSTGRES[: POSTGRES.index("\\.")]))] == [
        "dump ends inside a table, line 11"
    ]


def test_names_and_nothing(tmp_path: Path) -> None:
    assert make.tables(put(tmp_path, "a.csv", b"")) == {"a.csv": [()]}
    assert [item.whole for item in make.documents(put(tmp_path, "机密.jpg", b"\xff\xd8\xff\xe0" + bytes(60)))] == [False]
    assert [item.detail for item in make.unread(put(tmp_path, "a.bin", b"\x7fELF\0\0" * 60))] == ["unknown format"]
    assert [
        item.detail for item in make.unread(put(tmp_path, "a.xlsx", make.compound({"EncryptedPackage": b"x", "EncryptionInfo": b"y"})))
    ] == ["encrypted"]


SAMPLES = Path(__file__).parent / "samples"


def test_access(tmp_path: Path) -> None:
    """By the real programs, as a file and as a member; see samples/README.md."""
    data = gzip.decompress((SAMPLES / "meza_test.mdb.gz").read_bytes())
    rows = make.tables(put(tmp_path, "a.dat", data))["a.dat#merchant_taylors"]
    assert (len(rows), rows[0][:2], rows[1][:3]) == (21, ("Id No", "Surname"), ("1", "Aaron", "William"))
    assert make.tables(put(tmp_path, "a.zip", make.packed({"b.mdb": data})))["a.zip!b.mdb#merchant_taylors"] == rows


def test_access_without_its_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(access.ENVIRONMENT, "PATH", str(tmp_path))
    (item,) = make.unread(put(tmp_path, "a.mdb", gzip.decompress((SAMPLES / "meza_test.mdb.gz").read_bytes())))
    assert (item.why, item.detail) == (Why.DRIVER_MISSING, "apt package mdbtools")


def test_custom_dump_of_postgresql(tmp_path: Path) -> None:
    data = (SAMPLES / "postgresql15.dump").read_bytes()
    wanted = [("dh", "tm", "mj"), ("X001-1", "关于某事", "机密"), ("X001-2", "带\t制表", "公开"), ("X001-3", None, None)]
    assert make.tables(put(tmp_path, "a.bak", data)) == {"a.bak#public.wj": wanted}
    assert make.tables(put(tmp_path, "a.zip", make.packed({"b": data}))) == {"a.zip!b#public.wj": wanted}
    cut = make.found(put(tmp_path, "c.bak", data[: len(data) * 2 // 3]))
    assert any(isinstance(item, Unread) for item in cut)
