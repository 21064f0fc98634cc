"""From a template to bytes: everything escaped, nothing undefined, the words in the language of whoever asks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hub import titles
from hub.clock import shown
from hub.web import router
from hub.web.ask import Ask, Page
from hub.words import has, say

LANGUAGES = ("zh", "en")


@cache
def environment() -> Environment:
    """Of all templates."""
    made = Environment(
        loader=PackageLoader("hub.web", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["time"] = shown
    return made


def rendered(ask: Ask, page: Page) -> bytes:
    """The whole page."""
    values = {**_around(replace(ask, trouble=page.trouble or ask.trouble)), **page.values}
    return environment().get_template(page.template).render(values).encode()


def form_token(value: str) -> Markup:
    """The field that every form of ours holds."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(value)


def static(name: str) -> tuple[bytes, str] | None:
    """A file of ours and its media type; None for any other name."""
    return _static().get(name)


@cache
def _static() -> Mapping[str, tuple[bytes, str]]:
    kinds = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
    entries = files("hub.web").joinpath("static").iterdir()
    return {entry.name: (entry.read_bytes(), kinds[kind]) for entry in entries if (kind := entry.name.rpartition(".")[2]) in kinds}


@cache
def stamp(name: str) -> str:
    """Changes with the file, so that a browser may keep it."""
    return hashlib.sha256(_static()[name][0]).hexdigest()[:12]


def _around(ask: Ask) -> dict[str, Any]:
    visit, done = ask.visit, ask.query.get("done", "")
    return {
        "ask": ask,
        "lang": ask.lang,
        "say": ask.say,
        "word": lambda prefix, value: _word(ask, prefix, value),
        "profile": lambda key: titles.profiles().get(key, {}).get(ask.lang, key),
        "profiles": lambda: {key: words[ask.lang] for key, words in sorted(titles.profiles().items())},
        "visit": visit,
        "may": (lambda act: visit is not None and visit.sight.may(act)),
        "menu": _menu(ask),
        "csrf": form_token(_csrf(ask)),
        "done": ask.say(f"done.{done}") if has(f"done.{done}") else "",
        "trouble": ask.trouble,
        "old": lambda name, default="": ask.form.get(name, default) if ask.trouble else default,
        "stamp": stamp,
        "other_lang": _other(ask),
        "query": lambda **change: _query(ask, change),
    }


def _word(ask: Ask, prefix: str, value: object) -> str:
    """The word of a code, or the code where nobody wrote one."""
    key = f"{prefix}.{value}"
    return ask.say(key) if has(key) else str(value)


def _csrf(ask: Ask) -> str:
    return ask.visit.csrf if ask.visit is not None else ask.cookies.get("pre", "")


def _menu(ask: Ask) -> list[tuple[str, str, bool]]:
    """(address, words, whether it is here)."""
    visit = ask.visit
    if visit is None or not visit.whole:
        return []
    routes = [route for route in router.TABLE if route.menu is not None and visit.sight.may(route.act)]
    here = ask.url.partition("?")[0]
    routes.sort(key=lambda route: (route.menu.order if route.menu else 0, route.path))
    return [
        (route.path, say(f"menu.{route.menu.key}", ask.lang), here == route.path or here.startswith(route.path + "/"))
        for route in routes
        if route.menu is not None
    ]


def _other(ask: Ask) -> tuple[str, str]:
    lang = LANGUAGES[1 - LANGUAGES.index(ask.lang)]
    return lang, _query(ask, {"lang": lang})


def _query(ask: Ask, change: Mapping[str, object]) -> str:
    """The address of this page with other fields in its query; an empty one is left out."""
    fields = {**ask.query, **{name: str(value) for name, value in change.items()}}
    fields.pop("done", None)
    return "?" + urlencode({name: value for name, value in fields.items() if value != ""})
