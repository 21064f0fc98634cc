"""What nginx records / nginx 的日志."""

import re

from scanner.api import Verdict, Why, awaits_person, check, met, middleware, not_applicable, unknown, unmet

FIELDS = {
    "time": r"\$(time_local|time_iso8601|msec)\b",
    "source": r"\$(remote_addr|realip_remote_addr|proxy_protocol_addr|http_x_forwarded_for|http_x_real_ip)\b",
    "request": r"\$(request|request_uri|uri)\b",
    "result": r"\$status\b",
}
QUIET = {"crit", "alert", "emerg"}


def _good(nginx: middleware.Nginx, observed: object) -> Verdict:
    """Met, unless what runs may differ from what is on disk."""
    return awaits_person(observed, detail=nginx.doubt) if nginx.doubt else met(observed)


def _logging(nginx: middleware.Nginx) -> list[middleware.Place]:
    return [place for place in nginx.places if place.decides("access_log")]


@check("nginx.access-log")
def access_log(nginx: middleware.Nginx, *, exempt: tuple[str, ...] = ("/favicon.ico", "/robots.txt")) -> Verdict:
    if not nginx.servers:
        return not_applicable("no web server is configured")
    off, partly = [], []
    for place in _logging(nginx):
        found = place.effective("access_log")
        if place.kind == "location" and place.chain[-1].args[-1:] and place.chain[-1].args[-1] in exempt:
            continue
        if any(item.args[:1] in (("off",), ("/dev/null",)) for item in found):
            off.append({"place": place.label, "at": place.where})
        elif found and all(any(word.startswith("if=") for word in item.args) for item in found):
            partly.append({"place": place.label, "at": place.where})
    if off:
        return unmet({"off": off[:20], "count": len(off)}, wanted="on everywhere")
    if partly:
        return awaits_person({"conditional": partly[:20], "count": len(partly)}, detail="a condition decides what is recorded")
    return _good(nginx, {"off": [], "count": 0, "servers": len(nginx.servers)})


@check("nginx.error-log")
def error_log(nginx: middleware.Nginx) -> Verdict:
    compiled = nginx.compiled.get("error-log-path", "logs/error.log")
    bad = []
    levels: list[tuple[str, tuple[middleware.Directive, ...]]] = [("main", main.of("error_log")) for main in nginx.mains]
    levels += [(place.label, place.block.of("error_log")) for place in nginx.places]
    for label, found in levels:
        bad += [{"place": label, "error_log": " ".join(item.args)[:80]} for item in found if not _heard(item.args)]
    if bad:
        return unmet({"places": bad[:20], "count": len(bad)}, wanted="a file, level error or finer")
    return _good(nginx, {"places": [], "count": 0, "default": compiled})


def _heard(args: tuple[str, ...]) -> bool:
    return bool(args) and args[0] not in ("/dev/null", "off") and not (len(args) > 1 and args[-1] in QUIET)


@check("nginx.log-format")
def log_format(nginx: middleware.Nginx) -> Verdict:
    if not nginx.servers:
        return not_applicable("no web server is configured")
    lacking: dict[str, list[str]] = {}
    for place in _logging(nginx):
        for item in place.effective("access_log"):
            name = next((word for word in item.args[1:] if "=" not in word), "combined")
            if item.args[:1] == ("off",) or name == "combined":
                continue
            text = _format(place, name)
            if text is None:
                return unknown(Why.GARBLED, f"log_format {name[:40]} is not defined")
            missing = [field for field, pattern in FIELDS.items() if not re.search(pattern, text)]
            if missing:
                lacking[name] = missing
    if lacking:
        return unmet({"formats": dict(list(lacking.items())[:20])}, wanted=list(FIELDS))
    return _good(nginx, {"formats": {}})


def _format(place: middleware.Place, name: str) -> str | None:
    for level in place.chain[:1]:
        for item in level.block.of("log_format") if level.block is not None else ():
            if item.args[:1] == (name,):
                return re.sub(r"\$\{(\w+)\}", r"$\1", "".join(item.args[1:]))
    return None
