"""The desk's routes: each is declared here, with the page that shows its form again."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub.desk.commands import Done, Work, run
from hub.desk.place import Place
from hub.desk.profiles import Profiles
from hub.web.ask import Answer, Upload
from hub.words import say

FORM_LIMIT = 1024 * 1024
FILE_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of the one person at the desk."""

    place: Place
    work: Work
    profiles: Profiles
    lang: str
    now: str
    """UTC."""
    url: str
    """Path below :attr:`base` and query."""
    base: str = ""
    """Under which the desk stands."""
    csrf: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)
    trouble: str = ""
    """The sentence of what was wrong with a form, where its page is shown again."""

    def say(self, key: str, **fields: object) -> str:
        """In the language of whoever asks."""
        return say(key, self.lang, **fields)

    def run(self, *words: str, passphrase: str | None = None) -> Done:
        """A command in the unit's folder. Raises Failed with its own sentence when it refuses."""
        done = run(self.place.folder, self.lang, *words, passphrase=passphrase)
        if not done.good:
            raise Failed(done)
        return done


class Failed(Exception):
    """A command refused."""

    def __init__(self, done: Done) -> None:
        self.done = done
        super().__init__(done.sentence)


Handler = Callable[[Ask], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One way in."""

    path: str
    method: str
    handler: Handler
    menu: str = ""
    """``desk.menu.<key>``; the order is that of declaration."""
    again: Handler | None = None
    limit: int = FORM_LIMIT


TABLE: list[Route] = []
ORDER = ("start", "assets", "scan", "findings", "hazards", "attest", "export", "dispatch")


def page(path: str, menu: str = "") -> Callable[[Handler], Handler]:
    """``GET``."""
    return _kept(path, "GET", menu=menu)


def post(path: str, again: Handler | None = None, limit: int = FORM_LIMIT) -> Callable[[Handler], Handler]:
    """A form of ours."""
    return _kept(path, "POST", again=again, limit=limit)


def load() -> tuple[Route, ...]:
    """Every route that there is."""
    import hub.desk.pages

    for found in sorted(pkgutil.iter_modules(hub.desk.pages.__path__), key=lambda item: item.name):
        importlib.import_module(f"hub.desk.pages.{found.name}")
    return tuple(TABLE)


def menu() -> list[Route]:
    """The pages of the menu, in their order."""
    return sorted((route for route in TABLE if route.menu), key=lambda route: ORDER.index(route.menu))


def _kept(path: str, method: str, **more: object) -> Callable[[Handler], Handler]:
    def keep(handler: Handler) -> Handler:
        TABLE.append(Route(path, method, handler, **more))  # type: ignore[arg-type]
        return handler

    return keep
