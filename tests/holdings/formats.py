"""Catalogues and documents in files of every format, made of a seed, with the truth beside them; traps of documents included."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import py7zr
import xlsxwriter
import xlwt

from scanner.collect.holdings.naming import told, told_place
from tests.collect.holdings.files import make
from tests.holdings import strange_formats
from tests.holdings.maker import CHINESE, COLUMNS, Maker, Row

NAMES = [CHINESE[name] for name in COLUMNS]
Cells = list[list[str]]
QUOTES = (
    "国家秘密的密级分为“绝密”“机密”“秘密”三级。", "按照规定标注“机密★10年”字样的，另行办理。", "保密法对国家秘密的范围作了规定。",
    "本办法所称密件是指标有密级的文件。", "培训教材举例：标志形式如“秘密★1年”。", "机要交通、秘书工作、密集架管理等按原办法执行。",
)  # fmt: skip


@dataclass
class Made:
    """What was written and what is true of it."""

    tables: dict[str, dict[str, int]] = field(default_factory=dict)
    """Path to counts by decision."""
    documents: dict[str, str] = field(default_factory=dict)
    """Path as it is told to the decision."""
    unread: set[str] = field(default_factory=set)
    titles: list[str] = field(default_factory=list)


def cells(maker: Maker, **numbers: int) -> tuple[Cells, dict[str, int]]:
    """Rows as text, and the truth."""
    rows, truth = maker.rows(**numbers)
    found = Counter(truth)
    return [_texts(row) for row in rows], {code: found[code] for code in "CRDNU"}


def _texts(row: Row) -> list[str]:
    return ["" if row.get(name) is None else str(row.get(name)) for name in COLUMNS]


def as_xlsx(rows: Cells, hidden: bool = False, caption: str = "", header: str = "", sheet: str = "目录") -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    if hidden:
        book.add_worksheet("说明").write(0, 0, "使用说明")
    page = book.add_worksheet(sheet)
    above = [[caption]] if caption else []
    for at, row in enumerate([*above, NAMES, *rows]):
        page.write_row(at, 0, row)
    if header:
        page.set_header(header)
    if hidden:
        page.very_hidden()
    book.close()
    return out.getvalue()


def as_xls(rows: Cells) -> bytes:
    out, book = io.BytesIO(), xlwt.Workbook()
    sheet = book.add_sheet("目录")
    for at, row in enumerate([NAMES, *rows]):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    book.save(out)
    return out.getvalue()


def as_csv(rows: Cells, separator: str = ",", encoding: str = "utf-8") -> bytes:
    return "".join(separator.join(f'"{cell}"' for cell in row) + "\r\n" for row in [NAMES, *rows]).encode(encoding)


def as_json(rows: Cells, escaped: bool) -> bytes:
    return json.dumps([dict(zip(NAMES, row)) for row in rows], ensure_ascii=escaped).encode("utf-8")


def as_lines(rows: Cells) -> bytes:
    return "\n".join(json.dumps(dict(zip(NAMES, row)), ensure_ascii=False) for row in rows).encode("utf-8")


def as_xml(rows: Cells, encoding: str) -> bytes:
    files = "".join("<文件>" + "".join(f"<{name}>{escape(cell)}</{name}>" for name, cell in zip(NAMES, row)) + "</文件>" for row in rows)
    return f'<?xml version="1.0" encoding="{encoding}"?><文件目录>{files}</文件目录>'.encode("gb18030" if encoding != "utf-8" else encoding)


def as_html(rows: Cells) -> bytes:
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in [NAMES, *rows])
    return f"<html><head><meta charset=utf-8></head><body><table>{lines}</table></body></html>".encode()


def as_mysqldump(rows: Cells) -> bytes:
    columns = ",\n".join(f"  `{name}` text COMMENT '{CHINESE[name]}'" for name in COLUMNS)
    values = ",".join("(" + ",".join("'" + cell.replace("\\", "\\\\").replace("'", "\\'") + "'" for cell in row) + ")" for row in rows)
    return f"-- MySQL dump 10.13\nCREATE TABLE `wsda_wj` (\n{columns}\n) ENGINE=InnoDB;\nINSERT INTO `wsda_wj` VALUES {values};\n".encode()


def as_pgdump(rows: Cells) -> bytes:
    columns = ",\n".join(f"    {name} text" for name in COLUMNS)
    comments = "".join(f"COMMENT ON COLUMN public.wsda_wj.{name} IS '{CHINESE[name]}';\n" for name in COLUMNS)
    lines = "".join("\t".join(cell.replace("\\", "\\\\") or "\\N" for cell in row) + "\n" for row in rows)
    head = f"-- PostgreSQL database dump\nCREATE TABLE public.wsda_wj (\n{columns}\n);\n{comments}"
    return f"{head}COPY public.wsda_wj ({', '.join(COLUMNS)}) FROM stdin;\n{lines}\\.\n".encode()


def as_dbf(rows: Cells, deleted: Sequence[int]) -> bytes:
    """Three columns only; marked as deleted or not, a row is there."""
    return make.dbf([(row[0], row[1], row[2]) for row in rows], deleted=deleted)


def zipped(name: bytes, data: bytes) -> bytes:
    """A zip whose member's name is bytes without the flag of UTF-8."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("x" * len(name), data)
    return out.getvalue().replace(b"x" * len(name), name)


