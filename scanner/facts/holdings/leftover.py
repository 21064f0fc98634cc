"""Levels that stand where records keep them, in cells, fields and labels: what nobody turned into a level must not pass as open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scanner.facts.holdings.english import may_be_marked
from scanner.facts.holdings.escapes import is_spelt
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.marking import LEVELS, whole
from scanner.facts.holdings.normal import NUMERALS, clean, folded, name
from scanner.facts.holdings.texts import NEEDLES, RARE
from scanner.facts.holdings.values import plain as sense_of
from scanner.facts.holdings.words import NOT_STATE, TITLE_ENDS

LONGEST = 2000
"""Characters of a line or cell that are looked at."""
SHORT_LINE = 40
"""Characters of a line of one field, or of a row above others."""
_LEVEL = "|".join(LEVELS)
_ANY = re.compile(_LEVEL)
_FIELDS = re.compile(r"[\t\x01\x1f^~]|[ \u3000]{2,}|[,，|;；│┃]")
_PIECES = re.compile(r"[;；,，&|\n{}]")
_RECORDS = re.compile(r"[\x1c-\x1e]")
"""What separates records within a line."""
_KEY = re.compile(r"[\s\"'-]*[【\[]?([\w\u4e00-\u9fff. -]{1,24}?)(?:[\"']?\s*[:：=]|[】\]][:：]?)\s*(.+)")
_NUMBER = re.compile(r"\d")
_SAYS = rf"(?:(?:{_LEVEL})级?|涉密|密级?(?=[文档件]))"
_LIST = rf"{_SAYS}(?:国家秘密)?(?:文件|档案|案卷|文书|材料|资料|件|归档|移交|登记|保管|收文|发文|卷内)*(?:目录|清单|清册|名册|登记[表簿册]|台[账帐]|一览表|明细表?)"
_FURTHER = re.compile(r"[\t,|;^\x01\x1f]")
"""What separates the cells of texts."""
_HEADING = re.compile(
    rf"(?:[(（]?[{NUMERALS}\d]{{1,3}}[、.．)])?(?:{_LEVEL})级?(?:文件|材料|档案|资料|件|类|案卷|卷|电报|公文|部分)?(?:[(（]?共?\d+[件卷份页条][)）]?)?[:：]?"
)
"""A row or line of its own above the records of one level."""
_STYLE = re.compile(rf"(?:(?P<words>[(（]?[{NUMERALS}]{{1,3}}[)）]?)|[(（]?\d{{1,2}}[)）]?)[、.．)](?=\D)")
_BARE_HEADING = re.compile(
    rf"(?:[(（]?[{NUMERALS}\d]{{1,3}}[)）]?[、.．)])?(?P<text>.{{1,8}}?)(?:文件|材料|档案|资料|件|类|案卷|卷|部分)?(?:[(（]?共?\d+[件卷份页条][)）]?)?[:：]?"
)
"""How headings are numbered, and what is left of one without number, kind and count."""
_WRAPPED = re.compile(r"[\s\"'=*★。,，;；]*(?:[$‡ǂ|]?[a-z0-9](?=[秘机绝]))?(.*?)[\s\"'。,，;；*]*")
"""A level with what stands around it; the letter or digit of a subfield may stand before it."""
_LABEL = re.compile(rf"(?:文件|案卷)?密\s*级(?:标识|名称)?\s*[:：=]\s*[\"']?(?:{_LEVEL})级?(?:★.{{0,14}})?[\"']?")
_INSIDE = re.compile(
    rf"[\"'<>](?:文件|案卷)?密级[\"'>]\s*(?:[:=,]|;s:\d+:|value=)?\s*[\"']{{0,2}}(?:{_LEVEL})(?:级|★[^\"'<]{{0,14}})?[\"'<]"
)
_VALUE = re.compile(rf"[\"']\s*(?::|=>|;s:\d+:)\s*[\"']{{1,2}}(?:{_LEVEL})(?:级|★[^\"']{{0,14}})?[\"']")
_KIND = r"(?:级|件|文件|档案|目录|卷|案卷|类|材料|资料|库|区|盘|柜|级文件|级档案|级材料)?"
_COUNT = rf"(?:(?:19|20)?\d{{2}}年?度?|第?\d{{1,4}}[号卷册盒批]?|[{NUMERALS}]{{1,3}}(?=[、.．]))?[\s、.．_-]*"
"""A year or number before or behind what a name says."""
_NAME = re.compile(
    rf"{_COUNT}(?:{_LEVEL}|涉密|密级(?=[文档件])|密(?=件)){_KIND}[\s、.．_-]*{_COUNT}"
    rf"|(?:{_LEVEL}){_KIND}\s+.*|(?:{_LEVEL})级?★.*"
    rf"|.*[\[(【]\s*(?:{_LEVEL}|涉密){_KIND}\s*[\])】]|[\[(【]\s*(?:{_LEVEL}|涉密){_KIND}\s*[\])】].*|.*[_-](?:{_LEVEL}|涉密){_KIND}|(?:{_LEVEL}){_KIND}[_-].*"
)
_TITLED = re.compile(_LIST)
_ALL = re.compile(
    rf"(?:均|皆|都|全|全部|一律)[为属是系按]于?(?:国家秘密|涉密|(?:{_LEVEL})级?|密件)(?:文件|档案|材料|资料|目录|条目|件)?(?:管理)?(?=$|[。，,;；、)\]】\s])"
)
"""All of what it is said of is classified."""
_LATIN = re.compile(r"(?:^|[_\s.-])(?:shemi|smwj|smda|smml|jimi|juemi)(?:$|[_\s.-]|\d)")
"""The same in the letters that tables are named by."""
_TITLE_END = rf"(?<=[\s)）》\d{TITLE_ENDS}])"
"""A space, or how titles end."""
_GLUED = re.compile(
    rf"[\s|│]*(?=[A-Za-z0-9·.-]*\d)(?=[^\s]*[-·.])[A-Za-z0-9\u4e00-\u9fff·.-]{{6,}}.{{2,200}}?{_TITLE_END}(?:{_LEVEL})级?[\s|│]*"
    rf"|\s*(?:{_LEVEL})级?(?=关于|中共|[A-Z]{{1,4}}\d)[^。]*"
)
"""A record of fields without anything between them: its number first and its level last, or the level before the title or number."""
_END = re.compile(r"(?:\.[A-Za-z0-9]{1,5})+$")


def has_level(cell: str) -> bool:
    """Whether a cell is a level and nothing else, with or without its star and period, or carries one with its label."""
    if "密" not in cell or len(cell) > LONGEST:
        return False
    if not names_level(cell):
        return False
    bare = _WRAPPED.fullmatch(folded(cell))
    found = whole(bare[1]) if bare is not None else None
    return (
        found is not None or _LABEL.fullmatch(clean(cell).strip()) is not None or (_INSIDE.search(cell) or _VALUE.search(cell)) is not None
    )


def names_level(cell: str) -> bool:
    """Whether one of the levels stands in a cell, however it is written. Without it a cell is no level and no heading."""
    return _ANY.search("".join(clean(cell).split())) is not None


def keyed_level(cell: str) -> bool:
    """Whether one of several names and values in a cell gives a level: ``mj=机密;ys=3``."""
    if "密" not in cell or len(cell) > LONGEST or ("=" not in cell and ":" not in clean(cell)):
        return False
    return any(_keyed(piece.strip()) for piece in _PIECES.split(cell))


@dataclass(frozen=True, slots=True)
class Heading:
    """A row of its own above others."""

    level: str | None
    """The level of the records below it; None where it gives none."""
    style: str
    """How it is numbered; empty where it is not."""

    def ends(self, above: Heading) -> bool:
        """Whether records below this one are no longer those of an earlier heading: one that says so, or the next one in the same numbering."""
        return self.style in ("open", above.style) and self.style != ""


def heading(cell: str) -> Heading | None:
    """What the only cell of a row says of those below it; None where it is no heading."""
    if len(cell) > SHORT_LINE:
        return None
    text = folded(cell)
    numbered = _STYLE.match(text)
    style = "" if numbered is None else "words" if numbered["words"] else "digits"
    level = headed_level(cell)
    if level is not None:
        return Heading(level, style)
    found = _BARE_HEADING.fullmatch(text)
    told = sense_of(found["text"]) if found is not None else None
    if told is not None and told.sense in ("open", "work", "commercial", "declassified"):
        return Heading(None, "open")
    # What speaks of secrecy in a way of its own is a record, or heads more of the same: it ends nothing.
    return Heading(None, style) if style and not may_speak(cell) else None


def may_speak(cell: str) -> bool:
    """Whether any sign stands in a cell by which texts speak of secrecy, in whatever way they write it."""
    return is_spelt(cell) or may_be_marked(cell) or any(sign in cell for sign in (*NEEDLES, *RARE))


def heads_level(cell: str) -> bool:
    """Whether a cell of a table calls the records below it those of one level."""
    return headed_level(cell) is not None


def headed_level(cell: str) -> str | None:
    """That level, however it is stretched or written."""
    if "密" not in cell or len(cell) > SHORT_LINE:
        return None
    text = folded(cell)
    return next((level for level in LEVELS if level in text), None) if _HEADING.fullmatch(text) is not None else None


def repeats_names(names: Sequence[str], cells: Sequence[str | None]) -> bool:
    """Whether a row below the names of columns says them once more, as at the head of every printed page."""
    filled = [(column, cell) for column, cell in zip(names, cells) if cell and cell.strip()]
    return len(filled) > 1 and all(name(cell) in (name(column), name(column.rpartition(".")[0])) for column, cell in filled)


def line_has_level(line: str) -> bool:
    """Whether a line of running text is a level, or one of its fields is. A sentence is none, nor is a list of the levels."""
    if "密" not in line:
        return len(line) <= SHORT_LINE and (":" in line or "=" in line) and _keyed(line)
    if _RECORDS.search(line):
        return any(line_has_level(piece) for piece in _RECORDS.split(line))
    if len(line) > LONGEST:
        return False
    if _VALUE.search(line) is not None:
        return True
    fields = [field.strip() for field in _FIELDS.split(line.strip()) if field.strip()]
    if "。" not in line and _GLUED.fullmatch(clean(line)) is not None:
        return True
    if len(fields) < 2:
        return has_level(line) or _keyed(line) or _spaced(line.split())
    if len(fields) == 2 and name_role(fields[0].rstrip(" :：-")) == "level":
        return has_level(fields[1].lstrip(" -:：=>"))
    levels = [at for at, field in enumerate(fields) if has_level(field)]
    if "。" in line or len(fields) < 3 or len(levels) != 1:
        return False
    before, behind = fields[: levels[0]], fields[levels[0] + 1 :]
    return not (before and before[-1].endswith(LEVELS)) and not (behind and behind[0].startswith(LEVELS))


def _keyed(line: str) -> bool:
    """A level behind the name of a secrecy column: ``mj=机密``."""
    found = _KEY.fullmatch(clean(line))
    if found is None or name_role(found[1].rpartition(".")[2]) != "level":
        return False
    told = sense_of(folded(found[2]))
    return has_level(found[2]) or (told is not None and told.sense in ("level", "misread", "unclear"))


def _spaced(words: Sequence[str]) -> bool:
    """A level as one of words of which another is a number: a record between single spaces. A sentence has no level as a word of its own."""
    return (
        len(words) > 2
        and sum(map(has_level, words)) == 1
        and any(_NUMBER.search(word) for word in words)
        and not any("。" in word for word in words)
    )


def lists_secrets(text: str) -> bool:
    """Whether a caption, name or comment says that what it is about are classified records."""
    plain = folded(text)
    if _ALL.search(plain) is not None:
        return True
    return any(not plain[: found.start()].endswith((*NOT_STATE, "不", "保")) for found in _TITLED.finditer(plain))


def fields_have_level(cell: str) -> bool:
    """Whether the last cell of a row holds further cells, of which one is a level. A list of the levels is none."""
    if "密" not in cell or len(cell) > LONGEST or "。" in cell:
        return False
    fields = [field.strip() for field in _FURTHER.split(cell) if field.strip()]
    levels = [field for field in fields if has_level(field)]
    return bool(levels) and (len(levels) < len(fields) or len(set(levels)) < len(LEVELS))


def named_secret(path: str) -> bool:
    """Whether the name of a folder, file, member or sheet on the way to a place says that what it holds is classified."""
    pieces = [_END.sub("", clean(piece).strip()) for piece in re.split(r"[/!#]", path)]
    return any(
        (_NAME.fullmatch(piece) is not None or lists_secrets(piece)) if "密" in piece else _LATIN.search(piece.lower()) is not None
        for piece in pieces
    )
