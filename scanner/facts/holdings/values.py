"""What one value of a secrecy column means, before the rest of its row is looked at. The same value means the same in one column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from scanner.facts.holdings import words
from scanner.facts.holdings.choosing import ticked
from scanner.facts.holdings.marking import Mark, misread, whole
from scanner.facts.holdings.normal import KNOWN, SHORT, code, folded
from scanner.facts.holdings.release import release_in

Sense = Literal[
    "level", "english", "declassified", "unclear", "open", "empty", "work", "commercial", "misread", "code", "cipher", "strange"
]
DISTINCT, SHARE = 20, 0.5
"""A column is cipher text when it has more distinct values than this, and more than this share of them looks like it."""
_TELEPHONE = re.compile(r"(?:\+?86-?)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
_ARROW = re.compile(r"(?:→|->|=>|-->|>|改为|变更为|调整为|降为|变为)")
_CIPHER = re.compile(r"(?:[0-9A-Fa-f]{8,}|[A-Za-z0-9+/_-]{10,}={0,2}|\$?[A-Za-z0-9+/.$=]{16,}|0x[0-9A-Fa-f]+)")
_BEHIND = re.compile(
    rf"原?(?:为|密级:?)?(?P<level>{'|'.join(words.RANKS)})(?:级|件)?★*(?:\d{{1,3}}(?:年|个?月)|长期|永久)?(?P<rest>[(,，;；、:/ ]*.*)",
    re.DOTALL,
)
"""A level, and what stands behind it."""
_AROUND = re.compile(
    r"^(?:密级(?:[和及与]保密期限)?|保密[级等][别级]|秘密等级|涉密等级)[:=]|^\d{1,2}[-_.、:](?=[\u4e00-\u9fff])|^[=\"'“”‘’。;,★]+|[\"'“”‘’。.;,]+$|(?<=[秘机绝]密)(?:件|文件|材料|资料)$"
)
_TELLING = ("解", "撤", "公开")
_PARTED = re.compile(rf"[/\\|+·.、,_—–-]|(?<=^(?:{'|'.join(words.CODES)}))(?=[\u4e00-\u9fff]|\d{{1,3}}年)")
_KEPT = re.compile(r"(?:永久|长期|短期|定期|Y|YJ|C|CQ|D|DQ)?(?:\d{1,3}(?:年|Y)?)?")
"""How long a record is kept, in words, letters or years."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The sense of one value."""

    sense: Sense
    mark: Mark | None = None
    """For ``level``; and the level that was left, for ``declassified`` and ``unclear`` where it is told."""
    released_on: date | None = None
    """For ``declassified``, where a day is written."""


@dataclass(frozen=True, slots=True)
class Codes:
    """How the values of one column are to be read."""

    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Code (as :func:`scanner.facts.holdings.normal.code` writes it) to the text that a dictionary gives for it."""
    origin: str = ""
    """``reference``, ``comment``, ``dictionary`` or ``profile``; empty without a dictionary."""
    english: bool = False
    """All values are among the English words whose order no one can tell: the three upper ones are classified."""
    cipher: bool = False
    """The column holds cipher text."""
    flag: bool = False
    """The column answers whether a record is secret at all: a yes is classified without a level."""
    kept: bool = False
    """The column also holds how long a record is kept: a term alone is no level."""


def meaning(value: str | None, codes: Codes) -> Meaning:
    """The sense of a value: as it stands, then through the column's dictionary, then as a misread mark; else a code nobody explains."""
    if value is None:
        return Meaning("empty")
    text = folded(value)
    found = plain(text) or shared(text)
    if found is not None and not (text.isascii() and code(value) in codes.words and found.sense != "empty"):
        return found
    told = codes.words.get(code(value))
    if told is None and codes.flag and (flagged := _flagged(text)) is not None:
        return flagged
    if told is not None:
        said = plain(folded(told))
        return said if said is not None else Meaning("strange")
    if codes.kept and is_kept(text):
        return Meaning("empty")
    if codes.english:
        return _english(text)
    if found is not None:
        return found
    if codes.cipher and looks_cipher(text):
        return Meaning("cipher")
    return Meaning("code" if text.isascii() else "strange")


def plain(text: str) -> Meaning | None:
    """What a folded value says by itself. None when it needs a dictionary, or says nothing that is known."""
    return _plain_short(text) if len(text) <= SHORT else _plain(text)


def _plain(text: str) -> Meaning | None:
    upper = text.upper()
    for sense, known in _WORDS:
        if text in known or upper in known:
            return Meaning(sense)
    told = words.CODES.get(upper) or words.SINGLE.get(text)
    if told is not None:
        return plain(told)
    mark = whole(text)
    if mark is not None and not mark.unclear:
        return Meaning("level", mark)
    blurred = misread(text)
    if blurred is not None:
        return Meaning("misread", blurred)
    if mark is not None and not any(word in text for word in _TELLING):
        return Meaning("level", mark)
    chosen = ticked(text)
    if chosen is not None:
        return plain(chosen)
    return _changed(text) or _wrapped(text)


_plain_short = lru_cache(maxsize=KNOWN)(_plain)


