"""Words of secrecy where no decision looks for them: in columns of another role, in remarks, at the ends of titles. They open nothing and prove nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.facts.holdings.marking import LEVELS
from scanner.facts.holdings.normal import NUMERALS, clean, folded
from scanner.facts.holdings.words import NOT_STATE, SECRET_WHOLE

_SIGN = "密"
"""Stands in every word below but those of one character, and nothing else becomes it when a text is cleaned."""
BARE = ("机", "秘", "绝")
"""Levels by their first character, as they stand in brackets at the ends of titles."""
LOOSE_MOST = 24
"""Characters of a cell of a column that nobody knows, up to which it is a note and no text."""
_LEVEL = "|".join(LEVELS)
_LEVELS = re.compile(_LEVEL)
_ANY = re.compile(rf"{_LEVEL}|涉密|国家秘密")
_DENIED = re.compile(
    r"(?:不|非|未|无|没有|不属于?|不涉及|不含|不得)(?:涉密|涉及|含有?|属于|有)?(?:国家)?(?:涉密|秘密|机密|绝密)|(?:涉密|保密)(?:人员|审查|载体|管理|工作|培训|检查|单位|岗位)"
)
_OPEN, _CLOSE = r"[\[(【〔<〈{「『]", r"[\])】〕>〉}」』]"
_KIND = "(?:级|件|文件|材料|资料)"
_REMARK = re.compile(
    rf"涉密$|[(（]涉密[)）]|涉密(?:件|文件|档案|不开放|不予开放)|^(?:{_LEVEL})(?:级|件|文件)?(?:[\s,，。;；、(（:：]|$)"
    rf"|(?<![未不非])(?<![原没曾需])(?:(?:[定列标划]|确定|标注)(?:密?为|密)|标注|系|按|属于?|密级)[\s:：\-—–]*(?:{_LEVEL})(?:级|件|文件)?(?:$|[\s,，。;；、(（]|管理|保管)"
    rf"|(?:[此本该原][件卷文案]|内容)[^\s,，。;；]{{0,2}}?(?:{_LEVEL})(?:级|件|文件)?(?:国家秘密)?(?:文件|材料)?(?:$|[\s,，。;；、(（])"
    rf"|附件[^\s,，。;；]{{0,3}}?(?:为|是|含|系)?(?:{_LEVEL})|(?:含有?|涉及|属于?)(?:涉密|国家秘密)"
    rf"|(?:含有?|内有|卷内有|件内有|(?:^|[\s,，。;；、])[内有夹附]+)(?:{_LEVEL})(?:级|件|文件|材料|资料|内容|附件|页)"
    rf"|(?:[A-Za-z][:：=]|[:：=]\s)\s*(?:{_LEVEL})(?:级|件)?$"
)
_APART = re.compile(rf"(?:^|[\s;；,，、|/+])(?:{_LEVEL})(?:级|件)?(?=$|[\s;；,，、|/+])")
"""A level as one of several words; a list of the levels has more than one of them."""
_TERM = r"(?:[^\w\u4e00-\u9fff]{0,2}\d{1,2}年|[,，、\s]?长期)"
_TITLE = re.compile(
    rf"^\s*{_OPEN}\s*(?:涉?密|密件|{'|'.join(BARE)})\s*{_CLOSE}|{_OPEN}\s*(?:涉?密|密件|{'|'.join(BARE)})\s*{_CLOSE}[\s。.;；]*$"
    rf"|{_OPEN}\s*(?:内部[·・、,/\s]?)?(?:{_LEVEL}){_KIND}?(?:[,，、\s]?{_TERM})?\s*{_CLOSE}"
    rf"|^\s*(?:{_LEVEL}){_KIND}?\s*(?:[:：◆◇●■□▲△·・*]|\s)|[-—–－_\s]\s*(?:{_LEVEL})(?:级|件)?\s*$|^\s*(?:{_LEVEL})(?:电报|急件|密电|电文)"
    rf"|(?:{_LEVEL})级?{_TERM}(?=$|[^\u4e00-\u9fff])"
)
_SET_OFF = re.compile(rf"{_OPEN}|{_LEVEL}")
"""One of them stands in whatever the pattern above finds."""
_ABOUT = re.compile(r"国家秘密|泄密|失密|窃密|泄露|密级|保密|关于")
"""What stands before a level in brackets that a title only speaks of."""
_ENDS = re.compile(rf"[({_OPEN[1:-1]}（［]\s*[{''.join(BARE)}]\s*[){_CLOSE[1:-1]}）］]")
_NUMBER = re.compile(r"(?<![保国涉商])密(?:发|函|字|传|电|[〔\[(]\d)")
"""The sign of classified papers in their own numbers."""
_WAY = re.compile(rf"(?:^|[/\\])(?:{_LEVEL}|涉密)(?:级|件|文件|档案|类)?[/\\]|[\[(【_-]\s*(?:{_LEVEL})级?\s*[\])】]?\.[A-Za-z0-9]{{1,5}}$")
_KEPT = re.compile(rf"(?:{_LEVEL}|涉密)(?:文件|档案)?(?:柜|盒|室|库房?|架|箱|袋|区)(?:[内中里]|[上下第]|[{NUMERALS}]|(?![\u4e00-\u9fff]))")
"""Where a record is kept; what goes on otherwise is a word of its own, such as 涉密区域."""
_TITLED = re.compile(r"关于|管理|工作|办法|规定|制度|方案|意见|通知|条例|检查|培训|教育|总结|报告|宣传|[《“]")


def hint_in_title(text: str) -> bool:
    """A level set off at one end of a title or in brackets, or a telegram that calls itself secret."""
    if _SIGN not in text and not any(sign in text for sign in BARE):
        return False
    plain = clean(text)
    return _SET_OFF.search(plain) is not None and any(_stands(plain, found) for found in _TITLE.finditer(plain))


def _stands(text: str, found: re.Match[str]) -> bool:
    """Whether it is a level of the record: at an end, or behind words that are not about secrecy."""
    before = text[: found.start()]
    if before.endswith(NOT_STATE):
        return False
    return not before or found.end() >= len(text.rstrip()) or _ABOUT.search(before) is None


def bare_in_brackets(titles: Iterable[str | None]) -> bool:
    """Whether one of :data:`BARE` stands in brackets in any of the titles."""
    return _ENDS.search("\n".join(filter(None, titles))) is not None


def hint_in_remark(text: str) -> bool:
    """A remark that says of its own record or of what hangs on it that it is secret."""
    if _SIGN not in text:
        return False
    plain = _DENIED.sub("", clean(text).strip())
    if folded(plain) in SECRET_WHOLE or _REMARK.search(plain) is not None:
        return True
    return "。" not in plain and _APART.search(plain) is not None and len(_LEVELS.findall(plain)) == 1


def hint_in_note(text: str) -> bool:
    """The same of a short cell in a column that nobody knows; where it is kept, or the way to its file, may say so too."""
    if _SIGN not in text or len(text) > 4 * LOOSE_MOST:
        return False
    plain = clean(text).strip()
    if _WAY.search(plain) is not None:
        return True
    return len(plain) <= LOOSE_MOST and _TITLED.search(plain) is None and (hint_in_remark(plain) or _any_of(_KEPT, plain))


def hint_in_cell(text: str) -> bool:
    """Any word of secrecy in a cell that is about something else: an author, a date, an opening."""
    if _SIGN not in text:
        return False
    plain = clean(text)
    return folded(plain) in SECRET_WHOLE or _NUMBER.search(plain) is not None or _any_of(_ANY, plain)


def _any_of(pattern: re.Pattern[str], text: str) -> bool:
    """Whether it stands there, neither denied nor as a secret that is not the state's."""
    plain = _DENIED.sub("", text)
    return any(not plain[: found.start()].endswith(NOT_STATE) for found in pattern.finditer(plain))
