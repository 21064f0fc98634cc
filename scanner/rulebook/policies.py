"""Policies of the gate: thresholds and vetoes as YAML, installed beside the profiles or in a file of the user's own."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from scanner.errors import UseError
from scanner.model.canonical import canonical, digest
from scanner.model.control import Words
from scanner.rulebook.profiles import GROUP
from scanner.rulebook.yaml_lines import Lined, load_file, load_lined

FOLDER = "policies"
SCENARIOS = ("build", "dpa_test", "risk_check", "supervision")
"""新建或改造验收, 数字档案馆测试, 安全风险评估检查, 督查与整改复查."""
PROOF = ("sealed", "replayed", "rulebook")
"""What a policy can ask of every result: a trusted seal, its shelf judged again to the same bytes, the rulebook that is installed.
A policy that does not say asks for all three."""
OTHERWISE = ("fail", "insufficient")
_LEVELS = ("major", "high", "medium", "low")
_CONDITIONS = {"grade": int, "scenario": list, "waived": bool}
_NEEDS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "hazards": {"level": str, "most": int},
    "overdue": {"most": int},
    "triggers": {"most": int},
    "grade": {},
    "controls": {"of": list},
    "checks": {"of": list},
    "rate": {"least": (int, float)},
    "verdicts": {"status": str, "most": int},
    "reached": {"share": (int, float)},
    "age": {"days": int},
}
"""Every rule there is, and what it must say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A gate."""

    id: str
    title: Words
    rules: tuple[Mapping[str, Any], ...]
    proof: tuple[str, ...] = PROOF
    """What every result must have behind it."""
    digest: str
    """Of the above as canonical JSON: the minutes name it."""


def policies() -> dict[str, Policy]:
    """Every installed policy by id. Raises UseError naming file and line."""
    found: dict[str, Policy] = {}
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        folder = importlib.resources.files(importlib.import_module(point.value)).joinpath(FOLDER)
        for item in _yaml(folder):
            policy = parse_policy(load_lined(item.read_text("utf-8-sig"), item.name), item.name)
            found[policy.id] = policy
    return found


def _yaml(folder: Traversable) -> list[Traversable]:
    return [item for item in folder.iterdir() if item.name.endswith(".yaml")] if folder.is_dir() else []


def policy_named(name: str) -> Policy:
    """An installed policy by id, or one of a file. Raises UseError."""
    known = policies()
    if name in known:
        return known[name]
    if not Path(name).is_file():
        raise UseError("policy-unknown", id=name, known=", ".join(sorted(known)))
    return parse_policy(load_file(Path(name)), name)


def parse_policy(data: Any, file: str) -> Policy:
    """Read a policy; an unknown key is refused, for it may have been meant to forbid something. Raises UseError naming file and line."""
    top = _mapping(data, file, 1)
    for key in top:
        if key not in ("policy", "title", "proof", "rules"):
            raise UseError("policy-key-unknown", file=file, line=top.lines[key], key=key)
    for key in ("policy", "title", "rules"):
        if key not in top:
            raise UseError("policy-key-missing", file=file, line=top.line, key=key)
    title = _mapping(top["title"], file, top.lines["title"])
    if not isinstance(top["policy"], str) or set(title) != {"zh", "en"} or not all(isinstance(text, str) for text in title.values()):
        raise UseError("policy-value", file=file, line=top.lines["title"], key="title")
    if not isinstance(top["rules"], list):
        raise UseError("policy-value", file=file, line=top.lines["rules"], key="rules")
    proof = top.get("proof", list(PROOF))
    if not isinstance(proof, list) or not all(isinstance(item, str) and item in PROOF for item in proof):
        raise UseError("policy-value", file=file, line=top.lines["proof"], key="proof")
    rules = tuple(_rule(item, file, top.lines["rules"]) for item in top["rules"])
    asked = tuple(name for name in PROOF if name in proof)
    body = {"policy": top["policy"], "title": dict(title), "proof": list(asked), "rules": [dict(rule) for rule in rules]}
    return Policy(id=top["policy"], title=Words(zh=title["zh"], en=title["en"]), rules=rules, proof=asked, digest=digest(canonical(body)))


def _rule(data: Any, file: str, line: int) -> Mapping[str, Any]:
    rule = _mapping(data, file, line)
    name = str(rule.get("rule"))
    if name not in _NEEDS:
        raise UseError("policy-rule-unknown", file=file, line=rule.line, key=name[:40], known=", ".join(_NEEDS))
    needs = _NEEDS[name]
    for key in needs:
        if key not in rule:
            raise UseError("policy-key-missing", file=file, line=rule.line, key=key)
    for key, value in rule.items():
        if key == "rule":
            continue
        kind = needs.get(key) or _CONDITIONS.get(key) or (str if key == "otherwise" else None)
        if kind is None:
            raise UseError("policy-key-unknown", file=file, line=rule.lines[key], key=key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool) or not _allowed(key, value):
            raise UseError("policy-value", file=file, line=rule.lines[key], key=key)
    return dict(rule)


def _allowed(key: str, value: Any) -> bool:
    if key == "otherwise":
        return value in OTHERWISE
    if key == "level":
        return value in _LEVELS
    if key == "scenario":
        return bool(value) and all(item in SCENARIOS for item in value)
    if key == "of":
        return bool(value) and all(isinstance(item, str) and item for item in value)
    if key == "status":
        return value in ("unmet", "unknown", "awaits-person")
    if key in ("share", "least"):
        return bool(0 <= value <= 1)
    return not isinstance(value, int) or value >= 0


def _mapping(data: Any, file: str, line: int) -> Lined:
    if not isinstance(data, Lined):
        raise UseError("policy-not-mapping", file=file, line=line)
    return data
