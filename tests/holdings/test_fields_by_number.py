"""Fields that another table numbers: the records are put together where it is certain what the numbers mean; else no level passes as open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.collect.holdings import fieldnumbers
from scanner.facts.holdings.fieldids import field_ids
from scanner.facts.holdings.reading import Unread
from tests.holdings.test_left_over import answers
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES
from tests.holdings.test_sides import KINDS

FIELDS = ("档号", "题名", "密级", "保管期限")
CODES = tuple("3" if level == "机密" else "1" for level in LEVELS)
OPEN_OR_SECRET = (("1", "公开"), ("2", "秘密"), ("3", "机密"))
DECLARED = "item_id INTEGER, attr_id INTEGER REFERENCES attr(id), value TEXT"
LOOSE = "item_id INTEGER, attr_id INTEGER, value TEXT"
Line = tuple[str, Counter[str], list[str]]
Rows = Sequence[tuple[object, ...]]


def table(name: str, columns: str, rows: Rows) -> str:
    made = "".join(f"INSERT INTO {name} VALUES({','.join('NULL' if cell is None else repr(cell) for cell in row)});\n" for row in rows)
    return f"CREATE TABLE {name}({columns});\n{made}"


def attributes(name: str = "attr", fields: Sequence[str] = FIELDS, columns: str = "id INTEGER PRIMARY KEY, name TEXT") -> str:
    return table(name, columns, list(enumerate(fields, 1)))


def values(levels: Sequence[str | None] = LEVELS, items: int = 6) -> list[tuple[object, ...]]:
    records = list(zip(NUMBERS, TITLES, levels, ("永久", "30年") * 3))[:items]
    return [(item, field, cell) for item, record in enumerate(records, 1) for field, cell in enumerate(record, 1)]


def stores(folder: Path, script: str, kind: str = "database") -> dict[str, Line]:
    name, data = KINDS[kind](folder, script)
    found = {}
    for line in answers(folder / "root" / name, data):
        assert not isinstance(line, Unread)
        found[line["path"].rpartition("#")[2].removeprefix("public.")] = line["role"], +Counter(line["counts"]), line["keys"].get("C", [])
    return found


RECORDS: Line = ("catalogue", Counter(C=1, N=5), [NUMBERS[2]])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("columns", [DECLARED, LOOSE])
def test_records_are_put_together(kind: str, columns: str, tmp_path: Path) -> None:
    found = stores(tmp_path, attributes() + table("attr_value", columns, values()), kind)
    assert found["attr_value"] == RECORDS and found["attr"][1] == Counter(N=4)


def test_the_table_of_values_may_come_first_and_have_a_key(tmp_path: Path) -> None:
    rows = [(number, field, cell, item) for number, (item, field, cell) in enumerate(sorted(values(), key=lambda row: str(row[1])), 1)]
    columns = "id INTEGER PRIMARY KEY, attr_id INTEGER, value TEXT, item_id INTEGER"
    assert stores(tmp_path, table("attr_value", columns, rows) + attributes())["attr_value"] == RECORDS


def test_few_records_whose_own_numbers_are_those_of_fields_too(tmp_path: Path) -> None:
    found = stores(tmp_path, attributes() + table("attr_value", LOOSE, values(items=4)))
    assert found["attr_value"] == ("catalogue", Counter(C=1, N=3), [NUMBERS[2]])


def test_a_code_instead_of_a_number(tmp_path: Path) -> None:
    listed = table("zd_field", "sort INTEGER, code TEXT, label TEXT", [(10 * at, f"F0{at}", name) for at, name in enumerate(FIELDS, 1)])
    rows = [(item, f"F0{field}", cell) for item, field, cell in values()]
    assert stores(tmp_path, listed + table("v", "oid INTEGER, f TEXT, val TEXT", rows))["v"] == RECORDS


@pytest.mark.parametrize("dictionary", [
    table("zd_mj", "dm INTEGER PRIMARY KEY, mc TEXT", OPEN_OR_SECRET),
    table("sys_dict_data", "dict_type TEXT, dict_value TEXT, dict_label TEXT", [("secret_level", *pair) for pair in OPEN_OR_SECRET]),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["database", "dump"])
def test_a_dictionary_explains_the_codes(kind: str, dictionary: str, tmp_path: Path) -> None:
    found = stores(tmp_path, attributes() + dictionary + table("attr_value", DECLARED, values(CODES)), kind)
    assert found["attr_value"] == RECORDS


def test_codes_that_nothing_explains_are_not_open(tmp_path: Path) -> None:
    found = stores(tmp_path, attributes() + table("attr_value", DECLARED, values(CODES)))
    assert found["attr_value"] == ("catalogue", Counter(U=6), [])


def test_a_star_in_a_title_without_a_level(tmp_path: Path) -> None:
    rows = [
        (item, field, f"{cell}（秘密★10年）" if (item, field) == (5, 2) else cell)
        for item, field, cell in values()
        if (item, field) != (5, 3)
    ]
    found = stores(tmp_path, attributes() + table("attr_value", DECLARED, rows))
    assert found["attr_value"] == ("catalogue", Counter(C=2, N=4), [NUMBERS[2], NUMBERS[4]])


UNCERTAIN = {
    "a number without a name": attributes() + table("attr_value", DECLARED, [*values(), (6, 9, "机密")]),
    "no number": attributes() + table("attr_value", LOOSE, [*values(), (6, None, "机密")]),
    "a field with two values": attributes() + table("attr_value", DECLARED, [*values(), (2, 4, "长期")]),
    "no owner": attributes() + table("attr_value", "id INTEGER PRIMARY KEY, attr_id INTEGER, value TEXT", [(at, *row[1:]) for at, row in enumerate(values())]),
    "two lists that disagree": attributes() + attributes("other", ("档号", "密级", "题名", "保管期限"))
        + table("attr_value", LOOSE, [(item, field, "机密" if field in (2, 3) else cell) for item, field, cell in values()]),
    "names of no title": attributes(fields=("档号", "责任者", "密级", "保管期限")) + table("attr_value", DECLARED, values()),
    "refers to something else": attributes() + "CREATE TABLE kind(id INTEGER PRIMARY KEY, x TEXT);\n"
        + table("attr_value", "item_id INTEGER, attr_id INTEGER REFERENCES kind(id), value TEXT", values()),
}  # fmt: skip


@pytest.mark.parametrize("name", UNCERTAIN)
def test_what_is_not_certain_is_not_open(name: str, tmp_path: Path) -> None:
    role, counts, _ = stores(tmp_path, UNCERTAIN[name])["attr_value"]
    assert role != "catalogue" and counts["U"] + counts["R"] > 0


@pytest.mark.parametrize("further", [(2, 4, "长期"), (6, 9, "x")])
@pytest.mark.parametrize("columns", [DECLARED, LOOSE])
def test_codes_of_records_that_cannot_be_put_together_are_not_open(columns: str, further: tuple[object, ...], tmp_path: Path) -> None:
    found = stores(tmp_path, attributes() + table("attr_value", columns, [*values(CODES), further]))
    assert found["attr_value"][1] == Counter(U=25)


def test_more_than_can_be_put_together_is_not_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fieldnumbers, "MOST", 20)
    assert stores(tmp_path, attributes() + table("attr_value", DECLARED, values(CODES)))["attr_value"][1] == Counter(U=24)


@pytest.mark.parametrize("name", ["field_value", "t_metadata_value", "sys_field_data"])
def test_whatever_the_table_is_called(name: str, tmp_path: Path) -> None:
    assert stores(tmp_path, attributes("t_field") + table(name, LOOSE, values()))[name] == RECORDS


def test_a_level_that_stands_in_another_column_than_other_values(tmp_path: Path) -> None:
    """Numbers have a column of their own: a level without a value may be one of them."""
    rows = [(*row[:2], None if code else row[2], 3 if code else None) for row in values() for code in [row[:2] == (3, 3)]]
    assert stores(tmp_path, attributes() + table("attr_value", f"{DECLARED}, number INTEGER", rows))["attr_value"][0] != "catalogue"


@pytest.mark.parametrize("fields", [FIELDS, ("档号", "题名", "密级")])
@pytest.mark.parametrize("right", ["read", "1"])
def test_rights_to_fields_are_no_records(fields: Sequence[str], right: str, tmp_path: Path) -> None:
    rights = [(role, field, right) for role in range(1, 5) for field in range(1, len(fields) + 1)]
    found = stores(
        tmp_path, attributes(fields=fields) + table("grant_of", "role_id INTEGER, attr_id INTEGER REFERENCES attr(id), r TEXT", rights)
    )
    assert found["grant_of"][0] != "catalogue" and set(found["grant_of"][1]) == {"N"}


@pytest.mark.parametrize("by_number", [True, False])
def test_what_speaks_beside_a_value_is_told_of_its_record(by_number: bool, tmp_path: Path) -> None:
    rows = [
        (item, field if by_number else FIELDS[int(str(field)) - 1], cell, "机密★10年" if (item, field) == (5, 2) else None)
        for item, field, cell in values()
    ]
    found = stores(tmp_path, attributes() + table("ws", "rid INTEGER, field TEXT, val TEXT, bz TEXT", rows))
    assert found["ws"] == ("catalogue", Counter(C=1, R=1, N=4), [NUMBERS[2]])


def test_lists_of_fields() -> None:
    named = list(enumerate(FIELDS, 1))
    rows = [(str(at), name) for at, name in named]
    told = field_ids("attr", ("id", "name"), rows)
    assert told is not None and told.names == {"id": {str(at): name for at, name in named}}
    assert told.referred({"a": ("ATTR", "ID"), "b": ("attr", ""), "c": ("attr", "x"), "d": ("item", "id")}) == [("a", "id"), ("b", "id")]
    for others in ([*rows, ("1", "页数")], [*rows, ("5", None)], rows[:2]):
        assert field_ids("attr", ("id", "name"), others) is None
