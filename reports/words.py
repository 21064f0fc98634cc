"""The chrome's catalogue: flat keys with a Chinese and an English sentence, from every ``reports/locale/*.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

LANGUAGES = ("zh", "en")
"""Chinese is the source language."""

Pair = Mapping[str, str]
"""``{"zh": …, "en": …}``."""


@cache
def catalogue() -> Mapping[str, Pair]:
    """Every key with both sentences. Raises ValueError for a key without both, or that stands in two files."""
    found: dict[str, Pair] = {}
    for entry in sorted(files("reports").joinpath("locale").iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".yaml"):
            continue
        data: Any = yaml.load(entry.read_text("utf-8"), Loader=yaml.CSafeLoader)  # noqa: S506  (the safe loader in C)
        for key, pair in (data or {}).items():
            if not isinstance(pair, dict) or set(pair) != set(LANGUAGES) or not all(isinstance(text, str) for text in pair.values()):
                raise ValueError(f"{entry.name}: {key} needs zh and en")
            if key in found:
                raise ValueError(f"{entry.name}: {key} stands in another file too")
            found[str(key)] = MappingProxyType(pair)
    return MappingProxyType(found)


@cache
def words(lang: str) -> Mapping[str, str]:
    """Key to sentence in one language. Raises KeyError for another language than zh and en."""
    return MappingProxyType({key: pair[lang] for key, pair in catalogue().items()})


def pair(key: str, fallback: str | None = None) -> Pair:
    """Both sentences of a key; ``fallback`` (a code word, say) stands for both where the key is unknown.

    Raises KeyError when there is neither.
    """
    found = catalogue().get(key)
    if found is not None:
        return found
    if fallback is None:
        raise KeyError(key)
    return {"zh": fallback, "en": fallback}


def sentence(key: str, lang: str, fields: Mapping[str, str]) -> str:
    """One sentence with its ``{fields}`` filled in; a field that nobody gave stays as it stands."""
    text = words(lang)[key]
    for name, value in fields.items():
        text = text.replace("{" + name + "}", value)
    return text
