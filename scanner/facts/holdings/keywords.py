"""Columns of key words: a level that is one of several words there tells what a record is about, not how secret it is."""

from __future__ import annotations

import re
from itertools import pairwise

from scanner.facts.holdings.columns import Roles
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.marking import LEVELS
from scanner.facts.holdings.normal import clean, folded, name
from scanner.facts.holdings.reading import Column
from scanner.facts.holdings.values import plain
from scanner.facts.holdings.words import KEY_WORDS, LONG, SECRET_WHOLE, TOPICS

_BETWEEN = re.compile(r"[\s;；,，、|/+]+")
_WORD = re.compile(r"[\u4e00-\u9fff]{2,8}")
_PAPERS = ("级", "件", "文件", "材料", "资料", "档案", "文档", "电报")
"""What a level before them is told of."""


def holds_key_words(column: Column, roles: Roles) -> bool:
    """Whether a column is called one of key words. What may stand for the title is one only beside a title."""
    called = {name(column.name), name(column.comment)}
    return bool(called & KEY_WORDS) or (bool(called & TOPICS) and roles.get("title") not in (None, column.name))


def only_mentions(text: str) -> bool:
    """Whether a cell of key words has a level as one word among two others at least, none of which says more of secrecy."""
    words = [word for word in _BETWEEN.split(clean(text).strip()) if word]
    others = [word for word in words if word not in LEVELS]
    if len(others) < 2 or len(others) == len(words) or any(map(_says_more, others)):
        return False
    return not any(level in LEVELS and word in _PAPERS for level, word in pairwise(words))


def _says_more(word: str) -> bool:
    """Whether a word is none of a subject's: a level in a longer word, an openness, a term, a condition, the name of a field."""
    if _WORD.fullmatch(word) is None or any(level in word for level in LEVELS) or "密级" in word or "定密" in word or word.endswith("前"):
        return True
    text = folded(word)
    return plain(text) is not None or text in SECRET_WHOLE or text in LONG or name_role(word) is not None
