"""What explains a column's codes: a foreign key's target, the column's comment, a dictionary table, the unit's own profile. In that order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from scanner.facts.holdings.labels import label_role, may_label_level, name_role
from scanner.facts.holdings.leftover import repeats_names
from scanner.facts.holdings.normal import BETWEEN, clean, code, folded, joined, name
from scanner.facts.holdings.reading import Column
from scanner.facts.holdings.sums import is_count
from scanner.facts.holdings.tables import named
from scanner.facts.holdings.values import mostly, plain
from scanner.facts.holdings.words import LEVEL_WEAK, TABLES

SMALL = 5000
"""Rows up to which a table is read as a possible dictionary."""
MOST = 40
"""Codes of one dictionary."""
FEW = 40
"""Names up to which each of them is looked for among all texts of a column at once."""
_PAIR = re.compile(
    r"(?<![A-Za-z0-9])([A-Za-z]{1,3}\d{0,3}|\d{1,3}|[A-Z][A-Z_]{2,14})\s*(?:[:：=＝—-]{1,2}>?|\s|、|\.|(?=[\u4e00-\u9fff]))\s*([\u4e00-\u9fff]{1,8}级?)"
)
_BACKWARD = re.compile(r"([\u4e00-\u9fff]{2,6})\s*[:：=＝—(（-]\s*([A-Za-z]{1,3}\d{0,2}|\d{1,3})")
_LEGEND = re.compile(
    r"([\u4e00-\u9fff]{1,4}|[A-Za-z0-9]{1,3}|[^\w\s:：=,，;；、()（）])\s*(?:[:：=＝]|代表|表示|为|[—-]{1,2}>?)\s*([\u4e00-\u9fff]{2,4}级?)(?![\u4e00-\u9fff])"
)
_TYPE = re.compile(
    r"(?:type|kind|class|lx|lb|dict|category|group|parent|(?:^|_)[pf]_?id(?:$|_)|(?:tenant|org|unit|corp|version)_?(?:id|code|no)?$|(?:field|attr|enum)_?id$|类型|类别|字典|上级|租户|单位|机构|版本)",
    re.I,
)
CODE_NAME = re.compile(r"(?:code|value|key|id|dm|bm|no|num|代码|编码|值|键)", re.I)
_TEXT = re.compile(r"[\u4e00-\u9fff]{2}")
_OF_RECORDS = ("title", "record_no", "volume_no", "item_no", "creator", "document_no", "dated", "formed_on", "fonds", "retention")
_ABOUT_RECORDS = re.compile(
    r"^关于|的(?:通知|请示|报告|批复|意见|决定|函|通报|方案|规划|计划|总结|纪要|办法)|(?:方案|请示|批复|纪要|清册|名册)$"
)
_PREFIX = re.compile(r"^(?:t|tb|tbl|sys|base|dict?|zd|dm|lk|ref)_|_?(?:dict?|zd|dm|s|i18n|translations?)$")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,16}")
_QUOTES = re.compile("[\"'“”]")
_DIGITS = frozenset("0123456789")
ABOUT = re.compile(r"(?:sec|secret|mj|miji|bmdj|smjb|classif|confiden|密)", re.I)


@dataclass(frozen=True, slots=True)
class Small:
    """A small table, read whole: it may be a dictionary. Lives only while its group is counted."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One dictionary of codes: a whole small table, or the rows of one type in a table of many dictionaries."""

    source: str
    type: str
    """The type's word; empty where the table is one dictionary."""
    words: Mapping[str, str]
    key: str
    """Column of the codes."""


def in_comment(comment: str) -> dict[str, str]:
    """``密级(1:公开 2:秘密)`` and its like. Empty unless at least two codes are told, of levels or of nothing but words beside them."""
    if len(comment) <= 2:
        return {}
    text = _QUOTES.sub("", clean(comment))
    for pattern, turned in ((_PAIR, False), (_BACKWARD, True)):
        found = {code(b if turned else a): (a if turned else b) for a, b in pattern.findall(text)}
        if len(found) >= 2 and _about_secrecy(found.values()):
            return found
    return {}


def in_legend(text: str) -> dict[str, str]:
    """``红=机密，白=公开`` and its like: words or signs beside levels. Empty unless two are told, a level among them."""
    found = {code(sign): word for sign, word in _LEGEND.findall(clean(text))}
    return found if len(found) >= 2 and tells_levels(found.values()) else {}


