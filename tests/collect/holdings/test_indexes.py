"""Search indexes have no server here: a stand-in on the loopback answers as their public references show.

Shapes are those of the REST references of Elasticsearch 8 (``_mapping``, ``_search`` with ``pit`` and ``search_after``, ``_count``,
``_cat/indices``, ``_remote/info``, ``_snapshot``: https://www.elastic.co/docs/api/doc/elasticsearch), OpenSearch 2 (``scroll``)
and the Solr reference guide (``select`` with ``cursorMark`` and facets, ``schema``, ``admin/luke``). Which documents a query finds is
worked out here from the query itself, so that a query that would lose a row loses it in the test too.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scanner.collect.holdings.servers import read_server
from scanner.collect.holdings.servers.index import IndexSource
from scanner.collect.login import Login
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Group, Predicate, Standing, Unread
from scanner.model.absent import Absent, Why

DOCUMENTS: list[dict[str, Any]] = [
    {"dh": "A-1", "mj": "公开", "tm": "一般题名", "nd": 1998},
    {"dh": "A-2", "mj": "机密", "tm": "会议记录"},
    {"dh": "A-3", "tm": "机密★10年 报告"},
    {"dh": "A-4", "mj": ["公开", "秘密"], "tm": "多值"},
    {"dh": "A-5", "mj": "公开", "tm": "总结", "f": {"x": [{"y": "一"}, {"y": "二"}]}},
]
MAPPING = {"properties": {"dh": {"type": "keyword"}, "mj": {"type": "keyword"}, "tm": {"type": "text"}, "nd": {"type": "long"},
                          "f": {"properties": {"x": {"properties": {"y": {"type": "keyword"}}}}}}}  # fmt: skip
PREDICATE = Predicate("mj", frozenset({"公开"}), ("tm",), ("密",))


class Elastic:
    """One index of an Elasticsearch or OpenSearch."""

    def __init__(self, **options: Any) -> None:
        self.mapping = options.get("mapping", MAPPING)
        self.opensearch = options.get("opensearch", False)
        self.shards = {"total": 1, "successful": 1, "skipped": 0, "failed": options.get("failed", 0)}
        self.password = options.get("password")
        self.old = options.get("old", False)
        self.open = 0
        self.asked: list[str] = []

    def answer(self, method: str, path: str, body: Any, headers: Any) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        if self.password and "QQ==" not in str(headers.get("Authorization")):
            return 401, {"error": {"type": "security_exception"}, "status": 401}
        where, query = urlsplit(path).path, parse_qs(urlsplit(path).query)
        version = {"number": "2.11.0", "distribution": "opensearch"} if self.opensearch else {"number": "8.12.0"}
        if where == "/":
            return 200, {"name": "n", "cluster_name": "c", "cluster_uuid": "u-1", "version": version}
        if where.startswith("/_cat/indices"):
            return 200, [{"index": "wj", "status": "open", "health": "green"}, {"index": "shut", "status": "close", "health": "green"},
                         {"index": ".kibana_1", "status": "open", "health": "green"}]  # fmt: skip
        if where == "/wj/_mapping":
            return 200, {"wj": {"mappings": self.mapping}}
        if where == "/wj/_settings":
            return 200, {"wj": {"settings": {"index.number_of_shards": "1"}}}
        if where == "/wj/_count":
            return 200, {"count": len(DOCUMENTS), "_shards": self.shards}
        if where == "/_remote/info":
            return 200, {"far": {"connected": True, "mode": "sniff", "seeds": ["203.0.113.7:9300"]}}
        if where == "/_snapshot":
            return 200, {"oss": {"type": "s3", "settings": {"bucket": "b", "endpoint": "https://oss-cn-beijing.aliyuncs.com"}}}
        if where == "/wj/_pit" and not self.opensearch and not self.old:
            self.open += 1
            return 200, {"id": "p"}
        if method == "DELETE":
            self.open -= 1
            return 200, {"succeeded": True}
        if where == "/_search/scroll":
            return 200, self._found([], 5)
        if where in ("/_search", "/wj/_search"):
            self.open += "scroll" in query
            return 200, self._search(body)
        return 404, {"error": "no handler", "status": 404}

    def _search(self, body: dict[str, Any]) -> dict[str, Any]:
        if "aggs" in body:
            field = body["aggs"]["values"]["terms"]["field"]
            counted: dict[str, int] = {}
            for document in DOCUMENTS:
                for value in {json.dumps(item) for item in _values(document, field)}:
                    counted[value] = counted.get(value, 0) + 1
            buckets = [{"key": json.loads(key), "doc_count": number} for key, number in sorted(counted.items())]
            size = body["aggs"]["values"]["terms"]["size"]
            none = sum(not _values(document, field) for document in DOCUMENTS)
            values = {"buckets": buckets[:size], "doc_count_error_upper_bound": 0, "sum_other_doc_count": max(0, len(buckets) - size)}
            return {
                "timed_out": False,
                "_shards": self.shards,
                "aggregations": {"values": values, "none": {"doc_count": none}, "cut": {"doc_count": 0}},
            }
        found = [(at, item) for at, item in enumerate(DOCUMENTS) if _matches(item, body["query"])]
        after = body.get("search_after", [-1])[0]
        page = [(at, item) for at, item in found if at > after][: body["size"]]
        return self._found(page, len(found))

    def _found(self, page: list[tuple[int, dict[str, Any]]], total: int) -> dict[str, Any]:
        hits = [{"_index": "wj", "_id": f"id-{at}", "_source": item, "sort": [at]} for at, item in page]
        return {"timed_out": False, "_shards": self.shards, "pit_id": "p", "_scroll_id": "s",
                "hits": {"total": {"value": total, "relation": "eq"}, "hits": hits}}  # fmt: skip


def _values(document: dict[str, Any], field: str) -> list[Any]:
    value = document.get(field.removesuffix(".keyword"))
    return value if isinstance(value, list) else [] if value is None else [value]


def _matches(document: dict[str, Any], query: dict[str, Any]) -> bool:
    ((kind, spec),) = query.items()
    if kind == "match_all":
        return True
    if kind == "bool":
        return any(_matches(document, part) for part in spec["should"])
    ((field, wanted),) = spec.items()
    if kind == "terms":
        return bool(set(map(str, _values(document, field))) & set(wanted))
    if kind == "match_phrase":
        return any(wanted in str(value) for value in _values(document, field))
    if kind == "wildcard":
        return any(re.fullmatch(wanted["value"].replace("*", ".*"), str(value)) for value in _values(document, field))
    return False


class Solr:
    """One core of a Solr."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, method: str, path: str, body: Any, headers: Any) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        where, query = urlsplit(path).path, {key: value[0] for key, value in parse_qs(urlsplit(path).query).items()}
        head = {"responseHeader": {"status": 0, "QTime": 1}}
        if where == "/solr/admin/info/system":
            return 200, {**head, "lucene": {"solr-spec-version": "9.5.0"}}
        if where == "/solr/admin/cores":
            return 200, {**head, "status": {"wj": {"name": "wj"}}}
        if where == "/solr/wj/schema/uniquekey":
            return 200, {**head, "uniqueKey": "dh"}
        if where == "/solr/wj/admin/luke":
            types = {"dh": "string", "mj": "strings", "tm": "text_general", "nd": "pint", "_version_": "plong"}
            return 200, {**head, "fields": {name: {"type": type_, "schema": "I-S-----"} for name, type_ in types.items()}}
        if where != "/solr/wj/select":
            return 404, {}
        if "facet.field" in query:
            counted: dict[str, int] = {}
            for document in DOCUMENTS:
                for value in _values(document, query["facet.field"]):
                    counted[value] = counted.get(value, 0) + 1
            flat: list[Any] = [item for pair in counted.items() for item in pair]
            flat += [None, sum(not _values(document, query["facet.field"]) for document in DOCUMENTS)]
            return 200, {**head, "response": {"numFound": 5, "docs": []}, "facet_counts": {"facet_fields": {query["facet.field"]: flat}}}
        mark = query.get("cursorMark", "*")
        docs = DOCUMENTS if mark == "*" and query["rows"] != "0" else []
        return 200, {**head, "response": {"numFound": 5, "docs": docs}, "nextCursorMark": "end"}


