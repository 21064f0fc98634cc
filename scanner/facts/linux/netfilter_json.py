"""Reader of ``nft -j list ruleset``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from scanner.facts.fact import Unreadable
from scanner.facts.linux.netfilter import Chain, Rule, Table
from scanner.facts.linux.netfilter_text import WIDE_SPAN

_FAMILIES = {"ip": frozenset({"v4"}), "ip6": frozenset({"v6"}), "inet": frozenset({"v4", "v6"})}
_BOTH = frozenset({"v4", "v6"})
_END = {"accept": "accept", "drop": "drop", "reject": "drop", "return": "return", "queue": "unsure", "tproxy": "unsure"}
_QUIET = {"counter", "log", "mangle", "notrack", "ct helper", "meter", "set", "add", "update", "continue", "comment", "quota", "flow"}
_Ports = tuple[tuple[int, int], ...]


def read_ruleset(text: str) -> list[Table]:
    """Tables that see IPv4 or IPv6. Raises Unreadable."""
    try:
        items = json.loads(text)["nftables"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"nft: {error}") from None
    chains: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    rules: dict[tuple[str, str, str], list[Rule]] = {}
    for item in items:
        if "chain" in item:
            entry = item["chain"]
            chains.setdefault((entry["family"], entry["table"]), {})[entry["name"]] = entry
        elif "rule" in item:
            entry = item["rule"]
            key = (entry["family"], entry["table"], entry["chain"])
            rules.setdefault(key, []).extend(_rules(entry["expr"]))
    tables = []
    for (family, table), found in chains.items():
        if family in _FAMILIES:
            built = {name: _chain(entry, rules.get((family, table, name), [])) for name, entry in found.items()}
            tables.append(Table(f"nft {family} {table}", _FAMILIES[family], built))
    return tables


def _chain(entry: dict[str, Any], rules: list[Rule]) -> Chain:
    hook = entry.get("hook", "") if entry.get("type") == "filter" else ""
    return Chain(tuple(rules), hook, entry.get("policy", "accept"))


class _Limits:
    """What the matches of one rule add up to."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.ports: _Ports | None = None
        self.families = _BOTH
        self.protocol = ""

    def rule(self, verdict: str, target: str = "") -> Rule:
        return Rule(verdict, frozenset(self.kinds), target, self.ports, self.families, self.protocol)

    def copy(self) -> _Limits:
        other = _Limits()
        other.kinds, other.ports, other.families, other.protocol = set(self.kinds), self.ports, self.families, self.protocol
        return other


def _rules(expressions: Iterable[dict[str, Any]]) -> Iterable[Rule]:
    """Rules that one nft rule amounts to: a verdict map is several."""
    limits = _Limits()
    for expression in expressions:
        name, body = next(iter(expression.items()))
        if name == "match":
            _match(limits, body["op"], body["left"], body["right"])
        elif name in _END:
            yield limits.rule(_END[name])
        elif name in ("jump", "goto"):
            yield limits.rule(name, body["target"])
        elif name == "vmap":
            yield from _map(limits, body)
        elif name == "limit":
            limits.kinds.add("partial")
        elif name not in _QUIET:
            limits.kinds.add("other")


def _map(limits: _Limits, body: dict[str, Any]) -> Iterable[Rule]:
    data = body["data"]
    elements = data.get("set") if isinstance(data, dict) else None
    if not isinstance(elements, list):
        limits.kinds.add("other")
        yield limits.rule("unsure")
        return
    for key, verdict in elements:
        one = limits.copy()
        _match(one, "==", body["key"], key)
        name, target = next(iter(verdict.items()))
        yield one.rule(_END.get(name, name if name in ("jump", "goto") else "none"), target["target"] if target else "")


