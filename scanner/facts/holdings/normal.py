"""Values made comparable before anything is decided: width, invisible characters, traditional forms, spaces, stars, numerals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from scanner.facts.holdings.escapes import spelt_out
from scanner.facts.holdings.words import SIMPLIFY, STARS

SHORT = 12
"""Values up to this many characters lose all their spaces; in longer ones a run of spaces becomes one."""
KNOWN = 4096
"""Short values whose comparable form is held: the levels and names of columns that come again in every table."""
_CONTROLS = (*(number for number in range(0x20) if chr(number) not in "\t\n\v\f\r"), 0x7F)
"""What fixed-width fields are padded with and old programs leave behind."""
_IDEOGRAPHIC = range(0xE0100, 0xE01F0)
_SELECTORS = (*range(0xFE00, 0xFE10), *_IDEOGRAPHIC)
"""Which form of a character is meant."""
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = dict.fromkeys(
    (*_CONTROLS, *_SELECTORS, *_DIRECTIONS, 0xAD, 0x34F, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, *range(0x2060, 0x2065), 0xFEFF, 0x180E)
)
_UNIFIED = {**_INVISIBLE, **SIMPLIFY, **STARS}
"""One table for what the three do one after another: what one of them writes, no other one changes."""
_STAR = re.compile(f"[{re.escape(''.join(map(chr, STARS)))}]")
# Characters of the higher planes are looked for one by one unless they are told as a range.
_ODD = re.compile(
    f"[{re.escape(''.join(chr(one) for one in _UNIFIED if one not in _IDEOGRAPHIC))}{chr(_IDEOGRAPHIC[0])}-{chr(_IDEOGRAPHIC[-1])}]"
)
BETWEEN = "\ue000"
"""A character that means nothing to anybody."""
_SPACES = re.compile(r"\s+")
_BRACKETS = {"[": "]", "(": ")", "【": "】", "〔": "〕", "「": "」", "〈": "〉", "<": ">", "{": "}"}
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
NUMERALS = "".join(digit for digit in _DIGITS if digit not in "零〇两") + "十"
"""Characters of the numbers of headings."""
_FRACTION = re.compile(r"(?<=\d)\.0+$")
_NUMERAL = re.compile(rf"[{''.join(_DIGITS)}十]{{1,3}}(?=个?月|年)")


def clean(text: str) -> str:
    """Width folded, invisible characters gone, traditional forms and stars unified; spaces as they stand."""
    # Most texts hold nothing of it, and to look is cheaper than to rewrite.
    if _ODD.search(text) is None and unicodedata.is_normalized("NFKC", text):
        return text
    if _STAR.search(text):
        text = text.translate(STARS)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text.translate(_UNIFIED) if _ODD.search(text) else text


def folded(value: str) -> str:
    """A cell of a secrecy column made comparable: also without spaces and without one pair of brackets around it."""
    return _folded_short(value) if len(value) <= SHORT else _folded(value)


def _folded(value: str) -> str:
    text = clean(spelt_out(value)).strip()
    text = _SPACES.sub("" if len(text) <= SHORT or _cjk_only(text) else " ", text)
    if len(text) > 2 and _BRACKETS.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return arabic(text)


_folded_short = lru_cache(maxsize=KNOWN)(_folded)


def arabic(text: str) -> str:
    """Chinese numerals of periods up to thirty as digits: 十年 is 10年."""
    return text if "年" not in text and "月" not in text else _NUMERAL.sub(lambda found: str(numeral(found[0])), text)


def numeral(text: str) -> int:
    """The number of a Chinese numeral of up to three characters."""
    if "十" not in text:
        return int("".join(str(_DIGITS[char]) for char in text))
    tens, _, ones = text.partition("十")
    return (_DIGITS.get(tens, 1)) * 10 + (_DIGITS.get(ones, 0))


def code(value: str) -> str:
    """How codes are compared: as :func:`folded`, upper case, without leading zeros of a number."""
    text = _FRACTION.sub("", folded(value).upper())
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) <= 9 else text


def name(text: str) -> str:
    """How names of columns and tables are compared: lower case, without separators."""
    return _name_short(text) if len(text) <= SHORT else _name(text)


def _name(text: str) -> str:
    bare = clean(text).replace("_", "").replace("-", "").replace(".", "")
    return "".join(bare.split()).lower()


_name_short = lru_cache(maxsize=KNOWN)(_name)


def joined(texts: Sequence[str]) -> str:
    """:func:`name` of many texts with :data:`BETWEEN` between them: in one go where none of them holds that character."""
    found = name(BETWEEN.join(texts))
    if found.count(BETWEEN) == len(texts) - 1:
        return found
    return BETWEEN.join(name(text).replace(BETWEEN, "\ue001") for text in texts)


def _cjk_only(text: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" or char.isspace() or char in "★()[]0123456789" for char in text) and len(text) <= 24
