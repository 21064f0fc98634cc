"""Which column is what: by its label (comment, caption, field dictionary), by its name, and by what its values look like.

The secrecy column needs two of the three; a name alone is never enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

from scanner.facts.holdings.normal import code, folded, name
from scanner.facts.holdings.reading import Column
from scanner.facts.holdings.values import (
    Meaning,
    column_is_cipher,
    column_is_english,
    english,
    is_kept,
    kept_in_letters,
    mostly,
    plain,
    shared,
    telephones,
)
from scanner.facts.holdings.words import COLUMNS, EMPTY, ENGLISH_CLASSIFIED, ENGLISH_OPEN, FLAG_SHORT, LEVEL_WEAK, NO, NOT_LEVEL, RANKS, YES
from scanner.facts.holdings.words import SINGLE as WORDS_SINGLE

FEW = 12
"""A column of codes has no more distinct values than this."""
_CODE = re.compile(r"[A-Za-z]{1,3}\d{0,2}|\d{1,3}|[A-Za-z_ -]{3,14}")
_WHOLE = re.compile(r"\d{1,8}(?:\.0+)?")
"""A number of a row in a dictionary of all things; an area has a fraction, or hardly ever comes again."""
_NUMBERED = re.compile(r"[\d_]+$")
_BEFORE = re.compile(r"^(?:\d{1,2}[.、．)]|[*＊★※☆])+\s*(?=[\u4e00-\u9fff])")
"""A number, or the star of what must be filled in, before a label."""
_LATIN, _HAN = re.compile(r"[A-Za-z]{2}"), re.compile(r"[\u4e00-\u9fff]+")
_CODED = re.compile(r"(?:code|name|value|desc|text|dm|mc)$")
"""What names of columns say behind the thing itself."""
_OWN_NAME = re.compile(r"secre\w*(?:level|class|grade|degree)|confidential|miji|bmdj|bmjb|smjb|smdj|[wa]jmj|mj(?:dm|mc|bs|bm)")
"""Names that nothing but a secrecy column bears: whatever stands there is a level or is not understood."""
_LEVEL_LABEL = re.compile(
    r".{0,6}(?:密级|(?:保密|秘密|涉密|机密)(?:等级|级别))(?:标签|标记)?(?:代码|名称|标识|标志|编码|编号|字典|情况|程度|类别|类型|状态|信息|主键|外键|选项|枚举|键|值|项)?|密级\s*[和与及、/\\·+-]?\s*(?:保管|保密|保存)?期限|(?:保管|保密|保存)期限\s*[和与及、/\\·+-]?\s*密级"
)
_OTHERS = tuple(word for word in sorted(NOT_LEVEL[0]) if "密级" not in word and "涉密" not in word)
_SHARING = ("retention", "remark", "opening", "disclosure", "series", "pages")
"""Roles of columns in which a level may stand beside a term of keeping."""
_OF_SECRECY = ("level", "secret_flag", "former_level", "period", "declassified_on", "declassified", "set_on", "set_by")
"""Roles of columns that speak of secrecy, wherever they stand."""
_OPENNESS = ("opening", "disclosure")
"""Of these, roles of columns that some keep the level in."""
_OPEN_WORDS = ("公开", "内部", "密")
_LEVEL_LABELS = tuple(
    word for word in sorted({"密级", *COLUMNS["level"][0]}) if not any(other in word for other in {"密级", *COLUMNS["level"][0]} - {word})
)
"""One of these stands in every label of a secrecy column, compared as names are."""
AMBIGUOUS = frozenset({"MM", "JM"})
"""Letters of levels that stand for other things where nothing else tells."""
LEVELS_OWN, LEVELS_CODED = 2, 1
"""Weight of values that are levels by themselves, and of values that may be codes of levels."""
SINGLE_LEVELS = {sign: level for sign, level in WORDS_SINGLE.items() if level in RANKS}
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


def role_by_words(text: str, latin: bool) -> str | None:
    """The role that a label (``latin`` False) or a name speaks for."""
    plain_text = name(text)
    if not plain_text:
        return None
    if plain_text in (NOT_LEVEL[1] if latin else NOT_LEVEL[0]):
        return "retention" if plain_text in ("bgqx", "保管期限") else None
    for role, (zh, latin_words) in COLUMNS.items():
        if plain_text in (latin_words if latin else zh):
            return role
    return None


def label_role(label: str) -> str | None:
    """The role of a label; what stands in brackets or behind a colon explains values and is left out."""
    head = re.split(r"[(（:：,，;；\[【|]", _BEFORE.sub("", label.strip()), maxsplit=1)[0].strip()
    found = role_by_words(head, latin=False)
    if found is not None:
        return found
    # Two languages side by side: 密级 Level, Level/密级.
    if _LATIN.search(head) and (chinese := "".join(_HAN.findall(head))) != head and chinese:
        return label_role(chinese)
    return "level" if _LEVEL_LABEL.fullmatch(head) and name(head) not in NOT_LEVEL[0] and "人员" not in head else None


def _labels_another(label: str) -> bool:
    """Whether a label says of a name that could be a secrecy column's that it is not: mj is 面积 or 门禁, too."""
    plain_label = name(_BEFORE.sub("", label.strip()))
    return plain_label.startswith(_OTHERS) and not may_label_level(plain_label)


