"""What is rarely written is found in an SQLite file although a text goes on from page to page in the middle of it."""

from __future__ import annotations

import random
import sqlite3

import pytest

from scanner.collect.holdings.servers.sqlite import read_sqlite_bytes
from scanner.collect.holdings.servers.sqlite_file import occurring, open_bytes
from scanner.facts.holdings.reading import Group, Predicate
from scanner.facts.holdings.texts import RARE

NEEDLE = "宻".encode()
TABLES = ["CREATE TABLE t (tm TEXT)", "CREATE TABLE t (tm TEXT PRIMARY KEY) WITHOUT ROWID"]


def made(size: int, texts: list[str], script: str = TABLES[0]) -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(f"PRAGMA page_size = {size}; {script}")
        connection.executemany("INSERT INTO t VALUES (?)", [(text,) for text in texts])
        connection.commit()
        return connection.serialize()


def within(needle: str, at: int, length: int) -> str:
    """A text of one length, with the needle somewhere."""
    return "." * at + needle + "." * (length - at - len(needle.encode()))


@pytest.mark.parametrize("script", TABLES)
@pytest.mark.parametrize(("size", "length", "ends"), [(512, 1600, 3), (1024, 2600, 2), (4096, 9000, 2)])
def test_every_place_of_a_long_text(size: int, length: int, ends: int, script: str) -> None:
    """Alone in a file, on one page, from the first to the second, from the second to the third."""
    torn = 0
    # The places at which a page ends are looked for with a text that tells its places, and then the needle is put around them.
    marked = made(size, ["".join(f"<{at:05d}>" for at in range(length // 7))], script)
    whole = [at * 7 for at in range(length // 7) if f"<{at:05d}>".encode() not in marked]
    for at in sorted({place for near in whole for place in range(max(0, near - 4), near + 9)}):
        data = made(size, [within("宻", at, length // 7 * 7)], script)
        torn += NEEDLE not in data
        assert occurring(open_bytes(data), [NEEDLE]) == {NEEDLE}, at
    assert torn == 2 * ends


@pytest.mark.parametrize("needle", ["宻", "\\u5bc6", "SECRET"])
def test_a_text_across_pages_is_brought(needle: str) -> None:
    """As the reader asks: such a row comes, and one without it does not."""
    predicate, brought = Predicate(None, frozenset(), ("tm",), ("密",), RARE), 0
    for at in range(30, 590):
        data = made(512, [within(needle, at, 1600), "." * 1600])
        if needle.encode() in data:
            continue
        for item in read_sqlite_bytes(data, "x.db", {}):
            if isinstance(item, Group):
                (source,) = item.sources
                assert len(list(source.candidates(["tm"], predicate))) == 1
                brought += 1
    assert brought >= len(needle.encode()) - 1


def test_long_texts_without_it_cost_nothing() -> None:
    """Pages that begin as it ends are no sign of it by themselves."""
    chance = random.Random(7)
    texts = ["".join(chance.choice("甲乙丙丁戊己庚辛壬癸宇宙洪荒") for _ in range(chance.randint(200, 2000))) for _ in range(60)]
    assert occurring(open_bytes(made(512, texts)), [one.encode() for one in RARE]) == frozenset()


def test_very_many_pages_that_may_be_its_end_are_taken_for_it() -> None:
    texts = [within("A" * 508, 0, 1500 + at) for at in range(3)] + ["T" * 5000 for _ in range(20)]
    assert occurring(open_bytes(made(512, texts)), [b"SECRET"]) == {b"SECRET"}
