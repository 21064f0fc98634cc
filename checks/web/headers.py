"""Response headers that tell browsers to be careful / 让浏览器从严的响应头."""

import re

from scanner.api import Verdict, Why, awaits_person, check, met, not_applicable, unknown, unmet, web

OPEN_SOURCES = {"*", "http:", "https:", "http://*", "https://*"}


@check("web.hsts")
def hsts(page: web.Response, *, seconds: int = 15_552_000) -> Verdict:
    values = page.all("strict-transport-security")
    age = _max_age(values[0]) if values else None
    observed = {"scheme": page.scheme, "max_age": age, "headers": len(values)}
    if page.scheme == "https" and page.by_address:
        return not_applicable("browsers ignore it for addresses", observed)
    if page.scheme == "https" and age is not None and age >= seconds:
        return met(observed)
    return unmet(observed, wanted={"scheme": "https", "max_age": seconds})


def _max_age(value: str) -> int | None:
    """Only a header in which every directive stands once counts."""
    ages = []
    for part in value.split(";"):
        name, _, number = part.strip().partition("=")
        if name.strip().lower() == "max-age":
            ages.append(number.strip().strip('"'))
    return int(ages[0]) if len(ages) == 1 and re.fullmatch(r"[0-9]{1,12}", ages[0]) else None


@check("web.content-type-options")
def content_type_options(page: web.Response) -> Verdict:
    values = [item.strip().lower() for value in page.all("x-content-type-options") for item in value.split(",")]
    observed = {"values": values[:5]}
    if not page.final:
        return unknown(Why.NOT_ASKED, "the URL leads to another origin, which is not followed", observed)
    return met(observed) if values[:1] == ["nosniff"] else unmet(observed, wanted="nosniff")


@check("web.framing")
def framing(page: web.Response) -> Verdict:
    ancestors = [policy["frame-ancestors"] for policy in _policies(page) if "frame-ancestors" in policy]
    options = sorted({item.strip().lower() for value in page.all("x-frame-options") for item in value.split(",")})
    observed = {"frame_ancestors": ancestors[:5], "x_frame_options": options[:5]}
    if not page.final:
        return unknown(Why.NOT_ASKED, "the URL leads to another origin, which is not followed", observed)
    # Where frame-ancestors stands, browsers ignore X-Frame-Options; every policy must allow, so one strict one is enough.
    safe = any(not OPEN_SOURCES & set(sources) for sources in ancestors) if ancestors else options in (["deny"], ["sameorigin"])
    return met(observed) if safe else unmet(observed, wanted="frame-ancestors 'self'")


@check("web.content-policy")
def content_policy(page: web.Response) -> Verdict:
    scripts = [sources for policy in _policies(page) if (sources := policy.get("script-src", policy.get("default-src"))) is not None]
    observed = {"script_sources": [sources[:10] for sources in scripts[:5]]}
    if not page.final:
        return unknown(Why.NOT_ASKED, "the URL leads to another origin, which is not followed", observed)
    return met(observed) if any(_strict(sources) for sources in scripts) else unmet(observed, wanted="script-src 'self'")


def _policies(page: web.Response) -> list[dict[str, list[str]]]:
    """Enforced policies (report-only ones enforce nothing); the first of equal directives counts."""
    out = []
    for value in page.all("content-security-policy"):
        for text in value.split(","):
            policy: dict[str, list[str]] = {}
            for part in text.split(";"):
                words = part.split()
                if words:
                    policy.setdefault(words[0].lower(), [word.lower() for word in words[1:]])
            out.append(policy)
    return out


def _strict(sources: list[str]) -> bool:
    trusted = any(source.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for source in sources)
    return not (OPEN_SOURCES | {"data:", "blob:"}) & set(sources) and (trusted or "'unsafe-inline'" not in sources)


@check("web.cookies")
def cookies(page: web.Response) -> Verdict:
    missing = sorted({f"{c.name}: {flag}" for c in page.cookies for flag, on in (("Secure", c.secure), ("HttpOnly", c.httponly)) if not on})
    observed = {"count": len(page.cookies), "missing": missing[:20]}
    if missing:
        return unmet(observed, wanted=["Secure", "HttpOnly"])
    if not page.cookies:
        return awaits_person(observed, wanted=["Secure", "HttpOnly"], detail="no cookie is set before login; look after login")
    return met(observed)


@check("web.banner")
def banner(page: web.Response) -> Verdict:
    told = {}
    for name in ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "via"):
        values = [value for value in page.all(name) if re.search(r"/\s*v?[0-9]|[0-9]+\.[0-9]+", value.removeprefix("1.1 "))]
        if values:
            told[name] = [value[:80] for value in values[:3]]
    observed = {"versions": told}
    return unmet(observed, wanted={"versions": {}}) if told else met(observed)
