"""What columns are called: the role that a label or a name speaks for."""

from __future__ import annotations

import re
from functools import lru_cache

from scanner.facts.holdings.normal import folded, name
from scanner.facts.holdings.words import COLUMNS, NOT_LEVEL, RANKS
from scanner.facts.holdings.words import SINGLE as WORDS_SINGLE

_NUMBERED = re.compile(r"[\d_]+$")
_BEFORE = re.compile(r"^(?:\d{1,2}[.、．)]|[*＊★※☆])+\s*(?=[\u4e00-\u9fff])")
"""A number, or the star of what must be filled in, before a label."""
_LATIN, _HAN = re.compile(r"[A-Za-z]{2}"), re.compile(r"[\u4e00-\u9fff]+")
_CODED = re.compile(r"(?:code|name|value|desc|text|dm|mc)$")
"""What names of columns say behind the thing itself."""
_LEVEL_LABEL = re.compile(
    r".{0,6}(?:密级|(?:保密|秘密|涉密|机密)(?:等级|级别))(?:标签|标记)?(?:代码|名称|标识|标志|编码|编号|字典|情况|程度|类别|类型|状态|信息|主键|外键|选项|枚举|键|值|项)?|密级\s*[和与及、/\\·+-]?\s*(?:保管|保密|保存)?期限|(?:保管|保密|保存)期限\s*[和与及、/\\·+-]?\s*密级"
)
_OTHERS = tuple(word for word in sorted(NOT_LEVEL[0]) if "密级" not in word and "涉密" not in word)
_OF_SECRECY = ("level", "secret_flag", "former_level", "period", "declassified_on", "declassified", "set_on", "set_by")
"""Roles of columns that speak of secrecy, wherever they stand."""
_LEVEL_LABELS = tuple(
    word for word in sorted({"密级", *COLUMNS["level"][0]}) if not any(other in word for other in {"密级", *COLUMNS["level"][0]} - {word})
)
"""One of these stands in every label of a secrecy column, compared as names are."""
SINGLE_LEVELS = {sign: level for sign, level in WORDS_SINGLE.items() if level in RANKS}


def role_by_words(text: str, latin: bool) -> str | None:
    """The role that a label (``latin`` False) or a name speaks for."""
    plain_text = name(text)
    if not plain_text:
        return None
    if plain_text in (NOT_LEVEL[1] if latin else NOT_LEVEL[0]):
        return "retention" if plain_text in ("bgqx", "保管期限") else None
    for role, (zh, latin_words) in COLUMNS.items():
        if plain_text in (latin_words if latin else zh):
            return role
    return None


def label_role(label: str) -> str | None:
    """The role of a label; what stands in brackets or behind a colon explains values and is left out."""
    head = re.split(r"[(（:：,，;；\[【|]", _BEFORE.sub("", label.strip()), maxsplit=1)[0].strip()
    found = role_by_words(head, latin=False)
    if found is not None:
        return found
    # Two languages side by side: 密级 Level, Level/密级.
    if _LATIN.search(head) and (chinese := "".join(_HAN.findall(head))) != head and chinese:
        return label_role(chinese)
    return "level" if _LEVEL_LABEL.fullmatch(head) and name(head) not in NOT_LEVEL[0] and "人员" not in head else None


def labels_another(label: str) -> bool:
    """Whether a label says of a name that could be a secrecy column's that it is not: mj is 面积 or 门禁, too."""
    plain_label = name(_BEFORE.sub("", label.strip()))
    return plain_label.startswith(_OTHERS) and not may_label_level(plain_label)


def may_label_level(text: str) -> bool:
    """Whether a text, compared as names are, may have a label of a secrecy column in it. Never False for one that has."""
    return any(word in text for word in _LEVEL_LABELS)


@lru_cache(maxsize=4096)
def name_role(column: str) -> str | None:
    """The role of a column's own name: Chinese, pinyin initials or English."""
    if re.search(r"[\u4e00-\u9fff]", column):
        return label_role(column) or _within(column)
    bare = re.sub(r"^(?:f|c|col|fld)_", "", column.strip().lower())
    found = role_by_words(column, latin=True) or role_by_words(bare, latin=True) or role_by_words(_NUMBERED.sub("", column), latin=True)
    if found is None and (stem := _CODED.sub("", name(column))) != name(column):
        return "level" if role_by_words(stem, latin=True) == "level" else _within(column)
    return found or _within(column)


def _within(column: str) -> str | None:
    """The role of a field within a field (attrs.miji), where it is one of secrecy."""
    inner = name_role(column.rpartition(".")[2]) if "." in column else None
    return inner if inner in _OF_SECRECY else None


_SPELT = {"juemi": "绝密", "jimi": "机密", "mimi": "秘密"}
"""Levels in pinyin; their initials mean too much else."""


@lru_cache(maxsize=1024)
def level_named(column: str) -> str | None:
    """The level after which a column is called: one of several that are ticked."""
    text = folded(column).removeprefix("密级").strip("()[]:_-/").removesuffix("级")
    text = SINGLE_LEVELS.get(text, text)
    return text if text in RANKS else _SPELT.get(re.sub(r"^(?:is|sf|f)_", "", text.lower()))
