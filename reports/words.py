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


def by_file() -> dict[str, dict[str, Pair]]:
    """File name to its keys. Raises ValueError for a key without both sentences."""
    found: dict[str, dict[str, Pair]] = {}
    for entry in sorted(files("reports").joinpath("locale").iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".yaml"):
            continue
        data: Any = yaml.load(entry.read_text("utf-8"), Loader=yaml.CSafeLoader)
        for key, both in (data or {}).items():
            if not isinstance(both, dict) or set(both) != set(LANGUAGES) or not all(isinstance(text, str) for text in both.values()):
                raise ValueError(f"{entry.name}: {key} needs zh and en")
            found.setdefault(entry.name, {})[str(key)] = MappingProxyType(both)
    return found


@cache
def catalogue() -> Mapping[str, Pair]:
    """Every key with both sentences; of a key in two files (a test refuses that) the first file's stands."""
    found: dict[str, Pair] = {}
    for keys in by_file().values():
        found = {**keys, **found}
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
