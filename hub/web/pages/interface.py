"""What programs may ask for, as OpenAPI: drawn from the table of routes, for the rights of whoever asks."""

from __future__ import annotations

import re
from typing import Any

from hub.web import router
from hub.web.ask import Ask, Json
from hub.web.router import OPEN, Route, api
from scanner import __version__


@api("/api/v1/openapi.json", act="self", about="api.openapi")
def document(ask: Ask) -> Json:
    """The document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in router.TABLE:
        if route.kind == "api" and (route.act == OPEN or ask.sight.may(route.act)):
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(ask, route)
    return Json(
        {
            "openapi": "3.1.0",
            "info": {"title": ask.say("web.name"), "version": __version__},
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
            "security": [{"token": []}],
            "paths": paths,
        }
    )


def _operation(ask: Ask, route: Route) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    inside = [{"name": name, "in": "path", "required": True, **text} for name in re.findall(r"\{(\w+)\}", route.path)]
    asked = [{"name": name, "in": "query", "description": ask.say(key), **text} for name, key in route.asks.items()]
    found: dict[str, Any] = {"summary": ask.say(route.about), "parameters": [*inside, *asked], "x-act": route.act}
    if route.method != "GET":
        found["requestBody"] = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    if route.act == OPEN:
        found["security"] = []
    answers = {"200": "answer.200", "401": "answer.401", "403": "answer.403", "404": "answer.404"}
    found["responses"] = {status: {"description": ask.say(key)} for status, key in answers.items()}
    return found