def code_tables(small: Small) -> Iterator[CodeTable]:
    """Every dictionary of levels that a small table holds."""
    typed = [i for i, column in enumerate(small.columns) if _TYPE.search(column.name) or _TYPE.search(column.comment)]
    for label in range(len(small.columns)):
        kinds = [i for i in typed if i != label]
        if not kinds and len(small.rows) > MOST:
            continue
        for kind in (*kinds, None):
            if kind is None:
                groups: dict[str, list[tuple[str | None, ...]]] = {"": list(small.rows)}
            else:
                groups = {}
                for row in small.rows:
                    groups.setdefault(row[kind] or "", []).append(row)
            found = [table for key, rows in groups.items() for table in _of(small, key, rows, label, kind)]
            if found:
                yield from found
                break


def _of(small: Small, kind: str, rows: Sequence[tuple[str | None, ...]], label: int, kind_column: int | None) -> Iterator[CodeTable]:
    if not 2 <= len(rows) <= MOST:
        return
    labels = [row[label] or "" for row in rows]
    # A dictionary tells each meaning once; what tells one again and again is a list of records.
    if len(set(labels)) < len(labels) * 0.8 or not mostly(_known_word, labels, 0.6) or not _about_secrecy(labels):
        return
    # Numbers of records by level are no codes of levels.
    options = [i for i in range(len(small.columns)) if i not in (label, kind_column) and not is_count(small.columns[i])]
    if any(map(_marked, labels)) or _lists_records(small, rows, label, options):
        return
    options.sort(
        key=lambda i: (not CODE_NAME.search(small.columns[i].name + small.columns[i].comment), rowid_like(small.columns[i].name), i)
    )
    for option in options:
        codes = [row[option] for row in rows]
        if all(codes) and len(set(codes)) == len(codes) and all(_CODE.fullmatch(clean(value or "")) for value in codes):
            yield CodeTable(
                small.name, kind, {code(value or ""): text for value, text in zip(codes, labels, strict=True)}, small.columns[option].name
            )


def _lists_records(small: Small, rows: Sequence[tuple[str | None, ...]], label: int, options: Sequence[int]) -> bool:
    """Whether the rows are records with their levels: something beside codes and labels is told of each."""
    if any(_role(small.columns[i]) in _OF_RECORDS for i in options):
        return True
    levelled = _role(small.columns[label]) == "level"
    texts = [i for i in options if sum(_TEXT.search(row[i] or "") is not None for row in rows) >= len(rows) / 2]
    if levelled and texts:
        return True
    if levelled and not (named(small.name, TABLES["dictionary"]) or ABOUT.search(small.name) or own_name(small.name) in LEVEL_WEAK):
        return True
    return any(_ABOUT_RECORDS.search(row[i] or "") for i in texts for row in rows)


def own_name(table: str) -> str:
    """What a table is called after: its name without what only says that it is one."""
    return name(_PREFIX.sub("", table.lower().rsplit(".", 1)[-1]))


def _role(column: Column) -> str | None:
    return (label_role(column.comment) if column.comment else None) or name_role(column.name)


def _marked(text: str) -> bool:
    found = plain(folded(text))
    return found is not None and found.mark is not None and (found.mark.star or found.mark.period is not None)


def rowid_like(column: str) -> bool:
    return name(column) in ("id", "rowid", "dictid", "sort", "orderno", "seq", "px", "dictcode")


def field_labels(small: Small, names: Mapping[str, frozenset[str]]) -> dict[tuple[str, str], str]:
    """A field dictionary: (table or empty, column) to its label. ``names`` maps every table of the group to its columns."""
    every = frozenset(name(column) for columns in names.values() for column in columns)
    columns = [_Cells(cells) for cells in zip(*small.rows)]
    naming = {id(cells): cells.named(every) for cells in columns}
    # Without the name of a column among its cells it labels none.
    if not any(naming.values()):
        return {}
    own = [column.name for column in small.columns]
    records = tuple(row for row in small.rows if not repeats_names(own, row))
    if len(records) < len(small.rows):
        # Its own names at the head of every page label nothing.
        return field_labels(replace(small, rows=records), names)
    column = _best(columns, lambda cells: naming[id(cells)])
    label = None if column is None else _best(columns, lambda cells: frozenset(filter(_is_label, cells.texts)), besides=column)
    if column is None or label is None:
        return _level_labels(small, columns, names, every)
    by_name = _tables_by_name(names)
    table = _best(columns, lambda cells: cells.named(by_name.keys()), besides=column, least=1)
    out: dict[tuple[str, str], str] = {}
    for row in small.rows:
        if row[column] and row[label]:
            owner = by_name.get(name(row[table] or ""), "") if table is not None else ""
            out[owner, name(row[column] or "")] = with_codes(row[label] or "", row)
    return out


