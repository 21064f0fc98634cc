"""Whether two names are of one person: a space, a bracket or a full-width letter makes nobody a second one. Pure."""

from __future__ import annotations

import re
import unicodedata

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>")
_BETWEEN = re.compile(r"[、,/;|&+\n]")
_BETWEEN_NAMES = re.compile(r"(?<=[\u3400-\u9fff]{2})(?:\s+|\s*[和与及]\s*)(?=[\u3400-\u9fff]{2})")
"""Between two whole names only: 张 三 is one person, and so is 李和平."""


def people(text: str) -> frozenset[str]:
    """The persons that a text names, each brought to one spelling."""
    plain = _BRACKETS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    parts = (part for piece in _BETWEEN.split(plain) for part in _BETWEEN_NAMES.split(piece))
    return frozenset(name for name in ("".join(char for char in part if char.isalnum()) for part in parts) if name)


def share_person(one: str, other: str) -> bool:
    """Whether anybody stands in both."""
    return bool(people(one) & people(other))
