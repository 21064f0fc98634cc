"""Elasticsearch and OpenSearch over HTTP: terms aggregations for counts, a point in time (or a scroll) and ``search_after`` for rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.servers.address import Server, elsewhere
from scanner.collect.holdings.servers.index import IndexSource, texts_of
from scanner.collect.holdings.servers.web import Web, segment
from scanner.collect.sql import Secret
from scanner.errors import ReachError
from scanner.facts.holdings.reading import CellKind, Column, Found, Group, Place, Standing, Unread
from scanner.model.absent import Absent, Why

KEEP = "5m"
OWN = (
    ".kibana", ".security", ".tasks", ".apm", ".async-search", ".internal", ".monitoring", ".watches", ".triggered_watches", ".ml-",
    ".transform", ".fleet", ".geoip", ".opendistro", ".opensearch", ".plugins-ml", ".ltrstore", ".slo-", ".reporting", ".lists", ".items",
)  # fmt: skip
"""Names by which the products keep their own state."""
NUMBERS = frozenset({"long", "integer", "short", "byte", "double", "float", "half_float", "scaled_float", "unsigned_long"})
_KINDS: Mapping[str, CellKind] = MappingProxyType(
    {"date": "date", "date_nanos": "date", "binary": "bytes", "keyword": "text", "text": "text", "wildcard": "text"}
)


class ElasticSource(IndexSource):
    """One index."""

    def __init__(self, web: Web, place: Place, name: str, mapping: Mapping[str, Any], *, opensearch: bool, standard: bool) -> None:
        fields = dict(_flat(mapping.get("properties", {})))
        columns = (Column("_id"), *(Column(path, kind=_kind(spec)) for path, spec in fields.items()))
        super().__init__(place, name, columns, ("_id",))
        self.web = web
        self.opensearch = opensearch
        self.whole = {path: whole for path, spec in fields.items() if (whole := _whole(path, spec)) is not None}
        """Column to the field that keeps its values unanalysed."""
        self.single = {path for path, spec in fields.items() if standard and _by_character(spec)}
        """Columns whose analyser makes one word of each Han character."""

    def count(self) -> int:
        """``_count``; a shard that did not answer spoils it."""
        return int(_sound(self.web.ask("GET", f"/{segment(self.name)}/_count"))["count"])

    def tally(self, column: str, limit: int) -> Mapping[str | None, int] | Absent | None:
        """A terms aggregation with room for every value."""
        field = self.whole.get(column)
        if field is None:
            return None
        body = {
            "size": 0,
            "track_total_hits": True,
            "aggs": {"values": {"terms": {"field": field, "size": limit + 1}}, "none": {"missing": {"field": field}},
                     "cut": {"filter": {"exists": {"field": "_ignored"}}}},
        }  # fmt: skip
        found = _sound(self.web.ask("POST", f"/{segment(self.name)}/_search", body))["aggregations"]
        if found["cut"]["doc_count"]:
            # Values beyond ignore_above are not in the index, only in the document.
            return None
        buckets = found["values"]["buckets"]
        if len(buckets) > limit or found["values"].get("sum_other_doc_count"):
            return Absent(Why.TRUNCATED, f"more than {limit} values")
        counted: dict[str | None, int] = {str(item.get("key_as_string", item["key"])): int(item["doc_count"]) for item in buckets}
        if found["none"]["doc_count"]:
            counted[None] = int(found["none"]["doc_count"])
        return counted

    def among(self, column: str, values: Sequence[str]) -> Any:
        """A terms query on the unanalysed field."""
        return {"terms": {self.whole[column]: list(values)}}

    def contains(self, column: str, needle: str) -> Any:
        """A wildcard on an unanalysed field; a phrase where each Han character is a word; else nothing certain."""
        if column in self.single and all("一" <= sign <= "鿿" for sign in needle):
            return {"match_phrase": {column: needle}}
        if column in self.whole and not any(sign in "*?\\" for sign in needle):
            cut = {"exists": {"field": "_ignored"}}
            return {"bool": {"should": [{"wildcard": {self.whole[column]: {"value": f"*{needle}*"}}}, cut]}}
        return None

    def either(self, parts: Sequence[Any]) -> Any:
        """A bool query."""
        return {"bool": {"should": list(parts), "minimum_should_match": 1}} if parts else {"match_none": {}}

    def values(self, document: Any, column: str) -> list[str]:
        """From the source document, through objects and lists of objects."""
        return [str(document["_id"])] if column == "_id" else _dig(document.get("_source"), column)

    def scan(self, columns: Sequence[str], query: Any, size: int = 1000) -> Iterator[Any]:
        """Pages of one frozen view."""
        body = {
            "size": size,
            "query": query or {"match_all": {}},
            "track_total_hits": True,
            "_source": [name for name in columns if name != "_id"] or False,
        }
        view = self._view()
        if view is None:
            yield from self._scroll(body)
            return
        try:
            pages = {**body, "sort": [{"_shard_doc": "asc"}]}
            seen, total = 0, 0
            while True:
                answer = _sound(self.web.ask("POST", "/_search", {**pages, "pit": {"id": view, "keep_alive": KEEP}}))
                view = answer.get("pit_id", view)
                hits = answer["hits"]["hits"]
                total = int(answer["hits"]["total"]["value"]) if not seen else total
                yield from hits
                seen += len(hits)
                if len(hits) < size:
                    break
                pages["search_after"] = hits[-1]["sort"]
            if seen != total:
                raise ReachError(Why.TRUNCATED, f"{seen} of {total} documents")
        finally:
            _quiet(self.web, "DELETE", "/_pit", {"id": view})

    def _view(self) -> str | None:
        if self.opensearch:
            # Its points in time have no order that is one over all shards: pages could leave out a document.
            return None
        try:
            return str(self.web.ask("POST", f"/{segment(self.name)}/_pit?keep_alive={KEEP}")["id"])
        except ReachError as error:
            if error.absent.why in (Why.COMMAND_MISSING, Why.COMMAND_FAILED, Why.NO_PERMISSION):
                return None
            raise

    def _scroll(self, body: Mapping[str, Any]) -> Iterator[Any]:
        """The way of OpenSearch, and of Elasticsearch before 7.10."""
        answer = _sound(self.web.ask("POST", f"/{segment(self.name)}/_search?scroll={KEEP}", {**body, "sort": ["_doc"]}))
        total = answer["hits"]["total"]
        total = int(total["value"] if isinstance(total, dict) else total)
        seen = 0
        try:
            while hits := answer["hits"]["hits"]:
                yield from hits
                seen += len(hits)
                answer = _sound(self.web.ask("POST", "/_search/scroll", {"scroll": KEEP, "scroll_id": answer["_scroll_id"]}))
            if seen != total:
                raise ReachError(Why.TRUNCATED, f"{seen} of {total} documents")
        finally:
            _quiet(self.web, "DELETE", "/_search/scroll", {"scroll_id": [answer["_scroll_id"]]})


def read_elastic(server: Server, secret: Secret | None, deadline: float) -> Iterator[Found]:
    """Every index that was named (``/a,b*``) or all that are not the product's own. Raises ReachError when the first answer fails."""
    with closing(Web(server, secret, deadline, plain=server.tls in ("disable", "prefer"))) as web:
        about = web.ask("GET", "/")
        opensearch = about.get("version", {}).get("distribution") == "opensearch"
        family = "opensearch" if opensearch else "elasticsearch"
        instance = f"{family}:{about.get('cluster_uuid') or server.where}"
        container = MappingProxyType({"instance": instance, "service": instance, "host": server.address or "local"})
        wanted = "/" + ",".join(segment(name) for name in server.database.split(",")) if server.database else ""
        listed = web.ask("GET", f"/_cat/indices{wanted}?format=json&expand_wildcards=all&h=index,status,health")
        sources: list[ElasticSource] = []
        unread: list[Unread] = []
        for item in sorted(listed, key=lambda item: str(item["index"])):
            name = str(item["index"])
            if name.startswith(OWN) and not server.database:
                continue
            place = Place(name, container, ("index",))
            try:
                sources.append(_source(web, place, item, opensearch))
            except ReachError as error:
                unread.append(Unread(place, error.absent.why, error.absent.detail))
        yield Group(family, tuple(sources))
        yield from unread
        yield _standing(web, server, family, about, secret is not None)


