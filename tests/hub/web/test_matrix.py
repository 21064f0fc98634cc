"""Every route, found by walking the router, for every role: nobody reads or changes anything outside their subtree.

Whatever belongs to a unit carries a word that stands nowhere else; a word of a foreign unit in any answer is a leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.routing import Route as Way

from hub.people import sessions
from hub.people.accounts import by_id
from hub.people.sight import ROLES
from hub.registry.units import above
from hub.store import tables
from hub.web import router
from hub.web.router import OPEN, Route
from tests.hub.web.canary import SECRET, planted, word
from tests.hub.web.stand import PEOPLE, Browser, Stand, standing

ROUTES = router.load()
NAMES = ["", "u1", "k1", "p2", "n", "look", "sys", "sec", "aud"]
UNITS = {"U1", "U5", "K2", "P2", "C1"}
"""Codes that are tried as ids: for each person some are theirs and some are foreign."""
COMING = {"/login", "/login/code", "/logout"}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with standing(tmp_path_factory.mktemp("matrix")) as one:
        planted(one)
        yield one


@pytest.fixture(scope="module")
def browsers(stand: Stand) -> dict[str, Browser]:
    return {name: stand.browser(name) for name in NAMES}


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def acts(name: str) -> frozenset[str]:
    return ROLES[PEOPLE[name][0]] if name else frozenset()


def foreign(stand: Stand, name: str) -> set[str]:
    """Codes of the units that the person does not see."""
    if not name:
        return set(stand.units)
    root = stand.units[PEOPLE[name][1]].path
    return {code for code, one in stand.units.items() if not one.path.startswith(root)}


def leaks(stand: Stand, name: str, text: str) -> set[str]:
    """Words of foreign units. What stands above a person may be named (who wrote a notice), what is found there may not."""
    own = above(stand.units[PEOPLE[name][1]].path) if name else ()
    over = {code for code, one in stand.units.items() if one.id in own}
    hidden = {word(code, SECRET) for code in foreign(stand, name)}
    named = {word(code, "name") for code in foreign(stand, name) - over}
    return {canary for canary in hidden | named if canary in text}


def addresses(stand: Stand, route: Route, kinds: dict[str, list[str]]) -> list[str]:
    """The path with ids of units that are the person's, of foreign ones, and of none."""
    fields = re.findall(r"\{(\w+)\}", route.path)
    out = []
    for values in product(*(kinds.get(field, ["1", "999999", "x"]) for field in fields)):
        url = route.path
        for field, value in zip(fields, values, strict=True):
            url = url.replace("{" + field + "}", value)
        out.append(url)
    return out


def kinds(stand: Stand) -> dict[str, list[str]]:
    numbers = [str(one.id) for code, one in stand.units.items() if code in UNITS]
    return {
        "code": ["U1", "U5", "CAM-U1", "CAM-U5", "ADV-U5"],
        "number": [numbers[0], numbers[-1], "〔2026〕1号", f"〔2026〕{len(stand.units)}号"],
        "name": ["x5", word("U5", "check"), "nobody"],
        "kind": ["check", "control"],
        "deed": ["disable"],
    }


def test_nothing_is_served_that_is_not_declared(stand: Stand) -> None:
    served = {(way.path, method) for way in stand.app.app.routes if isinstance(way, Way) for method in way.methods or ()}  # type: ignore[attr-defined]
    declared = {(route.path, route.method) for route in ROUTES}
    assert served - {(path, "HEAD") for path, _ in declared} == declared


def test_every_act_of_a_route_is_one_that_a_role_has() -> None:
    held = frozenset().union(*ROLES.values())
    assert {route.act for route in ROUTES} <= held | {OPEN}


def test_what_is_open_is_the_door_and_the_style_and_whether_it_is_alive() -> None:
    paths = {route.path for route in ROUTES if route.act == OPEN}
    assert paths <= {"/login", "/static/{name}", "/healthz", "/metrics", "/oidc", "/oidc/back", "/api/v1/envelopes"}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "GET"], ids=name_of)
def test_no_foreign_byte_is_read(stand: Stand, browsers: dict[str, Browser], route: Route) -> None:
    for name in NAMES:
        for url in addresses(stand, route, kinds(stand)):
            # Pages that take no id in the path take one in the query.
            for query in ("", f"?unit=U5&q={word('U5', SECRET)[:4]}&code=U5&page=1") if "{" not in route.path else ("",):
                answer = browsers[name].get(url + query)
                _judged(stand, route, name, url + query, answer)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "GET" and route.path not in COMING], ids=name_of)
