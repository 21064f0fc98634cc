"""What a group of sources says about itself before anything is counted: labels, dictionaries of codes, roles of columns and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType

from scanner.collect.holdings.asides import TERMS, has_terms, is_blank, says_aside, usual_beside
from scanner.collect.holdings.blobs import with_text
from scanner.errors import ReachError
from scanner.facts.holdings.between import headings
from scanner.facts.holdings.choices import lists_choices
from scanner.facts.holdings.codes import SMALL, CodeTable, Small, code_tables, field_labels, in_comment, in_legend
from scanner.facts.holdings.columns import Roles, as_text, identify
from scanner.facts.holdings.explaining import choose, declared, pointed_at, referred
from scanner.facts.holdings.inner import USUAL, Inner, level_keys, values_under
from scanner.facts.holdings.keys import EVERY, labels_beside
from scanner.facts.holdings.labels import label_role, level_named, name_role
from scanner.facts.holdings.leftover import Heading
from scanner.facts.holdings.normal import code, folded, name
from scanner.facts.holdings.reading import Column, Group, Row, Source
from scanner.facts.holdings.samples import may_go_on, shares
from scanner.facts.holdings.sides import points_away
from scanner.facts.holdings.sought import lettered_part, sought
from scanner.facts.holdings.sums import is_sums, like_titles, repeats
from scanner.facts.holdings.tables import Role, table_role
from scanner.facts.holdings.values import Codes, column_is_cipher, column_is_english, plain
from scanner.facts.holdings.views import Worked, tables_of, words_for, worked_out
from scanner.facts.holdings.words import EMPTY, YES
from scanner.model.absent import Absent, Why

SAMPLE = 1000
"""Rows looked at to learn what columns mean."""
WIDE = 30
"""A dictionary has no more columns than this."""
TRUSTED = ("reference", "comment", "profile")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one source."""

    source: Source
    roles: Roles
    codes: Mapping[str, Codes]
    """Secrecy column to how its values are read."""
    role: Role
    plain: frozenset[str]
    """Sampled values of the first secrecy column that leave a row to its texts."""
    columns: tuple[Column, ...]
    """Those whose cells can be read as text."""
    terms: bool = False
    """Records without a level tell how long they are secret, or who set it."""
    aside: bool = False
    """Records without a level in the first secrecy column have something in another one."""
    needles: tuple[str, ...] = ()
    """What rows are looked for beside the common words."""
    lettered: int | None = None
    """Part of the record numbers that is the letters of a level."""
    beside: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """Further secrecy column whose codes nothing explains to the codes that usually stand beside words of the first one."""
    inner: tuple[Inner, ...] = ()
    """Columns whose cells tell a level among other things."""
    apart: bool = False
    """Its levels stand in another table, and nobody knows for certain which is whose."""


@dataclass(slots=True)
class Survey:
    """What the whole group explains."""

    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    tables: list[CodeTable] = field(default_factory=list)
    smalls: dict[str, Small] = field(default_factory=dict)
    naming: dict[str, dict[str, str]] = field(default_factory=dict)
    """What small tables call columns of other files. The tables themselves are not held: there may be many."""
    codes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What a dictionary beside the file says of codes that nothing in it explains."""
    explaining: set[str] = field(default_factory=set)
    """Sources that are dictionaries."""

    legends: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """What stands around a source and explains signs of levels, by its path; under the empty path, for all of them."""
    headings: Mapping[str, Heading] = field(default_factory=lambda: MappingProxyType({}))
    """The level that stands above all records of a source, by its path."""

    views: list[tuple[Worked, frozenset[str]]] = field(default_factory=list)
    """What views work out of one column, and the sources whose column that may be."""

    def worked_out(self, source: str, column: str, values: Sequence[str | None]) -> Mapping[str, str]:
        """What the views over a source make of a column's values."""
        found = [(worked, len(of) > 1) for worked, of in self.views if source in of and worked.column == name(column)]
        return words_for(found, _coded(values)) if found else {}

    def legend(self, path: str, values: Sequence[str | None]) -> Mapping[str, str]:
        """The legend that explains every one of a column's values, or none."""
        words = self.legends.get(path) or self.legends.get("")
        told = _coded(values) if words else frozenset()
        return words if words and told and told <= set(words) else {}

    def label(self, source: str, column: str) -> str:
        """The field dictionary's label of a column."""
        if not self.labels:
            return ""
        return self.labels.get((source, name(column))) or self.labels.get(("", name(column)), "")


