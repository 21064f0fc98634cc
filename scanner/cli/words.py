"""Sentences for the command line: Chinese first, from ``locale/*.yaml`` of the packages that say so (group ``shiqu.words``)."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from scanner.errors import ShiquError

WORDS = "shiqu.words"


def language() -> str:
    """``zh`` unless SHIQU_LANG says ``en``."""
    return "en" if os.environ.get("SHIQU_LANG", "zh").startswith("en") else "zh"


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for package in sorted({"reports", *(point.value for point in importlib.metadata.entry_points(group=WORDS))}):
        for entry in sorted(files(package).joinpath("locale").iterdir(), key=lambda item: item.name):
            if entry.name.endswith(".yaml"):
                found.update(yaml.load(entry.read_text("utf-8"), Loader=yaml.CSafeLoader) or {})
    return found


@cache
def _phrases() -> Mapping[str, str]:
    """What judges and operating systems say, in Chinese: the reports' list."""
    found: Mapping[str, str] = yaml.load(files("reports").joinpath("glossary", "phrases.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return found


def say(key: str, /, **fields: object) -> str:
    """One sentence with its fields filled in; a key nobody wrote stands for itself, so that nothing is lost."""
    return _fill(key, language(), fields)


def _fill(key: str, lang: str, fields: Mapping[str, object]) -> str:
    pair = _catalogue().get(key)
    text = pair[lang] if pair is not None else " ".join([key, *(f"{name}={value}" for name, value in fields.items())])
    for name, value in fields.items():
        shown = str(value)
        if name == "detail" and lang == "zh":
            shown = _phrases().get(shown, shown)
        text = text.replace("{" + name + "}", printable(shown))
    return text


def printable(text: str) -> str:
    """What came from outside, made harmless for a terminal: no control or bidirectional characters."""
    return "".join(char if char.isprintable() or char == " " else f"\\x{ord(char):02x}" for char in text)


def sentence(error: ShiquError, lang: str | None = None) -> str:
    """The sentence of an error; ``lang`` is ``zh``, ``en``, or None for the language of the command line."""
    return _fill(f"error.{error.code}", lang if lang in ("zh", "en") else language(), error.fields)