def test_no_foreign_row_is_changed(stand: Stand, browsers: dict[str, Browser], route: Route) -> None:
    for name in NAMES:
        out = foreign(stand, name)
        tried = {**kinds(stand), "code": ["U5", "CAM-U5", "nothing"] if "U5" in out else ["U1", "CAM-U1", "nothing"]}
        before = rows_of(stand, out)
        token = browsers[name].token()
        for url in addresses(stand, route, tried):
            # Forms that name a unit name a foreign one.
            fields = dict.fromkeys(("unit", "parent", "to", "region", "code", "units"), tried["code"][0]) | {"role": "unit", "reply": "x"}
            if route.kind == "api":
                answer = browsers[name].send(route.method, url, content=b"{}", headers={"authorization": f"Bearer {tokens(stand, name)}"})
            else:
                answer = browsers[name].post(url, fields, csrf=token)
            _judged(stand, route, name, url, answer)
        assert rows_of(stand, out) == before, f"{name_of(route)} by {name or 'nobody'} changed rows of {sorted(out)}"


@pytest.mark.parametrize("route", [route for route in ROUTES if route.kind == "api" and route.method == "GET"], ids=name_of)
def test_a_program_reads_what_its_person_reads_and_no_more(stand: Stand, browsers: dict[str, Browser], route: Route) -> None:
    """By token, the same answer as by session; by a token without the right, none; no foreign byte either way."""
    bare = Browser(stand)
    for name in (name for name in NAMES if name):
        held = {"authorization": f"Bearer {tokens(stand, name)}"}
        lesser = {"authorization": f"Bearer {tokens(stand, name, but=route.act)}"}
        for url in addresses(stand, route, kinds(stand)):
            answer = bare.get(url, headers=held)
            _judged(stand, route, name, url, answer)
            if route.act not in (OPEN, "self"):
                assert (answer.status_code, answer.text) == ((seen := browsers[name].get(url)).status_code, seen.text), f"{name} {url}"
                assert bare.get(url, headers=lesser).status_code in (401, 403), f"{name} {url}"


def _judged(stand: Stand, route: Route, name: str, url: str, answer: Any) -> None:
    told = f"{name or 'nobody'} {route.method} {url}: {answer.status_code}"
    assert answer.status_code < 500, told
    assert not leaks(stand, name, answer.content.decode("utf-8", "replace")), (
        f"{told} {leaks(stand, name, answer.content.decode('utf-8', 'replace'))}"
    )
    assert not leaks(stand, name, str(answer.headers)), told
    if route.act == OPEN:
        return
    if not name:
        assert answer.status_code in (401, 303, 403), told
        assert answer.status_code != 303 or answer.headers["location"].startswith("/login"), told
    elif route.act not in acts(name):
        assert answer.status_code == 403, told


def tokens(stand: Stand, name: str, but: str = "") -> str:
    """A token with all rights of the person, or all but one."""
    held, key = stand.state.more, f"{name}-{but}" if but else name
    if name and key not in held:
        with stand.database.writing() as connection:
            number = connection.execute(sa.select(tables.account.c.id).where(tables.account.c.name == name)).scalar_one()
            found = by_id(connection, number)
            assert found is not None and isinstance(held, dict)
            scopes = sorted(ROLES[found.role] - {"self", but})
            if not scopes:
                return "shq_" + "A" * 43
            held[key] = sessions.new_token(connection, found, "matrix", scopes, "2099-01-01", "2098-12-01T00:00:00Z")
    return str(held.get(key, "shq_" + "A" * 43))


def rows_of(stand: Stand, codes: set[str]) -> dict[str, list[str]]:
    """Everything in the database about these units, but for what tells of the tests themselves."""
    numbers = [stand.units[code].id for code in codes]
    out: dict[str, list[str]] = {}
    with stand.database.reading() as connection:
        for table in tables.META.sorted_tables:
            if table.name in ("log", "session", "head", "token", "account"):
                continue
            column = table.c.id if table.name == "unit" else table.c.get("unit_id")
            if column is not None:
                out[table.name] = sorted(map(str, connection.execute(sa.select(table).where(column.in_(numbers)))))
    return out


@pytest.mark.parametrize("name", ["u1", "k1", "p2", "look", "sys"])
def test_what_is_foreign_and_what_is_not_there_get_one_answer(stand: Stand, browsers: dict[str, Browser], name: str) -> None:
    out = sorted(foreign(stand, name) & UNITS)
    for route in (route for route in ROUTES if route.method == "GET" and route.path.count("{") == 1 and "{code}" in route.path):
        told = set()
        for code in [*out, "nothing"]:
            answer = browsers[name].get(route.path.replace("{code}", code))
            # Random values could hold a code by chance.
            text = re.sub(r'value="[A-Za-z0-9_-]{43}"', "", answer.text)
            told.add((answer.status_code, text.replace(code, "…")))
        assert len(told) == 1, f"{name} {route.path}: {[status for status, _ in told]}"


def test_the_canaries_are_seen_by_those_who_may(stand: Stand, browsers: dict[str, Browser]) -> None:
    """Else the tests above would prove nothing."""
    seen = "".join(browsers["n"].get(url).text for url in _lists())
    assert all(word(code, "name") in browsers["sys"].get("/registry").text for code in ("U1", "K1", "C1"))
    if "/hazards" in {route.path for route in ROUTES}:
        assert any(word(code, SECRET) in seen for code in ("U1", "U5"))


def _lists() -> list[str]:
    return [route.path for route in ROUTES if route.method == "GET" and "{" not in route.path and route.act.startswith("see-")]