def survey(group: Group, beside: Mapping[str, str] = MappingProxyType({})) -> Survey:
    """Read the small tables of a group and keep what explains others. One that cannot be read explains nothing; counting it says why.

    ``beside`` is what dictionaries in other files call the columns.
    """
    found = Survey(
        labels={("", name(column)): label for column, label in beside.items() if column},
        codes=in_comment(beside.get(EVERY, "")),
        legends={path: words for path, parts in group.around.items() for _, text in parts if (words := _legend(text))},
        headings=headings(group),
    )
    names = {source.name: frozenset(column.name for column in source.columns) for source in group.sources}
    if told := [(definition, worked) for definition in group.views if "密" in definition for worked in worked_out(definition)]:
        compared = {source: frozenset(map(name, columns)) for source, columns in names.items()}
        found.views = [(worked, tables_of(worked, definition, compared)) for definition, worked in told]
    for source in group.sources:
        small = _small(source)
        if small is None:
            continue
        if naming := labels_beside(small):
            found.naming[source.name] = naming
        labels = field_labels(small, names)
        tables = [table for table in code_tables(small) if not points_away(table.key, source.name, source.references, names)]
        found.labels.update(labels)
        found.tables += tables
        if labels or tables or lists_choices(small):
            found.explaining.add(source.name)
            found.smalls[source.name] = small
    return found


def _legend(text: str) -> Mapping[str, str]:
    return (in_comment(text) or in_legend(text)) if "密" in text else {}


def _small(source: Source) -> Small | None:
    try:
        if not 2 <= len(source.columns) <= WIDE or source.exceeds(SMALL):
            return None
        rows = tuple(islice(source.rows([column.name for column in source.columns]), SMALL + 1))
        return Small(source.name, source.columns, rows) if len(rows) <= SMALL else None
    except ReachError:
        return None


def know(source: Source, about: Survey, own: Mapping[str, Mapping[str, str]]) -> Known:
    """What one source is. ``own`` maps ``table.column`` or ``column`` to the unit's own dictionary. Raises ReachError."""
    every = as_text(with_text(source), {column.name: about.label(source.name, column.name) for column in source.columns})
    columns = [column for column in every if column.kind != "bytes"]
    names = [column.name for column in columns]
    sample = sampled(source, names)
    many = len(sample[names[0]]) >= SAMPLE if names else False
    later: dict[str, list[str | None] | None] = {}
    for column in columns:
        spoken, blank = name_role(column.name), not any(sample[column.name])
        if (spoken == "level" and blank) or (many and ((spoken in TERMS and blank) or (spoken is None and may_go_on(sample[column.name])))):
            later[column.name] = _later(source, column.name)
            sample[column.name] = [*sample[column.name], *(later[column.name] or ())]
    labels = {column.name: label for column in columns if (label := about.label(source.name, column.name))}
    explained = {
        column.name: words
        for column in columns
        if (words := _dictionary(source, column, labels.get(column.name, ""), sample[column.name], about, own))
    }
    roles = identify(columns, labels, sample, explained)
    levels = [column for column in (roles.level, *roles.other_levels) if column is not None]
    codes = {column: _codes(explained.get(column) or _ticked(column, roles), sample[column], column in roles.flags) for column in levels}
    sums, repeated = is_sums(source, roles, sample), repeats(sample.get(roles.get("record_no") or "", ()))
    texts = roles.get("title") is None and any(like_titles(sample[column]) for column in roles.untold)
    explains = source.name in about.explaining
    role = table_role(_called(source), "", columns, roles, explains=explains, sums=sums, repeated=repeated, texts=texts)
    values = frozenset(value for value in set(sample.get(roles.level or "", ())) if value is not None)
    lettered = lettered_part(sample.get(roles.get("record_no") or "", ()))
    spoken_later = {column for column, cells in later.items() if cells is None or not all(map(is_blank, cells))}
    terms = has_terms(roles, sample) or any(roles.get(role) in spoken_later for role in TERMS)
    beside = usual_beside(roles, sample, codes)
    aside = bool(beside) or says_aside(roles, sample) or not spoken_later.isdisjoint({*roles.other_levels} - {*roles.flags})
    inner = tuple(_inner(source, roles, sample, about, own))
    needles = (*sought(sample, roles.get("title"), lettered is not None), *(needle for one in inner for needle in one.needles))
    if role == "other" and any(one.keys != USUAL for one in inner) and (roles.get("title") or roles.get("record_no")):
        role = "catalogue"
    apart = getattr(source, "apart", False)
    return Known(
        source, roles, MappingProxyType(codes), role, values, tuple(columns), terms, aside, needles, lettered, beside, inner, apart
    )


