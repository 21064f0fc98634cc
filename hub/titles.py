"""What checks and controls are called: as installed here. A bulletin's words stand only where nothing is installed, and are marked as the unit's."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from hub.words import say
from scanner.errors import ShiquError
from scanner.model.result import PERSON_PREFIX

GROUP = "shiqu.titles"
LANGUAGES = ("zh", "en")
LOG = logging.getLogger("shiqu.hub")


def installed() -> Mapping[str, Mapping[str, str]]:
    """Id of a check or control to its title, of everything that is installed here. Best asked for before there are threads."""
    return _installed()[0]


def profiles() -> Mapping[str, Mapping[str, str]]:
    """Id of a profile to its title, of everything that is installed here."""
    return _installed()[1]


@cache
def _installed() -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, Mapping[str, str]]]:
    found: dict[str, Mapping[str, str]] = {}
    of_profiles: dict[str, Mapping[str, str]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        try:
            # Who tells no profiles has none.
            checks, controls, *more = point.load()()
        except ShiquError as error:
            # A broken plug-in shall not take the pages with it: its checks go by their ids.
            LOG.warning("titles of %s: %s", point.name, error)
            continue
        found.update(checks)
        found.update(controls)
        for titles in more:
            of_profiles.update(titles)
    return found, of_profiles


def title(words: str, text: str) -> dict[str, str]:
    """Both languages of a check or control, whose ``words`` (JSON) some unit sent; the id stands where nobody has any.

    A unit may send what it likes: under the id of an installed check it cannot put other words before those who read of all units.
    """
    known = installed().get(text) or installed().get(text.removeprefix(PERSON_PREFIX))
    if known is not None:
        return {lang: known[lang] for lang in LANGUAGES}
    told = json.loads(words)
    return {lang: say("title.of-the-unit", lang, words=told[lang]) if told.get(lang) else text for lang in LANGUAGES}
