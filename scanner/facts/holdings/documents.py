"""The decision table for documents: where a mark stands says whether it is one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from scanner.facts.holdings.boxes import is_choice, ticked
from scanner.facts.holdings.leftover import headed_level, heading
from scanner.facts.holdings.marking import LEVELS, Mark, marks_in, misread, unstretched, whole
from scanner.facts.holdings.normal import arabic, clean, folded
from scanner.facts.holdings.reading import PartKind
from scanner.facts.holdings.record import Decision
from scanner.facts.holdings.releaselines import Releases, halves, western
from scanner.facts.holdings.values import plain
from scanner.facts.holdings.words import MISREAD

FIRST_LINES = 8
"""A mark alone on one of so many first lines stands where marks stand."""
_SIGN = "密"
_SIGNS = (_SIGN, *(chr(char) for char, meant in MISREAD.items() if meant == _SIGN))
"""The same, and what optical reading takes it for."""
HEADED = 8
"""Lines, as those with the names of columns, that may stand between such a heading and the first record."""
UPRIGHT = 3
"""Characters of a line of writing that goes down."""
LONGEST = 4000
"""Characters of one part that are looked at: marks stand in short lines."""
_LEVEL = "|".join(LEVELS)
_FIELD = r"(?:份号|份数|编号|序号|档号|文号|页号|顺序号|保管期限|印数|NO\.?|No\.?|№)"
_LABEL = r"(?:密级(?:[和及与]保密期限)?|保密[级等][别级]|秘密等级|涉密等级|定密级别)"
_BESIDE = re.compile(
    rf"^(?:\d{{6}}|№?\d{{1,6}}|{_FIELD}[:.]?\s*[^\s:]{{0,20}}(?=\s|$)|{_LABEL}[:=]?|★+)\s*"
    rf"|[\s、,/]*(?:特急|特提|加急|急件|平急|\d{{6}})$|\s+{_FIELD}[:.]?\s*[^\s:]{{0,20}}$"
)
_LABELLED = re.compile(
    rf"(?<!原){_LABEL}[^\u4e00-\u9fff\d]{{1,14}}(?P<level>{_LEVEL})(?=\s|$|[★<\"'\]】)}}]|级(?!别)|,(?!\s*[\u4e00-\u9fff]))"
)
_FOLDER = re.compile(rf"(?:^|[/!])(?:{_LEVEL})(?:级|件|文件|档案|资料)?/")
_NAME = re.compile(
    rf"^[\[(【]?\s*(?:{_LEVEL})级?\s*[\])】★_-]|^(?:{_LEVEL})级?(?:文件|件)?\s|[\[(【_-]\s*(?:{_LEVEL})级?\s*[\])】]?(?:\.[A-Za-z0-9]{{1,5}})?$|(?:{_LEVEL})★"
)
_ITEM = re.compile(r"\s*(?:[(]?\d{1,4}[)、.．\s]|[A-Z]{1,3}\d|[^\s]{0,12}\d{3,}\s)|.*[A-Za-z0-9]{2,}[-·.][A-Za-z0-9]")
"""A line that begins with its number, or bears one of a record."""
_NUMBERED = re.compile(r"[A-Za-z0-9]{2,}[-·.][A-Za-z0-9\u4e00-\u9fff]+[-·.]")
"""The number of a record."""
_ANNEX = re.compile(r"^\s*(?:附件|附表|附录|附|[(]?[\u4e00-\u9fff\d]{1,3}[)、.．])")
_LISTED = re.compile(rf"[\[(〔]\s*(?P<level>{_LEVEL})(?:级|件|文件)?\s*[\])〕](?=\s|$)")
"""A level in brackets behind one item of a list."""
LISTED_MOST = 80
_BRACKETED = re.compile(rf"\s*[\[(【〔]\s*(?P<level>{_LEVEL})级?\s*[\])】〕]\s*(?=[\u4e00-\u9fff\d(])")
"""A level in brackets before a paragraph."""
_BEHIND = re.compile(rf".*[\u4e00-\u9fff\d)》](?:\s+|\s*[\[(【〔])\s*(?P<mark>(?:{_LEVEL})级?\s*★[^\])】〕]{{0,14}})[\])】〕]?\s*")
"""A title with a mark behind it, in brackets or after a space."""
_LOST = re.compile(r"[\W_]*[?？\ufffd]{2,}[\W_]*")
"""A line of characters that went through a character set that has none of them."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
LOST = 3
"""So many such lines, and nothing else in Chinese, are a text that cannot be read."""
_ASSIGNED = re.compile(r"[=:：]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]*Z?")
"""When something was written or saved."""


