"""Every code word that the trials and their judges write down has its words in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from scanner.facts.network import approved, coverage

ROOT = Path(__file__).parents[2]
TRIAL = sorted((ROOT / "scanner/collect/trial").glob("*.py"))
NETWORK = sorted((ROOT / "scanner/facts/network").glob("*.py"))
JUDGES = [ROOT / "checks/isolation/pair_facts.py"]


@pytest.fixture(scope="module")
def words() -> set[str]:
    """Keys of the reports' catalogue."""
    return {key for path in (ROOT / "reports/locale").glob("*.yaml") for key in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)}


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a file's tree."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def calls(paths: list[Path], *names: str) -> Iterator[ast.Call]:
    """Calls of functions or methods of these names."""
    for path in paths:
        for node in nodes(path):
            if (
                isinstance(node, ast.Call)
                and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in names
            ):
                yield node


def texts(node: ast.AST) -> set[str]:
    """Code words in an expression: also both branches of a choice; formatted ones are left to the tests of their values."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else set()


def arguments(found: Iterator[ast.Call], at: int) -> set[str]:
    return {word for call in found if len(call.args) > at for word in texts(call.args[at])}


def assigned(paths: list[Path], name: str) -> set[str]:
    """Words given to an attribute of this name."""
    out: set[str] = set()
    for path in paths:
        for node in nodes(path):
            if isinstance(node, ast.Assign) and any(isinstance(target, ast.Attribute) and target.attr == name for target in node.targets):
                out |= texts(node.value)
    return out


def ordered(name: str) -> dict[str, str]:
    """Step to whether it is mandatory, as an end's own list has it."""
    text = (ROOT / f"scanner/collect/trial/{name}.py").read_text("utf-8")
    return dict(re.findall(r'^            \("([a-z0-9-]+)", (True|False|self\.depth == "full"), ', text, re.M))


STEPS = {*ordered("inner"), *ordered("outer")} | arguments(calls(TRIAL, "step"), 0)
WHYS = arguments(calls(TRIAL, "cut", "skip"), 0) | assigned(TRIAL, "why") | arguments(calls(NETWORK, "Lack"), 2)
TRIALS = [call for call in calls(TRIAL, "trial") if len(call.args) > 2]
KINDS = arguments(iter(TRIALS), 1) | set(re.findall(r'Way\(\s*"([a-z-]+)"', (ROOT / "scanner/collect/trial/manners.py").read_text("utf-8")))
MATCHES = {
    "one-key",
    "copies",
    "page",
    "name",
    "at-the-same-time",
    "at-different-times",
    "set-by-software",
    "offers-home",
    "offers-elsewhere",
}
LACKS = arguments(calls(NETWORK, "Lack"), 1) | {"step-partial"}
COINCIDENCES = arguments(calls(NETWORK, "Coincidence"), 0)
WEAK = {"foreign-address", "same-name"}
"""Coincidences that are leads whatever the times say."""
HOWS = {"payload", "text", "sequence", "acknowledged", "timestamp"}
EMITTED = (
    {f"trial-step.{step}" for step in STEPS}
    | {f"cover-why.{why}" for why in WHYS}
    | {f"path-kind.{kind}" for kind in KINDS - {"control"}}
    | {f"path-kind.{kind}" for kind in COINCIDENCES - WEAK}
    | {f"path-kind.lead-{kind}" for kind in COINCIDENCES}
    | {f"path-kind.{kind}" for path in (*NETWORK, *JUDGES) for kind in re.findall(r'"kind": "([a-z-]+)"', path.read_text("utf-8"))}
    | {f"path-kind.{kind}" for kind in arguments(calls(NETWORK, "_path", "_lead"), 0)}
    | {f"path-note.{why}" for why in MATCHES}
    | {f"path-note.{why}" for why in arguments(calls(NETWORK, "Coincidence"), 3)}
    | {f"lack.{why}" for why in LACKS}
    | {f"token-how.{how}" for how in HOWS}
    | {f"crossing-why.no-{key.replace('_', '-')}" for key in (*approved.PAPER, *approved.TUPLE)}
)


@pytest.mark.parametrize("key", sorted(EMITTED))
def test_a_code_word_has_words(key: str, words: set[str]) -> None:
    assert key in words


def test_the_words_were_found_where_they_are_written() -> None:
    """A list that became empty because the code moved would test nothing."""
    assert {"layer2", "inward-vlan", "dwell", "discovery"} <= STEPS
    assert {"window", "no-echo", "none-declared", "device-not-seen", "no-way"} <= WHYS
    assert {"routed", "socks", "relay", "inward", "storage"} <= KINDS
    assert {"control-none", "asleep", "lost", "stray", "step-not-tested"} <= LACKS
    assert {"shared-mac", "same-box", "shared-bridge"} | WEAK <= COINCIDENCES


@pytest.mark.parametrize(("name", "role"), [("inner", "inner"), ("outer", "outer")])
def test_the_judge_wants_every_mandatory_step_of_an_end(name: str, role: str) -> None:
    wanted = coverage.INNER_STEPS if role == "inner" else coverage.OUTER_STEPS
    assert tuple(step for step, always in ordered(name).items() if always == "True") == tuple(
        step for step in wanted if step not in coverage.READY
    )
    assert role == "outer" or {step for step, always in ordered(name).items() if "full" in always} == set(coverage.FULL_STEPS)
