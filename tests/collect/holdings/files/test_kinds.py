"""Files with rows of many kinds: each kind is a table, and the file is not gone through for each of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from scanner.collect.holdings.files import kinds
from scanner.collect.holdings.files.content import Content, plain
from scanner.collect.holdings.files.jsonrows import json_rows
from scanner.collect.holdings.files.xmlrows import xml
from scanner.facts.holdings.reading import Found, Group, Unread

NUMBER = 30
LISTS = {f"list{at}": [{"档号": f"A-{at}-{row}", "题名": "会议材料"} for row in (1, 2)] for at in range(NUMBER)}
ELEMENTS = "".join(f"<list{at}><档号>A-{at}-{row}</档号><题名>会议材料</题名></list{at}>" for at in range(NUMBER) for row in (1, 2))
READERS: dict[str, tuple[Callable[[Content], Iterator[Found]], str]] = {
    "json": (json_rows, json.dumps(LISTS, ensure_ascii=False)),
    "xml": (xml, f"<lists>{ELEMENTS}</lists>"),
}


def numbers(content: Content, reader: Callable[[Content], Iterator[Found]]) -> list[list[str | None]]:
    (group,) = reader(content)
    assert isinstance(group, Group)
    return [[cell for (cell,) in source.rows(["档号"])] for source in group.sources]


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("kind", READERS)
def test_rows_of_every_kind(kind: str, held: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, text = READERS[kind]
    path, opens = tmp_path / f"a.{kind}", list[int]()
    path.write_text(text, "utf-8")
    content = plain(path, path.name)

    def counted() -> BinaryIO:
        opens.append(1)
        return content.opener()

    if not held:
        monkeypatch.setattr(kinds, "HELD", 100)
    assert numbers(replace(content, opener=counted), reader) == [[f"A-{at}-1", f"A-{at}-2"] for at in range(NUMBER)]
    assert (len(opens) > NUMBER) is not held


@pytest.mark.parametrize("limit", ["MAX_KINDS", "MAX_COLUMNS"])
@pytest.mark.parametrize("kind", READERS)
def test_more_kinds_than_are_told_apart(kind: str, limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, text = READERS[kind]
    path = tmp_path / f"a.{kind}"
    path.write_text(text, "utf-8")
    monkeypatch.setattr(kinds, limit, 1)
    lost, group = reader(plain(path, path.name))
    assert isinstance(lost, Unread) and lost.detail.startswith("too many")
    assert isinstance(group, Group) and all(len(list(source.rows(["档号"]))) == source.total for source in group.sources)
