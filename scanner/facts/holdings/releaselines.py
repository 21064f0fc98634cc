"""What the first lines of a document, and what stands at the edges of its pages, say about its release: a stamp, a day, or that there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from scanner.facts.holdings.dates import day, release_day
from scanner.facts.holdings.normal import NUMERALS, arabic, clean, numeral
from scanner.facts.holdings.release import WORD, release_in

LONGEST = 60
"""Characters of a line that says it; longer ones are sentences."""
_BARE = re.compile(r"[\[(【]?(?:已?解密|解除密级|撤密)[\])】]?")
_LABELLED = re.compile(rf"(?:{WORD.pattern})(?:日期|时间|年月)?[:=]?[\[(]?(?P<on>[\d年月日号./-]{{4,11}})[\])]?")
_SINCE = re.compile(rf"自?(?P<on>[\d年月日号./-]{{4,11}})起?(?:予以|正式)?(?:{WORD.pattern})")
_DENIED = re.compile(rf"(?:未|不|暂|待|拟|缓|到期|期满|届满|后|前|方可|须|需|应)[^,，。;；]{{0,6}}(?:{WORD.pattern})")
_BETWEEN = re.compile(r"[\s(\[【,;、|/]+")
"""Where a line that is a mark and a release can be cut: a day right behind the star is only when it was meant to end."""
_HAN = re.compile(rf"([〇零○{NUMERALS[:-1]}]{{4}})年(?:([{NUMERALS}]{{1,2}})月(?:([{NUMERALS}]{{1,3}})[日号])?)?")
_ZEROS = str.maketrans("零○", "〇〇")


@dataclass
class Releases:
    """What was said so far."""

    done: bool = False
    """A release is recorded without its day, or as over and done."""
    denied: bool = False
    """It is not yet, or only under a condition."""
    days: list[date] = field(default_factory=list)
    """Days that are written for it."""
    _bare: bool = False
    """The last line was a release without a day: a day alone on the next one is its day."""
    _day: date | None = None
    """The last line was a day alone."""

    def take(self, text: str) -> bool:
        """Whether a line (already cleaned) tells of a release or denies one; what it tells is held."""
        bare, alone = self._bare, self._day
        self._bare, self._day = False, None
        if len(text) > 2 * LONGEST:
            return False
        plain = "".join(western(text).split())
        if WORD.search(plain) is None:
            self._day = day(plain.strip("()[]【】"))
            if bare and self._day is not None:
                self.days.append(self._day)
            return False
        if len(plain) > LONGEST:
            return False
        if _BARE.fullmatch(plain):
            self.done = self._bare = True
            self.days += [alone] if alone is not None else []
            return True
        if _DENIED.search(plain):
            self.denied = True
            return True
        return self._dated(plain)

    def _dated(self, plain: str) -> bool:
        written = _LABELLED.fullmatch(plain) or _SINCE.fullmatch(plain)
        on = release_day(written["on"]) if written is not None else None
        if on is not None:
            self.days.append(on)
            return True
        found = release_in(arabic(plain))
        self.done = self.done or found.already
        self.days += [found.on] if found.on is not None else []
        return found.recorded

    def over(self, as_of: date | None) -> bool:
        """Whether the document is released on a day; where none is given, only what is said to be done is."""
        ahead = as_of is not None and any(on > as_of for on in self.days)
        return not self.denied and not ahead and (self.done or (as_of is not None and bool(self.days)))


def halves(text: str) -> Iterator[tuple[str, str]]:
    """A line that speaks of a release cut in two wherever a mark before it may end."""
    if len(text) > LONGEST or WORD.search(text) is None:
        return
    for cut in _BETWEEN.finditer(text):
        mark, told = text[: cut.start()], text[cut.end() :].strip(" )]】")
        if mark and WORD.search(mark) is None:
            yield mark, told


def western(text: str) -> str:
    """Days in Chinese numerals as digits: 二〇二〇年六月一日 is 2020年6月1日."""
    return _HAN.sub(_in_digits, clean(text)) if "年" in text else text


def _in_digits(found: re.Match[str]) -> str:
    year = "".join(str(numeral(char)) for char in found[1].translate(_ZEROS))
    month = f"{numeral(found[2])}月" if found[2] else ""
    return f"{year}年{month}{numeral(found[3])}日" if found[3] else f"{year}年{month}"