@contextmanager
def serving(product: Elastic | Solr) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = product.answer(self.command, self.path, body, self.headers)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _any

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def found(
    product: Elastic | Solr, scheme: str = "elasticsearch+http", login: Login | None = None, path: str = ""
) -> tuple[list[Found], list[Any]]:
    """What is found, and what was asked of each source while its session was open."""
    items, asked = [], []
    with serving(product) as port:
        for item in read_server(f"{scheme}://127.0.0.1:{port}/{path}", login, time.monotonic() + 20):
            items.append(item)
            if isinstance(item, Group):
                for source in item.sources:
                    assert isinstance(source, IndexSource)
                    try:
                        rows = list(source.candidates(["dh", "mj"], PREDICATE))
                        asked.append((source.total, source.passed, rows, source.histogram("mj", 10), source.histogram("dh", 2),
                                      list(source.rows(["dh", *(["f.x.y", "_id"] if isinstance(product, Elastic) else [])])), source.sample(["dh"], 2)))  # fmt: skip
                    except ReachError as error:
                        asked.append(error.absent)
    return items, asked


WANTED = [("A-2", "机密"), ("A-3", None), ("A-4", "公开\n秘密")]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"opensearch": True},
        {"old": True},
        {"mapping": {"properties": {**MAPPING["properties"], "tm": {"type": "text", "analyzer": "ik_max_word"}}}},
        {"mapping": {"properties": {**MAPPING["properties"], "mj": {"type": "text", "analyzer": "ik_max_word"}}}},
        {
            "mapping": {
                "properties": {
                    **MAPPING["properties"],
                    "mj": {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}},
                }
            }
        },
    ],
)
def test_no_row_is_lost_whatever_the_analyser(options: dict[str, Any]) -> None:
    product = Elastic(**options)
    items, ((total, passed, rows, levels, keys, every, sample),) = found(product)
    assert rows == WANTED and total == passed == 5
    assert levels == {"公开": 3, "机密": 1, "秘密": 1, None: 1} and isinstance(keys, Absent)
    assert len(every) == 5 and every[4] == ("A-5", "一\n二", "id-4") and sample == [("A-1",), ("A-2",)]
    assert product.open == 0
    left = {item.place.path: item.detail for item in items if isinstance(item, Unread)}
    assert left == {"shut": "closed index"}
    (standing,) = [item for item in items if isinstance(item, Standing)]
    assert {item["where"] for item in standing.custody["elsewhere"]} == {"203.0.113.7", "oss-cn-beijing.aliyuncs.com"}
    assert all(re.match(r"GET|POST (/wj)?/_(search|pit|count)|DELETE /_(pit|search)", asked) for asked in product.asked)


