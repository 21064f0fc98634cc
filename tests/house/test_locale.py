"""Every error code that the machine raises has a sentence in both languages; every key it says exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "scanner").rglob("*.py"), *(ROOT / "hub").rglob("*.py")])
ERRORS = {"UseError", "ScopeError", "KeepError", "RuleError"}


@cache
def catalogue() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted([*(ROOT / "reports" / "locale").glob("*.yaml"), *(ROOT / "hub" / "locale").glob("*.yaml")]):
        for key, pair in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader).items():
            assert key not in found, f"{key} stands in two locale files"
            found[key] = pair
    return found


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def texts(node: ast.expr) -> set[str]:
    """The literals that an expression may be: a string, or either side of a conditional."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


@cache
def calls() -> list[tuple[Path, ast.Call]]:
    return [(path, node) for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]


def codes() -> dict[str, str]:
    """Error codes by the file that raises them."""
    found = {}
    for path, call in calls():
        given: list[ast.expr] = []
        if name_of(call) in ERRORS:
            given = call.args[:1]
        elif name_of(call) == "fail" and path.parent.name == "targets":
            # Reader.fail(key, code): the code has a default.
            given = call.args[1:2] + [word.value for word in call.keywords if word.arg == "code"]
            found["inventory-value"] = path.name
        for code in (text for node in given for text in texts(node)):
            found[code] = path.name
    return found


def test_every_error_code_has_a_sentence() -> None:
    assert len(codes()) > 200
    assert {code: file for code, file in codes().items() if f"error.{code}" not in catalogue()} == {}


def test_every_entry_has_both_languages() -> None:
    assert [key for key, pair in catalogue().items() if set(pair) != {"zh", "en"} or not str(pair["zh"]).strip()] == []


def test_every_key_that_is_said_exists() -> None:
    said = {(path.name, text) for path, call in calls() if name_of(call) == "say" and call.args for text in texts(call.args[0])}
    assert sorted(item for item in said if item[1] not in catalogue()) == []


def test_both_languages_name_the_same_fields() -> None:
    def fields(text: str) -> set[str]:
        return set(re.findall(r"\{([a-z_]+)\}", text))

    assert [key for key, pair in catalogue().items() if fields(pair["zh"]) != fields(pair["en"])] == []