@dataclass
class _Seen:
    """What the parts said so far."""

    at_top: Mark | None = None
    at_edge: Mark | None = None
    before_paragraph: Mark | None = None
    misread: Mark | None = None
    """One of the first lines is a mark once the mistakes of optical reading are undone."""
    releases: Releases = field(default_factory=Releases)
    quoted: bool = False
    name: bool = False
    text: bool = False
    heading: Mark | None = None
    """One of the last lines called what follows records of one level."""
    under: int = 0
    """Lines since then."""
    lost: int = 0
    """Lines that lost their characters."""
    chinese: bool = False
    upright: str = ""
    """Characters of the last lines, where each held hardly any: a mark written from top to bottom."""


def decide_document(parts: Iterable[tuple[PartKind, str]], *, whole_text: bool, as_of: date | None = None) -> Decision:
    """What one document is on a day. Stops reading at nothing: the reader bounds the parts.

    Where no day is given, none that is written for a release has come."""
    seen, number = _Seen(), 0
    for kind, text in parts:
        if not seen.chinese and kind in ("line", "body"):
            seen.chinese = _HAN.search(text) is not None
            seen.lost += _LOST.fullmatch(text[:LONGEST]) is not None
        if kind == "line" and number < FIRST_LINES and _upright(seen, text):
            seen.text, number = True, number + 1
            continue
        if kind == "line" and number < FIRST_LINES and seen.misread is None and any(char in text for char in _SIGNS):
            seen.misread = misread(folded(_beside(arabic(clean(text[:LONGEST])).strip())))
        if kind in ("line", "body") and _SIGN not in text:
            # No mark and no word of release without it: most of what documents are made of.
            told = bool(text.strip())
            if told and kind == "line" and number < FIRST_LINES:
                seen.releases.take(clean(text))
            if seen.heading is not None and told:
                numbered = _NUMBERED.search(text) is not None
                seen.before_paragraph = seen.before_paragraph or (seen.heading if numbered else None)
                seen.under += 1
                seen.heading = None if numbered or seen.under > HEADED or heading(text) is not None else seen.heading
            seen.text, number = seen.text or told, number + (told and kind == "line")
            continue
        plain_text = arabic(western(clean(text[:LONGEST]))).strip()
        if not plain_text:
            continue
        seen.text = seen.text or kind != "name"
        if kind in ("line", "body"):
            level = headed_level(plain_text)
            seen.heading, seen.under = (Mark(level) if level is not None else None), 0
        if kind == "line":
            number += 1
            _line(seen, plain_text, number)
        else:
            _PARTS[kind](seen, plain_text)
    return _decide(seen, whole_text=whole_text, as_of=as_of)


def _upright(seen: _Seen, text: str) -> bool:
    """Whether a line goes on with a mark that is written from top to bottom."""
    bare = clean(text).strip() if len(text) <= 4 * UPRIGHT else text
    seen.upright = seen.upright + bare if 0 < len(bare) <= UPRIGHT else ""
    if len(seen.upright) <= len(bare):
        return False
    mark = alone(arabic(seen.upright)) if _SIGN in seen.upright else None
    seen.at_top = mark or seen.at_top
    return mark is not None


def _line(seen: _Seen, text: str, number: int) -> None:
    if number > FIRST_LINES:
        _body(seen, text)
        return
    mark = alone(text) or _labelled(text) or _with_release(seen, text)
    if mark is not None:
        seen.at_top = seen.at_top or mark
    elif not seen.releases.take(text):
        seen.before_paragraph = seen.before_paragraph or _behind_title(text)
        _body(seen, text)


def _with_release(seen: _Seen, text: str) -> Mark | None:
    """The mark of a line that goes on with its release, or says that there is none."""
    for before, told in halves(text):
        mark = alone(before)
        if mark is not None and seen.releases.take(told):
            return mark
        seen.before_paragraph = seen.before_paragraph or mark
    return None


def _behind_title(text: str) -> Mark | None:
    """A mark with its star that ends one of the first lines, as behind the titles of maps and tables."""
    found = _BEHIND.fullmatch(text) if "★" in text and len(text) <= LISTED_MOST and "。" not in text else None
    mark = alone(found["mark"]) if found is not None else None
    return mark if mark is not None and mark.star else None