def test_a_shard_that_fails_is_an_error() -> None:
    _, (absent,) = found(Elastic(failed=1))
    assert isinstance(absent, Absent) and absent.why is Why.TRUNCATED


def test_a_refused_login_is_tried_once() -> None:
    product = Elastic(password="A")
    items, _ = found(product, login=Login(name="ro", user="app", password="wrong"))
    (item,) = items
    assert isinstance(item, Unread) and item.why is Why.AUTH_FAILED and len(product.asked) == 1


def test_numbers_are_kept_as_written_and_an_answer_that_is_none_is_refused() -> None:
    class Strange(Elastic):
        def answer(self, method: str, path: str, body: Any, headers: Any) -> tuple[int, Any]:
            return 302, {}

    (item,), _ = found(Strange())
    assert isinstance(item, Unread) and item.why is Why.COMMAND_FAILED and item.detail == "HTTP 302"


def test_solr() -> None:
    product = Solr()
    items, ((total, passed, rows, levels, keys, every, sample),) = found(product, "solr+http")
    assert rows == WANTED and total == passed == 5
    assert levels == {"公开": 3, "机密": 1, "秘密": 1, None: 1} and isinstance(keys, Absent)
    assert len(every) == 5 and sample == [("A-1",), ("A-2",)]
    assert all(asked.startswith("GET /solr/") for asked in product.asked)
    assert [type(item) for item in items] == [Group, Standing]
