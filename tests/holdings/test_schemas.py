"""Databases laid out as products lay them out: where the level stands in another shape, and what is no catalogue."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.holdings.memory import Memory
from tests.holdings.test_catalogues import held
from tests.holdings.test_count import counted
from tests.holdings.test_left_over import answers, said
from tests.holdings.test_odd_catalogues import NUMBERS, TITLES, only

LEVELS = only("机密", "公开")
RECORDS = list(zip(NUMBERS, TITLES, LEVELS))


def verdicts(path: Path) -> dict[str, Counter[str]]:
    """Counts by table of every store that is a file of one database."""
    return {store.path.rpartition("#")[2]: +Counter(dict(store.counts)) for store in held(path)[0].stores}


def database(path: Path, *statements: str, **tables: Sequence[tuple[object, ...]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with sqlite3.connect(path) as base:
        for statement in statements:
            base.execute(statement)
        for name, table in tables.items():
            base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(table[0]))})", table)
    base.close()
    return path


def test_what_is_told_by_its_title_is_not_told_by_its_number_once_more(tmp_path: Path) -> None:
    path = database(
        tmp_path / "a.db",
        "CREATE TABLE wj(dh TEXT, tm TEXT, mj TEXT)",
        "CREATE TABLE tmp_export(dh TEXT, tm TEXT)",
        wj=RECORDS,
        tmp_export=[row[:2] for row in RECORDS],
    )
    assert verdicts(path)["tmp_export"] == Counter(C=1, N=5)


@pytest.mark.parametrize("name", ["a.db", "fts.db", "old_backup.db", "导出.db"])
def test_the_name_of_a_store_makes_no_table_a_copy_of_another(name: str, tmp_path: Path) -> None:
    """The titles of a copy are those of the tables beside it, whatever the file is called."""
    path = database(
        tmp_path / name,
        "CREATE TABLE cache_titles(word TEXT)",
        "CREATE TABLE wj(dh TEXT, tm TEXT, mj TEXT)",
        wj=RECORDS,
        cache_titles=[(row[1],) for row in RECORDS],
    )
    assert verdicts(path)["cache_titles"] == Counter(C=1, N=5)


def test_copies_by_title_in_a_dump(tmp_path: Path) -> None:
    values = ",".join(f"('{a}','{b}','{c}')" for a, b, c in RECORDS)
    titles = ",".join(f"({number},'{row[1]}')" for number, row in enumerate(RECORDS))
    dump = f"CREATE TABLE search_index(doc INT, content TEXT);\nINSERT INTO search_index VALUES {titles};\nCREATE TABLE wj(dh TEXT, tm TEXT, mj TEXT);\nINSERT INTO wj VALUES {values};\n"
    found = answers(tmp_path / "root/a.sql", dump.encode())
    assert said(found) == Counter(C=2, N=10)


LABELS = [(181, "普通", "NORMAL", 1), (182, "内部", "INTERNAL", 2), (183, "机密", "SECRET", 3), (184, "绝密", "TOP_SECRET", 4)]
LABEL_TABLE = "CREATE TABLE knowledge_security_label(id INT PRIMARY KEY, label_name TEXT, label_code TEXT, label_level INT)"


@pytest.mark.parametrize(
    "column", ["security_label_id INT", "label INT -- 密级标签ID", "x INT -- 文件密级编号", "bmdj_id INT -- 保密等级代码"]
)
def test_codes_of_a_table_of_labels(column: str, tmp_path: Path) -> None:
    records = [(a, b, 183 if c == "机密" else 181) for a, b, c in RECORDS]
    table = f"CREATE TABLE wj(dh TEXT, tm TEXT, {column}\n)"
    path = database(tmp_path / "a.db", LABEL_TABLE, table, knowledge_security_label=LABELS, wj=records)
    found = verdicts(path)
    assert found["wj"] == Counter(C=1, N=5) and found["knowledge_security_label"] == Counter(N=4)


@pytest.mark.parametrize("column", ["category_id INT", "label INT -- 标签", "x INT -- 保密期限编号"])
def test_other_columns_are_none_of_them(column: str, tmp_path: Path) -> None:
    records = [(a, b, 183 if c == "机密" else 181) for a, b, c in RECORDS]
    path = database(
        tmp_path / "a.db", LABEL_TABLE, f"CREATE TABLE wj(dh TEXT, tm TEXT, {column}\n)", knowledge_security_label=LABELS, wj=records
    )
    assert not verdicts(path)["wj"]["C"]


def test_a_table_called_after_the_level_is_its_dictionary(tmp_path: Path) -> None:
    """Levels that records are linked with, many to many."""
    words = ["公开", "秘密", "机密", "绝密"]
    path = database(
        tmp_path / "a.db",
        "CREATE TABLE t_level(level_id INTEGER PRIMARY KEY, level_name TEXT -- 密级名称\n)",
        "CREATE TABLE t_doc(doc_id INTEGER PRIMARY KEY, dh TEXT, tm TEXT)",
        "CREATE TABLE t_doc_level(doc_id INT REFERENCES t_doc(doc_id), level_id INT REFERENCES t_level(level_id))",
        t_level=list(enumerate(words)),
        t_doc=[(number, *row[:2]) for number, row in enumerate(RECORDS)],
        t_doc_level=[(number, words.index(row[2])) for number, row in enumerate(RECORDS)],
    )
    found = verdicts(path)
    assert found["t_level"] == Counter(N=4) and found["t_doc"] == Counter(C=1, N=5)


def test_dictionaries_by_tenant(tmp_path: Path) -> None:
    """The same code is a level in one unit's dictionary and open in the other's."""
    words = [(1, 7, "公开", "1"), (2, 7, "秘密", "2"), (3, 7, "机密", "3"), (4, 8, "机密", "1"), (5, 8, "秘密", "2"), (6, 8, "公开", "3")]
    path = database(
        tmp_path / "a.db",
        "CREATE TABLE dic(id INT, tenant_id INT, label TEXT, value TEXT)",
        "CREATE TABLE wj(tenant_id INT, dh TEXT, tm TEXT, mj TEXT)",
        dic=words,
        wj=[(7, a, b, "3" if c == "机密" else "1") for a, b, c in RECORDS],
    )
    found = verdicts(path)
    assert found["dic"] == Counter(N=6) and found["wj"] == Counter(U=6)


@pytest.mark.parametrize("kind", ["STRING", "JSON", "XML", "ENUM", "UUID", "TEXT", ""])
def test_marks_in_columns_of_any_declared_type(kind: str, tmp_path: Path) -> None:
    """SQLite keeps text in a column of any type."""
    records = [(a, f"机密★10年 {b}" if c == "机密" else b) for a, b, c in RECORDS]
    path = database(tmp_path / "a.db", f"CREATE TABLE wj(dh TEXT, tm {kind})", wj=records)
    assert verdicts(path)["wj"] == Counter(C=1, N=5)


SAID = ["文书目录（本表均为机密）", "以下全部为秘密级文件。", "机密文件目录", "密级：机密"]
UNSAID = ["文书目录（均非机密）", "本表均为机密以下，公开", "保密工作档案", "公文表(含密级)", "不得全部存入机密文件", "均为商业秘密"]


def commented(kind: str, comment: str) -> str:
    values = ",".join(f"('{a}','{b}')" for a, b, _ in RECORDS)
    return {
        "mysqldump": f"CREATE TABLE `wj` (\n  `dh` text,\n  `tm` text\n) ENGINE=InnoDB COMMENT='{comment}';\nINSERT INTO `wj` VALUES {values};\n",
        "pg_dump": f"CREATE TABLE public.wj (\n    dh text,\n    tm text\n);\nCOMMENT ON TABLE public.wj IS '{comment}';\nINSERT INTO public.wj VALUES {values};\n",
    }[kind]


@pytest.mark.parametrize("kind", ["mysqldump", "pg_dump"])
@pytest.mark.parametrize("comment", [*SAID, *UNSAID])
def test_what_is_said_of_a_table_in_a_dump(comment: str, kind: str, tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.sql", commented(kind, comment).encode()))
    assert found == (Counter(R=6) if comment in SAID else Counter(N=6))


@pytest.mark.parametrize("comment", [*SAID, *UNSAID])
def test_what_is_said_of_a_table_in_its_statement(comment: str, tmp_path: Path) -> None:
    path = database(tmp_path / "a.db", f"CREATE TABLE wj( -- {comment}\n dh TEXT,\n tm TEXT)", wj=[row[:2] for row in RECORDS])
    assert verdicts(path)["wj"] == (Counter(R=6) if comment in SAID else Counter(N=6))


def test_what_is_said_of_a_table_of_persons_makes_no_records(tmp_path: Path) -> None:
    create = "CREATE TABLE t_person( -- 涉密登记表\n id INT,\n xm TEXT,\n smdj TEXT,\n zw TEXT)"
    path = database(tmp_path / "a.db", create, t_person=[(1, "李四", "核心涉密", "科长"), (2, "王五", "一般涉密", "科员")])
    assert verdicts(path)["t_person"] == Counter(N=2)


@pytest.mark.parametrize(
    "bits", ["'\\0' '\x01' '\x02' '\x03'", "0x00 0x01 0x02 0x03", "b'0' b'1' b'10' b'11'", "'\\0\\0' '\\0\x01' '\\0\x02' '\\0\x03'"]
)
def test_levels_kept_as_bits_in_a_dump(bits: str, tmp_path: Path) -> None:
    values = ",".join(f"('{NUMBERS[at]}','{TITLES[at]}',{one})" for at, one in enumerate(bits.split(" ")))
    create = "CREATE TABLE `wj` (\n  `dh` text,\n  `tm` text,\n  `mj` bit(3) COMMENT '密级：0公开，1秘密，2机密，3绝密'\n) ENGINE=InnoDB;\n"
    assert said(answers(tmp_path / "root/a.sql", f"{create}INSERT INTO `wj` VALUES {values};\n".encode())) == Counter(C=3, N=1)


def test_fields_by_the_table_that_they_are_of_in_a_dump(tmp_path: Path) -> None:
    """The dictionary calls tables without the schema, and one column means two things."""
    fields = [
        ("d_ws", "F01", "档号"),
        ("d_ws", "F02", "题名"),
        ("d_ws", "F09", "密级"),
        ("d_kj", "F01", "档号"),
        ("d_kj", "F02", "密级"),
        ("d_kj", "F09", "保管期限"),
    ]
    rows = {
        "s_field (tablename, fieldname, fieldlabel)": fields,
        "d_ws (F01, F02, F09)": RECORDS,
        "d_kj (F01, F02, F09)": [(f"K-{a}", c, "长期") for a, _, c in RECORDS],
    }
    text = ""
    for table, lines in rows.items():
        create = ",\n".join(f"    {column} text" for column in table.partition("(")[2].rstrip(")").split(", "))
        text += f"CREATE TABLE public.{table.partition(' ')[0]} (\n{create}\n);\nCOPY public.{table} FROM stdin;\n"
        text += "".join("\t".join(line) + "\n" for line in lines) + "\\.\n\n"
    found = {line["path"]: +Counter(line["counts"]) for line in answers(tmp_path / "root/a.sql", text) if isinstance(line, dict)}
    assert found["a.sql#public.d_ws"] == found["a.sql#public.d_kj"] == Counter(C=1, N=5)


def test_words_of_a_comment_with_what_is_meant_by_them() -> None:
    column = ("mj", "文件密级。1：公开文件；2：内部文件；3：秘密文件；4：机密文件；5：绝密文件")
    codes = ["1", "2", "3", "4", "5", "1"]
    table = Memory("wj", ["dh", "tm", column], [(a, b, code) for a, b, code in zip(NUMBERS, TITLES, codes)])
    assert +Counter(counted(table)["wj"]["counts"]) == Counter(C=3, N=3)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_text_that_is_kept_as_bytes(encoding: str, tmp_path: Path) -> None:
    """What nothing in it names is for a person, not open."""
    records = [
        (number, json.dumps({"题名": b, "密级": c}, ensure_ascii=False).encode(encoding)) for number, (_, b, c) in enumerate(RECORDS)
    ]
    path = database(tmp_path / "a.db", "CREATE TABLE doc(id INTEGER PRIMARY KEY, body BLOB)", doc=records)
    found = verdicts(path)["doc"]
    assert found["U"] + found["R"] + found["C"] == 1 and found["N"] == 5


def test_files_that_are_kept_as_bytes(tmp_path: Path) -> None:
    body = "密级：机密".encode() + b"\x00\x01\x02\xff"
    path = database(tmp_path / "a.db", "CREATE TABLE wj(dh TEXT, tm TEXT, body BLOB)", wj=[(a, b, body) for a, b, _ in RECORDS])
    assert verdicts(path)["wj"] == Counter(N=6)


TREE = [("r1", None, "密级", "mj"), ("a1", "r1", "绝密", "01"), ("a2", "r1", "机密", "02"), ("a3", "r1", "公开", "03"),
        ("r2", None, "保管期限", "bgqx"), ("b1", "r2", "永久", "01"), ("b2", "r2", "长期", "02"), ("b3", "r2", "短期", "03")]  # fmt: skip
CHOICES = [(1, 51, 1, "绝密"), (2, 51, 2, "机密"), (3, 51, 3, "公开"), (4, 52, 1, "特急"), (5, 52, 2, "加急"), (6, 52, 3, "平件")]


@pytest.mark.parametrize(("create", "words"), [
    ("CREATE TABLE dic(id TEXT, pid TEXT, -- 上级\n name TEXT, code TEXT)", TREE),
    ("CREATE TABLE dic(id INT, field_id INT, -- 字段\n selectvalue INT, selectname TEXT)", CHOICES),
])  # fmt: skip
def test_dictionaries_of_many_fields_in_one_table(create: str, words: list[tuple[object, ...]], tmp_path: Path) -> None:
    codes = {"机密": words[2][3] if words is TREE else 2, "公开": words[3][3] if words is TREE else 3}
    path = database(tmp_path / "a.db", create, "CREATE TABLE wj(dh TEXT, tm TEXT, mj TEXT)", dic=words, wj=[(a, b, codes.get(c, codes["公开"])) for a, b, c in RECORDS])  # fmt: skip
    assert verdicts(path)["wj"] == Counter(C=1, N=5)


def test_the_number_of_a_row_ties_no_two_lists(tmp_path: Path) -> None:
    """A list whose titles nothing names is no table of levels for another one, though both number their rows."""
    path = database(
        tmp_path / "a.db",
        'CREATE TABLE a("序号" INTEGER PRIMARY KEY, "档号" TEXT, "题名" TEXT, "密级" TEXT)',
        'CREATE TABLE b("序号" INTEGER PRIMARY KEY, "档号" TEXT, "题名%s" TEXT, "密级" TEXT)',
        a=[(number, *row) for number, row in enumerate(RECORDS, 1)],
        b=[(number, f"B-{a}", f"其{b}", "机密") for number, (a, b, _) in enumerate(RECORDS, 1)],
    )
    found = verdicts(path)
    assert found["a"] == Counter(C=1, N=5) and found["b"] == Counter(C=6)
