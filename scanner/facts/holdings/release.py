"""What records a release: whole statements and nothing else. Words that only speak of one leave it open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from scanner.facts.holdings.dates import release_day
from scanner.facts.holdings.words import RANKS, RELEASE_DOUBT, RELEASE_NEVER

WORD = re.compile(r"解密|撤密|解除密级|解除保密")
"""No text speaks of a release without it."""
_DONE = WORD.pattern
_LEVEL = "|".join(RANKS)
_WHEN = r"\d{4}年(?:\d{1,2}月(?:\d{1,2}[日号])?)?|\d{4}[-./]\d{1,2}(?:[-./]\d{1,2})?|\d{8}"
_WHO = rf"[^{RELEASE_NEVER}]{{0,16}}"
_OLD = rf"原(?:为|定|定为|密级)?[:为是]?(?:{_LEVEL})级?(?:★*(?:\d{{1,3}}(?:年|个?月)|长期|永久)?)"
_AGREED = rf"经{_WHO}(?:批准|同意|审定|核准|决定)"
_STATEMENT = re.compile(
    rf"(?:本件|此件|该件|本卷|此卷|该卷|本文件|全文|全卷|全部)?(?:{_OLD})?(?:"
    rf"(?P<already>已|现已|业已|均已|已经)(?:[于在](?P<at>{_WHEN}))?(?:{_AGREED}|批准|获准)?(?:予以|正式)?(?:{_DONE})"
    rf"|[于在]?(?P<on>{_WHEN})起?(?P<since>(?:已经?)?(?:{_AGREED}|批准)?(?:予以|正式)?)(?:{_DONE})"
    rf"|(?P<agreed>{_AGREED})(?:[于在](?P<then>{_WHEN}))?已?(?:予以|正式)?(?:{_DONE})"
    r"|解密件)(?:并?(?:公开|开放))?"
)
_OPENED = re.compile(rf"(?:{_OLD})?(?:已|现已|业已)(?:[于在](?:{_WHEN}))?(?:转为|改为)?公开")
"""Records a release where the level that was left stands beside it."""
_BESIDE = re.compile(rf"{_OLD}|(?:密级:?)?(?:{_LEVEL})级?(?:★+[^未不]{{0,8}})?")
_CLAUSES = re.compile(r"[,，。;；、!\n()（）\[\]【】|/]+")
_OFFICE = re.compile(r"保密(?:局|委员会|委|办公室|办)")
_DOUBT = re.compile("|".join(map(re.escape, RELEASE_DOUBT)))
_NOT_YET = re.compile(
    rf"(?:未|没有|不|暂|无法|待|拟|缓)[^,，。;；已]{{0,6}}(?:{_DONE})|(?:{_DONE})(?:申请|请示|审批)?(?:未|没有|尚未|不)|(?:申请|可否)[^,，。;；已]{{0,6}}(?:{_DONE})"
)


@dataclass(frozen=True, slots=True)
class Release:
    """What a text says about release."""

    recorded: bool = False
    """It records one, and says nothing else that bears on secrecy."""
    on: date | None = None
    """The day that is written for it; it may lie ahead."""
    already: bool = False
    """It says that it has been done, whatever the day."""
    unclear: bool = False
    """It speaks of one, and neither records nor clearly denies it."""


NONE = Release()


def release_in(text: str, *, level_beside: bool = False) -> Release:
    """Read a text (already cleaned, numerals as digits). ``level_beside``: it stands beside a level, so that 公开 tells of a release too."""
    speaks = WORD.search(text) is not None
    if not speaks and "公开" not in text:
        return NONE
    found: Release | None = None
    for clause in _CLAUSES.split(re.sub(r"\s+", "", text)):
        stated = _STATEMENT.fullmatch(clause)
        if stated is not None and found is None:
            found = _stated(stated)
        elif _OPENED.fullmatch(clause) and (level_beside or re.search(_OLD, text)):
            found = found or Release(recorded=True, already=True)
        elif not _BESIDE.fullmatch(clause) and _DOUBT.search(_OFFICE.sub("", clause)):
            return Release(unclear=speaks and _NOT_YET.search(text) is None)
    if found is None:
        return Release(unclear=speaks and _NOT_YET.search(text) is None)
    return found


def _stated(found: re.Match[str]) -> Release:
    written = found["at"] or found["on"] or found["then"]
    on = release_day(written)
    if written is not None and on is None:
        return Release(unclear=True)
    return Release(True, on, bool(found["already"] or found["since"] or found["agreed"]) or written is None)
