"""What dumps say of their columns beside the rows, and dumps that are held in memory."""

from __future__ import annotations

import gzip
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.opening import opened
from scanner.facts.holdings.reading import Group
from scanner.facts.holdings.views import worked_out
from tests.collect.holdings.files import make

SAMPLES = Path(__file__).parent / "samples"


def _put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


REFERENCES = {
    "pg_dump": "CREATE TABLE public.item (\n    id integer,\n    lv integer\n);\nALTER TABLE public.item OWNER TO postgres;\nCREATE TABLE public.kinds (\n    k integer,\n    w text\n);\n"
    "COPY public.item (id, lv) FROM stdin;\n1\t2\n\\.\nCOPY public.kinds (k, w) FROM stdin;\n2\t机密\n\\.\nALTER TABLE public.numbers OWNER TO postgres;\n"
    "ALTER TABLE ONLY public.item\n    ADD CONSTRAINT item_lv_fkey FOREIGN KEY (lv) REFERENCES public.kinds(k);\n",
    "mysqldump": "CREATE TABLE `item` (\n  `id` int,\n  `lv` int,\n  CONSTRAINT `a` FOREIGN KEY (`lv`) REFERENCES `kinds` (`k`)\n);\nCREATE TABLE `kinds` (\n  `k` int,\n  `w` text\n);\n"
    "INSERT INTO `item` VALUES (1,2);\nINSERT INTO `kinds` VALUES (2,'机密');\n",
    "sqlite": "CREATE TABLE kinds (k, w);\nCREATE TABLE item (id INTEGER, lv INTEGER REFERENCES \"kinds\" (k));\nINSERT INTO item VALUES(1,2);\nINSERT INTO kinds VALUES(2,'机密');\n",
    "sql server": "CREATE TABLE [dbo].[item](\n\t[id] [int],\n\t[lv] [int]\n)\nGO\nCREATE TABLE [dbo].[kinds](\n\t[k] [int],\n\t[w] [text]\n)\nGO\n"
    "INSERT [dbo].[item] VALUES (1, 2)\nINSERT [dbo].[kinds] VALUES (2, N'机密')\nGO\n"
    "ALTER TABLE [dbo].[item]  WITH CHECK ADD  CONSTRAINT [a] FOREIGN KEY([lv])\nREFERENCES [dbo].[kinds] ([k])\nGO\n",
}


@pytest.mark.parametrize("kind", REFERENCES)
def test_references_in_dumps(tmp_path: Path, kind: str) -> None:
    """Codes are explained through them: pg_dump declares them at its end, the others beside the columns."""
    (group,) = make.found(_put(tmp_path, "a.sql", REFERENCES[kind]))
    told = {source.name.rsplit(".", 1)[-1]: dict(source.references) for source in group.sources}
    assert {name: {column: (table.rsplit(".", 1)[-1], key) for column, (table, key) in of.items()} for name, of in told.items()} == {
        "item": {"lv": ("kinds", "k")},
        "kinds": {},
    }


def test_comments_in_dump_of_sqlite(tmp_path: Path) -> None:
    text = "CREATE TABLE wj (\n  dh TEXT, -- 档号\n  mj INTEGER -- 密级(1:公开 2:秘密)\n);\nINSERT INTO wj VALUES('A1',2);\n"
    (group,) = make.found(_put(tmp_path, "a.sql", text))
    assert [column.comment for column in group.sources[0].columns] == ["档号", "密级(1:公开 2:秘密)"]


def test_quotes_in_names_of_a_dump(tmp_path: Path) -> None:
    text = (
        'CREATE TABLE public."a ""b""; c" (\n    dh text,\n    mj text\n);\nCOPY public."a ""b""; c" (dh, mj) FROM stdin;\nA1\t机密\n\\.\n'
    )
    assert list(make.tables(_put(tmp_path, "a.sql", text)).values()) == [[("dh", "mj"), ("A1", "机密")]]
    assert make.unread(_put(tmp_path, "b.sql", "CREATE TABLE wj (dh text);\nCOPY (wj)x (dh) FROM stdin;\nA1\n\\.\n"))


def test_custom_dump_that_is_held_in_memory() -> None:
    """A small file is read once, and then is no file to hand over."""
    path = SAMPLES / "postgresql15.dump"
    held = replace(plain(path, path.name), opener=lambda: BytesIO(path.read_bytes()))
    (group,) = opened(held)
    assert isinstance(group, Group)
    assert [len(list(source.rows(("dh",)))) for source in group.sources] == [3]


def test_levels_worked_out_by_a_dumped_table(tmp_path: Path) -> None:
    """The column itself is not among the rows: what it is worked out of is explained by it, or the dump is not understood."""
    text = (
        "CREATE TABLE kj.t (\n    dh text,\n    dm integer,\n    lv text GENERATED ALWAYS AS (\nCASE dm\n    WHEN 2 THEN '机密'::text\n    ELSE '公开'::text\nEND) STORED\n);\n"
        "COPY kj.t (dh, dm) FROM stdin;\nA1\t1\n\\.\n"
    )
    (group,) = make.found(_put(tmp_path, "a.sql", text))
    assert isinstance(group, Group)
    assert [(worked.column, worked.words, worked.rest) for worked in worked_out(group.views[0])] == [("dm", (("2", "机密"),), "公开")]
    odd = text.replace("CASE dm\n    WHEN 2 THEN", "CASE\n    WHEN abs(dm) > 1 THEN")
    assert [item.detail for item in make.unread(_put(tmp_path, "b.sql", odd))] == ["statements that are not understood"]


@pytest.mark.parametrize("bit", ["b'1'", "'\x01'", "0x01"])
def test_bits_in_dumps(tmp_path: Path, bit: str) -> None:
    text = f"CREATE TABLE `t` (\n  `dh` text,\n  `sfsm` bit(1)\n);\nINSERT INTO `t` VALUES ('A1',{bit}),('A2','\\0');\n"
    assert make.tables(_put(tmp_path, "a.sql", text)) == {"a.sql#t": [("dh", "sfsm"), ("A1", "1"), ("A2", "0")]}


def test_tar_dump_of_postgresql(tmp_path: Path) -> None:
    """It is no archive of texts: their columns are named elsewhere in it."""
    path = tmp_path / "a.tar"
    path.write_bytes(gzip.decompress((SAMPLES / "postgresql15.tar.gz").read_bytes()))
    assert make.tables(path) == {
        "a.tar#public.wj": [("dh", "tm", "mj"), ("X001-1", "关于某事", "机密"), ("X001-2", "带\t制表", "公开"), ("X001-3", None, None)]
    }
    assert not make.unread(path)
