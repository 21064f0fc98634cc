"""The hub's words: Chinese first, from ``hub/locale/*.yaml``; what is not there is looked up in the chrome of reports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from scanner.errors import ShiquError


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Key to ``zh`` and ``en``."""
    found: dict[str, Mapping[str, str]] = {}
    for package in ("reports", "hub"):
        for entry in sorted(files(package).joinpath("locale").iterdir(), key=lambda item: item.name):
            if entry.name.endswith(".yaml"):
                found.update(yaml.load(entry.read_text("utf-8"), Loader=yaml.CSafeLoader) or {})
    return found


def say(key: str, lang: str = "zh", /, **fields: object) -> str:
    """One sentence with its fields filled in; a key nobody wrote stands for itself."""
    pair = catalogue().get(key)
    text = pair[lang] if pair is not None else " ".join([key, *(f"{name}={value}" for name, value in fields.items())])
    for name, value in fields.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def language() -> str:
    """Of the command line: ``zh`` unless SHIQU_LANG says ``en``. A page's language is the reader's own."""
    return "en" if os.environ.get("SHIQU_LANG", "zh").startswith("en") else "zh"


def has(key: str) -> bool:
    """Whether somebody wrote it."""
    return key in catalogue()


def told(error: ShiquError, lang: str = "zh") -> str:
    """The sentence of an error; what it quotes came from outside and is made harmless for terminals and files."""
    fields = {name: "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text) for name, text in error.fields.items()}
    return say(f"error.{error.code}", lang, **fields)
