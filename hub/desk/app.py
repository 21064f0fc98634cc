"""The desk's web: on loopback, for one person, opened by a link that serves once."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Way

from hub.clock import now
from hub.desk import look, router
from hub.desk.commands import Work
from hub.desk.place import Place, trouble_of
from hub.desk.profiles import Profiles
from hub.desk.router import Ask, Failed, Route
from hub.web import body
from hub.web.ask import Answer, File, Go, Json, Page, Text
from hub.web.guard import Refused
from hub.web.headers import Headed
from hub.web.look import LANGUAGES, static
from hub.web.plain import address, plain
from hub.words import say
from scanner.errors import ShiquError

LOG = logging.getLogger("shiqu.desk")
LANG = "shiqu-desk-lang"
HOSTS = ("127.0.0.1", "localhost", "[::1]")


@dataclass(slots=True)
class Desk:
    """One running desk."""

    place: Place
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """Opens it, once; empty afterwards."""
    base: str = field(default_factory=lambda: "/" + secrets.token_urlsafe(32), repr=False)
    """Under which all of it stands. Browsers send a cookie to every port of a host, but only below its path: a server that somebody else
    runs on this machine is never asked for this one, so it never sees the cookie; and the cookie alone opens nothing."""
    session: str = field(default="", repr=False)
    csrf: str = field(default="", repr=False)
    work: Work = field(init=False)
    profiles: Profiles = field(init=False)

    def __post_init__(self) -> None:
        self.work, self.profiles = Work(self.place.folder), Profiles(self.place.folder)

    @property
    def link(self) -> str:
        """What the person opens."""
        return f"http://127.0.0.1:{self.port}{self.base}/enter?token={self.token}"

    def enter(self, token: str) -> bool:
        """Whether the token opens it; it does so once."""
        if not self.token or not hmac.compare_digest(token.encode(), self.token.encode()):
            return False
        self.token, self.session, self.csrf = "", secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        return True

    @property
    def cookie(self) -> str:
        """Its name: a browser keeps cookies by host, and two desks may be open."""
        return f"shiqu-desk-{self.port}"

    def knows(self, cookie: str) -> bool:
        """Whether the cookie is that of whoever opened it."""
        return bool(self.session) and hmac.compare_digest(cookie.encode(), self.session.encode())


def create_app(desk: Desk) -> Headed:
    """The application."""
    turn = asyncio.Semaphore(body.AT_ONCE)
    ways = [Way(desk.base + route.path, _endpoint(desk, route, turn), methods=[route.method]) for route in router.load()]
    ways += [Way(f"{desk.base}/enter", _entering(desk)), Way(desk.base + "/static/{name}", _static(desk))]
    app = Starlette(routes=ways)
    app.router.redirect_slashes = False

    async def absent(request: Request, error: Exception) -> Response:
        if not request.url.path.startswith(desk.base + "/"):
            return await run_in_threadpool(_outside, desk, request)
        status = error.status_code if isinstance(error, HTTPException) else 404
        return await run_in_threadpool(_told, desk, request, "web.status.405" if status == 405 else "web.status.404", status)

    async def defect(request: Request, error: Exception) -> Response:
        number = secrets.token_hex(4)
        LOG.error("defect %s: %s %s", number, request.method, request.url.path, exc_info=error)
        return await run_in_threadpool(_told, desk, request, "web.defect", 500, number=number)

    app.add_exception_handler(HTTPException, absent)
    app.add_exception_handler(Exception, defect)
    return Headed(app, secure=False)


def _entering(desk: Desk) -> Callable[[Request], Awaitable[Response]]:
    async def enter(request: Request) -> Response:
        if not _our_host(desk, request):
            return _told(desk, request, "web.refused.host", 421)
        if desk.knows(request.cookies.get(desk.cookie, "")):
            return Response(status_code=303, headers={"location": f"{desk.base}/"})
        if not desk.enter(request.query_params.get("token", "")):
            return _told(desk, request, "desk.used", 403)
        response = Response(status_code=303, headers={"location": f"{desk.base}/"})
        response.set_cookie(desk.cookie, desk.session, path=desk.base, httponly=True, samesite="strict")
        return response

    return enter


def _outside(desk: Desk, request: Request) -> Response:
    """Of whoever does not know where the desk stands: no style, no word but how to come in."""
    ours = _our_host(desk, request)
    ask = replace(_ask(desk, request), csrf="")
    return Response(ask.say("desk.not-in" if ours else "web.refused.host"), 401 if ours else 421, media_type="text/plain; charset=utf-8")


def _static(desk: Desk) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        found = static(str(request.path_params["name"]))
        if found is None or not _our_host(desk, request):
            return _told(desk, request, "web.status.404", 404)
        headers = {"cache-control": "public, max-age=31536000, immutable"} if "v" in request.query_params else {}
        return Response(found[0], media_type=found[1], headers=headers)

    return serve


def _endpoint(desk: Desk, route: Route, turn: asyncio.Semaphore) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        # Whoever rebinds a name to this machine comes under that name.
        if not _our_host(desk, request):
            return _told(desk, request, "web.refused.host", 421)
        if not desk.knows(request.cookies.get(desk.cookie, "")):
            return _told(desk, request, "desk.not-in", 401)
        if request.headers.get("sec-fetch-site") not in (None, "same-origin", "none"):
            return _told(desk, request, "web.refused.origin", 403)
        ask = _ask(desk, request)
        try:
            if route.method != "POST":
                return await run_in_threadpool(_answered, route, ask)
            _same_origin(request)
            async with body.turn_of(request, route.limit, turn):
                form = await body.form(request, await body.read(request, route.limit))
                if not hmac.compare_digest(form.fields.get("csrf", "").encode(), desk.csrf.encode()):
                    raise Refused("form", 403)
                ask = replace(ask, form=form.fields, many=form.many, files=form.files)
                return await run_in_threadpool(_answered, route, ask)
        except Refused as stop:
            return _told(desk, request, f"web.refused.{stop.code}", stop.status)

    return serve


def _answered(route: Route, ask: Ask) -> Response:
    try:
        return _response(ask, route.handler(ask))
    except Failed as failed:
        sentence = failed.done.sentence
    except ShiquError as error:
        key, fields = trouble_of(error)
        sentence = ask.say(key, **fields)
    if route.again is None:
        return _response(ask, Page("desk_trouble.html", {"sentence": sentence, "status": 400}, 400))
    try:
        shown = route.again(replace(ask, trouble=sentence))
    except ShiquError:
        return _response(ask, Page("desk_trouble.html", {"sentence": sentence, "status": 400}, 400))
    return _response(replace(ask, trouble=sentence), replace(shown, status=400) if isinstance(shown, Page) else shown)


def _ask(desk: Desk, request: Request) -> Ask:
    query = {name: value[:500] for name, value in request.query_params.items() if value.isprintable()}
    told = next((one for one in (query.get("lang"), request.cookies.get(LANG)) if one in LANGUAGES), "zh")
    return Ask(
        place=desk.place,
        work=desk.work,
        profiles=desk.profiles,
        lang=str(told),
        now=now(),
        base=desk.base,
        url=quote(request.url.path.removeprefix(desk.base), safe="/%") + (f"?{request.url.query}" if request.url.query else ""),
        csrf=desk.csrf if desk.knows(request.cookies.get(desk.cookie, "")) else "",
        path={name: str(value) for name, value in request.path_params.items()},
        query=query,
    )


def _our_host(desk: Desk, request: Request) -> bool:
    return request.headers.get("host", "") in {f"{name}:{desk.port}" for name in HOSTS}


def _same_origin(request: Request) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin") or request.headers.get("referer") or ""
    found = re.match(r"https?://([^/]+)", origin)
    if site not in (None, "same-origin") or (found is None and site is None):
        raise Refused("origin", 403)
    if found is not None and found[1] != request.headers.get("host", ""):
        raise Refused("origin", 403)


def _told(desk: Desk, request: Request, key: str, status: int, **fields: object) -> Response:
    ask = _ask(desk, request)
    return _response(ask, Page("desk_trouble.html", {"sentence": say(key, ask.lang, **fields), "status": status}, status))


def _response(ask: Ask, answer: Answer) -> Response:
    match answer:
        case Page():
            made = Response(look.rendered(ask, answer), answer.status, media_type="text/html; charset=utf-8")
        case Go():
            made = Response(status_code=303, headers={"location": ask.base + address(answer.url, answer.done)})
        case File() | Json() | Text():
            made = plain(answer)
    if ask.query.get("lang") in LANGUAGES:
        made.set_cookie(LANG, ask.lang, max_age=366 * 86400, path=ask.base, httponly=True, samesite="strict")
    return made
