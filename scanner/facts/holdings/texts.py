"""What titles and remarks say: a mark, a label, a word that stands where marks stand, a release, or only a mention."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from scanner.facts.holdings.english import CAPITALS
from scanner.facts.holdings.escapes import NUMBERED
from scanner.facts.holdings.marking import LEVELS, Mark, marks_in, term, unstretched
from scanner.facts.holdings.normal import arabic, clean
from scanner.facts.holdings.release import NONE, release_in
from scanner.facts.holdings.words import MISREAD, NOT_STATE

NEEDLES = ("密",)
"""A text without any of these says nothing about secrecy, unless it holds what is rare."""
RARE = (*NUMBERED, "宻", CAPITALS)
"""What else speaks of it and stands in hardly any text: it is looked for everywhere where that costs next to nothing."""
OPENING, CLOSING = ("[", "(", "【", "〔", "<", "〈"), ("]", ")", "】", "〕", ">", "〉")
_SPEAKING = (*NEEDLES, "宻")
_LOOKALIKE = re.compile(f"[{''.join(map(chr, MISREAD))}]")
"""What is taken for the characters of levels, or for theirs."""
_LEVEL = "|".join(LEVELS)
_NAMED = r"(?:密\s*级|保密等级|保密级别|秘密等级|涉密等级|涉密级别|定密)"
_LABEL = re.compile(
    rf"(?:(?<!原){_NAMED}(?:\s*(?:[:为是=]|定为|[-—–]{{1,2}})\s*[\[(【]?|\s*[\[(【])|(?<=[\[(【〔]){_NAMED}\s*[\])】〕]\s*[:=]?)\s*"
    rf"(?P<level>{_LEVEL})(?![级]?[度的性、或])级?\s*(?P<rest>[★(]?[^\s,，。；;]{{0,14}})"
)
_HEAD = re.compile(rf"\s*[\[(【〔<〈]\s*(?P<level>{_LEVEL})(?:级|件|文件)?\s*[\])】〕>〉]")
_TAIL = re.compile(rf"[\[(【〔<〈]\s*(?P<level>{_LEVEL})(?:级|件|文件)?\s*[\])】〕>〉]\s*$")
_ALONE = re.compile(rf"\s*(?P<level>{_LEVEL})(?:级|件|文件)?\s*")
_TELLING = ("解", "撤", "公开")
"""No release is told without one of them."""
_HEAD_RELEASED = re.compile(r"\s*[\[(【]\s*已解密\s*[\])】]")
_TAIL_RELEASED = re.compile(r"[\[(【]\s*已解密\s*[\])】]\s*$")
_NEGATED = re.compile(
    r"无密级|不涉密|非涉密|不涉及(?:国家)?秘密|不属于(?:国家)?秘密|无涉密|非密|未定密|(?:保密|涉密)审查(?:已)?(?:通过|合格|无)"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What one row's texts say together. Nothing of the texts themselves."""

    mark: Mark | None = None
    """A mark with a star that stands there as a mark."""
    quoted: bool = False
    """Marks with a star stand there only as quotations or in a sentence."""
    label: Mark | None = None
    """``密级:机密`` and the like."""
    word: str | None = None
    """A level in brackets at the head or the tail, or alone."""
    released: bool = False
    """A declassification is recorded."""
    released_on: date | None = None
    """The day that is written for it; it may lie ahead."""
    release_unclear: bool = False
    """Something is said about a release that neither records nor denies it."""
    negated: bool = False
    """It is said that nothing is secret."""
    blurred: Mark | None = None
    """A mark or a level set apart, in characters that only look like it."""


NOTHING = Said()


def said_in(title: str | None, remarks: tuple[str | None, ...], untold: tuple[str | None, ...] = ()) -> Said:
    """Read the texts of one row. Of columns whose role nobody knows (``untold``) only marks, labels and cells that are nothing but a level count."""
    found = NOTHING
    for number, text in enumerate((title, *remarks)):
        if text and _holds(text, _SPEAKING):
            found = _both(found, _read(arabic(clean(text)), is_title=number == 0))
    for text in untold:
        if text and _holds(text, _SPEAKING):
            said = _read(arabic(clean(text)), is_title=False)
            if said is NOTHING:
                continue
            alone = said.word if _ALONE.fullmatch(clean(text)) else None
            found = _both(found, Said(mark=said.mark, quoted=said.quoted, label=said.label, word=alone, blurred=said.blurred))
    return found


def _read(text: str, *, is_title: bool) -> Said:
    """What a text says, and where that is no mark, what it would say if characters that look alike were meant."""
    said = _said(text, is_title=is_title)
    if said.mark is not None or said.label is not None or said.word is not None or _LOOKALIKE.search(text) is None:
        return said
    meant = _said(text.translate(MISREAD), is_title=is_title)
    mark = meant.mark or meant.label or (Mark(meant.word) if meant.word is not None else None)
    return said if mark is None else replace(said, blurred=mark)


def _said(text: str, *, is_title: bool) -> Said:
    if "★" in text or text[:1] in OPENING or text[-1:] in CLOSING:
        text = unstretched(text)
    levelled, told = _holds(text, LEVELS), _holds(text, _TELLING)
    negated = not is_title and _NEGATED.search(text) is not None
    if not (levelled or told or negated):
        return NOTHING
    marks = list(marks_in(text)) if levelled and "★" in text else []
    mark = next((mark for mark, is_quoted in marks if not is_quoted), None)
    label = _LABEL.search(text) if levelled else None
    head = (_HEAD.match(text) or _TAIL.search(text) or _ALONE.fullmatch(text)) if levelled else None
    # A title that tells of a release (关于…解密的通知) is about other records; a remark is about its own.
    release = release_in(text) if told and not is_title else NONE
    return Said(
        mark=mark,
        quoted=mark is None and bool(marks),
        label=_label(text, label) if label is not None else None,
        word=head["level"] if head is not None and not text[: head.start()].endswith(NOT_STATE) else None,
        released=(release.recorded and release.on is None) or (told and is_title and _titled_released(text)),
        released_on=release.on,
        release_unclear=release.unclear,
        negated=negated,
    )


def _holds(text: str, words: tuple[str, ...]) -> bool:
    for word in words:  # noqa: SIM110 - asked of every text, and a generator costs more than the search
        if word in text:
            return True
    return False


def _titled_released(text: str) -> bool:
    """It bears the word in brackets at its head or its tail."""
    return _HEAD_RELEASED.match(text) is not None or _TAIL_RELEASED.search(text) is not None


def _label(text: str, found: re.Match[str]) -> Mark:
    rest = found["rest"]
    said, unclear = term(rest.lstrip("★").strip("()")) if rest else (None, False)
    return Mark(found["level"], rest.startswith("★"), None if unclear else said)


def _both(one: Said, other: Said) -> Said:
    if one is NOTHING or other is NOTHING:
        return other if one is NOTHING else one
    return Said(
        mark=_higher(one.mark, other.mark),
        quoted=one.quoted or other.quoted,
        label=_higher(one.label, other.label),
        word=one.word or other.word,
        released=one.released or other.released,
        released_on=one.released_on or other.released_on,
        release_unclear=one.release_unclear or other.release_unclear,
        negated=one.negated or other.negated,
        blurred=_higher(one.blurred, other.blurred),
    )


def _higher(one: Mark | None, other: Mark | None) -> Mark | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda mark: LEVELS.index(mark.level))
