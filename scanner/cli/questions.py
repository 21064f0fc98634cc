"""Questions on the terminal: a default to keep, a dash for nothing, and another try after a wrong answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import click

from scanner.cli.words import say

NOTHING = "-"
Read = Callable[[str], Any]
"""Turns an answer into a value; raises ValueError whose text is an example of a good answer."""


def ask(key: str, default: str | None, read: Read, optional: bool = True, **fields: object) -> Any:
    """One question. None when it is left empty or answered with a dash, which only an optional one may be."""

    def value(answer: str) -> Any:
        text = answer.strip()
        if text in ("", NOTHING):
            if optional:
                return None
            raise click.UsageError(say("init.needed"))
        try:
            return read(text)
        except ValueError as error:
            raise click.UsageError(say("init.wrong", wanted=error)) from None

    shown = default if default is not None else ("" if optional else None)
    return click.prompt(say(key, **fields), default=shown, value_proc=value, show_default=bool(shown))


def yes(key: str, default: bool, **fields: object) -> bool:
    """A question answered with yes or no."""
    return click.confirm(say(key, **fields), default=default)


def one_of(choices: Sequence[str], labels: Callable[[str], str] | None = None) -> Read:
    """One of a few words, or its label, or its number in the list."""

    def read(text: str) -> str:
        for number, choice in enumerate(choices, 1):
            if text in (choice, str(number)) or (labels is not None and text == labels(choice)):
                return choice
        raise ValueError(" / ".join(choices))

    return read


def shaped(pattern: re.Pattern[str], example: str) -> Read:
    """Text of a shape."""

    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(example)
        return text

    return read


def spelt(spelling: Callable[[str], str | None], example: str) -> Read:
    """Text that has one proper spelling, or None when it is wrong."""

    def read(text: str) -> str:
        found = spelling(text)
        if found is None:
            raise ValueError(example)
        return found

    return read


def several(one: Read) -> Read:
    """A list parted by commas, of either width, or spaces."""
    return lambda text: [one(part) for part in re.split(r"[\s,，、;；]+", text) if part]


def words(text: str) -> str:
    """Free text for people."""
    if not text.isprintable() or len(text) > 200:
        raise ValueError("…")
    return text