def _tables_by_name(names: Iterable[str]) -> dict[str, str]:
    """Tables as a dictionary may call them: by the whole name, or without the schema where that means one table."""
    bare: dict[str, list[str]] = {}
    for key in names:
        bare.setdefault(name(key.rsplit(".", 1)[-1]), []).append(key)
    return {one: keys[0] for one, keys in bare.items() if len(keys) == 1} | {name(key): key for key in names}


def with_codes(label: str, row: Sequence[str | None]) -> str:
    """A secrecy column's label, with the codes that another cell of the same row of the dictionary explains."""
    if not _is_level_label(label) or in_comment(label):
        return label
    return next((f"{label}({cell})" for cell in row if cell and in_comment(cell)), label)


def _level_labels(
    small: Small, columns: Sequence[_Cells], names: Mapping[str, frozenset[str]], every: frozenset[str]
) -> dict[tuple[str, str], str]:
    """What a field dictionary too short to be known as one says of secrecy columns: one row that names a column and calls it 密级 is enough."""
    out: dict[tuple[str, str], str] = {}
    by_name = _tables_by_name(names)
    telling = frozenset(text for cells in columns for text in cells.calling_level())
    for row in small.rows if telling else ():
        told = next((cell for cell in row if cell in telling), None)
        if told is not None:
            # What is called something of its own already is a field beside the level's, not its name.
            cells = [name(cell) for cell in row if cell and cell != told and label_role(cell) in (None, "level")]
            owner = next((by_name[cell] for cell in cells if cell in by_name), "")
            out |= {(owner, cell): with_codes(told, row) for cell in cells if cell in every}
    return out


class _Cells:
    """One column of a small table: each text once, and how all of them compare as names. Looked through as a whole, not cell by cell."""

    def __init__(self, cells: Sequence[str | None]) -> None:
        self.cells = cells
        texts = dict.fromkeys(cells)
        self.texts = [text or "" for text in texts]

    def named(self, wanted: Set[str]) -> frozenset[str]:
        """Texts that are one of these names."""
        # What ends with a digit that none of the names ends with is none of them: numbers and days need not be compared.
        others = _DIGITS - {one[-1:] for one in wanted}
        texts = [text for text in self.texts if text[-1:] not in others]
        if not texts:
            return frozenset()
        names = joined(texts)
        if len(wanted) <= FEW and not any(one in names for one in wanted):
            return frozenset()
        return frozenset(text for text, one in zip(texts, names.split(BETWEEN), strict=True) if one in wanted)

    def calling_level(self) -> list[str]:
        """Texts that call something 密级. Most columns hold none."""
        return [text for text in self.texts if text and _is_level_label(text)] if may_label_level(joined(self.texts)) else []

    def count(self, texts: Set[str]) -> int:
        """Cells that hold one of the texts."""
        return sum([(cell or "") in texts for cell in self.cells]) if texts else 0


def _best(columns: Sequence[_Cells], holds: Callable[[_Cells], Set[str]], besides: int | None = None, least: int = 3) -> int | None:
    """The column of which most cells hold; ``holds`` names the texts that do."""
    scores = [(cells.count(holds(cells)), -i) for i, cells in enumerate(columns) if i != besides]
    best = max(scores, default=(0, 0))
    return -best[1] if best[0] >= least else None


def _is_level_label(text: str) -> bool:
    return len(text) <= 40 and label_role(text) == "level"


def _is_label(value: str) -> bool:
    return len(value) <= 40 and label_role(value) is not None


def tells_levels(texts: Iterable[str]) -> bool:
    return any(_level_word(text) for text in texts)


def _about_secrecy(texts: Iterable[str]) -> bool:
    """Whether labels are about secrecy: a level is among them, or all are words that stand beside levels and some speak of being open."""
    labels = list(texts)
    if tells_levels(labels):
        return True
    return all(map(_known_word, labels)) and any(re.search(r"公开|内部|密|受控", label) for label in labels)


def _level_word(text: str | None) -> bool:
    found = plain(folded(text)) if text and len(text) <= 12 else None
    return found is not None and found.sense == "level" and found.mark is not None and found.mark.period is None


def _known_word(text: str) -> bool:
    return len(text) <= 12 and plain(folded(text)) is not None
