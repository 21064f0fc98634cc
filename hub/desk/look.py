"""From a template to bytes: the hub's own shell, with the desk's menu and name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from hub.clock import shown
from hub.desk import router
from hub.desk.router import Ask
from hub.web.ask import Page
from hub.web.look import LANGUAGES, form_token, stamp
from hub.words import has, say

_ADDRESS = re.compile(r'\s(?:href|action|src|data-watch)="/')
OWN = {"web.name": "desk.name", "web.foot": "desk.foot"}
"""Words of the shell that are others here."""


@cache
def environment() -> Environment:
    """Of all templates; those of the desk come before those of the hub."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader("hub.desk", "templates"), PackageLoader("hub.web", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["time"] = shown
    made.filters["moment"] = _moment
    return made


def rendered(ask: Ask, page: Page) -> bytes:
    """The whole page; its addresses, which templates write as if the desk stood at the top, lead below its secret path."""
    text = environment().get_template(page.template).render({**_around(ask, page.trouble or ask.trouble), **page.values})
    # What a page quotes holds no quotation mark: the templates escape it.
    return _ADDRESS.sub(rf"\g<0>{ask.base[1:]}/" if ask.base else r"\g<0>", text).encode()


def _around(ask: Ask, trouble: str) -> dict[str, Any]:
    done = ask.query.get("done", "")
    here = ask.url.partition("?")[0]
    other = LANGUAGES[1 - LANGUAGES.index(ask.lang)]
    return {
        "ask": ask,
        "lang": ask.lang,
        "say": lambda key, **fields: ask.say(str(OWN.get(key, key)), **fields),
        "word": lambda prefix, value: ask.say(f"{prefix}.{value}") if has(f"{prefix}.{value}") else str(value),
        "pick": lambda pair: str(pair.get(ask.lang) or pair.get("zh") or "") if isinstance(pair, Mapping) else "",
        "visit": None,
        "menu": [
            (one.path, say(f"desk.menu.{one.menu}", ask.lang), here == one.path or (one.path != "/" and here.startswith(one.path + "/")))
            for one in (router.menu() if ask.csrf else ())
        ],
        "csrf": form_token(ask.csrf),
        "done": ask.say(f"desk.done.{done}") if has(f"desk.done.{done}") else "",
        "trouble": trouble,
        "old": lambda name, default="": ask.form.get(name, default) if trouble else default,
        "stamp": stamp,
        "other_lang": (other, query(ask, {"lang": other})),
        "query": lambda **change: query(ask, change),
        "working": ask.work.running,
    }


def query(ask: Ask, change: Mapping[str, object]) -> str:
    """The address of this page with other fields in its query."""
    fields = {**ask.query, **{name: str(value) for name, value in change.items()}}
    fields.pop("done", None)
    return "?" + urlencode({name: value for name, value in fields.items() if value != ""})


def _moment(text: str) -> str:
    """A time of a result or ledger, whatever its fractions: as it stands on a page."""
    try:
        return shown(text[:19] + "Z") if len(text) >= 19 else text
    except ValueError:
        return text
