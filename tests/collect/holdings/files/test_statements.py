"""Statements of dumps that hold no rows and go on over lines: they break nothing, hide no row, and views among them explain their columns."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.holdings.reading import Unread
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES

CODES = [int(level == "机密") for level in LEVELS]
RECORDS = list(zip(NUMBERS, TITLES, CODES))
PLAIN = "CREATE TABLE da (\n  dh text,\n  tm text,\n  k int\n);\n"
MYSQL = (
    "-- MySQL dump 10.13\nCREATE TABLE `da` (\n  `dh` varchar(40) DEFAULT NULL,\n  `tm` text,\n  `k` int DEFAULT NULL\n) ENGINE=InnoDB;\n"
)
PG = "CREATE TABLE public.da (\n    dh text,\n    tm text,\n    k integer\n);\n\n"
SERVER = "CREATE TABLE [dbo].[da](\n\t[dh] [nvarchar](40) NULL,\n\t[tm] [nvarchar](200) NULL,\n\t[k] [int] NULL)\nGO\n"
INSERTS = "".join(f"INSERT INTO da VALUES('{number}','{title}',{code});\n" for number, title, code in RECORDS)
TOGETHER = "INSERT INTO `da` VALUES " + ",".join(f"('{number}','{title}',{code})" for number, title, code in RECORDS) + ";\n"
COPY = "COPY public.da (dh, tm, k) FROM stdin;\n" + "".join(f"{number}\t{title}\t{code}\n" for number, title, code in RECORDS) + "\\.\n\n"
UNENDED = (
    "".join(f"INSERT [dbo].[da] ([dh], [tm], [k]) VALUES (N'{number}', N'{title}', {code})\n" for number, title, code in RECORDS) + "GO\n"
)

VIEWS = {
    "one line": (PLAIN, INSERTS, "CREATE VIEW v AS SELECT dh, CASE k WHEN 1 THEN '机密' ELSE '公开' END AS mj FROM da;\n"),
    "several lines": (
        PLAIN,
        INSERTS,
        "CREATE VIEW v AS\n  SELECT dh, -- what's told;\n    CASE k\n      WHEN 1 THEN '机密'\n      ELSE '公开'\n    END AS mj\n  FROM da\n  WHERE tm <> ';'\n;\n",
    ),
    "pg_dump": (
        PG,
        COPY,
        "CREATE VIEW public.v AS\n SELECT da.dh,\n        CASE da.k\n            WHEN 1 THEN '机密'::text\n            ELSE '公开'::text\n        END AS mj\n   FROM public.da;\n\n\n"
        "ALTER TABLE public.v OWNER TO postgres;\n\n",
    ),
    "pg_dump, materialised": (
        PG,
        COPY,
        "CREATE MATERIALIZED VIEW public.v AS\n SELECT da.dh,\n        CASE\n            WHEN (da.k = 1) THEN '机密'::text\n            ELSE '公开'::text\n        END AS mj\n   FROM public.da\n"
        "  WITH NO DATA;\n\n\n",
    ),
    "mysqldump": (
        MYSQL,
        TOGETHER,
        "/*!50001 DROP VIEW IF EXISTS `v`*/;\nSET @saved_cs_client     = @@character_set_client;\n/*!50001 CREATE VIEW `v` AS SELECT \n 1 AS `dh`,\n 1 AS `mj`*/;\n"
        "/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */\n"
        "/*!50001 VIEW `v` AS select `da`.`dh` AS `dh`,(case `da`.`k` when 1 then _utf8mb4'机密' else _utf8mb4'公开' end) AS `mj` from `da` */;\n",
    ),
    "SQL Server": (
        SERVER,
        UNENDED,
        "CREATE VIEW [dbo].[v]\nAS\nSELECT dh, CASE k WHEN 1 THEN N'机密' ELSE N'公开' END AS mj FROM dbo.da\nGO\n",
    ),
}


@pytest.mark.parametrize("kind", VIEWS)
@pytest.mark.parametrize("order", [(0, 2, 1), (0, 1, 2)])
def test_views_in_dumps(kind: str, order: tuple[int, ...], tmp_path: Path) -> None:
    found = answers(tmp_path / "root/a.sql", "".join(VIEWS[kind][part] for part in order))
    assert said(found) == Counter(C=1, N=5)


@pytest.mark.parametrize("kind", ["one line", "pg_dump", "mysqldump"])
def test_a_view_in_a_dump_that_is_not_understood_is_told_by_name(kind: str, tmp_path: Path) -> None:
    tables, rows, view = VIEWS[kind]
    odd = (
        view.replace("CASE k WHEN 1", "CASE WHEN k > 0")
        .replace("CASE da.k\n            WHEN 1", "CASE WHEN abs(da.k) > 0")
        .replace("case `da`.`k` when 1", "case when (`da`.`k` > 0)")
    )
    found = answers(tmp_path / "root/a.sql", tables + rows + odd)
    assert [(item.place.path.replace("public.", ""), item.detail) for item in found if isinstance(item, Unread)] == [
        ("a.sql#v", "a view that gives levels")
    ]


def test_views_of_dumps_mean_their_own_table(tmp_path: Path) -> None:
    """Another table with such a column is not explained by it."""
    other = PG.replace("public.da", "public.wj") + COPY.replace("public.da", "public.wj").replace("X017", "X018")
    found = answers(tmp_path / "root/a.sql", PG + other + COPY + VIEWS["pg_dump"][2])
    assert {line["path"]: +Counter(line["counts"]) for line in found if not isinstance(line, Unread)} == {
        "a.sql#public.da": Counter(C=1, N=5),
        "a.sql#public.wj": Counter(N=6),
    }


BODIES = {
    "pg_dump, function": (
        PG, COPY, "CREATE FUNCTION public.f() RETURNS trigger\n    LANGUAGE plpgsql\n    AS $$\nBEGIN\n  IF NEW.k = 1 THEN\n    INSERT INTO public.log VALUES (NEW.dh, '机密');\n  END IF;\n"
        "  RETURN NEW; -- it's done\nEND;\n$$;\n\n\nCREATE FUNCTION public.g(a integer) RETURNS text\n    LANGUAGE sql\n    AS $_$ SELECT CASE $1 WHEN 1 THEN '机密' ELSE 'it''s; open' END $_$;\n\n",
    ),
    "pg_dump, trigger and rule": (
        PG, COPY, "CREATE TRIGGER t BEFORE INSERT ON public.da FOR EACH ROW WHEN ((new.k = 1)) EXECUTE FUNCTION public.f();\n\n"
        "CREATE RULE r AS\n    ON INSERT TO public.da\n   WHERE (new.tm = '机密'::text) DO INSTEAD NOTHING;\n\n",
    ),
    "pg_dump, types": (
        PG, COPY, "CREATE TYPE public.lv AS ENUM (\n    '公开',\n    '机密'\n);\n\nCREATE DOMAIN public.d AS text\n\tCONSTRAINT c CHECK ((VALUE = ANY (ARRAY['公开'::text])));\n\n"
        "ALTER TABLE ONLY public.da\n    ADD CONSTRAINT da_check CHECK ((tm <> ALL (ARRAY['机密'::text, '秘密'::text])));\n\n"
        "CREATE INDEX i ON public.da USING btree (dh) WHERE (tm = '机密'::text);\n\n",
    ),
    "mysqldump, trigger": (
        MYSQL, TOGETHER, "DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `da` FOR EACH ROW BEGIN\n  IF NEW.k = 1 THEN\n"
        "    INSERT INTO log VALUES (NEW.dh,'机密');\n  END IF;\nEND */;;\nDELIMITER ;\n",
    ),
    "mysqldump, routine": (
        MYSQL, TOGETHER, "DELIMITER ;;\nCREATE DEFINER=`root`@`localhost` FUNCTION `f`(a INT) RETURNS varchar(8) CHARSET utf8mb4\nBEGIN\n  -- it's told;\n  INSERT INTO log VALUES (a, '机密');\n"
        "  RETURN CASE a WHEN 1 THEN '机密' ELSE '公开' END;\nEND ;;\nDELIMITER ;\n",
    ),
    "sqlite, trigger": (
        PLAIN, INSERTS, "CREATE TRIGGER tr AFTER INSERT ON da BEGIN\n  SELECT CASE WHEN new.k = 1 THEN '机密'\n  END;\n  INSERT INTO log VALUES(new.dh, '机密');\nEND;\n",
    ),
    "SQL Server, procedure": (SERVER, UNENDED, "CREATE PROCEDURE [dbo].[p] @dh nvarchar(40)\nAS\nBEGIN\n  INSERT INTO log VALUES (@dh, N'机密')\n  SELECT 1\nEND\nGO\n"),
    "comments": (PLAIN, INSERTS, "/*\n it's a dump; of\n the year */\n-- that's 密级\n"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("order", [(0, 2, 1), (0, 1, 2)])
def test_bodies_hide_no_rows_and_make_none(kind: str, order: tuple[int, ...], tmp_path: Path) -> None:
    found = answers(tmp_path / "root/a.sql", "".join(BODIES[kind][part] for part in order))
    assert said(found) == Counter(N=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, 5]), max_size=8))
def test_rows_between_any_of_them(tmp_path_factory: pytest.TempPathFactory, parts: list[int]) -> None:
    """As many rows as there are, whatever stands between them."""
    between = [BODIES["pg_dump, function"][2], BODIES["pg_dump, types"][2], VIEWS["pg_dump"][2], BODIES["pg_dump, trigger and rule"][2]]
    inserted = "INSERT INTO public.wj (dh, tm, k) VALUES ('A-1', 'it''s; a\ntitle', 1);\n"
    text = PG + "".join([*between, COPY, inserted][part] for part in parts) + COPY
    path = tmp_path_factory.mktemp("a") / "a.sql"
    path.write_text(text, "utf-8")
    tables = make.tables(path)
    rows = sum(len(found) - 1 for found in tables.values())
    assert rows == 6 * (parts.count(4) + 1) + parts.count(5) and not make.unread(path)


UNCLOSED = {
    "a function": "CREATE FUNCTION f() RETURNS trigger AS $$\nBEGIN\n  RETURN NEW;\n",
    "a trigger": "CREATE TRIGGER tr AFTER INSERT ON da BEGIN\n  SELECT 1;\n",
    "a quote in a name": 'CREATE INDEX i ON da ("it\'s");\n',
    "a view": "CREATE VIEW v AS SELECT 'a FROM da;\n",
}


@pytest.mark.parametrize("kind", UNCLOSED)
def test_what_does_not_end_swallows_nothing(kind: str, tmp_path: Path) -> None:
    found = answers(tmp_path / "root/a.sql", PLAIN + UNCLOSED[kind] + INSERTS)
    assert said(found) == Counter(N=6, unread=1)


def test_a_body_with_records_of_its_own_is_told(tmp_path: Path) -> None:
    body = "CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS $$\nINSERT INTO da VALUES ('X017-1', '会议材料', '机密');\n$$;\n"
    assert said(answers(tmp_path / "root/a.sql", PLAIN + body + INSERTS)) == Counter(N=6, unread=1)


@pytest.mark.parametrize("between", ["-- the first's row;\n", "/* it's; */\n", "-- a\n-- b\n\n"])
def test_comments_between_rows(between: str, tmp_path: Path) -> None:
    rows = f"INSERT INTO da VALUES\n{between}('A-1','it''s -- a title; /* so */',1),\n{between}('A-2','乙',0); -- that's all\n"
    path = tmp_path / "a.sql"
    path.write_text(PLAIN + rows + INSERTS, "utf-8")
    (found,) = make.tables(path).values()
    assert found[1:3] == [("A-1", "it's -- a title; /* so */", "1"), ("A-2", "乙", "0")] and len(found) == 9 and not make.unread(path)