def may_label_level(text: str) -> bool:
    """Whether a text, compared as names are, may have a label of a secrecy column in it. Never False for one that has."""
    return any(word in text for word in _LEVEL_LABELS)


@lru_cache(maxsize=4096)
def name_role(column: str) -> str | None:
    """The role of a column's own name: Chinese, pinyin initials or English."""
    if re.search(r"[\u4e00-\u9fff]", column):
        return label_role(column) or _within(column)
    bare = re.sub(r"^(?:f|c|col|fld)_", "", column.strip().lower())
    found = role_by_words(column, latin=True) or role_by_words(bare, latin=True) or role_by_words(_NUMBERED.sub("", column), latin=True)
    if found is None and (stem := _CODED.sub("", name(column))) != name(column):
        return "level" if role_by_words(stem, latin=True) == "level" else _within(column)
    return found or _within(column)


def _within(column: str) -> str | None:
    """The role of a field within a field (attrs.miji), where it is one of secrecy."""
    inner = name_role(column.rpartition(".")[2]) if "." in column else None
    return inner if inner in _OF_SECRECY else None


def profile(values: Iterable[str | None], known: Mapping[str, str] | None = None) -> int:
    """What the sampled values of a column say for its being the secrecy column: 0, :data:`LEVELS_CODED` or :data:`LEVELS_OWN`.

    ``known`` is a dictionary that explains its codes.
    """
    counts = Counter(
        {value: number for value, number in Counter(values).items() if value is not None and folded(value).upper() not in EMPTY}
    )
    if not counts:
        return 0
    if known and all(code(value) in known or _spoken(value) for value in counts):
        return LEVELS_OWN if any(_classified(plain(folded(text))) for text in (*known.values(), *counts)) else 0
    if mostly(lambda value: shared(folded(value)) is not None, list(counts), 0.6):
        return LEVELS_OWN if shares(counts) else LEVELS_CODED
    if mostly(_spoken, list(counts), 0.6):
        told = [plain(folded(value)) for value in counts]
        if any(_classified(one) for one in told):
            said = sum(number for number, one in zip(counts.values(), told, strict=True) if one is not None)
            return LEVELS_OWN if said >= 0.9 * counts.total() else LEVELS_CODED
        if all(told):
            return LEVELS_CODED
    if column_is_english(counts) or column_is_cipher(counts):
        return LEVELS_CODED
    if len(counts) <= FEW and all(_code_like(value) for value in counts):
        return LEVELS_CODED
    if len(counts) <= FEW and 2 * len(counts) <= counts.total() and all(_WHOLE.fullmatch(folded(value)) for value in counts):
        return LEVELS_CODED
    # Codes beside words for what is no secret stand for what is not said in words.
    if len(counts) <= FEW and all(_is_no_secret(value) or _code_like(value) for value in counts):
        return LEVELS_CODED
    # Levels among values of another kind: one strange value must not hide the others.
    return LEVELS_CODED if any(_classified(plain(folded(value))) for value in counts) else 0


