"""Words of secrecy where no decision looks for them: in columns of another role, in remarks, at the ends of titles. They open nothing and prove nothing."""

from __future__ import annotations

import re

from scanner.facts.holdings.marking import LEVELS
from scanner.facts.holdings.normal import clean
from scanner.facts.holdings.words import NOT_STATE

_SIGN = "密"
"""Stands in every word below, and nothing else becomes it when a text is cleaned."""
_LEVEL = "|".join(LEVELS)
_ANY = re.compile(rf"{_LEVEL}|涉密|国家秘密")
_DENIED = re.compile(
    r"(?:不|非|未|无|没有|不属于?|不涉及|不含|不得)(?:涉密|涉及|含|属于)?(?:国家)?(?:涉密|秘密|机密|绝密)|(?:涉密|保密)(?:人员|审查|载体|管理|工作|培训|检查|单位|岗位)"
)
_REMARK = re.compile(
    rf"涉密$|涉密(?:件|文件|档案|不开放|不予开放)|^(?:{_LEVEL})(?:级|件|文件)?(?:[\s,，。;；、(（:：]|$)"
    rf"|(?<![未不非])(?<![原没曾需])(?:(?:[定列标划]|确定|标注)(?:密?为|密)|标注|系|属于?|密级)[\s:：\-—–]*(?:{_LEVEL})(?:级|件|文件)?(?:$|[\s,，。;；、(（])"
    rf"|附件[^\s,，。;；]{{0,3}}?(?:为|是|含|系)?(?:{_LEVEL})|(?:含有?|涉及|属于?)(?:涉密|国家秘密)"
)
_TITLE = re.compile(
    rf"^\s*[\[(【〔<〈]\s*密\s*[\])】〕>〉]|[\[(【〔<〈]\s*密\s*[\])】〕>〉]\s*$|^\s*(?:{_LEVEL})(?:级|件|文件)?\s*[:：]|[-—–－_]\s*(?:{_LEVEL})(?:级|件)?\s*$|^\s*(?:{_LEVEL})(?:电报|急件|密电|电文)"
)


def hint_in_title(text: str) -> bool:
    """A level set off at one end of a title, or a telegram that calls itself secret."""
    return _SIGN in text and _TITLE.search(clean(text)) is not None


def hint_in_remark(text: str) -> bool:
    """A remark that says of its own record or of what hangs on it that it is secret."""
    if _SIGN not in text:
        return False
    plain = clean(text).strip()
    return _REMARK.search(_DENIED.sub("", plain)) is not None


def hint_in_cell(text: str) -> bool:
    """Any word of secrecy in a cell that is about something else: an author, a date, an opening."""
    if _SIGN not in text:
        return False
    plain = _DENIED.sub("", clean(text))
    return any(not plain[: found.start()].endswith(NOT_STATE) for found in _ANY.finditer(plain))
