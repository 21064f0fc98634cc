"""What nginx shows that nobody needs to see / nginx 多余的暴露."""

from scanner.api import Verdict, awaits_person, check, met, middleware, not_applicable, unmet

STATUS = {"stub_status", "vhost_traffic_status_display", "req_status_show", "check_status", "api", "upstream_conf"}
ALL = {"all", "0.0.0.0/0", "::/0"}


def _good(nginx: middleware.Nginx, observed: object) -> Verdict:
    """Met, unless what runs may differ from what is on disk."""
    return awaits_person(observed, detail=nginx.doubt) if nginx.doubt else met(observed)


def _list(nginx: middleware.Nginx, bad: list[middleware.Place], wanted: str) -> Verdict:
    if not nginx.servers:
        return not_applicable("no web server is configured")
    found = [{"place": place.label, "at": place.where} for place in bad]
    if found:
        return unmet({"places": found[:20], "count": len(found)}, wanted=wanted)
    return _good(nginx, {"places": [], "servers": len(nginx.servers)})


@check("nginx.server-tokens")
def server_tokens(nginx: middleware.Nginx) -> Verdict:
    bad = [p for p in nginx.places if p.decides("server_tokens") and p.word("server_tokens", "on") in ("on", "build")]
    return _list(nginx, bad, "off")


@check("nginx.autoindex")
def autoindex(nginx: middleware.Nginx) -> Verdict:
    names = ("autoindex", "fancyindex")
    bad = [p for p in nginx.places if p.decides(*names) and any(p.word(name, "off") == "on" for name in names)]
    return _list(nginx, bad, "off")


@check("nginx.status-page")
def status_page(nginx: middleware.Nginx) -> Verdict:
    bad = [p for p in nginx.places if any(p.block.of(name) for name in STATUS) and not _guarded(p)]
    return _list(nginx, bad, "allow some, deny all")


def _guarded(place: middleware.Place) -> bool:
    if place.block.of("internal") or place.word("auth_basic", "off") != "off" or place.word("auth_request", "off") != "off":
        return True
    for rule in place.access_rules():
        if rule.args and rule.args[0].lower() in ALL:
            return rule.name == "deny"
    server = next(p for p in _servers_of(place))
    return all(listen.near for listen in middleware.listens(server))


def _servers_of(place: middleware.Place) -> list[middleware.Place]:
    """The server around a place, as a place."""
    return [middleware.Place(place.chain[: at + 1], place.main) for at, level in enumerate(place.chain) if level.name == "server"]


@check("nginx.alias-traversal")
def alias_traversal(nginx: middleware.Nginx) -> Verdict:
    return _list(nginx, [p for p in nginx.places if p.kind == "location" and _escapes(p)], "location /x/ { alias /y/; }")


def _escapes(place: middleware.Place) -> bool:
    """A prefix without a closing slash before an alias with one: /x../ leads out of the folder."""
    words = place.chain[-1].args
    prefix = words[0] if len(words) == 1 else words[1] if len(words) == 2 and words[0] == "^~" else "~"
    aliases = place.block.of("alias")
    return prefix.startswith("/") and not prefix.endswith("/") and any(a.args and a.args[0].endswith("/") for a in aliases)
