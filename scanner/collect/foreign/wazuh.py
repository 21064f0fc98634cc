"""Wazuh's security configuration assessment: answers of its interface, exported alerts (one JSON a line), or an indexer's search result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from scanner.collect.foreign.shape import FAIL, NOT_APPLICABLE, OPEN, PASS, Findings, Host, NotRead, Row, plain
from scanner.model.canonical import strict_loads

MEANS: Mapping[str, str] = MappingProxyType({"passed": PASS, "failed": FAIL, "not applicable": NOT_APPLICABLE})
MAX_LINES = 500_000
MAX_JSON, MAX_LINE = 16 * 1024 * 1024, 1024 * 1024
"""Bytes of one JSON text, and of one of many lines: empty lists by the million take fifty times their room once they are read."""
Line = tuple[str, str, str, Mapping[str, Any]]
"""(agent, address, policy, check)."""


def read(data: bytes) -> Findings:
    """The last word on every check of every agent. Raises NotRead."""
    found, latest = Findings(tool="Wazuh SCA"), {}
    for line in _lines(data, found):
        agent, _, policy, check = line
        latest[agent, policy, plain(check.get("id"))] = line
    hosts: dict[tuple[str, str], int] = {}
    for agent, address, policy, check in latest.values():
        if (agent, policy) not in hosts:
            hosts[agent, policy] = found.host(Host(name=agent, addresses=(address,) if address else (), profile=policy))
        said = plain(check.get("result")).lower()
        found.add(Row(hosts[agent, policy], plain(check.get("id")), plain(check.get("title")), said or "-", MEANS.get(said, OPEN)))
    if not latest:
        raise NotRead("no check of Wazuh SCA")
    return found


def _lines(data: bytes, found: Findings) -> Iterator[Line]:
    whole = _loaded(data) if len(data) <= MAX_JSON else None
    if whole is None:
        lines = data.split(b"\n")
        if len(lines) > MAX_LINES:
            raise NotRead(f"> {MAX_LINES} lines")
        for number, line in enumerate(lines, 1):
            loaded = (_loaded(line) if len(line) <= MAX_LINE else None) if line.strip() else {}
            if loaded is None:
                raise NotRead(f"json: line {number}")
            yield from _event(loaded)
        return
    answer = _mapping(_mapping(whole).get("data"))
    if isinstance(answer.get("affected_items"), list):
        items = [item for item in answer["affected_items"] if isinstance(item, Mapping)]
        total = answer.get("total_affected_items")
        found.whole = isinstance(total, int) and total <= len(items)
        yield from (("", "", plain(item.get("policy_id")), item) for item in items if "result" in item)
        return
    hits = _mapping(_mapping(whole).get("hits"))
    if isinstance(hits.get("hits"), list):
        total = hits.get("total")
        count = _mapping(total).get("value") if isinstance(total, Mapping) else total
        found.whole = isinstance(count, int) and count <= len(hits["hits"])
        for hit in hits["hits"]:
            yield from _event(_mapping(hit).get("_source"))
        return
    for event in whole if isinstance(whole, list) else [whole]:
        yield from _event(event)


def _event(event: Any) -> Iterator[Line]:
    """An alert of one check; every other alert says nothing here."""
    event = _mapping(event)
    sca = _mapping(_mapping(event.get("data")).get("sca") or event.get("sca"))
    check, agent = _mapping(sca.get("check")), _mapping(event.get("agent"))
    if sca.get("type") == "check" and check:
        yield plain(agent.get("name")), plain(agent.get("ip")), plain(sca.get("policy")), check


def _loaded(data: bytes) -> Any:
    try:
        return strict_loads(data)
    except (ValueError, RecursionError):
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