def shared(text: str) -> Meaning | None:
    """A folded value of a column for two things: a level beside how long the record is kept (JM/Y, 永久-机密, GK·30)."""
    parts = [part for part in _PARTED.split(text.upper()) if part]
    if len(parts) != 2:
        return None
    for told, kept in (parts, parts[::-1]):
        known = words.CODES.get(told) or words.SINGLE.get(told) or told
        if _KEPT.fullmatch(kept) and (known in words.RANKS or (known in words.OPEN and len(known) > 1)):
            return Meaning("level", Mark(known)) if known in words.RANKS else Meaning("open")
    return None


def is_kept(text: str) -> bool:
    """Whether a folded value says how long a record is kept, and nothing else."""
    return _KEPT.fullmatch(text.upper()) is not None


def kept_in_letters(text: str) -> bool:
    """Whether such a value tells how long in more than a bare number, which could be anything's."""
    return shared(text) is not None and any(is_kept(part) and not part.isdigit() for part in _PARTED.split(text.upper()) if part)


def _wrapped(text: str) -> Meaning | None:
    """A known value with something around it that says nothing: a label, quotation marks, a number, a full stop."""
    bare = _AROUND.sub("", text)
    return plain(bare) if bare and bare != text else None


def _changed(text: str) -> Meaning | None:
    """A value that tells a change (机密→公开) or a release (机密(已解密)); a state secret's or another's level with something beside it."""
    level = next((name for name in words.RANKS if name in text), None)
    parts = [part for part in _ARROW.split(text) if part]
    if len(parts) > 1:
        first, last = plain(folded(parts[0])), plain(folded(parts[-1]))
        if first is not None and first.mark is not None and last is not None and last.sense in ("open", "declassified"):
            return Meaning("declassified", first.mark)
        if level is not None and (last is None or last.mark is None):
            return Meaning("unclear", Mark(level))
        return last
    return _beside_release(text) or next((Meaning(sense) for sense, pattern in _BESIDE if pattern.fullmatch(text)), None)


def _beside_release(text: str) -> Meaning | None:
    """A level with words about a release behind it: one that is recorded, one that is denied, or one that nobody can tell."""
    found = _BEHIND.fullmatch(text) if any(word in text for word in _TELLING) else None
    if found is None:
        return None
    mark, rest = Mark(found["level"]), found["rest"]
    release = release_in(rest, level_beside=True)
    if release.recorded:
        return Meaning("declassified", mark, release.on)
    if rest == "(解密)":
        return Meaning("declassified", mark)
    return Meaning("unclear" if release.unclear or "公开" in rest else "level", mark)


def _flagged(text: str) -> Meaning | None:
    if text.upper() in words.YES or text in words.SECRET_YES:
        return Meaning("english")
    return Meaning("open") if text.upper() in words.NO else None


def _english(text: str) -> Meaning:
    word = english(text)
    if word in words.ENGLISH_CLASSIFIED:
        return Meaning("english")
    return Meaning("open") if word in words.ENGLISH_OPEN else Meaning("empty" if not word else "code")


def mostly(holds: Callable[[str], bool], values: Sequence[str], share: float) -> bool:
    """Whether that share of the values holds; not asked further once it cannot be reached."""
    left = len(values)
    for value in values:
        left -= not holds(value)
        if left < len(values) * share:
            return False
    return True


def english(text: str) -> str:
    """An English level word without what separates its parts."""
    return _BETWEEN.sub("", text).upper()


def looks_cipher(text: str) -> bool:
    """Hexadecimal or base 64 of some length."""
    return _CIPHER.fullmatch(text) is not None and plain(text) is None


def column_is_cipher(values: Iterable[str | None]) -> bool:
    """Whether the distinct values are cipher text: a share of many, never a number of all."""
    counts = Counter(values)
    total = counts.total() - counts[None] - counts[""]
    return total > DISTINCT and sum(number for value, number in counts.items() if value and looks_cipher(folded(value))) > total * SHARE


def column_is_english(values: Iterable[str | None], *, alone: bool = False) -> bool:
    """Whether all values are among the English words (beside blanks), with at least one that would be classified, unless open ones may be ``alone``."""
    found = {english(folded(value)) for value in set(values) if value is not None} - _BLANK
    return bool(found if alone else found & words.ENGLISH_CLASSIFIED) and found <= words.ENGLISH_CLASSIFIED | words.ENGLISH_OPEN


_BETWEEN = re.compile(r"[\s_-]+")
_BLANK = frozenset(map(english, words.EMPTY))
_WORDS: tuple[tuple[Sense, frozenset[str]], ...] = (
    ("empty", words.EMPTY),
    ("open", words.OPEN),
    ("work", words.WORK),
    ("commercial", words.COMMERCIAL),
    ("declassified", words.DECLASSIFIED),
)
_BESIDE = tuple(
    (sense, re.compile(rf"(?:{'|'.join(map(re.escape, known))})[★:]?(?:(?!{'|'.join(words.RANKS)}).){{0,8}}"))
    for sense, known in _WORDS
    if sense in ("work", "commercial")
)
"""Another's secret with something behind its name."""


def telephones(values: Iterable[str | None]) -> bool:
    """Whether all that stands in a column are telephone numbers: dh is 档号, and 电话 in a list of persons."""
    texts = [text for value in set(values) if value is not None and (text := folded(value)).upper() not in words.EMPTY]
    return bool(texts) and all(_TELEPHONE.fullmatch(text) for text in texts)