def _source(web: Web, place: Place, item: Mapping[str, Any], opensearch: bool) -> ElasticSource:
    name = str(item["index"])
    if item.get("status") == "close":
        raise ReachError(Why.NOT_ASKED, "closed index")
    if item.get("health") == "red":
        raise ReachError(Why.TRUNCATED, "a primary shard is missing")
    mapping = web.ask("GET", f"/{segment(name)}/_mapping")[name]["mappings"]
    if "properties" not in mapping and len(mapping) == 1:
        # Before version 7 a type stands in between.
        mapping = next(iter(mapping.values()))
    source = mapping.get("_source", {})
    if source.get("enabled") is False or source.get("excludes") or source.get("includes"):
        raise ReachError(Why.TRUNCATED, "the index does not keep its documents whole")
    settings = web.ask("GET", f"/{segment(name)}/_settings?flat_settings=true")[name]["settings"]
    standard = not any("analyzer.default" in key for key in settings)
    return ElasticSource(web, place, name, mapping, opensearch=opensearch, standard=standard)


def _flat(properties: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, spec in properties.items():
        if "properties" in spec:
            yield from _flat(spec["properties"], f"{before}{name}.")
        elif spec.get("type") != "alias":
            yield f"{before}{name}", spec


def _whole(path: str, spec: Mapping[str, Any]) -> str | None:
    if spec.get("type") in ("text", None):
        found = [name for name, inner in spec.get("fields", {}).items() if inner.get("type") == "keyword" and _plain(inner)]
        return f"{path}.{found[0]}" if found else None
    usable = spec.get("type") in ("keyword", "wildcard", "boolean") or spec.get("type") in NUMBERS
    return path if usable and _plain(spec) else None


def _by_character(spec: Mapping[str, Any]) -> bool:
    return spec.get("type") == "text" and spec.get("analyzer") in (None, "standard") and spec.get("index", True)


def _kind(spec: Mapping[str, Any]) -> CellKind:
    type_ = str(spec.get("type"))
    return "number" if type_ in NUMBERS else _KINDS.get(type_, "other")


def _plain(spec: Mapping[str, Any]) -> bool:
    """Values are in the index as they are in the document."""
    return spec.get("index", True) and spec.get("doc_values", True) and "normalizer" not in spec and "null_value" not in spec


def _dig(value: Any, path: str) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _dig(item, path)]
    if not isinstance(value, dict):
        return []
    if path in value:
        return texts_of(value[path])
    # A dot may be part of a name or stand between two.
    at = path.find(".")
    while at >= 0:
        if path[:at] in value:
            return _dig(value[path[:at]], path[at + 1 :])
        at = path.find(".", at + 1)
    return []


