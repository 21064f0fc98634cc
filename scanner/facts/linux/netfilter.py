"""Packet filter rules as a model, and what becomes of a packet that no rule singles out. Pure; knows no tool's syntax."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MAX_STEPS = 50_000
"""Rules looked at in one walk; a rule set that needs more is called unsure."""

NARROWING = frozenset({"saddr", "dport", "established", "loopback", "icmp", "protocol"})
"""Limits that leave a stranger's new connection to an arbitrary port outside."""

LEAVES = "leaves"
"""What a limited rule does that lets its packets past the rest of the chain."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is limited to, and what it does."""

    verdict: str
    """``accept``, ``drop``, ``jump``, ``goto``, ``return``, ``unsure`` (handed elsewhere) or ``none``."""
    limits: frozenset[str] = frozenset()
    """Kinds of limits: those of NARROWING, ``iif`` (one interface), ``other`` (not understood)."""
    target: str = ""
    """Chain of a jump or goto."""
    ports: tuple[tuple[int, int], ...] | None = None
    """Destination ports as ranges; None when any."""
    families: frozenset[str] = frozenset({"v4", "v6"})
    """Families whose packets it can match."""
    protocol: str = ""
    """``tcp`` or ``udp`` when limited to it."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain; with a hook when packets enter here."""

    rules: tuple[Rule, ...]
    hook: str = ""
    policy: str = "accept"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its chains."""

    name: str
    families: frozenset[str]
    chains: Mapping[str, Chain]


@dataclass(frozen=True, slots=True)
class Accept:
    """A way in."""

    limits: frozenset[str]
    ports: tuple[tuple[int, int], ...] | None
    protocol: str = ""

    @property
    def kind(self) -> str:
        """``narrow``, ``interface`` (all that comes in there), ``unsure`` or ``wide``."""
        if self.limits & NARROWING:
            return "narrow"
        return "interface" if "iif" in self.limits else "unsure" if "other" in self.limits else "wide"

    def covers(self, port: int, protocol: str = "tcp") -> bool:
        """Whether a stranger's new connection to the port may pass here (source limits aside)."""
        if self.limits & {"established", "loopback", "icmp", "protocol"} or self.protocol not in ("", protocol):
            return False
        return self.ports is None or any(low <= port <= high for low, high in self.ports)


@dataclass(frozen=True, slots=True)
class Stance:
    """What becomes of a new connection from outside that no rule singles out."""

    default: str
    """``deny``, ``allow``, ``unsure`` or ``none`` (no rules for this family at all)."""
    accepts: tuple[Accept, ...] = ()
    """Ways in of the chain that denies the rest."""
    chain: str = ""
    """Where that was decided."""


@dataclass(slots=True)
class _Walk:
    """One walk; ``steps`` bounds it."""

    table: Table
    family: str
    accepts: list[Accept] = field(default_factory=list)
    steps: int = 0

    def fate(self, name: str, carried: Rule, depth: int = 0) -> str:
        """accept, drop, unsure, or continue for what no rule singles out."""
        chain = self.table.chains.get(name)
        if chain is None or depth > 40:
            return "unsure"
        passing = False
        for rule in chain.rules:
            self.steps += 1
            if self.steps > MAX_STEPS:
                return "unsure"
            if self.family not in rule.families or rule.verdict == "none":
                continue
            end = self._step(rule, carried, depth)
            if end == LEAVES:
                passing = self._returns(_both(carried, rule)) or passing
            elif end:
                return "continue" if end == "drop" and passing else end
        return "continue"

    def _returns(self, both: Rule) -> bool:
        """What a conditional return lets past a later drop: a narrow way in is noted, anything wider goes on."""
        way = Accept(both.limits, both.ports, both.protocol)
        if way.kind == "narrow":
            self.accepts.append(way)
        return way.kind != "narrow"

    def _step(self, rule: Rule, carried: Rule, depth: int) -> str:
        bare = not rule.limits
        both = _both(carried, rule)
        if rule.verdict in ("accept", "unsure"):
            limits = both.limits if rule.verdict == "accept" else both.limits | {"other"}
            self.accepts.append(Accept(limits, both.ports, both.protocol))
            return rule.verdict if bare else ""
        if rule.verdict == "drop":
            return "drop" if bare else ""
        if rule.verdict == "return":
            return "continue" if bare else LEAVES
        end = self.fate(rule.target, both, depth + 1)
        # What comes to the end of a chain that was gone to does not come back here.
        gone = end == "continue" and rule.verdict == "goto"
        if bare:
            return end if end != "continue" or gone else ""
        if end == "unsure":
            self.accepts.append(Accept(both.limits | {"other"}, both.ports, both.protocol))
        return LEAVES if gone else ""


def _both(one: Rule, other: Rule) -> Rule:
    ports = other.ports if one.ports is None else one.ports
    return Rule("none", one.limits | other.limits, ports=ports, protocol=other.protocol or one.protocol)


def stance(tables: Iterable[Table], family: str) -> Stance:
    """The stance of all input chains together: a packet passes through each, so one that denies is enough."""
    seen: list[Stance] = []
    for table in tables:
        if family not in table.families:
            continue
        for name, chain in table.chains.items():
            if chain.hook == "input":
                seen.append(_of_chain(table, name, chain, family))
    if not seen:
        return Stance("none")
    ranks = {"deny": 0, "unsure": 1, "allow": 2}
    return min(seen, key=lambda s: (ranks[s.default], _width(s)))


def _width(found: Stance) -> int:
    kinds = {accept.kind for accept in found.accepts}
    return 3 if "wide" in kinds else 2 if "unsure" in kinds else 1 if "interface" in kinds else 0


def _of_chain(table: Table, name: str, chain: Chain, family: str) -> Stance:
    walk = _Walk(table, family)
    end = walk.fate(name, Rule("none"))
    if end == "continue":
        end = chain.policy
    default = {"drop": "deny", "accept": "allow"}.get(end, "unsure")
    return Stance(default, tuple(dict.fromkeys(walk.accepts)), f"{table.name} {name}")
