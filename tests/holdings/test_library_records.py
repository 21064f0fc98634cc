"""Library records in ISO 2709 and in XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.holdings.test_left_over import answers, said
from tests.holdings.test_odd_catalogues import TITLES
from tests.holdings.test_strange_tables import RECORDS


def iso2709(records: Sequence[Sequence[tuple[str, str]]], *, encoding: str = "utf-8", characters: bool = False) -> bytes:
    """Records of tags and texts; ``characters``: lengths and places count characters, as some programs do."""
    out = b""
    for fields in records:
        directory, body = b"", b""
        start = 0
        for tag, cell in fields:
            data = (cell if tag < "010" else f"  {cell}").encode(encoding) + b"\x1e"
            size = len(data.decode(encoding)) if characters else len(data)
            directory, body, start = directory + f"{tag}{size:04d}{start:05d}".encode(), body + data, start + size
        base = 25 + len(directory)
        out += f"{base + len(body) + 1:05d}nam a22{base:05d}   4500".encode() + directory + b"\x1e" + body + b"\x1d"
    return out


def marked(level: str) -> Sequence[Sequence[tuple[str, str]]]:
    """The third record of many has a level."""
    return [[("001", f"X017-{number:04d}"), ("200", f"1\x1fa{TITLES[number % 6]}{number}\x1ff市政府"), ("210", "\x1fd2012"), ("300", f"\x1fa{level if number == 2 else '复印件'}")]
            for number in range(60)]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("characters", [False, True])
@pytest.mark.parametrize("level", ["密级：机密", "机密★10年"])
def test_library_records(level: str, characters: bool, encoding: str, tmp_path: Path) -> None:
    data = iso2709(marked(level), encoding=encoding, characters=characters)
    assert said(answers(tmp_path / "root/a.iso", data)) == Counter(C=1, N=59)


def test_library_records_by_their_own_field_for_secrecy(tmp_path: Path) -> None:
    records = [[("001", a), ("245", f"\x1fa{b}"), ("355", f"0\x1fa{c}")] for a, b, c in RECORDS]
    assert said(answers(tmp_path / "root/a.mrc", iso2709(records))) == Counter(C=1, N=5)
    rows_ = "".join(
        f"<record><controlfield tag='001'>{a}</controlfield><datafield tag='245'><subfield code='a'>{b}</subfield></datafield>"
        f"<datafield tag='355'><subfield code='a'>{c}</subfield></datafield></record>" for a, b, c in RECORDS
    )  # fmt: skip
    data = f"<?xml version='1.0'?><collection xmlns='http://www.loc.gov/MARC21/slim'>{rows_}</collection>"
    assert said(answers(tmp_path / "root/a.xml", data)) == Counter(C=1, N=5)


@pytest.mark.parametrize("cut", [1, 200, 4000])
def test_library_records_that_break_off(cut: int, tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.mrc", iso2709(marked("密级：机密"))[:-cut]))
    assert found["unread"] == 1 and found["C"] == 1 and 0 < found["N"] < 59


def test_library_records_with_a_broken_directory(tmp_path: Path) -> None:
    data = iso2709(marked("密级：机密"))
    broken = data[: len(data) // 2].rpartition(b"\x1d")[0] + b"\x1d" + data.replace(b"\x1e", b"", 5)[:400]
    assert said(answers(tmp_path / "root/a.mrc", broken))["unread"] == 1
