"""Which column is what: by its label (comment, caption, field dictionary), by its name, and by what its values look like.

The secrecy column needs two of the three; a name alone is never enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from scanner.facts.holdings.labels import label_role, labels_another, level_named, name_role
from scanner.facts.holdings.normal import folded, name
from scanner.facts.holdings.reading import Column
from scanner.facts.holdings.samples import LEVELS_CODED, LEVELS_OWN, all_levels, one_sign, profile, says_open, shares
from scanner.facts.holdings.values import column_is_english, telephones
from scanner.facts.holdings.words import EMPTY, FLAG_SHORT, LEVEL_WEAK, NO, NOT_LEVEL, YES

_OWN_NAME = re.compile(r"secre\w*(?:level|class|grade|degree)|confidential|miji|bmdj|bmjb|smjb|smdj|[wa]jmj|mj(?:dm|mc|bs|bm)")
"""Names that nothing but a secrecy column bears: whatever stands there is a level or is not understood."""
_LOST = re.compile(r"[?？\ufffd]{2,}")
"""What stands where Chinese went through a character set that has none."""
_SHARING = ("retention", "remark", "opening", "disclosure", "series", "pages")
"""Roles of columns in which a level may stand beside a term of keeping."""
_OPENNESS = ("opening", "disclosure")
"""Of these, roles of columns that some keep the level in."""
SINGLE = ("level", "former_level", "period", "declassified_on", "declassified", "set_on", "dated", "formed_on", "title", "record_no",
          "parent_no", "volume_no", "item_no", "fonds", "series", "retention", "creator", "document_no", "year", "pages", "opening",
          "disclosure", "deleted", "tier", "secret_flag", "set_by")  # fmt: skip
"""Roles that one column plays; ``remark`` may have several."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of one source by role."""

    one: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Role to column."""
    remarks: tuple[str, ...] = ()
    other_levels: tuple[str, ...] = ()
    """Further secrecy columns, the better first: a name beside a code."""
    flags: tuple[str, ...] = ()
    """Those among the secrecy columns that only answer whether a record is secret."""
    others: tuple[str, ...] = ()
    """Text columns with a role of their own, in which no word of secrecy belongs."""
    untold: tuple[str, ...] = ()
    """Text columns that play no known role: marks are looked for in them too."""
    how: tuple[str, ...] = ()
    """What spoke for the secrecy column: ``label``, ``name``, ``values``."""

    def get(self, role: str) -> str | None:
        return self.one.get(role)

    @property
    def level(self) -> str | None:
        return self.one.get("level")


def as_text(columns: Iterable[Column], labels: Mapping[str, str]) -> tuple[Column, ...]:
    """The columns; one of bytes whose label or name says what part of a record stands in it is read as text. What may be a whole file is not."""
    return tuple(
        replace(column, kind="other")
        if column.kind == "bytes"
        and (label_role(labels.get(column.name) or column.comment) or name_role(column.name)) not in (None, "remark")
        else column
        for column in columns
    )


def identify(columns: Sequence[Column], labels: Mapping[str, str], sample: Mapping[str, Sequence[str | None]],
             dictionaries: Mapping[str, Mapping[str, str]]) -> Roles:  # fmt: skip
    """The roles of a source's columns.

    ``labels`` come from a field dictionary, ``sample`` holds sampled values by column, ``dictionaries`` what explains a column's codes.
    """
    one: dict[str, str] = {}
    remarks: list[str] = []
    untold: list[str] = []
    flags: list[str] = []
    levels: list[tuple[int, str, tuple[str, ...]]] = []
    for column in columns:
        label = labels.get(column.name) or column.comment
        by_label, by_name = label_role(label) if label else None, name_role(column.name)
        found = _level(column, by_label, by_name, sample.get(column.name, ()), dictionaries.get(column.name))
        if (
            found is not None
            and by_label is None
            and labels_another(label)
            and profile(sample.get(column.name, ()), dictionaries.get(column.name)) < LEVELS_OWN
        ):
            found, by_name = None, None
        if found is not None:
            levels.append((found[0], column.name, found[1]))
        role = by_label or by_name
        if found is not None and role in ("level", None):
            continue
        role = None if role == "level" else role
        if role is None and found is None and _answers(column, sample.get(column.name, ())):
            flags.append(column.name)
            continue
        if role == "secret_flag" and column.kind not in ("bytes", "date"):
            flags.append(column.name)
            continue
        if role == "remark":
            remarks.append(column.name)
        elif role is not None and (role not in one or (by_label == role and _weaker(one[role], columns, labels, role))):
            if role == "title" and role in one:
                untold.append(one[role])
            one[role] = column.name
        elif role in (None, "title") and column.kind in ("text", "other"):
            untold.append(column.name)
    placed = {*remarks, *untold, *flags, *(item[1] for item in levels), *(one[role] for role in ("title", "former_level") if role in one)}
    # A second column of a role plays none, and is looked at like the first one.
    others = [column.name for column in columns if column.kind in ("text", "other") and column.name not in placed]
    if "title" not in one and (number := one.get("record_no")) is not None and telephones(sample.get(number, ())):
        del one["record_no"]
    # is_secret of settings and forms speaks of no record, nor does a count by level.
    of_records = bool({"title", "record_no"} & one.keys())
    flags = [item for item in flags if of_records or not (item.isascii() or level_named(item))]
    levels += [(0, item, ("name",)) for item in flags]
    levels.sort(key=lambda item: -item[0])
    if levels:
        one["level"] = levels[0][1]
    return Roles(MappingProxyType(one), tuple(remarks), tuple(item[1] for item in levels[1:]),
                 tuple(flags), tuple(others), tuple(untold), levels[0][2] if levels else ())  # fmt: skip


def _level(column: Column, by_label: str | None, by_name: str | None, values: Sequence[str | None],
           known: Mapping[str, str] | None) -> tuple[int, tuple[str, ...]] | None:  # fmt: skip
    """Score and reasons of one column as the secrecy column; None when less than two speak for it."""
    label, named = by_label == "level", by_name == "level"
    spoken = by_label or by_name
    both = (spoken in _SHARING and shares(values, terms=True)) or (spoken in _OPENNESS and all_levels(values))
    if not both and ((by_label is not None and not label) or (by_label is None and by_name is not None and not named)):
        return None
    if column.kind in ("bytes", "date") or (name(column.name) in NOT_LEVEL[1] and not label and not both):
        return None
    if not (label or named or both or known) and one_sign(values):
        return None
    weight = LEVELS_OWN if both else profile(values, known)
    if weight == 0 and named and says_open(values):
        # What is not understood there is no reason to take all of it for something else.
        weight = LEVELS_CODED
    chinese = named and re.search(r"[\u4e00-\u9fff]", column.name) is not None
    blank = not any(value is not None and folded(value).upper() not in EMPTY for value in values)
    how = tuple(word for word, holds in (("label", label), ("name", named), ("values", weight > 0)) if holds)
    if weight == 0 and not blank and not known:
        # A column of that name whose values are no levels and no codes: an area, a rack. Its own label still makes it one, or bytes that are no text.
        closed = named and any(value is not None and (not value.isprintable() or _LOST.fullmatch(value)) for value in values)
        return (2, how) if label or chinese or closed or (named and _OWN_NAME.search(name(column.name))) else None
    # A name that could be many things' is one of two that must speak for it where the words are levels' and nothing else's.
    weak = not (label or named) and name(column.name) in LEVEL_WEAK and column_is_english(values)
    score = 2 * label + named + chinese + weight + (1 if known else 0) + weak
    return (score, how) if score >= LEVELS_OWN else None


def _answers(column: Column, values: Sequence[str | None]) -> bool:
    """Whether a column that is called after a level, or by a short name for being secret, holds nothing but yes and no."""
    named = level_named(column.name) is not None
    if column.kind in ("bytes", "date") or not (named or name(column.name) in FLAG_SHORT):
        return False
    told = {text for value in set(values) if value is not None and (text := folded(value).upper()) not in EMPTY - NO}
    return told <= YES | NO and (named or bool(told & YES))


def _weaker(held: str, columns: Sequence[Column], labels: Mapping[str, str], role: str) -> bool:
    comment = next((column.comment for column in columns if column.name == held), "")
    return label_role(labels.get(held) or comment) != role