def may_go_on(values: Iterable[str | None]) -> bool:
    """Whether sampled values of a column that nothing names are all words for open: what is not in the sample may be a level."""
    told = [plain(text) for value in set(values) if value is not None and (text := folded(value)).upper() not in EMPTY]
    return 0 < len(told) <= FEW and all(one is not None and one.sense == "open" for one in told)


def shares(values: Iterable[str | None], terms: bool = False) -> bool:
    """Whether a column holds a level and a term of keeping in its cells, told by more than bare numbers; ``terms`` may stand alone."""
    texts = [text for value in set(values) if value is not None and (text := folded(value)).upper() not in EMPTY]
    holds: Callable[[str], bool] = lambda text: shared(text) is not None or (terms and is_kept(text))
    return any(map(kept_in_letters, texts)) and mostly(holds, texts, 0.9 if terms else 0.6)


def _is_no_secret(value: str) -> bool:
    told = plain(folded(value))
    return told is not None and told.sense in ("open", "work", "commercial")


def _spoken(value: str) -> bool:
    return plain(folded(value)) is not None


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
            and _labels_another(label)
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
    both = (spoken in _SHARING and shares(values, terms=True)) or (spoken in _OPENNESS and _all_levels(values))
    if not both and ((by_label is not None and not label) or (by_label is None and by_name is not None and not named)):
        return None
    if column.kind in ("bytes", "date") or (name(column.name) in NOT_LEVEL[1] and not label and not both):
        return None
    if not (label or named or both or known) and _one_sign(values):
        return None
    weight = LEVELS_OWN if both else profile(values, known)
    if weight == 0 and named and _says_open(values):
        # What is not understood there is no reason to take all of it for something else.
        weight = LEVELS_CODED
    chinese = named and re.search(r"[\u4e00-\u9fff]", column.name) is not None
    blank = not any(value is not None and folded(value).upper() not in EMPTY for value in values)
    how = tuple(word for word, holds in (("label", label), ("name", named), ("values", weight > 0)) if holds)
    if weight == 0 and not blank and not known:
        # A column of that name whose values are no levels and no codes: an area, a rack. Its own label still makes it one, or bytes that are no text.
        closed = named and any(value is not None and not value.isprintable() for value in values)
        return (2, how) if label or chinese or closed or (named and _OWN_NAME.search(name(column.name))) else None
    # A name that could be many things' is one of two that must speak for it where the words are levels' and nothing else's.
    weak = not (label or named) and name(column.name) in LEVEL_WEAK and column_is_english(values)
    score = 2 * label + named + chinese + weight + (1 if known else 0) + weak
    return (score, how) if score >= LEVELS_OWN else None


def _all_levels(values: Iterable[str | None]) -> bool:
    """Whether a column holds nothing but levels and what stands beside them, whatever it is called."""
    told = [plain(text) for value in set(values) if value is not None and (text := folded(value)).upper() not in EMPTY]
    return all(told) and any(one is not None and one.sense in ("level", "unclear") for one in told)


def _says_open(values: Iterable[str | None]) -> bool:
    """Whether most cells that are filled are words for being open or internal, and nothing else's."""
    told = [text for value in values if value is not None and (text := folded(value)).upper() not in EMPTY]
    return bool(told) and 2 * sum(_is_no_secret(text) and any(word in text for word in _OPEN_WORDS) for text in told) > len(told)


def _one_sign(values: Iterable[str | None]) -> bool:
    """Whether all values are the same two letters, which are a level's and much else's: MM are millimetres, too."""
    found = {text for value in set(values) if value is not None and (text := folded(value).upper()) not in EMPTY}
    return len(found) == 1 and found <= AMBIGUOUS


@lru_cache(maxsize=1024)
def level_named(column: str) -> str | None:
    """The level after which a column is called: one of several that are ticked."""
    text = folded(column).removeprefix("密级").strip("()[]:_-/").removesuffix("级")
    text = SINGLE_LEVELS.get(text, text)
    return text if text in RANKS else None


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


def _classified(found: Meaning | None) -> bool:
    return found is not None and found.sense in ("level", "declassified", "unclear", "misread")


def _code_like(value: str) -> bool:
    text = folded(value)
    return _CODE.fullmatch(text) is not None or english(text) in ENGLISH_OPEN | ENGLISH_CLASSIFIED