def _match(limits: _Limits, op: str, left: Any, right: Any) -> None:
    if "payload" in left and "field" in left["payload"]:
        _payload(limits, op, left["payload"]["protocol"], left["payload"]["field"], right)
    elif "meta" in left:
        _meta(limits, op, left["meta"]["key"], right)
    elif "ct" in left and left["ct"]["key"] == "state":
        states = {str(word) for word in _each(right)}
        limits.kinds.add("state" if op == "!=" or not states <= {"established", "related", "invalid", "untracked"} else "established")
    elif "ct" in left and left["ct"]["key"] == "status" and op != "!=":
        limits.kinds.add("established")
    elif "fib" in left:
        limits.kinds.add("partial")
    else:
        limits.kinds.add("other")


def _payload(limits: _Limits, op: str, protocol: str, name: str, right: Any) -> None:
    if protocol in ("ip", "ip6"):
        limits.families = limits.families & _FAMILIES[protocol]
    if name == "saddr" and protocol in ("ip", "ip6"):
        limits.kinds.add("negated" if op == "!=" else "partial" if _everyone(right) else "saddr")
    elif name == "dport" and protocol in ("tcp", "udp", "th"):
        limits.protocol = protocol if protocol != "th" else limits.protocol
        _ports(limits, op, right)
    elif name in ("protocol", "nexthdr"):
        _protocols(limits, op, right)
    elif protocol in ("icmp", "icmpv6"):
        limits.kinds.add("icmp")
    else:
        limits.kinds.add("partial")
        limits.protocol = protocol if protocol in ("tcp", "udp") else limits.protocol


def _ports(limits: _Limits, op: str, right: Any) -> None:
    if op == "!=":
        limits.kinds.add("negated")
        return
    found = [_range(item) for item in _each(right)]
    if any(item is None for item in found):
        # A named set of ports: which ones is not known here, but they are counted.
        limits.kinds.add("dport")
        return
    known = tuple(item for item in found if item is not None)
    wide = sum(high - low for low, high in known) >= WIDE_SPAN
    limits.kinds.add("partial" if wide else "dport")
    limits.ports = None if wide else known


def _range(item: Any) -> tuple[int, int] | None:
    if isinstance(item, dict) and "range" in item:
        low, high = item["range"]
        return (int(low), int(high)) if str(low).isdigit() and str(high).isdigit() else None
    return (int(item), int(item)) if str(item).isdigit() else None


def _meta(limits: _Limits, op: str, key: str, right: Any) -> None:
    if key in ("iif", "iifname"):
        names = {str(name) for name in _each(right)}
        limits.kinds.add("negated" if op == "!=" else "loopback" if names == {"lo"} else "partial" if "*" in names else "iif")
    elif key == "l4proto":
        _protocols(limits, op, right)
    elif key in ("nfproto", "protocol"):
        wanted = {"ipv4": "v4", "ip": "v4", "ipv6": "v6", "ip6": "v6"}.get(str(right), "")
        limits.families = limits.families & ((_BOTH - {wanted}) if op == "!=" else frozenset({wanted}))
    elif key in ("pkttype", "limit"):
        limits.kinds.add("partial")
    else:
        limits.kinds.add("other")


def _protocols(limits: _Limits, op: str, right: Any) -> None:
    names = {str(name) for name in _each(right)}
    if op == "!=" or names & {"tcp", "udp", "6", "17"}:
        limits.kinds.add("l4")
        limits.protocol = next(iter(names)) if op != "!=" and len(names) == 1 and names <= {"tcp", "udp"} else limits.protocol
    else:
        limits.kinds.add("icmp" if any("icmp" in name for name in names) else "protocol")


def _each(right: Any) -> list[Any]:
    if isinstance(right, dict) and "set" in right:
        return [item["elem"]["val"] if isinstance(item, dict) and "elem" in item else item for item in right["set"]]
    return list(right) if isinstance(right, list) else [right]


def _everyone(right: Any) -> bool:
    """Whether a source match names the whole Internet."""
    return any(isinstance(item, dict) and item.get("prefix", {}).get("len") == 0 for item in _each(right))
