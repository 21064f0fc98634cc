"""The stance of a rule set against a plain simulation of packets: nothing that lets a stranger in may be called closed."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.linux.netfilter import Chain, Rule, Table, stance

FAMILIES = frozenset({"v4", "v6"})
NAMES = ("input", "a", "b", "c")


@dataclass(frozen=True)
class Packet:
    """A new TCP connection from a stranger; ``partial`` says whether half-understood conditions hold."""

    port: int
    partial: bool
    interface: bool


def matches(rule: Rule, packet: Packet) -> bool:
    for limit in rule.limits:
        if limit in ("saddr", "established", "loopback", "icmp", "protocol"):
            return False
        if limit == "dport" and not any(low <= packet.port <= high for low, high in rule.ports or ()):
            return False
        if limit in ("partial", "other", "negated") and not packet.partial:
            return False
        if limit == "iif" and not packet.interface:
            return False
    return rule.protocol in ("", "tcp")


def walk(chains: dict[str, Chain], name: str, packet: Packet, depth: int = 0) -> str:
    if depth > 8:
        return "loop"
    for rule in chains[name].rules:
        if not matches(rule, packet):
            continue
        if rule.verdict in ("accept", "drop"):
            return rule.verdict
        if rule.verdict == "return":
            return "continue"
        if rule.verdict in ("jump", "goto"):
            end = walk(chains, rule.target, packet, depth + 1)
            if end != "continue" or rule.verdict == "goto":
                return end
    return "continue"


LIMITS = st.frozensets(st.sampled_from(["saddr", "dport", "established", "loopback", "iif", "partial", "negated"]), max_size=2)


@st.composite
def rules(draw: st.DrawFn, targets: tuple[str, ...]) -> Rule:
    verdict = draw(st.sampled_from(["accept", "drop", "return", "none", *(["jump", "goto"] if targets else [])]))
    limits = draw(LIMITS)
    ports = ((22, 80),) if "dport" in limits else None
    target = draw(st.sampled_from(targets)) if verdict in ("jump", "goto") else ""
    return Rule(verdict, limits, target, ports)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    chains = {}
    for index, name in enumerate(NAMES):
        body = tuple(draw(st.lists(rules(NAMES[index + 1 :]), max_size=4)))
        chains[name] = Chain(body, "input" if name == "input" else "", draw(st.sampled_from(["accept", "drop"])))
    return Table("t", FAMILIES, chains)


@settings(max_examples=800, deadline=None)
@given(tables(), st.booleans(), st.booleans(), st.sampled_from([22, 9999]))
def test_closed_means_closed(table: Table, partial: bool, interface: bool, port: int) -> None:
    found = stance([table], "v4")
    end = walk(dict(table.chains), "input", Packet(port, partial, interface))
    passes = end == "accept" or (end == "continue" and table.chains["input"].policy == "accept")
    closed = found.default == "deny" and not {a.kind for a in found.accepts} - {"narrow"}
    if closed and port == 9999:
        assert not passes
    if closed and port == 22 and not any(a.covers(22) for a in found.accepts):
        assert not passes


@settings(max_examples=200, deadline=None)
@given(tables())
def test_no_hook_no_stance(table: Table) -> None:
    chains = {name: Chain(chain.rules) for name, chain in table.chains.items()}
    assert stance([Table("t", FAMILIES, chains)], "v4").default == "none"


@pytest.mark.parametrize(("limits", "expected"), [(frozenset({"other"}), "allow"), (frozenset({"dport"}), "deny")])
def test_a_limited_goto_whose_chain_ends_goes_past_the_drop(limits: frozenset[str], expected: str) -> None:
    ports = ((22, 80),) if "dport" in limits else None
    chains = {"input": Chain((Rule("goto", limits, "a", ports), Rule("drop")), "input", "accept"), "a": Chain(())}
    found = stance([Table("t", FAMILIES, chains)], "v4")
    assert found.default == expected
    assert expected == "allow" or any(accept.covers(22) for accept in found.accepts)


def test_a_jump_into_itself_ends() -> None:
    loop = {"input": Chain((Rule("jump", target="a"),), "input", "drop"), "a": Chain((Rule("jump", target="a"),))}
    assert stance([Table("t", FAMILIES, loop)], "v4").default == "unsure"
