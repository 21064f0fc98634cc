"""The house keeps its own rules."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for room in ("scanner", "checks", "reports") for path in (ROOT / room).rglob("*.py"))
BROAD = {"scanner/collect/gather.py", "scanner/evaluate/engine.py"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [p for p in SOURCES if relative(p).startswith("scanner/")], ids=relative)
def test_no_chinese_sentence_stands_in_the_machine(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            assert not re.search(r"[\u4e00-\u9fff]{6,}", node.value), f"{relative(path)}:{node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_broad_except_but_in_the_two_documented_places(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")):
            again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            assert again or relative(path) in BROAD, f"{relative(path)}:{node.lineno}"


@pytest.mark.parametrize("path", [p for p in SOURCES if relative(p).startswith("checks/")], ids=relative)
def test_checks_import_the_door_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.module in (
                "scanner.api",
                "__future__",
                "collections.abc",
                "dataclasses",
                "functools",
                "typing",
                "datetime",
                "re",
                "ipaddress",
                "itertools",
                "collections",
                "enum",
                "types",
                "operator",
                "fnmatch",
            ) or (node.module or "").startswith("checks."), f"{relative(path)}: {node.module}"
        if isinstance(node, ast.Import):
            for name in node.names:
                assert name.name in ("re", "ipaddress", "math", "itertools"), f"{relative(path)}: {name.name}"


@pytest.mark.parametrize("path", [p for p in SOURCES if relative(p).startswith("checks/")], ids=relative)
def test_no_clause_number_stands_in_a_check(path: Path) -> None:
    assert not re.search(r"\b[6-9]\.1\.(10|[0-9])\.[0-9]+", path.read_text("utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_risky_call(path: Path) -> None:
    text = path.read_text("utf-8")
    for word in ("shell=True", "AutoAddPolicy", "WarningPolicy", "extractall(", "pickle.", "os.system(", ".splitlines()"):
        assert word not in text, f"{relative(path)}: {word}"


def test_the_plug_in_door_is_the_api() -> None:
    import scanner.api
    import shiqu

    assert set(shiqu.__all__) == set(scanner.api.__all__)
