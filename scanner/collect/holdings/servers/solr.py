"""Solr over HTTP: facets for counts, ``cursorMark`` for rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from scanner.collect.holdings.servers.address import Server
from scanner.collect.holdings.servers.index import IndexSource, texts_of
from scanner.collect.holdings.servers.web import Web, segment
from scanner.collect.sql import Secret
from scanner.errors import ReachError
from scanner.facts.holdings.reading import CellKind, Column, Found, Group, Place, Standing, Unread
from scanner.model.absent import Absent, Why


class SolrSource(IndexSource):
    """One core or collection."""

    def __init__(self, web: Web, place: Place, name: str, key: str, fields: Mapping[str, str]) -> None:
        super().__init__(place, name, tuple(Column(field, kind=_kind(type_)) for field, type_ in fields.items()), (key,))
        self.web = web
        self.whole = {field for field, type_ in fields.items() if type_ in ("string", "strings")}
        """Fields that keep their values unanalysed."""

    def count(self) -> int:
        """``numFound`` of everything."""
        return int(self._select(q="*:*", rows="0")["response"]["numFound"])

    def tally(self, column: str, limit: int) -> Mapping[str | None, int] | Absent | None:
        """A facet with room for every value."""
        if column not in self.whole:
            return None
        options = {"facet": "true", "facet.field": column, "facet.limit": str(limit + 1), "facet.mincount": "1", "facet.missing": "true"}
        flat = self._select(q="*:*", rows="0", **options)["facet_counts"]["facet_fields"][column]
        found = {value: int(number) for value, number in zip(flat[::2], flat[1::2], strict=True) if int(number)}
        return Absent(Why.TRUNCATED, f"more than {limit} values") if len(found) > limit else found

    def among(self, column: str, values: Sequence[str]) -> Any:
        """A quoted value each."""
        return " OR ".join(f'{_escaped(column)}:"{_quoted(value)}"' for value in values) or None

    def contains(self, column: str, needle: str) -> Any:
        """A wildcard on an unanalysed field; nothing certain on any other."""
        return f"{_escaped(column)}:*{_escaped(needle)}*" if column in self.whole else None

    def either(self, parts: Sequence[Any]) -> Any:
        """Any of them; none of them finds nothing."""
        return " OR ".join(f"({part})" for part in parts) if parts else "-*:*"

    def values(self, document: Any, column: str) -> list[str]:
        """Stored values."""
        return texts_of(document.get(column))

    def scan(self, columns: Sequence[str], query: Any, size: int = 1000) -> Iterator[Any]:
        """Page after page in the order of the unique key."""
        mark, seen, total = "*", 0, None
        while True:
            answer = self._select(
                q=query or "*:*", rows=str(size), sort=f"{self.key[0]} asc", fl=",".join(columns) or self.key[0], cursorMark=mark
            )
            total = int(answer["response"]["numFound"]) if total is None else total
            yield from answer["response"]["docs"]
            seen += len(answer["response"]["docs"])
            if answer["nextCursorMark"] == mark:
                break
            mark = answer["nextCursorMark"]
        if seen != total:
            raise ReachError(Why.TRUNCATED, f"{seen} of {total} documents")

    def _select(self, **options: str) -> Any:
        answer = self.web.ask(
            "GET", f"/solr/{segment(self.name)}/select?{urlencode({**options, 'wt': 'json', 'shards.tolerant': 'false'})}"
        )
        if answer.get("responseHeader", {}).get("partialResults"):
            raise ReachError(Why.TRUNCATED, "partial results")
        return answer


def read_solr(server: Server, secret: Secret | None, deadline: float) -> Iterator[Found]:
    """Every core that was named or that there is. Raises ReachError when the first answer fails."""
    with closing(Web(server, secret, deadline, plain=server.tls in ("disable", "prefer"))) as web:
        about = web.ask("GET", "/solr/admin/info/system?wt=json")
        instance = f"solr:{server.where}"
        container = MappingProxyType({"instance": instance, "service": instance, "host": server.address or "local"})
        names = [name for name in server.database.removeprefix("solr").strip("/").split(",") if name]
        names = names or sorted(web.ask("GET", "/solr/admin/cores?action=STATUS&wt=json")["status"])
        sources: list[SolrSource] = []
        unread: list[Unread] = []
        for name in names:
            place = Place(name, container, ("index",))
            try:
                sources.append(_source(web, place, name))
            except ReachError as error:
                unread.append(Unread(place, error.absent.why, error.absent.detail))
        yield Group("solr", tuple(sources))
        yield from unread
        storage = {
            "product": "solr",
            "version": str(about.get("lucene", {}).get("solr-spec-version", "")),
            "server": server.where,
            "database": server.database,
            "tls": {"session": not web.plain, "version": web.tls_version, "server": None},
            "at_rest": {"state": "off", "how": "the index has none; file system and disk are not seen from here"},
            "login": secret is not None,
            "read_only": "only reading requests are sent",
            "unseen": [],
        }
        yield Standing(MappingProxyType(storage), MappingProxyType({"elsewhere": []}))


def _source(web: Web, place: Place, name: str) -> SolrSource:
    base = f"/solr/{segment(name)}"
    key = str(web.ask("GET", f"{base}/schema/uniquekey?wt=json")["uniqueKey"])
    # What documents really have, dynamic fields included; the third sign of the flags says "stored".
    listed = web.ask("GET", f"{base}/admin/luke?numTerms=0&wt=json")["fields"]
    fields = {field: str(spec.get("type", "")) for field, spec in listed.items() if not field.startswith("_") or field == key}
    hidden = [field for field, spec in listed.items() if field in fields and "S" not in str(spec.get("schema", ""))]
    if hidden:
        raise ReachError(Why.TRUNCATED, f"{len(hidden)} fields are searched but not stored")
    return SolrSource(web, place, name, key, fields)


def _kind(type_: str) -> CellKind:
    if type_.startswith(("pint", "plong", "pfloat", "pdouble", "tint", "tlong", "int", "long")):
        return "number"
    return "date" if "date" in type_ else "bytes" if "binary" in type_ else "text"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in '+-&|!(){}[]^"~*?:\\/ ' else sign for sign in text)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