def _sound(answer: Any) -> Any:
    """An answer that every shard gave in time. Raises ReachError for a partial one."""
    shards = answer.get("_shards", {})
    if answer.get("timed_out"):
        raise ReachError(Why.TIMED_OUT, "the index answered in part")
    if int(shards.get("failed", 0)) or answer.get("terminated_early"):
        raise ReachError(Why.TRUNCATED, f"{shards.get('failed')} of {shards.get('total')} shards did not answer")
    return answer


def _quiet(web: Web, method: str, path: str, body: object) -> None:
    try:
        web.ask(method, path, body, 10)
    except ReachError:
        return  # It ends by itself after KEEP.


def _standing(web: Web, server: Server, family: str, about: Mapping[str, Any], login: bool) -> Standing:
    unseen: list[dict[str, str]] = []

    def ask(what: str, path: str) -> Any:
        try:
            return web.ask("GET", path, None, 15)
        except ReachError as error:
            unseen.append({"what": what, "why": error.absent.why.value, "detail": error.absent.detail})
            return {}

    peers: list[dict[str, str]] = []
    for remote in ask("remote-clusters", "/_remote/info").values():
        seeds = [*remote.get("seeds", []), *([remote["proxy_address"]] if remote.get("proxy_address") else [])]
        peers += [{"kind": "remote-cluster", "where": str(seed).rpartition(":")[0]} for seed in seeds]
    repositories = []
    for name, item in ask("snapshot-repositories", "/_snapshot").items():
        settings = item.get("settings", {})
        where = str(settings.get("endpoint") or settings.get("bucket") or settings.get("url") or settings.get("location") or "?")
        found = elsewhere("snapshot-repository", where) or [{"kind": "snapshot-repository", "where": where}]
        peers += found
        repositories.append({"path": f"snapshot-repository:{name}", "kind": str(item.get("type")), "where": found[0]["where"]})
    storage = {
        "product": family,
        "version": str(about.get("version", {}).get("number", "")),
        "server": server.where,
        "database": server.database,
        "tls": {"session": not web.plain, "version": web.tls_version, "server": None},
        "at_rest": {"state": "off", "how": "the index has none; file system and disk are not seen from here"},
        "login": login,
        "read_only": "only reading requests are sent",
        "unseen": unseen,
    }
    return Standing(
        MappingProxyType(storage), MappingProxyType({"elsewhere": peers}), tuple(MappingProxyType(item) for item in repositories)
    )
