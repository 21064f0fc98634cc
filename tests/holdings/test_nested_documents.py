"""Documents that lie in pieces inside of others (objects of old offices) are put together and read like files."""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import olefile
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.holdings.files.compounds import compound_of
from scanner.facts.holdings.reading import Unread
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import HEADS, ROWS, answers, parts, said, sheet

Tree = Mapping[str, "bytes | Tree"]
PLAIN = "关于会议安排的通知\r"


def nested(tree: Tree) -> bytes:
    """A compound file with storages inside of its storages."""
    entries: list[bytes] = []
    data: list[bytes] = []
    table: list[int] = []

    def put(name: str, one: bytes | Tree, kind: int = 1) -> int:
        at = len(entries)
        entries.append(b"")
        if isinstance(one, bytes):
            one = one.ljust(4096, b"\0")
            first, count = len(table), -(-len(one) // 512)
            table.extend([*range(first + 1, first + count), -2])
            data.append(one.ljust(count * 512, b"\0"))
            entries[at] = make._entry(name, 2, first, len(one))
            return at
        below = [put(inner, other) for inner, other in one.items()]
        for left, right in pairwise(below):
            entries[left] = entries[left][:72] + struct.pack("<i", right) + entries[left][76:]
        entries[at] = make._entry(name, kind, -2 if kind == 5 else 0, 0, child=below[0] if below else -1)
        return at

    put("Root Entry", tree, 5)
    entries += [bytes(68) + b"\xff" * 12 + bytes(48)] * (-len(entries) % 4)
    folder = b"".join(entries)
    start, count = len(table), len(folder) // 512
    table.extend([*range(start + 1, start + count), -2])
    data.append(folder)
    size = -(-(len(table) + 1) // 127)
    places = [len(table) + at for at in range(size)]
    table += [-3] * size
    table += [-1] * (size * 128 - len(table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIiIIiIiI", 0x3E, 3, 0xFFFE, 9, 6, 0, size, start, 0, 4096, -2, 0, -2, 0)
    head += struct.pack("<109i", *places, *[-1] * (109 - size))
    return head + b"".join(data) + struct.pack(f"<{size * 128}i", *table)


def streams(data: bytes) -> dict[str, bytes]:
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        return {path[-1]: file.openstream(path).read() for path in file.listdir()}


def old_book() -> dict[str, bytes]:
    out, book = io.BytesIO(), xlwt.Workbook()
    page = book.add_sheet("目录")
    for at, row in enumerate([HEADS, *ROWS]):
        for column, cell in enumerate(row):
            page.write(at, column, cell)
    book.save(out)
    return streams(out.getvalue())


CARRIED: dict[str, tuple[Tree, Counter[str]]] = {
    "a workbook": ({"_1": old_book()}, Counter(N=3, C=1)),
    "a document": ({"_1": streams(make.doc("机密★20年\r会议\r"))}, Counter(N=1, C=1)),
    "both, one of them further in": ({"_1": {**streams(make.doc(PLAIN)), "ObjectPool": {"_2": old_book()}}}, Counter(N=4, C=1)),
    "a package": ({"_1": {"Package": sheet([HEADS, *ROWS])}}, Counter(N=3, C=1)),
    "a printed page": ({"_1": {"CONTENTS": make.pdf(["机密★20年", "会议"])}}, Counter(N=1, C=1)),
    "slides": ({"_1": {"PowerPoint Document": b"x" * 5000}}, Counter(N=1, U=1)),
    "a formula": ({"_1": {"Equation Native": b"x" * 50, "CONTENTS": b"y"}}, Counter(N=1)),
}


@pytest.mark.parametrize("name", CARRIED)
def test_what_an_old_document_carries(name: str, tmp_path: Path) -> None:
    pool, wanted = CARRIED[name]
    found = answers(tmp_path / "root/a.doc", nested({**streams(make.doc(PLAIN)), "ObjectPool": pool}))
    assert said(found) == wanted
    paths = [line.place.path if isinstance(line, Unread) else line["path"] for line in found]
    assert len(set(paths)) == len(paths)


def test_what_an_old_workbook_carries(tmp_path: Path) -> None:
    data = nested({**old_book(), "MBD0001": streams(make.doc("绝密★30年\r会议\r"))})
    assert said(answers(tmp_path / "root/a.xls", data)) == Counter(N=2, C=2)


@pytest.mark.parametrize("place", ["word/embeddings/oleObject1.bin", "xl/embeddings/oleObject1.bin"])
def test_what_an_object_of_a_package_carries(place: str, tmp_path: Path) -> None:
    inner = nested({**streams(make.doc(PLAIN)), "ObjectPool": {"_1": old_book()}})
    outer = parts(make.docx(make.paragraph("会议"))) if place.startswith("word") else parts(sheet([HEADS, ROWS[0]]))
    assert said(answers(tmp_path / "root/a.office", make.packed({**outer, place: inner}))) == Counter(N=4, C=1)


def test_pieces_that_make_no_document_are_told(tmp_path: Path) -> None:
    found = answers(
        tmp_path / "root/a.doc", nested({**streams(make.doc(PLAIN)), "ObjectPool": {"_1": {"Workbook": b"nothing of a workbook"}}})
    )
    assert said(found)["unread"] == 1


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text("abcXYZ", min_size=1, max_size=8), st.binary(max_size=20_000), max_size=6))
def test_streams_come_back_as_they_were(made: dict[str, bytes]) -> None:
    found = streams(compound_of(made))
    assert {name: data[: len(made[name])] for name, data in found.items()} == made
    assert all(not data[len(made[name]) :].strip(b"\0") for name, data in found.items())


def test_streams_of_many_sectors_come_back() -> None:
    """More of them than the head has places for."""
    made = {"a": bytes(range(256)) * 40_000, "b": b"b" * 5000}
    assert {name: data[: len(made[name])] for name, data in streams(compound_of(made)).items()} == made
