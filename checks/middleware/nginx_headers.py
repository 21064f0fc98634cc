"""Headers that protect browsers, and the places that lose them / nginx 安全响应头及其继承."""

import re

from scanner.api import Verdict, awaits_person, check, met, middleware, not_applicable, unmet

PASSES = ("proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass")


def _good(nginx: middleware.Nginx, observed: object) -> Verdict:
    """Met, unless what runs may differ from what is on disk."""
    return awaits_person(observed, detail=nginx.doubt) if nginx.doubt else met(observed)


@check("nginx.security-headers")
def security_headers(nginx: middleware.Nginx) -> Verdict:
    lost: list[dict[str, object]] = []
    upstream: list[dict[str, object]] = []
    seen = 0
    for place in nginx.places:
        if not place.decides("add_header", "add_header_inherit") or _only_redirects(place):
            continue
        seen += 1
        missing = _missing(place)
        if not missing:
            continue
        entry: dict[str, object] = {"place": place.label, "at": place.where, "missing": missing}
        outer = middleware.Place(place.chain[:-1], place.main)
        behind = place.kind == "server" or _missing(outer) == missing
        (upstream if behind and _passes(place) else lost).append(entry)
    if not seen:
        return not_applicable("no server that answers by itself")
    if lost:
        return unmet({"places": lost[:20], "count": len(lost)}, wanted="nosniff, frame protection, HSTS over TLS")
    if upstream:
        return awaits_person({"places": upstream[:20], "count": len(upstream)}, detail="the program behind may add them")
    return _good(nginx, {"places": [], "count": 0, "of": seen})


def _passes(place: middleware.Place) -> bool:
    return any(item.name in PASSES for item in place.inside())


def _only_redirects(place: middleware.Place) -> bool:
    return any(item.args and re.match("30[12378]$|4[0-9][0-9]$|https?:", item.args[0]) for item in place.block.of("return"))


def _missing(place: middleware.Place) -> list[str]:
    headers = {name: value for name, value in _headers(place).items() if value}
    out = []
    if headers.get("x-content-type-options", "").lower() != "nosniff":
        out.append("X-Content-Type-Options")
    policy = headers.get("content-security-policy", "").lower()
    if headers.get("x-frame-options", "").lower() not in ("deny", "sameorigin") and "frame-ancestors" not in policy:
        out.append("X-Frame-Options")
    if _tls_only(place) and not re.search(r"max-age=\"?0*[1-9]", headers.get("strict-transport-security", "").lower()):
        out.append("Strict-Transport-Security")
    return out


def _headers(place: middleware.Place) -> dict[str, str]:
    mode = place.word("add_header_inherit", "on")
    found = list(place.effective("add_header"))
    if mode == "merge":
        found = [item for level in place.chain if level.block is not None for item in level.block.of("add_header")]
    if mode == "off":
        found = list(place.block.of("add_header"))
    return {item.args[0].lower(): item.args[1] for item in found if len(item.args) > 1}


def _tls_only(place: middleware.Place) -> bool:
    at = next((index for index, level in enumerate(place.chain) if level.name == "server"), None)
    return at is not None and any(listen.tls for listen in middleware.listens(middleware.Place(place.chain[: at + 1], place.main)))
