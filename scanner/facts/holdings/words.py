"""The vocabulary beside the decisions: levels, codes, words for open, names of columns and tables."""

from __future__ import annotations

import importlib.resources
from types import MappingProxyType
from typing import Any

import yaml

_WORDS: dict[str, Any] = yaml.load(
    importlib.resources.files(__package__).joinpath("words.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader
)


def _set(name: str) -> frozenset[str]:
    return frozenset(str(word) for word in _WORDS[name])


def _map(name: str) -> MappingProxyType[str, str]:
    return MappingProxyType({str(key): str(value) for key, value in _WORDS[name].items()})


def _named(name: str) -> MappingProxyType[str, tuple[frozenset[str], frozenset[str]]]:
    found = _WORDS[name]
    return MappingProxyType(
        {role: (frozenset(map(str, words["zh"])), frozenset(map(str, words["latin"]))) for role, words in found.items()}
    )


RANKS = MappingProxyType({str(level): int(data["rank"]) for level, data in _WORDS["levels"].items()})
"""Level to its rank, 1 the lowest."""
CAPS = MappingProxyType({str(level): int(data["cap"]) for level, data in _WORDS["levels"].items()})
"""Level to the longest period in years; it holds where none is written."""
SIMPLIFY = str.maketrans(dict(_map("simplify")))
STARS = str.maketrans(dict.fromkeys(str(_WORDS["stars"]), "★"))
MISREAD = str.maketrans(dict(_map("misread")))
MISREAD_STAR = str(_WORDS["misread_star"])
MISREAD_DIGIT = _map("misread_digit")
CODES = _map("codes")
ENGLISH_OPEN = frozenset(_WORDS["english"]["open"])
ENGLISH_CLASSIFIED = frozenset(_WORDS["english"]["classified"])
SINGLE = _map("single")
EMPTY, OPEN, WORK, COMMERCIAL, DECLASSIFIED = (_set(name) for name in ("empty", "open", "work", "commercial", "declassified"))
NOT_STATE = tuple(sorted(_set("not_state"), key=len, reverse=True))
YES, NO, LONG, SECRET_YES, SECRET_WHOLE, FLAG_SHORT = (
    _set(word) for word in ("yes", "no", "long", "secret_yes", "secret_whole", "flag_short")
)
RELEASE_NEVER, RELEASE_DOUBT = str(_WORDS["release"]["never"]), tuple(map(str, _WORDS["release"]["doubt"]))
TITLE_ENDS = str(_WORDS["title_ends"])
CHANGED, CHANGED_ON, CHANGED_OPEN = (frozenset(map(str, _WORDS["changed"][word])) for word in ("level", "on", "open"))
LEVEL_WEAK, KEY_WORDS, TOPICS = _set("level_weak"), _set("key_words"), _set("topics")
COLUMNS = _named("columns")
NOT_LEVEL = (frozenset(map(str, _WORDS["not_level"]["zh"])), frozenset(map(str, _WORDS["not_level"]["latin"])))
COUNTS = (frozenset(map(str, _WORDS["counts"]["zh"])), frozenset(map(str, _WORDS["counts"]["latin"])))
TABLES = MappingProxyType({name: frozenset(map(str, words)) for name, words in _WORDS["tables"].items()})
LINEAGE_WORDS = MappingProxyType({name: frozenset(map(str, words)) for name, words in _WORDS["lineage"].items()})
