"""A hub for tests: the small country, one person for every role, and a browser without a screen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher

from hub.intake.door import Door
from hub.people.accounts import CHANGE_DAYS
from hub.registry.own import Own
from hub.store.database import Database
from hub.store.tables import account
from hub.web.app import built
from hub.web.ask import State
from scanner.ledger.keys import PrivateKey, new_key
from tests.hub.tree import opened, plant

PASSWORD = "Stone-Moat-2026"
PEOPLE = {
    "u1": ("unit", "U1"),
    "u5": ("unit", "U5"),
    "k1": ("county", "K1"),
    "c1": ("city", "C1"),
    "p1": ("province", "P1"),
    "p2": ("province", "P2"),
    "n": ("nation", "N"),
    "look": ("auditor", "P1"),
    "sys": ("admin-system", "P1"),
    "sec": ("admin-security", "N"),
    "aud": ("admin-audit", "N"),
}
"""Name of the account to its role and unit."""


@cache
def _hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=256, parallelism=1).hash(PASSWORD)


@cache
def key() -> PrivateKey:
    """The hub's own."""
    return new_key("ed25519", "N")


class Stand:
    """One hub."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.database: Database = opened(folder)
        with self.database.writing() as connection:
            self.units = plant(connection)
            for name, (role, code) in PEOPLE.items():
                values = {"name": name, "full_name": f"{name} 某", "role": role, "unit_id": self.units[code].id, "password": _hash()}
                connection.execute(account.insert().values(**values, created="2026-01-01T00:00:00Z"))
        self.own = Own("N", key(), None, self.database)
        self.state = State(self.own, self.database, **{"second": "none", "door": Door(self.own, self.database), **settings})
        self.app = built(self.state)
        self.runner = asyncio.Runner()

    def browser(self, name: str = "") -> Browser:
        """Nobody's, or that of somebody who came in."""
        one = Browser(self)
        if name:
            assert one.login(name).status_code == 303
        return one


class Browser:
    """Keeps cookies, sends what a browser sends, and fills forms in as they are on the page."""

    def __init__(self, stand: Stand) -> None:
        scheme = "https" if stand.state.secure else "http"
        self.base = f"{scheme}://hub.example"
        way = httpx.ASGITransport(stand.app, raise_app_exceptions=False, client=("192.0.2.1", 40000))
        self.client = httpx.AsyncClient(transport=way, base_url=self.base, follow_redirects=False)
        self.run = stand.runner.run

    def send(self, method: str, url: str, **more: Any) -> httpx.Response:
        return self.run(self.client.request(method, url, **more))

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.send("GET", url, **more)

    def post(self, url: str, fields: Mapping[str, Any] | None = None, *, csrf: str | None = None, **more: Any) -> httpx.Response:
        """With the token of whatever page was seen last, unless another is given."""
        headers = {"origin": self.base, **more.pop("headers", {})}
        data = {"csrf": self.token() if csrf is None else csrf, **(fields or {})}
        return self.send("POST", url, data=data, headers=headers, **more)

    def token(self) -> str:
        """What forms hold for this browser now."""
        page = self.get("/account/second")
        if page.status_code != 200:
            page = self.get("/login")
        if page.status_code == 303:
            page = self.get("/login/code")
        found = re.search(r'name="csrf" value="([^"]*)"', page.text)
        assert found, page.text
        return found[1]

    def login(self, name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        return self.post("/login", {"name": name, "password": password, **fields})


@contextmanager
def standing(folder: Path, **settings: Any) -> Iterator[Stand]:
    """A hub that is shut afterwards."""
    one = Stand(folder, **settings)
    try:
        yield one
    finally:
        one.runner.close()
        one.database.close()


__all__ = ["CHANGE_DAYS", "PASSWORD", "PEOPLE", "Browser", "Stand", "standing"]
