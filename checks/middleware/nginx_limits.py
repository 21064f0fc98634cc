"""Sizes and times that one client may claim / nginx 对客户端的限制."""

import re

from scanner.api import Verdict, Why, awaits_person, check, met, middleware, not_applicable, unknown, unmet

TIMES = {"client_header_timeout": "60s", "client_body_timeout": "60s", "send_timeout": "60s", "keepalive_timeout": "75s"}
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_592_000, "y": 31_536_000, "": 1}
SIZES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def _good(nginx: middleware.Nginx, observed: object) -> Verdict:
    """Met, unless what runs may differ from what is on disk."""
    return awaits_person(observed, detail=nginx.doubt) if nginx.doubt else met(observed)


@check("nginx.client-limits")
def client_limits(nginx: middleware.Nginx, *, max_body_mb: int = 1024, max_seconds: int = 120) -> Verdict:
    if not nginx.servers:
        return not_applicable("no web server is configured")
    bad = []
    for place in nginx.places:
        wrong: dict[str, str] = {}
        if place.decides("client_max_body_size"):
            text = place.word("client_max_body_size", "1m")
            size = _size(text)
            if size is None:
                return unknown(Why.GARBLED, f"client_max_body_size {text[:40]}")
            if size == 0 or size > max_body_mb * 1024**2:
                wrong["client_max_body_size"] = text
        for name, default in TIMES.items():
            if place.decides(name):
                given = place.effective(name)
                text = given[-1].args[0] if given and given[-1].args else default
                seconds = _seconds(text)
                if seconds is None:
                    return unknown(Why.GARBLED, f"{name} {text[:40]}")
                if seconds > max_seconds:
                    wrong[name] = text
        if wrong:
            bad.append({"place": place.label, "at": place.where, **wrong})
    wanted = {"body MB": max_body_mb, "seconds": max_seconds}
    if bad:
        return unmet({"places": bad[:20], "count": len(bad)}, wanted=wanted)
    return _good(nginx, {"places": [], "count": 0})


def _size(text: str) -> int | None:
    found = re.fullmatch(r"([0-9]{1,15})([kmg]?)", text.lower())
    return int(found[1]) * SIZES[found[2]] if found else None


def _seconds(text: str) -> float | None:
    if not re.fullmatch(r"([0-9]{1,12}(ms|[smhdwMy])? ?)+", text):
        return None
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"([0-9]+)(ms|[smhdwMy]|)", text))
