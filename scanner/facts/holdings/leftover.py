"""Levels that stand where records keep them, in cells, fields and labels: what nobody turned into a level must not pass as open."""

from __future__ import annotations

import re

from scanner.facts.holdings.marking import LEVELS, whole
from scanner.facts.holdings.normal import clean, folded

LONGEST = 2000
"""Characters of a line or cell that are looked at."""
_LEVEL = "|".join(LEVELS)
_FIELDS = re.compile(r"\t|[ \u3000]{2,}|[,，|;；│┃]")
_FURTHER = re.compile(r"[\t,|;^\x01\x1f]")
"""What separates the cells of texts."""
_WRAPPED = re.compile(r"[\s\"'=*★。,，;；]*(.*?)[\s\"'。,，;；*]*")
_LABEL = re.compile(rf"(?:文件|案卷)?密\s*级(?:标识|名称)?\s*[:：=]\s*[\"']?(?:{_LEVEL})级?(?:★.{{0,14}})?[\"']?")
_INSIDE = re.compile(rf"[\"'<>](?:文件|案卷)?密级[\"'>]\s*(?:[:=,]|value=)?\s*[\"']?(?:{_LEVEL})(?:级|★[^\"'<]{{0,14}})?[\"'<]")
_VALUE = re.compile(rf"[\"']\s*(?::|=>)\s*[\"'](?:{_LEVEL})(?:级|★[^\"']{{0,14}})?[\"']")
_KIND = r"(?:级|件|文件|档案|目录|卷|案卷|类|级文件|级档案)?"
_NAME = re.compile(
    rf"(?:{_LEVEL}){_KIND}|.*[\[(（【]\s*(?:{_LEVEL}){_KIND}\s*[\])）】]|[\[(（【]\s*(?:{_LEVEL}){_KIND}\s*[\])）】].*|.*[_-](?:{_LEVEL}){_KIND}|(?:{_LEVEL}){_KIND}[_-].*"
)
_END = re.compile(r"(?:\.[A-Za-z0-9]{1,5})+$")


def has_level(cell: str) -> bool:
    """Whether a cell is a level and nothing else, with or without its star and period, or carries one with its label."""
    if "密" not in cell or len(cell) > LONGEST:
        return False
    bare = _WRAPPED.fullmatch(folded(cell))
    found = whole(bare[1]) if bare is not None else None
    return (
        found is not None or _LABEL.fullmatch(clean(cell).strip()) is not None or (_INSIDE.search(cell) or _VALUE.search(cell)) is not None
    )


def line_has_level(line: str) -> bool:
    """Whether a line of running text is a level, or one of its fields is. A sentence is none, nor is a list of the levels."""
    if "密" not in line or len(line) > LONGEST:
        return False
    fields = [field.strip() for field in _FIELDS.split(line.strip()) if field.strip()]
    if len(fields) < 2:
        return has_level(line)
    levels = [at for at, field in enumerate(fields) if has_level(field)]
    if "。" in line or len(fields) < 3 or len(levels) != 1:
        return False
    before, behind = fields[: levels[0]], fields[levels[0] + 1 :]
    return not (before and before[-1].endswith(LEVELS)) and not (behind and behind[0].startswith(LEVELS))


def fields_have_level(cell: str) -> bool:
    """Whether the last cell of a row holds further cells, of which one is a level. A list of the levels is none."""
    if "密" not in cell or len(cell) > LONGEST or "。" in cell:
        return False
    fields = [field.strip() for field in _FURTHER.split(cell) if field.strip()]
    levels = [field for field in fields if has_level(field)]
    return bool(levels) and (len(levels) < len(fields) or len(set(levels)) < len(LEVELS))


def named_secret(path: str) -> bool:
    """Whether the name of a folder, file, member or sheet on the way to a place says that what it holds is classified."""
    return any(_NAME.fullmatch(_END.sub("", piece.strip())) is not None for piece in re.split(r"[/!#]", path) if "密" in piece)
