"""Reader of nftables rule files (the language, not the kernel's listing): tables, chains and rules as the model knows them.

A file is read by its blocks. Whatever is not understood makes a rule ``unsure``, and never narrower than it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scanner.facts.fact import Unreadable
from scanner.facts.linux.netfilter import Chain, Rule, Table
from scanner.facts.linux.netfilter_text import WIDE_SPAN

_FAMILIES = {"ip": frozenset({"v4"}), "ip6": frozenset({"v6"}), "inet": frozenset({"v4", "v6"})}
_BOTH = frozenset({"v4", "v6"})
_WORD = re.compile(r'"[^"\n]*"|#[^\n]*|\\\n|[{};\n]|[^\s{};"#\\]+|\\')
_HOOK = re.compile(r"type (\w+) hook (\w+) (?:device \S+ )?priority [^;]+")
_QUIET_TOP = {"flush", "delete", "destroy", "define", "redefine", "undefine", "include"}
_ENDS = {"accept": "accept", "drop": "drop", "reject": "drop", "return": "return", "queue": "unsure"}
_ESTABLISHED = {"established", "related", "untracked", "invalid"}
# Sets, maps, counters and helpers of a table hold no rule.
_HOLDERS = {"set", "map", "counter", "quota", "limit", "ct", "flowtable", "secmark", "synproxy", "comment"}


@dataclass(slots=True)
class _Block:
    """Statements (lists of words) and blocks within, in order; a block within a statement (a set) stays in its words."""

    head: list[str]
    items: list[list[str] | _Block] = field(default_factory=list)


def read_nft(text: str) -> list[Table]:
    """Tables that a file sets up. Raises Unreadable for braces that do not match and commands outside of blocks."""
    found: dict[tuple[str, str], dict[str, _Block]] = {}
    for item in _parse(text).items:
        if isinstance(item, list):
            if found and item[0] in ("flush", "delete", "destroy"):
                raise Unreadable(f"nft: takes away what stands before it: {' '.join(item)[:60]}")
            if item[0] not in _QUIET_TOP and not (item[0] in ("table", "add") and "chain" not in item and "rule" not in item):
                raise Unreadable(f"nft: a command outside of a table: {' '.join(item)[:60]}")
            continue
        words = [word for word in item.head if word not in ("add", "create")]
        if words[:1] != ["table"] or not 2 <= len(words) <= 3:
            raise Unreadable(f"nft: {' '.join(item.head)[:60]}")
        chains = found.setdefault((words[1] if len(words) == 3 else "ip", words[-1]), {})
        if any(isinstance(inner, list) and inner[0] == "flags" for inner in item.items):
            raise Unreadable("nft: a table with flags may sleep")
        for inner in item.items:
            if isinstance(inner, _Block) and inner.head[:1] == ["chain"] and len(inner.head) == 2:
                chains.setdefault(inner.head[1], _Block(inner.head)).items.extend(inner.items)
            elif isinstance(inner, _Block) and inner.head[:1] not in [[word] for word in _HOLDERS]:
                raise Unreadable(f"nft: {' '.join(inner.head)[:60]}")
    return [
        Table(f"nft file {family} {name}", _FAMILIES[family], {chain: _chain(block) for chain, block in chains.items()})
        for (family, name), chains in found.items()
        if family in _FAMILIES
    ]


def _parse(text: str) -> _Block:
    """Blocks of a text. A brace after a word of a rule opens a set and belongs to the statement."""
    stack, words, sets = [_Block([])], [""][:0], 0
    for word in _WORD.findall(text):
        if word.startswith("#") or word == "\\\n":
            continue
        if word == "{" and not sets and _opens(words, len(stack)):
            block = _Block(words)
            stack[-1].items.append(block)
            stack.append(block)
            words = []
        elif word in "{}" and (sets or word == "{"):
            sets += 1 if word == "{" else -1
            words.append(word)
        elif word in ("}", ";", "\n"):
            if sets:
                continue
            if words:
                stack[-1].items.append(words)
                words = []
            if word == "}":
                stack.pop()
                if not stack:
                    raise Unreadable("nft: a brace too many")
        else:
            words.append(word)
    if len(stack) != 1 or sets:
        raise Unreadable("nft: a brace is missing")
    if words:
        stack[0].items.append(words)
    return stack[0]


def _opens(words: list[str], depth: int) -> bool:
    """Tables stand outside, chains and sets in a table; a brace in a chain is a set of values."""
    plain = [word for word in words if word not in ("add", "create")]
    return plain[:1] == ["table"] if depth == 1 else depth == 2 and plain[:1] in [["chain"], *([word] for word in _HOLDERS)]


def _chain(block: _Block) -> Chain:
    hook, policy, rules = "", "accept", [Rule("none")][:0]
    for item in block.items:
        if isinstance(item, _Block):
            rules.append(Rule("unsure", frozenset({"other"})))
            continue
        line = " ".join(item)
        head = _HOOK.fullmatch(line)
        if head is not None:
            hook = head[2] if head[1] == "filter" else ""
        elif item[0] == "policy":
            policy = item[1] if len(item) == 2 else "unsure"
        elif item[0] == "type":
            raise Unreadable(f"nft: {line[:60]}")
        else:
            rules += _rules(item)
    return Chain(tuple(rules), hook, policy)


def _rules(words: list[str]) -> Iterator[Rule]:
    """What one line amounts to. Words that are not known leave the rule as wide as the known ones make it, and ``unsure``."""
    if "vmap" in words:
        yield from _verdict_map(words)
        return
    at = next((n for n, word in enumerate(words) if word in _ENDS or word in ("jump", "goto")), None)
    if at is None:
        return
    verdict = words[at]
    limits, ports, families, protocol = _limits(words[:at])
    target = words[at + 1] if verdict in ("jump", "goto") and at + 1 < len(words) else ""
    yield Rule(_ENDS.get(verdict, verdict), limits, target, ports, families, protocol)


def _verdict_map(words: list[str]) -> Iterator[Rule]:
    """``ct state vmap { established : accept, … }`` is understood; of any other map it is only known that it may let in."""
    text = " ".join(words)
    pairs = re.findall(r"(\w+) ?: ?(\w+)", text)
    harmless = all(verdict == "drop" or (verdict == "accept" and state in _ESTABLISHED) for state, verdict in pairs)
    if not (text.startswith("ct state vmap {") and pairs and harmless):
        yield Rule("unsure", frozenset({"other"}))


def _limits(words: list[str]) -> tuple[frozenset[str], tuple[tuple[int, int], ...] | None, frozenset[str], str]:
    kinds: set[str] = set()
    ports: tuple[tuple[int, int], ...] | None = None
    families, protocol = _BOTH, ""
    for left, negated, values in _matches(words):
        known = {value for value in values if not value.startswith(("$", "@"))}
        if negated or not values:
            kinds.add("other")
        elif left in ("tcp dport", "udp dport"):
            protocol = left[:3]
            spans = [_span(value) for value in values]
            wide = sum(high - low for low, high in spans) >= WIDE_SPAN or known != set(values)
            kinds.add("other" if wide else "dport")
            ports = None if wide or (-1, -1) in spans else tuple(spans)
        elif left in ("ip saddr", "ip6 saddr"):
            families = families & _FAMILIES[left.split()[0]]
            kinds.add("other" if any(value.endswith("/0") for value in values) or any(v.startswith("$") for v in values) else "saddr")
        elif left == "ct state":
            kinds.add("established" if set(values) <= _ESTABLISHED else "other")
        elif left in ("iif", "iifname"):
            kinds.add("loopback" if values == ["lo"] else "other" if any("*" in value for value in values) else "iif")
        elif left in ("icmp type", "icmpv6 type") or (left in ("meta l4proto", "ip protocol", "ip6 nexthdr") and _echoes(values)):
            kinds.add("icmp")
        else:
            kinds.add("other")
    return frozenset(kinds), ports, families, protocol


_KEYS = (
    "tcp dport",
    "udp dport",
    "ip saddr",
    "ip6 saddr",
    "ct state",
    "icmp type",
    "icmpv6 type",
    "meta l4proto",
    "ip protocol",
    "ip6 nexthdr",
)
_SHORT = ("iif", "iifname")
_SAYS_NOTHING = {"counter", "log", "prefix", "level", "packets", "bytes", "comment"}


def _matches(words: list[str]) -> Iterator[tuple[str, bool, list[str]]]:
    """(what is looked at, whether negated, values) of each condition; what is not known comes back with its own word."""
    rest = [word.strip('"') if word.startswith('"') and word.strip('"') in ("lo",) else word for word in words]
    while rest:
        two = " ".join(rest[:2])
        if rest[0] == "meta" and rest[1:2] and rest[1] in _SHORT:
            rest = rest[1:]
        width = 2 if two in _KEYS else 1 if rest[0] in _SHORT else 0
        if not width:
            word = rest.pop(0)
            if word not in _SAYS_NOTHING and not word.isdigit() and not word.startswith('"'):
                yield word, False, []
            continue
        left, rest = " ".join(rest[:width]), rest[width:]
        negated = rest[:1] == ["!="]
        rest = rest[1:] if rest[:1] in (["!="], ["=="]) else rest
        values, rest = _values(rest)
        yield left, negated, values


def _values(rest: list[str]) -> tuple[list[str], list[str]]:
    if rest[:1] != ["{"]:
        found, rest = rest[:1], rest[1:]
        # A list of states may be written with blanks after its commas.
        while found and found[-1].endswith(",") and rest:
            found, rest = [found[0] + rest[0]], rest[1:]
    elif "}" in rest:
        end = rest.index("}")
        found, rest = [" ".join(rest[1:end])], rest[end + 1 :]
    else:
        return [], []
    return [value.strip().strip('"') for value in ",".join(found).split(",") if value.strip()], rest


def _span(value: str) -> tuple[int, int]:
    """A port or a range; (-1, -1) for a service's name."""
    low, dash, high = value.partition("-")
    if low.strip().isdigit() and (not dash or high.strip().isdigit()):
        return int(low), int(high or low)
    return (-1, -1) if not dash else (0, WIDE_SPAN)


def _echoes(values: Iterable[str]) -> bool:
    return set(values) <= {"icmp", "icmpv6", "ipv6-icmp", "igmp", "1", "2", "58"}
