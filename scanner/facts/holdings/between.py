"""Rows between the records of a sheet or text that are none: headings of groups, sums and page numbers. What speaks of secrecy is never one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scanner.facts.holdings.columns import Roles
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.leftover import Heading, heading, may_speak
from scanner.facts.holdings.normal import NUMERALS, folded, name
from scanner.facts.holdings.reading import Column, Group, Row
from scanner.facts.holdings.values import plain
from scanner.facts.holdings.words import TITLE_ENDS

LONGEST = 24
"""Characters of a heading."""
FILLED = 3
"""Cells of a row of sums."""
SHORT_WORD = 40
"""Characters of a cell that may be a level."""
_SUM = re.compile(
    r"(?:[本每]\s*[页卷盒册])?(?:合\s*计|总\s*计|共\s*计|小\s*计|累\s*计)(?:[:：\d\s(（共]|$)|(?:填表|制表|填报|审核|复核|校对|编制|移交|接收|经办|负责|录入|打印|统计)(?:人|者|员|单位|部门|日期|时间)?\s*(?:签[字名章])?\s*[:：(（]"
    r"|(?:说明|注|备注|单位|日期|时间|部门)\s*[:：]|\(?\d+\s*(?:rows?\b|行(?:于|[)）]|$))|第\s*\d+\s*页|共\s*\d+\s*[页件条卷份]"
)
"""How sums, signatures and page numbers begin."""
_DAY = re.compile(r"(?:19|20)\d{2}\s*年\s*\d{1,2}\s*月\s*(?:\d{1,2}\s*日)?")
"""A day alone in its row, as below signatures."""
_RULE = re.compile(r"[-=_+|~—–─━═\s]{3,}")
_GROUP = re.compile(rf"第\s*[\d{NUMERALS}]{{1,4}}\s*(?:[卷盒册]|[部箱柜]|分?类)(?:[(（]?共?\d+[件卷份页条][)）]?)?")
_YEAR = re.compile(r"\(?(?:19|20)\d{2}年度?\)?")
_WORDS = re.compile(r"[\u4e00-\u9fff]{2,12}")
_TITLED = re.compile(rf"关于.*|.*的[\u4e00-\u9fff]{{2,4}}|.*[{TITLE_ENDS}]")
_KINDS = ("档案", "案卷", "文件", "图纸", "资料", "图表", "图书")
"""Ends of headings that titles have as well."""
_COUNTING = ("record_no", "volume_no", "item_no", "document_no")


def is_end(cells: Sequence[str | None]) -> bool:
    """Whether a row is one of sums, signatures or the number of a page."""
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    if filled and all(map(_RULE.fullmatch, filled)):
        return True
    ends = bool(filled) and (_SUM.match(filled[0]) is not None or (len(filled) == 1 and _DAY.fullmatch(filled[0]) is not None))
    return ends and not any(map(speaks, filled))


def speaks(cell: str) -> bool:
    """Whether a cell may say something of secrecy: a row with it is never left out."""
    if may_speak(cell):
        return True
    told = plain(folded(cell)) if len(cell) <= SHORT_WORD else None
    return told is not None and told.sense in ("level", "english", "misread", "unclear")


def between(columns: Sequence[Column], roles: Roles) -> Callable[[Row], bool]:
    """Whether a row of these columns stands between records."""
    levels = {at for at, column in enumerate(columns) if column.name in (roles.level, *roles.other_levels, roles.get("former_level"))}
    numbers = {
        at for at, column in enumerate(columns) if name_role(column.name) in _COUNTING or name(column.name) in ("序号", "xh", "编号")
    }
    numbers |= {at for at, column in enumerate(columns) if column.name in map(roles.get, _COUNTING)}

    def stands(row: Row) -> bool:
        # Most rows are told to be records by their level, or by their first cells.
        for at in levels:
            if (cell := row[at]) and not cell.isspace():
                return False
        filled = []
        for at, cell in enumerate(row):
            if cell and not cell.isspace():
                filled.append(at)
                if len(filled) > FILLED:
                    return False
        if not filled:
            return False
        if len(filled) == 1 and len(row) > 1:
            return _heads(row[filled[0]] or "", filled[0] in numbers) or is_end(row)
        return len(filled) < len(row) and is_end(row)

    return stands


def _heads(cell: str, numbers: bool) -> bool:
    """Whether the only cell of a row is a heading; in a column of ``numbers`` words are no record's."""
    text = folded(cell)
    if len(text) > LONGEST or speaks(cell):
        return False
    told = heading(cell)
    if told is not None and told.style == "open":
        return True
    if _TITLED.fullmatch(text) and not text.endswith(_KINDS):
        return False
    if told is not None and (told.style == "words" or numbers):
        return True
    return numbers and (_YEAR.fullmatch(text) or _WORDS.fullmatch(text) or _GROUP.fullmatch(text)) is not None


def headings(group: Group) -> dict[str, Heading]:
    """Levels that stand above all the records of a source, as the first of its headings, by its path.

    Lines around several tables stand between them, and each table has what is above it as its own."""
    found: dict[str, Heading] = {}
    for path, parts in group.around.items():
        if not path and len(group.sources) > 1:
            continue
        told = [one for kind, text in parts if kind == "line" and (one := heading(text)) is not None and one.level is not None]
        if told and group.sources:
            found[path or group.sources[0].place.path] = told[-1]
    return found
