"""The one way to declare a route. Each stands in :data:`TABLE` with its method and the act it needs: what is not in it is not served."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub.people.sight import ACTS
from hub.web.ask import Answer, Ask

OPEN = "open"
"""Needs no session: coming in, the style, whether it is alive."""
FORM_LIMIT = 1024 * 1024
OPEN_LIMIT = 16 * 1024
"""Bytes of a form that anybody may send."""
Handler = Callable[[Ask], Answer]


@dataclass(frozen=True, slots=True)
class Menu:
    """A place in the menu, for those who may do the act."""

    key: str
    """``menu.<key>``."""
    order: int


@dataclass(frozen=True, slots=True)
class Route:
    """One way in."""

    path: str
    """As Starlette writes them: ``/units/{code}``."""
    method: str
    act: str
    """What it needs: one of :data:`hub.people.sight.ACTS`, or ``open``."""
    kind: str
    """``page`` answers people, ``post`` takes their forms, ``api`` answers programs."""
    handler: Handler
    menu: Menu | None = None
    again: Handler | None = None
    """The page that shows a form again when something in it was wrong."""
    limit: int = FORM_LIMIT
    """Bytes of a body."""
    owed: bool = False
    """Served also while the second factor or a new password is owed."""
    about: str = ""
    """Key of the sentence that tells programs what it is for."""
    asks: Mapping[str, str] = field(default_factory=dict)
    """Name of a query field to the key of its sentence."""


TABLE: list[Route] = []
"""Filled while the modules of :mod:`hub.web.pages` are imported, once."""


def page(path: str, *, act: str, menu: Menu | None = None, owed: bool = False) -> Callable[[Handler], Handler]:
    """``GET`` for people."""
    return _declared(path, "GET", act, "page", menu=menu, owed=owed)


def post(path: str, *, act: str, again: Handler | None = None, limit: int = FORM_LIMIT, owed: bool = False) -> Callable[[Handler], Handler]:
    """A form: the token of the session must come along."""
    return _declared(path, "POST", act, "post", again=again, limit=limit, owed=owed)


def api(
    path: str, *, act: str, about: str, method: str = "GET", limit: int = FORM_LIMIT, asks: Mapping[str, str] | None = None
) -> Callable[[Handler], Handler]:
    """For programs: a token, or for reading a session. Bodies come as they are."""
    return _declared(path, method, act, "api", about=about, limit=limit, asks=asks or {})


def load() -> tuple[Route, ...]:
    """Every route that there is."""
    import hub.web.pages

    for found in sorted(pkgutil.iter_modules(hub.web.pages.__path__), key=lambda item: item.name):
        importlib.import_module(f"hub.web.pages.{found.name}")
    return tuple(TABLE)


def _declared(path: str, method: str, act: str, kind: str, **more: object) -> Callable[[Handler], Handler]:
    if act != OPEN and act not in ACTS:
        raise ValueError(f"{path}: no role has the act {act}")

    def keep(handler: Handler) -> Handler:
        if any(route.path == path and route.method == method for route in TABLE):
            raise ValueError(f"{method} {path} is declared twice")
        TABLE.append(Route(path, method, act, kind, handler, **more))  # type: ignore[arg-type]
        return handler

    return keep
