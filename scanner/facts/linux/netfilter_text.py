"""Reader of ``iptables-save`` and ``ip6tables-save`` (also of saved rules.v4 files): the filter table."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from scanner.facts.fact import Unreadable
from scanner.facts.linux.netfilter import Chain, Rule, Table

_SHORT = {"-s": "--source", "-d": "--destination", "-i": "--in-interface", "-p": "--protocol", "-j": "--jump", "-g": "--goto",
          "-m": "--match", "-o": "--out-interface", "--src": "--source", "--dst": "--destination", "--destination-port": "--dport",
          "--destination-ports": "--dports", "--source-port": "--sport", "--source-ports": "--sports"}  # fmt: skip
# These say nothing about who may come in to which port.
_NEUTRAL = {"--match", "--comment", "--limit", "--limit-burst", "--reject-with", "--log-prefix", "--log-level", "--sport", "--sports",
            "--tcp-flags", "--syn", "--dst-type", "--connlimit-above", "--connlimit-mask", "--hashlimit-upto", "--hashlimit-name",
            "--nflog-group", "--nflog-prefix", "--destination", "--connlimit-upto"}  # fmt: skip
_QUIET = {"LOG", "NFLOG", "MARK", "CONNMARK", "ULOG", "SET", "AUDIT", "TCPMSS", "CT", "TRACE", "CLASSIFY"}
_DENY = {"DROP", "REJECT", "TARPIT", "STEAL"}
WIDE_SPAN = 60_000
"""A range of ports this long is no limit."""


def read_save(lines: Iterable[str], family: str, tool: str) -> list[Table]:
    """The filter table of one ``*-save`` output; an empty list when there is none. Raises Unreadable."""
    chains: dict[str, list[Rule]] = {}
    policies: dict[str, str] = {}
    table = ""
    for raw in lines:
        # Counters may stand before a rule.
        line = raw.partition("] ")[2] if raw.startswith("[") else raw
        if not line or line[0] == "#":
            continue
        if line[0] == "*":
            table = line[1:].strip()
        elif line.strip() == "COMMIT":
            table = ""
        elif table == "filter" and line[0] == ":":
            words = line[1:].split()
            chains.setdefault(words[0], [])
            policies[words[0]] = words[1]
        elif table == "filter" and line.startswith("-A "):
            words = shlex.split(line)
            chains.setdefault(words[1], []).append(_rule(words[2:]))
        elif table in ("", "filter"):
            raise Unreadable(f"not a rule: {line[:60]!r}")
    if not policies:
        return []
    built = {
        name: Chain(tuple(rules), "input" if name == "INPUT" else "", "drop" if policies.get(name) == "DROP" else "accept")
        for name, rules in chains.items()
    }
    return [Table(f"{tool} filter", frozenset({family}), built)]


def _options(words: list[str]) -> Iterator[tuple[str, list[str], bool]]:
    """Option, its values, and whether it is negated."""
    name, values, negated, pending = "", [""][:0], False, False
    for word in words:
        if word == "!":
            pending = True
        elif word.startswith("-") and not word.lstrip("-").isdigit():
            if name:
                yield name, values, negated
            name, values, negated, pending = _SHORT.get(word, word), [], pending, False
        else:
            values.append(word)
    if name:
        yield name, values, negated


def _rule(words: list[str]) -> Rule:
    limits: set[str] = set()
    ports: tuple[tuple[int, int], ...] | None = None
    verdict, target, protocol = "none", "", ""
    for name, values, negated in _options(words):
        first = values[0] if values else ""
        if name == "--jump":
            verdict, target = _verdict(first)
        elif name == "--goto":
            verdict, target = "goto", first
        elif name in ("--dport", "--dports"):
            found = tuple(_range(item) for item in first.split(","))
            if not negated and sum(high - low for low, high in found) < WIDE_SPAN:
                limits.add("dport")
                ports = found
        elif name == "--protocol":
            protocol = _protocol(first, negated, limits)
        else:
            limits.update(_limit(name, first, negated))
    return Rule(verdict, frozenset(limits), target, ports, protocol=protocol)


def _verdict(word: str) -> tuple[str, str]:
    if word == "ACCEPT":
        return "accept", ""
    if word in _DENY:
        return "drop", ""
    if word == "RETURN":
        return "return", ""
    if word in _QUIET:
        return "none", ""
    if word in ("NFQUEUE", "QUEUE"):
        return "unsure", ""
    return "jump", word


def _protocol(name: str, negated: bool, limits: set[str]) -> str:
    if negated or name in ("all", "0"):
        return ""
    if name in ("tcp", "udp", "6", "17"):
        # A bare `-p tcp -j DROP` drops not all, so it must not count as bare; it narrows nothing either.
        limits.add("l4")
        return {"6": "tcp", "17": "udp"}.get(name, name)
    limits.add("icmp" if "icmp" in name else "protocol")
    return ""


def _limit(name: str, value: str, negated: bool) -> set[str]:
    if name == "--source":
        return set() if negated or value.endswith("/0") else {"saddr"}
    if name == "--in-interface":
        return {"negated"} if negated else set() if value == "+" else {"loopback"} if value == "lo" else {"iif"}
    if name in ("--ctstate", "--state"):
        return {"state"} if negated or "NEW" in value.split(",") else {"established"}
    if name in ("--icmp-type", "--icmpv6-type"):
        return {"icmp"}
    if name == "--match-set":
        return {"saddr"} if not negated else {"negated"}
    return {"partial"} if name in _NEUTRAL - {"--match", "--comment"} else set() if name in _NEUTRAL else {"other"}


def _range(text: str) -> tuple[int, int]:
    low, colon, high = text.partition(":")
    first = int(low) if low.isdigit() else 0
    return first, int(high) if high.isdigit() else (65535 if colon else first)
