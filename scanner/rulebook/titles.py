"""Titles of everything that is installed here, for rooms that show results of others without judging any: entry-point group ``shiqu.titles``."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.model.control import Words
from scanner.rulebook.book import rulebook
from scanner.rulebook.profiles import profiles

Titles = Mapping[str, Mapping[str, str]]
"""Id to ``zh`` and ``en``."""


def titles() -> tuple[Titles, Titles, Titles]:
    """Of checks, of controls and of profiles. Raises UseError or RuleError when something installed is broken."""
    checks = {check.id: _pair(check.sheet.title) for check in rulebook().checks.values()}
    controls = {control.id: _pair(control.text) for profile in profiles().values() for control in profile.controls}
    return checks, controls, {profile.id: _pair(profile.title) for profile in profiles().values()}


def _pair(words: Words) -> Mapping[str, str]:
    return {"zh": " ".join(words.zh.split()), "en": " ".join(words.en.split())}