def _inner(source: Source, roles: Roles, sample: Mapping[str, Sequence[str | None]], about: Survey,
           own: Mapping[str, Mapping[str, str]]) -> Iterator[Inner]:  # fmt: skip
    """Columns with a level within their cells, and how it is read."""
    for column in (*roles.remarks, *roles.untold, *roles.others):
        if keys := level_keys(sample[column]):
            values = values_under(keys, sample[column])
            words = _dictionary(source, Column(keys[-1]), "", values, about, own)
            yield Inner(column, keys, _codes(words, values, False))


def _called(source: Source) -> str:
    """Its name; of a script without the end of files, which speaks of roles elsewhere."""
    return source.name.removesuffix(".js") if source.place.path.rpartition("/")[2] == source.name else source.name


def sampled(source: Source, columns: Sequence[str]) -> dict[str, Sequence[str | None]]:
    """Cells to learn from, by column: of the first rows, and where the store gives them cheaply, of some in the middle and at the end."""
    looked: Callable[[Sequence[str], int], list[Sequence[str | None]]] | None = getattr(source, "looked", None)
    if looked is not None and (found := looked(columns, SAMPLE)):
        return dict(zip(columns, found))
    rows = source.sample(columns, SAMPLE) if columns else []
    further: Callable[[Sequence[str], int], list[Row]] | None = getattr(source, "further", None)
    if further is not None and len(rows) >= SAMPLE:
        rows = [*rows, *further(columns, SAMPLE)]
    return dict(zip(columns, zip(*rows))) if rows else dict.fromkeys(columns, ())


def _ticked(column: str, roles: Roles) -> Mapping[str, str]:
    """What a tick means in a column that is called after a level."""
    level = level_named(column) if column in roles.flags else None
    return {code(word): level for word in YES} if level is not None else {}


def _later(source: Source, column: str) -> list[str | None] | None:
    """Values of a column whose first rows are blank: what comes later may tell that it is the secrecy column after all. None where they are many."""
    found = source.histogram(column, SAMPLE)
    if not isinstance(found, Absent):
        return list(found)
    if found.why is Why.TRUNCATED:
        return None
    return list(islice((row[0] for row in source.rows([column]) if row[0]), SAMPLE))


def _codes(words: Mapping[str, str], values: Sequence[str | None], flag: bool) -> Codes:
    return Codes(
        words,
        "dictionary" if words else "",
        column_is_english(values, alone=True),
        column_is_cipher(values),
        flag,
        shares(values, terms=True),
    )


def _dictionary(source: Source, column: Column, label: str, values: Sequence[str | None], about: Survey,
                own: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:  # fmt: skip
    """What explains a column's codes: reference, comment, dictionary table, the unit's profile."""
    target = source.references.get(column.name)
    if target is not None and (words := pointed_at(about.tables, target, _coded(values))):
        return words
    told = in_comment(column.comment) or in_comment(label) or in_comment(column.name)
    spoken = label_role(label or column.comment) or name_role(column.name)
    if told and spoken in (None, "level"):
        return told
    if about.views and (words := about.worked_out(source.name, column.name, values)):
        return words
    if spoken is None and about.tables and (words := referred(about.tables, column.name, _coded(values))):
        return words
    if spoken == "level":
        # A word that says what it is needs no dictionary, and does not make one unfit for the codes beside it.
        open_ones = frozenset(one for one in _coded(values) if one.isascii() or plain(one) is None)
        if any(plain(one) is None for one in open_ones):
            words = choose(about.tables, column.name, f"{label} {column.comment}", source.name, open_ones)
            if words:
                return words
    mine = declared(own, source.name, column.name)
    if not mine and spoken == "level" and about.codes:
        beside = {one for one in _coded(values) if one.isascii() or plain(one) is None}
        mine = about.codes if beside and beside <= set(about.codes) else None
    return mine or (about.legend(source.place.path, values) if spoken in (None, "level") else {})


def _coded(values: Sequence[str | None]) -> frozenset[str]:
    """Values as codes are compared. Columns of titles and numbers have as many as rows: nobody asks for theirs without need."""
    return frozenset(code(value) for value in set(values) if value is not None and folded(value).upper() not in EMPTY)
