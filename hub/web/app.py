"""The web of the hub: every declared route behind the guard, every answer with its headers, every trouble one sentence."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Way

from hub.clock import now
from hub.people.sessions import Visit
from hub.people.sight import Forbidden, Hidden
from hub.registry.own import Own
from hub.store.database import Database
from hub.web import body, guard, look, router, throttle
from hub.web.ask import Answer, Ask, Cookie, File, Go, Json, Out, Page, State, Text
from hub.web.headers import Headed
from hub.web.plain import address, plain
from hub.words import has, say
from scanner.errors import KeepError, ScopeError, ShiquError

LOG = logging.getLogger("shiqu.hub")
RETRY_SECONDS = 10


def create_app(own: Own, database: Database, **settings: Any) -> Headed:
    """The application; ``settings`` are further fields of :class:`hub.web.ask.State`."""
    return built(State(own, database, **settings))


def built(state: State) -> Headed:
    """As :func:`create_app`, of a state that is at hand."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    turn = asyncio.Semaphore(body.AT_ONCE)
    app.router.routes[:] = [Way(route.path, _endpoint(state, route, turn), methods=[route.method]) for route in router.load()]
    app.router.redirect_slashes = False

    async def absent(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return await run_in_threadpool(_plain, state, request, f"web.status.{status}" if status in (404, 405) else "web.status.404", status)

    async def defect(request: Request, error: Exception) -> Response:
        number = secrets.token_hex(4)
        LOG.error("defect %s: %s %s", number, request.method, request.url.path, exc_info=error)
        return await run_in_threadpool(_plain, state, request, "web.defect", 500, number=number)

    app.add_exception_handler(HTTPException, absent)
    app.add_exception_handler(Exception, defect)
    return Headed(app, secure=state.secure)


def _endpoint(state: State, route: router.Route, turn: asyncio.Semaphore) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        moment = now()
        ask = _ask(state, request, moment)
        try:
            guard.check_host(state, request.headers.get("host", ""))
            visit = await run_in_threadpool(guard.visit, state, route, request, moment)
            ask = replace(ask, visit=visit)
            if route.method == "GET":
                return await run_in_threadpool(_answered, route, ask)
            async with body.turn_of(request, route.limit, turn):
                ask = await _with_body(ask, route, request)
                guard.check_form(state, route, request, visit, ask.form)
                return await run_in_threadpool(_answered, route, ask)
        except (guard.NotIn, guard.Owed, guard.Refused) as stop:
            return await run_in_threadpool(_stopped, route, ask, stop)
        except ShiquError as error:
            return await run_in_threadpool(_troubled, route, ask, error)

    return serve


async def _with_body(ask: Ask, route: router.Route, request: Request) -> Ask:
    data = await body.read(request, route.limit)
    if route.kind == "api":
        return replace(ask, body=data)
    form = await body.form(request, data)
    return replace(ask, form=form.fields, many=form.many, files=form.files)


def _ask(state: State, request: Request, moment: str, visit: Visit | None = None) -> Ask:
    query = {name: value[:500] for name, value in request.query_params.items() if value.isprintable()}
    url = quote(request.url.path, safe="/%") + (f"?{request.url.query}" if request.url.query else "")
    return Ask(
        state=state,
        visit=visit,
        lang=_language(state, request, query),
        now=moment,
        method=request.method,
        url=url,
        path={name: str(value) for name, value in request.path_params.items()},
        query=query,
        cookies={key: request.cookies.get(guard.named(state, name), "") for key, name in (("pre", guard.PRE), ("away", guard.AWAY))},
        address=request.client.host if request.client is not None else "",
        agent=request.headers.get("user-agent", "")[:200],
    )


def _language(state: State, request: Request, query: dict[str, str]) -> str:
    for told in (query.get("lang"), request.cookies.get(guard.named(state, guard.LANG))):
        if told in look.LANGUAGES:
            return str(told)
    return "en" if request.headers.get("accept-language", "").casefold().startswith("en") else "zh"


def _answered(route: router.Route, ask: Ask) -> Response:
    if ask.query.get("lang") in look.LANGUAGES:
        return _response(ask, route.handler(ask), (Cookie(guard.LANG, ask.lang, 366 * 86400),))
    return _response(ask, route.handler(ask))


def _stopped(route: router.Route, ask: Ask, stop: Exception) -> Response:
    if isinstance(stop, guard.Refused):
        wait = {"retry-after": str(int(throttle.SECONDS))} if stop.status == 429 else None
        return _told(route, ask, f"web.refused.{stop.code}", stop.status, wait)
    if isinstance(stop, guard.Owed):
        return _response(ask, Json({"error": "owed", "go": stop.url}, 403) if route.kind == "api" else Go(stop.url))
    if route.kind == "api":
        return _told(route, ask, "web.refused.not-in", 401, {"www-authenticate": "Bearer"})
    back = ask.url if route.method == "GET" and ask.url != "/" else ""
    return _response(ask, Go("/login" + (f"?next={quote(guard.local(back), safe='')}" if back else "")))


def _troubled(route: router.Route, ask: Ask, error: ShiquError) -> Response:
    fields: dict[str, object] = dict(error.fields)
    if isinstance(error, KeepError):
        full = error.code == "hub-disk-full"
        LOG.error("%s", error)
        return _told(route, ask, f"error.{error.code}", 507 if full else 503, {} if full else {"retry-after": str(RETRY_SECONDS)}, fields)
    if isinstance(error, Forbidden):
        act = f"act.{error.act}"
        return _told(route, ask, "error.hub-forbidden", 403, None, {"act": ask.say(act) if has(act) else error.act})
    if isinstance(error, Hidden):
        return _told(route, ask, "error.hub-hidden", 404)
    if route.again is not None:
        ask = replace(ask, trouble=say(f"error.{error.code}", ask.lang, **fields))
        shown = route.again(ask)
        return _response(ask, replace(shown, status=400) if isinstance(shown, Page) else shown)
    return _told(route, ask, f"error.{error.code}", 403 if isinstance(error, ScopeError) else 400, None, fields)


def _plain(state: State, request: Request, key: str, status: int, **fields: object) -> Response:
    """For what no route answers."""
    ask = _ask(state, request, now())
    programs = request.url.path.startswith("/api/")
    return _sentence(ask, programs, key, status, {}, fields)


def _told(
    route: router.Route, ask: Ask, key: str, status: int, headers: dict[str, str] | None = None, fields: dict[str, object] | None = None
) -> Response:
    return _sentence(ask, route.kind == "api", key, status, headers or {}, fields or {})


def _sentence(ask: Ask, programs: bool, key: str, status: int, headers: dict[str, str], fields: dict[str, object]) -> Response:
    code, words = key.partition(".")[2], say(key, ask.lang, **fields)
    if programs:
        response = _response(ask, Json({"error": code, "sentence": words}, status))
    else:
        response = _response(ask, Page("trouble.html", {"sentence": words, "status": status}, status))
    response.headers.update(headers)
    return response


def _response(ask: Ask, answer: Answer, cookies: tuple[Cookie, ...] = ()) -> Response:
    match answer:
        case Page():
            made, cookies = (
                Response(look.rendered(ask, answer), answer.status, media_type="text/html; charset=utf-8"),
                (*cookies, *answer.cookies),
            )
        case Go():
            made, cookies = _gone(answer), (*cookies, *answer.cookies)
        case Out():
            made, cookies = Response(status_code=303, headers={"location": answer.url}), (*cookies, *answer.cookies)
        case File() | Json() | Text():
            made = plain(answer)
    for one in cookies:
        made.set_cookie(
            guard.named(ask.state, one.name),
            one.value,
            max_age=one.seconds if one.value else 0,
            path="/",
            secure=ask.state.secure,
            httponly=True,
            samesite="lax" if one.lax else "strict",
        )
    return made


def _gone(answer: Go) -> Response:
    return Response(status_code=303, headers={"location": address(guard.local(answer.url), answer.done)})
