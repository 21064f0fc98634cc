"""Answers that no template makes, as both webs give them: files, figures for programs, plain words, and where to go on."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from hub.web.ask import File, Json, Text
from scanner.model.canonical import canonical


def plain(answer: File | Json | Text) -> Response:
    """The response."""
    match answer:
        case File():
            headers = {"cache-control": "public, max-age=31536000, immutable"} if answer.kept else {}
            if answer.name:
                headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(answer.name, safe='')}"
            return Response(answer.data, 200, headers, media_type=answer.media)
        case Json():
            return Response(canonical(answer.value), answer.status, media_type="application/json")
        case Text():
            return Response(answer.text, answer.status, dict(answer.headers), media_type="text/plain; charset=utf-8")


def address(url: str, done: str) -> str:
    """As it stands in a header; what was done stands on that page."""
    if done:
        url += ("&" if "?" in url else "?") + f"done={quote(done)}"
    return quote(url, safe="/%?=&#:@!$'()*+,;~-._")
