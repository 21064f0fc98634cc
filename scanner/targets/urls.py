"""URLs of databases, catalogues and web applications: one spelling, no credentials, and every host they lead to."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from scanner.targets.fields import Reader, absolute, address

STORES = ("file", "sqlite")
WEB = ("http", "https")
CATALOGUES = (
    *STORES, "postgresql", "postgres", "kingbase", "opengauss", "mysql", "mariadb", "mssql", "sqlserver", "oracle", "dm",
    "elasticsearch", "elasticsearch+http", "elasticsearch+https", "opensearch", "opensearch+http", "opensearch+https",
    "solr", "solr+http", "solr+https",
)  # fmt: skip
"""Where catalogue records are read from: a folder, a file, a database or a search index."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,31}")
_SECRETS = re.compile(r"(?i).*(?:pass|passwd|pwd|password|secret|token|passfile|sslkey).*")
_ELSEWHERE = ("hostaddr", "service", "servicefile", "unix_socket", "socket", "dsn", "failover_partner", "proxy", "https_proxy")
"""Query keys by which a driver would go elsewhere than the URL says."""


def read_url(reader: Reader, kind: str, inventory: Path) -> str | None:
    """The key ``url``. Stores become ``file:/ABS`` or ``sqlite:////ABS``. Raises UseError without showing the value."""
    url = reader.text("url", wanted="https://192.0.2.10/")
    if url is None:
        return None
    scheme = url.partition(":")[0].lower()
    known = {"web": WEB, "catalogue": CATALOGUES}.get(kind)
    if not _SCHEME.fullmatch(scheme) or (known is not None and scheme not in known):
        raise reader.fail("url", wanted="https://192.0.2.10/" if kind == "web" else "postgresql://192.0.2.11/archive")
    if scheme in STORES:
        return _store(reader, scheme, url[len(scheme) + 1 :], inventory)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise reader.fail("url", wanted="https://192.0.2.10/") from None
    if parts.password is not None or any(_SECRETS.fullmatch(key) for key, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise reader.fail("url", "inventory-secret-inline")
    if parts.username is not None:
        raise reader.fail("url", "inventory-url-user")
    if port == 0 or not hosts_of(url) or None in hosts_of(url):
        raise reader.fail("url", wanted="https://192.0.2.10/")
    return url


def hosts_of(url: str) -> tuple[str | None, ...]:
    """Every host a driver could be led to, ``local`` for a Unix socket; None stands for one that makes no sense.

    libpq lets ``?host=`` and ``?hostaddr=`` overrule the host of the URL: what overrules is counted too.
    """
    parts = urlsplit(url)
    found: list[str | None] = [_far(parts.hostname)] if parts.hostname else []
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key.lower() == "host":
            found += ["local" if item.startswith("/") else _far(item) for item in value.split(",")]
        elif key.lower() in _ELSEWHERE:
            found.append(None)
    return tuple(found)


def _far(text: str) -> str | None:
    """A host that is dialled: the word ``local`` means this machine for a target's own address alone."""
    found = address(text)
    return None if found == "local" else found


def store_of(url: str) -> tuple[str, str] | None:
    """(``file`` or ``sqlite``, path) of a store; None for a URL that leads to a host."""
    scheme, _, rest = url.partition(":")
    if scheme not in STORES:
        return None
    if rest.startswith("//"):
        rest = rest[3:] if scheme == "sqlite" or (rest.startswith("///") and rest[3:].startswith("/")) else rest[2:]
    return scheme, rest


def _store(reader: Reader, scheme: str, rest: str, inventory: Path) -> str:
    """``sqlite:///REL``, ``sqlite:////ABS``, ``file:REL/``, ``file:/ABS/``. Raises UseError for a host in a store's URL."""
    text = rest
    if rest.startswith("//"):
        if not rest.startswith("///"):
            raise reader.fail("url", wanted=f"{scheme}:///./data/catalogue.db")
        text = rest[3:] if scheme == "sqlite" else rest[2:]
    if not text.strip("/") or "\0" in text:
        raise reader.fail("url", wanted=f"{scheme}:///./data/catalogue.db")
    found = absolute(text, inventory)
    if found is None:
        raise reader.fail("url", wanted=f"{scheme}:///./data/catalogue.db")
    if scheme == "sqlite" and not Path(found).exists() and Path("/" + text).exists():
        # sqlite:///ABSOLUTE/PATH with three slashes is written as often as the right four.
        found = "/" + text.lstrip("/")
    slash = "/" if text.endswith("/") else ""
    return f"sqlite:///{found}{slash}" if scheme == "sqlite" else f"file:{found}{slash}"