def alone(text: str) -> Mark | None:
    """A line that is nothing but a mark; a copy number may stand before it and an urgency behind it."""
    found = whole(folded(_beside(text)))
    return found if found is not None and not found.unclear else None


def _beside(text: str) -> str:
    """A line without what stands beside marks."""
    bare = unstretched(text)
    for _ in range(4):
        bare = _BESIDE.sub("", bare).strip()
    return bare


def _labelled(text: str) -> Mark | None:
    """A level with its label in a line of fields or of markup, unless it is quoted there."""
    if is_choice(text) or ticked(text) is not None:
        return None
    found = _LABELLED.search(unstretched(text))
    return Mark(found["level"]) if found is not None else None


def _labelled_once(text: str) -> Mark | None:
    """The same where no other level stands beside it, as in a form that has all of them to choose from."""
    return _labelled(text) if sum(text.count(level) for level in LEVELS) == 1 else None


def _edge(seen: _Seen, text: str) -> None:
    """Header, footer, text box: a mark alone, with its label, or anywhere with its star."""
    mark = (
        alone(text)
        or _labelled_once(text)
        or _with_release(seen, text)
        or next((mark for mark, is_quoted in marks_in(text) if not is_quoted), None)
    )
    if mark is not None:
        seen.at_edge = seen.at_edge or mark
    else:
        seen.releases.take(text)


def _property(seen: _Seen, text: str) -> None:
    """``name=value``; a value that is a level counts."""
    value = _ASSIGNED.split(text, maxsplit=1)[-1]
    if _MOMENT.fullmatch(value):
        return
    _ticked(seen, value)
    told = plain(folded(value))
    mark = told.mark if told is not None and told.sense == "level" else None
    if mark is not None:
        seen.at_edge = seen.at_edge or mark


def _body(seen: _Seen, text: str) -> None:
    # A line with the number of a record is an entry of a list, not a sentence.
    entry = _NUMBERED.search(text) is not None and "。" not in text
    for mark, is_quoted in marks_in(text):
        head = text.lstrip("[(【 ")[: len(mark.level)]
        if not is_quoted and (entry or head == mark.level or _ANNEX.match(text)):
            seen.before_paragraph = seen.before_paragraph or mark
        else:
            seen.quoted = True
    bracketed = _BRACKETED.search(text) if entry else _BRACKETED.match(text)
    if bracketed is not None:
        seen.before_paragraph = seen.before_paragraph or Mark(bracketed["level"])
    elif entry:
        seen.before_paragraph = seen.before_paragraph or _labelled(text)
    _ticked(seen, text)
    listed = _LISTED.search(text) if len(text) <= LISTED_MOST and _ITEM.match(text) and "。" not in text else None
    if listed is not None and not text[: listed.start()].endswith((*LEVELS, *(f"{level}级" for level in LEVELS))):
        seen.before_paragraph = seen.before_paragraph or Mark(listed["level"])


def _ticked(seen: _Seen, text: str) -> None:
    level = ticked(text)
    if level is not None:
        seen.before_paragraph = seen.before_paragraph or Mark(level)


def _name(seen: _Seen, text: str) -> None:
    seen.name = seen.name or _NAME.search(text.rsplit("/", 1)[-1]) is not None or _FOLDER.search(text) is not None


_PARTS: dict[PartKind, Callable[[_Seen, str], None]] = {
    "header": _edge, "footer": _edge, "box": _edge, "property": _property, "body": _body, "name": _name,
}  # fmt: skip


def _decide(seen: _Seen, *, whole_text: bool, as_of: date | None) -> Decision:
    mark = seen.at_top or seen.at_edge
    if mark is not None and seen.releases.over(as_of):
        return Decision("D", "released", mark.level)
    if seen.at_top is not None:
        return Decision("C", "mark-on-first-lines" if seen.at_top.star else "word-on-first-lines", seen.at_top.level)
    if seen.at_edge is not None:
        return Decision("C", "mark-in-page-edge", seen.at_edge.level)
    if seen.misread is not None:
        return Decision("R", "misread", seen.misread.level)
    if seen.before_paragraph is not None:
        return Decision("R", "mark-before-paragraph", seen.before_paragraph.level)
    if seen.name:
        return Decision("R", "name-only")
    if not whole_text or not seen.text or (seen.lost >= LOST and not seen.chinese):
        return Decision("U", "no-text")
    return Decision("N", "mark-quoted-in-text" if seen.quoted else "unmarked")
