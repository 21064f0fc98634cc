"""How nginx encrypts, and what it serves without / nginx 的传输加密."""

import re

from scanner.api import Verdict, awaits_person, check, met, middleware, not_applicable, unmet

GOOD_WORD = re.compile(
    r"[!@+-].*|(k|a)?(EECDH|ECDHE?|EDH|DHE|ECDSA|RSA)|HIGH|DEFAULT|AES(128|256)?|AESGCM|AESCCM|CHACHA20|CAMELLIA|ARIA|SHA(256|384)|FIPS|SUITEB.*"
    r"|SM[234].*|TLSv1\.[23]|(?=[A-Z0-9_-]*(AES|CHACHA20|CAMELLIA|ARIA|SM4))[A-Z0-9_-]+",
    re.IGNORECASE,
)
WEAK = re.compile(
    r"(^|[-_+])(RC4|RC2|3DES|DES|MD5|E?NULL|EXP[0-9]*|EXPORT[0-9]*|LOW|MEDIUM|A?ADH|AECDH|ANULL|SEED|IDEA|ALL|COMPLEMENTOF\w+)($|[-_+])",
    re.IGNORECASE,
)
CATCH_ALL = {"^", "^(.*)", "^(.*)$", "^/(.*)", "^/(.*)$", "^.*", "^.*$", ".*", "(.*)", "^/"}
MOVED = {"301", "302", "303", "307", "308"}


def _good(nginx: middleware.Nginx, observed: object) -> Verdict:
    """Met, unless what runs may differ from what is on disk."""
    return awaits_person(observed, detail=nginx.doubt) if nginx.doubt else met(observed)


def _tls_servers(nginx: middleware.Nginx) -> list[middleware.Place]:
    return [server for server in nginx.servers if any(listen.tls for listen in middleware.listens(server))]


def _protocols(nginx: middleware.Nginx, server: middleware.Place) -> list[str]:
    found = server.effective("ssl_protocols")
    if found:
        return sorted({word for item in found for word in item.args})
    if nginx.newer(1, 27, 3):
        return ["TLSv1.2", "TLSv1.3"]
    return ["TLSv1", "TLSv1.1", "TLSv1.2"] + (["TLSv1.3"] if nginx.newer(1, 23, 4) else [])


@check("nginx.tls-protocols")
def tls_protocols(nginx: middleware.Nginx, *, accepted: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")) -> Verdict:
    servers = _tls_servers(nginx)
    if not servers:
        return not_applicable("no server with TLS")
    bad = [{"place": s.label, "protocols": _protocols(nginx, s)} for s in servers if not set(_protocols(nginx, s)) <= set(accepted)]
    if bad:
        return unmet({"servers": bad[:20], "count": len(bad)}, wanted=list(accepted))
    return _good(nginx, {"servers": [], "count": 0, "of": len(servers)})


@check("nginx.tls-ciphers")
def tls_ciphers(nginx: middleware.Nginx) -> Verdict:
    servers = [s for s in _tls_servers(nginx) if _protocols(nginx, s) != ["TLSv1.3"]]
    if not servers:
        return not_applicable("no server with TLS 1.2 or older")
    lists = {s.label: next((d.args[0] for d in s.effective("ssl_ciphers") if d.args), "HIGH:!aNULL:!MD5") for s in servers}
    weak = {place: found for place, text in lists.items() if (found := _weak(text))}
    if weak:
        return unmet({"weak": dict(list(weak.items())[:20]), "count": len(weak)}, wanted="ECDHE with AES-GCM or CHACHA20")
    strange = sorted({word for text in lists.values() for word in _words(text) if not GOOD_WORD.fullmatch(word)})
    if strange:
        return awaits_person({"words": strange[:20]}, detail="cipher words whose strength the list alone does not tell")
    return _good(nginx, {"weak": {}, "of": len(lists)})


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[:, ]+", text) if word]


def _weak(text: str) -> list[str]:
    """Words that let weak ciphers in and are not struck out by another word."""
    words = _words(text)
    struck = {word[1:].upper() for word in words if word[:1] == "!"}
    # A word that begins with + only moves what is there already.
    hits = [(word, WEAK.search(word)) for word in words if word[:1] not in "!-@+"]
    found = [word for word, hit in hits if hit is not None and hit[2].upper() not in struck]
    if any(word.upper() == "HIGH" for word in words) and not {"ANULL", "ADH"} & struck:
        found.append("HIGH without !aNULL")
    return found[:10]


@check("nginx.plaintext")
def plaintext(nginx: middleware.Nginx) -> Verdict:
    if not nginx.servers:
        return not_applicable("no web server is configured")
    bad = []
    for server in nginx.servers:
        clear = [listen.address for listen in middleware.listens(server) if not listen.tls and not listen.near]
        if clear and not _turns_away(server.block):
            bad.append({"place": server.label, "at": server.where, "listen": clear[:5]})
    if bad:
        return unmet({"servers": bad[:20], "count": len(bad)}, wanted="redirect to https")
    return _good(nginx, {"servers": [], "count": 0, "of": len(nginx.servers)})


def _turns_away(block: middleware.Block) -> bool:
    """Everything that comes in clear is sent to https or refused."""
    if _sent_off(block) or any(_asks_scheme(item) and item.block is not None and _sent_off(item.block) for item in block.of("if")):
        return True
    locations = [(item.args, item.block) for item in block.of("location") if item.block is not None]
    rest = [(args, inner) for args, inner in locations if not any("/.well-known/acme-challenge" in word for word in args)]
    return any(args == ("/",) for args, _ in rest) and all(_sent_off(inner) for _, inner in rest)


def _sent_off(block: middleware.Block) -> bool:
    for item in block.of("return"):
        code, goal = item.args[0] if item.args else "", item.args[-1] if item.args else ""
        if goal.startswith("https://") and (code in MOVED or len(item.args) == 1):
            return True
        if len(item.args) == 1 and re.fullmatch("4[0-9][0-9]", code):
            return True
    return any(len(i.args) >= 2 and i.args[0] in CATCH_ALL and i.args[1].startswith("https://") for i in block.of("rewrite"))


def _asks_scheme(item: middleware.Directive) -> bool:
    text = re.sub(r"[\s()\"']", "", "".join(item.args))
    return text in ("$scheme=http", "$scheme!=https", "$https=", "$https!=on", "$server_port=80", "$server_port!=443", "$ssl_protocol=")