def tarred(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as package:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        package.addfile(info, io.BytesIO(data))
    return out.getvalue()


def sevened(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as package:
        package.writestr(data, name)
    return out.getvalue()


def encrypted() -> bytes:
    """A zip whose only member's flag says that it needs a password."""
    data = bytearray(make.packed({"a.csv": "x"}))
    data[6] |= 1
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def tables(root: Path, maker: Maker, made: Made) -> None:
    """Every format of tables, each in a folder of its own."""
    pick = maker.random.randint
    narrow = {"C": 0, "R": 0, "D": 0}

    def some() -> tuple[Cells, dict[str, int]]:
        return cells(maker, C=pick(3, 9), R=pick(0, 4), D=pick(0, 4), N=pick(30, 60))

    writers: list[tuple[str, str, Callable[[Cells], bytes]]] = [
        ("book.xlsx", "#目录", as_xlsx),
        ("caption.xlsx", "#目录", lambda rows: as_xlsx(rows, caption="某馆归档文件目录")),
        ("hidden.xlsx", "#目录", lambda rows: as_xlsx(rows, hidden=True)),
        ("renamed.dat", "#目录", as_xlsx),
        ("old.xls", "#目录", as_xls),
        ("bom.csv", "", lambda rows: as_csv(rows, encoding="utf-8-sig")),
        ("gbk.txt", "", lambda rows: as_csv(rows, "\t", "gb18030")),
        ("pipe.csv", "", lambda rows: as_csv(rows, "|")),
        ("utf16.csv", "", lambda rows: as_csv(rows, encoding="utf-16")),
        ("escaped.json", "", lambda rows: as_json(rows, True)),
        ("plain.json", "", lambda rows: as_json(rows, False)),
        ("lines.jsonl", "", as_lines),
        ("gb.xml", "#文件目录/文件", lambda rows: as_xml(rows, "gb2312")),
        ("utf8.xml", "#文件目录/文件", lambda rows: as_xml(rows, "utf-8")),
        ("page.xls", "", as_html),
        ("mysql.sql", "#wsda_wj", as_mysqldump),
        ("pg.sql", "#public.wsda_wj", as_pgdump),
        ("pg.sql.gz", "!pg.sql#public.wsda_wj", lambda rows: gzip.compress(as_pgdump(rows))),
        ("pack.zip", "!目录.csv", lambda rows: zipped("目录.csv".encode("gbk"), as_csv(rows, encoding="gb18030"))),
        ("nested.zip", "!in.zip!a.csv", lambda rows: make.packed({"in.zip": make.packed({"a.csv": as_csv(rows)})})),
        ("seven.7z", "!目录/a.xlsx#目录", lambda rows: sevened("目录/a.xlsx", as_xlsx(rows))),
        ("tape.tgz", "!目录/a.csv", lambda rows: tarred("目录/a.csv", as_csv(rows))),
    ]
    writers += [(name, end, partial(strange, NAMES)) for name, end, strange in strange_formats.WRITERS]
    for name, end, write in writers:
        rows, truth = some()
        _put(root, f"{name.replace('.', '_')}/{name}", write(rows))
        made.tables[f"{name.replace('.', '_')}/{name}{end}"] = truth
    # A mark in the page header speaks for the whole workbook: where no row agrees, each is suspected.
    rows, truth = cells(maker, N=pick(20, 40))
    _put(root, "header/header.xlsx", as_xlsx(rows, header="&L机密★10年"))
    made.tables["header/header.xlsx#目录"] = {**truth, "N": 0, "R": truth["N"]}
    rows, truth = _three_columns(maker, 40)
    _put(root, "dbf/wj.dbf", as_dbf(rows, deleted=list(range(0, len(rows), 3))))
    made.tables["dbf/wj.dbf"] = {**narrow, "U": 0, **truth}
    _put(root, "locked/locked.zip", encrypted())
    made.unread.add("locked/locked.zip!a.csv")


def _three_columns(maker: Maker, number: int) -> tuple[Cells, dict[str, int]]:
    """Rows that say all in number, title and level."""
    rows, truth = [], Counter[str]()
    for _ in range(number):
        level, code = maker.pick(("机密", "C"), ("秘密级", "C"), ("公开", "N"), ("", "N"), ("内部", "N"), ("已解密", "D"), ("机宓", "R"))
        rows.append([maker.number(), maker.title(), level])
        truth[code] += 1
    rows.append([maker.number(), maker.title(), "绝密"])
    return rows, {"C": truth["C"] + 1, "R": truth["R"], "D": truth["D"], "N": truth["N"]}


def documents(root: Path, maker: Maker, made: Made) -> None:
    """Marks where marks stand, and every place where the same words mark nothing; each file is named after its title."""
    pick = maker.pick
    mark = f"{pick('绝密', '机密', '秘密')}{pick('★', '☆', '*')}{pick('10年', '１０年', '长期', '启用前')}"
    bare = pick("机密", "秘密", "绝密")
    body = [maker.title("关于{}的通知") for _ in range(3)]
    filler = [f"第{n}条 {maker.title()}按照原办法执行。" for n in range(12)]

    def texts(*first: str) -> list[str]:
        return [*first, *body, *filler]

    lines: list[tuple[str, list[str]]] = [
        ("C", texts("000123", mark, "特急")), ("C", texts(mark)), ("C", texts(f"000123 {mark} 特急")), ("C", texts(bare)),
        ("C", texts(f"密级：{bare}")), ("D", texts(mark, "解密")), ("N", texts()), ("N", texts(pick(*QUOTES))), ("N", [*texts(), pick(*QUOTES), *QUOTES]),
        ("R", [*texts(), f"附件1：{mark}"]), ("R", [*texts(), f"{mark} {maker.title()}"]), ("N", texts("工作秘密★3年")), ("N", texts("商业秘密")),
    ]  # fmt: skip
    for number, (code, said) in enumerate(lines):
        for end, data in (
            ("docx", make.docx("".join(make.paragraph(line) for line in said))),
            ("txt", "\r\n".join(said).encode("gb18030")),
            ("pdf", make.pdf(said[:28])),
            ("ofd", make.ofd([(20, 20 + 8 * at, line) for at, line in enumerate(said)])),
            ("doc", make.doc("\r".join(said))),
            ("rtf", strange_formats.as_rich_text(said)),
        ):
            if end == "pdf" and len(said) > 28:
                continue
            _document(root, maker, made, f"{number:02d}-{{}}.{end}", code, data)
    split = make.paragraph(mark[:1], mark[1:2], mark[2:])
    _document(root, maker, made, "{}.docx", "C", make.docx(split + "".join(make.paragraph(line) for line in texts())))
    zero = make.paragraph(mark[:1] + "\u200b" + mark[1:])
    _document(root, maker, made, "{}.docx", "C", make.docx(zero + "".join(make.paragraph(line) for line in texts())))
    header = f"<w:hdr {make.W}>{make.paragraph(mark)}</w:hdr>"
    _document(root, maker, made, "{}.docx", "C", make.docx("".join(make.paragraph(line) for line in texts()), word__header1=header))
    _document(root, maker, made, "{}.doc", "C", make.doc("\r".join(texts()), header=mark))
    _document(root, maker, made, "机密-{}.docx", "R", make.docx("".join(make.paragraph(line) for line in texts())))
    _document(root, maker, made, "{}.pdf", "U", make.pdf([]))
    _document(root, maker, made, "{}.jpg", "U", b"\xff\xd8\xff\xe0" + bytes(60))


def _document(root: Path, maker: Maker, made: Made, pattern: str, code: str, data: bytes) -> None:
    path = f"原文/{pattern.format('关于' + maker.title() + '的报告')}"
    _put(root, path, data)
    made.documents[told(path)] = code


def named(root: Path, maker: Maker, made: Made) -> None:
    """Folders, files, sheets, members and tables that are called after a title."""
    title = lambda: maker.title("关于{}的报告")
    sheet, table, member, folder, stem = (title() for _ in range(5))
    makers: list[tuple[str, Callable[[Cells], bytes]]] = [
        (f"named/{folder}/a.csv", as_csv),
        (f"named/{stem}.xlsx#目录", as_xlsx),
        (f"named/sheet.xlsx#{sheet[:31]}", lambda rows: as_xlsx(rows, sheet=sheet[:31])),
        (f"named/member.zip!{member}/{stem}.csv", lambda rows: make.packed({f"{member}/{stem}.csv": as_csv(rows)})),
        (f"named/dump.sql#{table}", lambda rows: as_mysqldump(rows).replace(b"wsda_wj", table.encode())),
        (f"named/{stem}.json", lambda rows: as_json(rows, False)),
    ]
    for path, write in makers:
        rows, truth = cells(maker, C=3, N=9)
        _put(root, re.split("[#!]", path)[0], write(rows))
        made.tables[told_place(path)] = truth
    _put(root, f"named/{title()}.zip", encrypted())
    made.unread.add(told_place(f"named/{maker.titles[-1].join(('关于', '的报告'))}.zip!a.csv"))


def _put(root: Path, path: str, data: bytes) -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)


def everything(root: Path, seed: int) -> Made:
    """All of it below a folder."""
    maker, made = Maker(seed), Made()
    tables(root, maker, made)
    documents(root, maker, made)
    named(root, maker, made)
    made.titles = maker.titles
    return made


def counts(store: Any) -> dict[str, int]:
    """Counts of a store as the truth is written."""
    return {code: store.counts[code] for code in "CRDNU"}
