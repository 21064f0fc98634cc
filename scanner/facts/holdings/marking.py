"""The grammar of a state secret mark: level, star, then a period, a date or a condition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.holdings.dates import Period, day, period
from scanner.facts.holdings.normal import arabic
from scanner.facts.holdings.words import MISREAD, MISREAD_DIGIT, MISREAD_STAR, NOT_STATE, RANKS

LEVELS = tuple(RANKS)
_LEVEL = "|".join(LEVELS)
_TERM = (
    r"长期|永久|永远"
    r"|\d{4}\s*[年./-]\s*\d{1,2}(?:\s*[月./-]\s*\d{1,2}\s*[日号]?|\s*月)?(?:前|止)?|\d{4}年(?:前|止)?"
    r"|\d{1,3}\s*年\s*\d{1,2}\s*个?月|\d{1,3}\s*(?:年|个?月)|半年"
    r"|[^\s★，。；,;、:()（）\[\]【】“”\"《》]{1,12}?(?:前|后|时|为止|之日|止)"
)
_MARK = re.compile(rf"(?P<level>{_LEVEL})级?\s*(?P<stars>★+)\s*(?P<term>{_TERM})?")
_WHOLE = re.compile(rf"(?P<level>{_LEVEL})级?\s*(?P<stars>★*)\s*(?P<term>.*)", re.DOTALL)
_STRETCHED = re.compile(
    r"(?<=[秘机绝])\s+(?=密)|(?<=密)\s+(?=[★级])|(?<=级)\s+(?=★)|(?<=★)\s+(?=[\d长永])|(?<=长)\s+(?=期)|(?<=永)\s+(?=久)|(?<=★\d)\s+(?=\d)|(?<=\d)\s+(?=[年个月])"
)
_BESIDE = re.compile(r"\d{6}|特急|特提|加急|急件|平急")
_SPOILT_STAR = re.compile(rf"(?<=[密级])[{MISREAD_STAR}](?=[\dlIOo|]|长期|$)")
_SPOILT_NUMBER = re.compile(rf"[\d{''.join(map(re.escape, MISREAD_DIGIT))}]+(?=\s*(?:年|个?月))")
_OPENING, _CLOSING = '“"‘「『《〈', '”"’」』》〉'


@dataclass(frozen=True, slots=True)
class Mark:
    """A level, with or without star and period."""

    level: str
    star: bool = False
    period: Period | None = None
    """None where none is written: the longest period that the law allows holds."""
    unclear: bool = False
    """Something stands where the period should be and cannot be read."""


def unstretched(text: str) -> str:
    """A text in which no mark is stretched by spaces: 机 密 ★ 1 0 年."""
    return _STRETCHED.sub("", text)


def term(text: str) -> tuple[Period | None, bool]:
    """The period of a mark and whether it is unclear. A condition never ends by arithmetic."""
    plain = text.strip().strip("()[]【】,，。;；")
    if not plain:
        return None, False
    found = period(plain)
    if found is not None:
        return found, False
    if re.fullmatch(r".{1,12}(?:前|后|时|为止|之日|止)", plain) and day(plain) is None:
        return Period(0, endless=True), False
    return None, True


def whole(text: str) -> Mark | None:
    """A folded cell that is nothing but a level, or a level and its period. None for anything else."""
    found = _WHOLE.fullmatch(text) if text.startswith(LEVELS) else None
    if found is None:
        return None
    rest = found["term"]
    if not found["stars"] and rest:
        # Without a star only a period may follow: 机密10年, 机密(10年), 机密级/长期.
        said = period(arabic(rest.strip("()[]【】:,，/-— ")))
        return Mark(found["level"], False, said) if said is not None else None
    said, unclear = term(arabic(rest))
    if unclear and len(rest) > 20:
        return None
    return Mark(found["level"], bool(found["stars"]), said, unclear)


def misread(text: str) -> Mark | None:
    """What optical reading may have made of a mark: a mark once its usual mistakes are undone. None when it is none, or is one as it stands."""
    known = whole(text)
    if known is not None and not known.unclear:
        return None
    plain = text.translate(MISREAD)
    if not plain.startswith(LEVELS):
        return None
    plain = _SPOILT_STAR.sub("★", plain)
    plain = _SPOILT_NUMBER.sub(lambda run: "".join(MISREAD_DIGIT.get(char, char) for char in run[0]), plain)
    found = whole(plain)
    return found if found is not None and not found.unclear else None


def marks_in(text: str) -> Iterator[tuple[Mark, bool]]:
    """Every mark with a star in a running text (already cleaned), and whether it is quoted there.

    Marks of trade and work secrets use the same star and are none.
    """
    plain = arabic(text)
    for found in _MARK.finditer(plain):
        before = plain[: found.start()]
        if before.endswith(NOT_STATE):
            continue
        if found["term"] is None and found.start() > 0 and not _alone(plain[found.end() :]):
            # A star that runs on into a sentence is a mention, unless it opens the text or something that stands beside marks follows.
            yield Mark(found["level"], True), True
            continue
        said, _ = term(found["term"] or "")
        yield Mark(found["level"], True, said), quoted(plain, found.start(), found.end())


def quoted(text: str, start: int, end: int) -> bool:
    """Whether the place stands inside quotation marks or a book title."""
    return any(_inside(text, start, end, one, other) for one, other in zip(_OPENING, _CLOSING, strict=True))


def _inside(text: str, start: int, end: int, opening: str, closing: str) -> bool:
    if opening == closing:
        return text.count(opening, 0, start) % 2 == 1 and closing in text[end:]
    left = text.rfind(opening, 0, start)
    return left >= 0 and text.find(closing, left, start) < 0 and closing in text[end:]


def _alone(rest: str) -> bool:
    rest = rest.lstrip()
    return not rest or rest[0] in ")]】）,，。;；|/\n\t" or _BESIDE.match(rest) is not None or not _cjk(rest[0])


def _cjk(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
