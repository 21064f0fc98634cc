"""What a handler is given and what it may answer with. A handler knows no HTTP beyond this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.engine import Connection

from hub.people.sessions import Visit
from hub.people.sight import Forbidden, Sight
from hub.people.signon import Pending
from hub.registry.own import Own
from hub.store.database import Database
from hub.web.throttle import Throttle
from hub.words import say


class Taking(Protocol):
    """The door of intake, as pages use it."""

    def accept(self, data: bytes, source: str, by: int | None = None) -> Any:
        """What became of an envelope."""


class Vouching(Protocol):
    """A central sign-on, as pages use it."""

    def begin(self) -> tuple[str, Pending]:
        """Where people go, and what has to come back."""

    def end(self, code: str, pending: Pending) -> str:
        """Who came back."""


@dataclass(frozen=True, slots=True)
class State:
    """The hub as the web sees it."""

    own: Own
    database: Database
    hosts: frozenset[str] = frozenset()
    """Names under which the hub may be asked for; empty takes every one that has the form of a name."""
    secure: bool = False
    """Whether people reach it by TLS, here or at a proxy."""
    second: str = "admins"
    """Who needs a second factor: ``admins``, ``all`` or ``none``."""
    ways: tuple[tuple[str, str], ...] = ()
    """Other ways to come in: address and key of the words."""
    directory: Callable[[str, str], bool] | None = None
    """Whether a directory takes this password of this person."""
    signon: Vouching | None = None
    """Where people come in who have an account of a central sign-on."""
    door: Taking | None = None
    """Where envelopes come in; one for all, because uploads that wait together share a transaction."""
    refusals: Throttle = field(default_factory=Throttle)
    """Refused uploads by account: whoever sends nothing but rubbish waits."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What other rooms put beside it when they start the web."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    """As the browser said; shown, never used as a path."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, checked: session, rights, form token and sizes are right when a handler sees it."""

    state: State
    visit: Visit | None
    lang: str
    """``zh`` or ``en``."""
    now: str
    """UTC."""
    method: str
    url: str
    """Path and query as they were asked for."""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    """Fields of a form: of several with one name the last."""
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """All values of a field."""
    files: Mapping[str, Upload] = field(default_factory=dict)
    body: bytes = b""
    """Of a request to the API."""
    cookies: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    """Whence it came."""
    agent: str = ""
    trouble: str = ""
    """The sentence of what was wrong with a form, where its page is shown again."""

    @property
    def sight(self) -> Sight:
        """The rights. Raises Forbidden for somebody who has not come in."""
        if self.visit is None:
            raise Forbidden("self")
        return self.visit.sight

    @property
    def database(self) -> Database:
        """The hub's."""
        return self.state.database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads."""
        with self.state.database.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction."""
        with self.state.database.writing() as connection:
            yield connection

    def say(self, key: str, **fields: object) -> str:
        """In the language of whoever asks."""
        return say(key, self.lang, **fields)


@dataclass(frozen=True, slots=True)
class Cookie:
    """To be set, or taken back with an empty value."""

    name: str
    value: str
    seconds: int | None = None
    """None: until the browser is closed."""
    lax: bool = False
    """Whether it is also sent when somebody comes back from another site."""


@dataclass(frozen=True, slots=True)
class Page:
    """HTML from a template."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    cookies: tuple[Cookie, ...] = ()
    trouble: str = ""
    """The sentence of what was wrong, where the handler itself found it."""


@dataclass(frozen=True, slots=True)
class Go:
    """See there: a path of this hub. What was done stands on that page."""

    url: str
    done: str = ""
    """Key of a sentence ``done.<key>``."""
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Out:
    """To the central sign-on: the one place outside that anybody is sent to."""

    url: str
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """Something to keep."""

    data: bytes
    media: str
    name: str = ""
    """Empty: shown in place."""
    kept: bool = False
    """Whether a browser may keep it: our own style and script, nothing else."""


@dataclass(frozen=True, slots=True)
class Json:
    """For programs."""

    value: Any
    status: int = 200


@dataclass(frozen=True, slots=True)
class Text:
    """Plain."""

    text: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Page | Go | Out | File | Json | Text
