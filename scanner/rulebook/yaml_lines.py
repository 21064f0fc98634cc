"""YAML with line numbers, no duplicate keys, and no surprises: every mapping knows where its keys stand."""

from __future__ import annotations

import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from scanner.errors import UseError

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 4_000_000
"""A file larger than this is refused: no sheet, profile or inventory of ours comes near."""


class Lined(dict[str, Any]):
    """A mapping that remembers the line of each key (1-based) in ``lines`` and its own in ``line``."""

    lines: dict[str, int]
    line: int


class _Loader(_Base):  # type: ignore[misc]
    pass


def _mapping(loader: Any, node: yaml.MappingNode) -> Lined:
    out = Lined()
    out.lines = {}
    out.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, Hashable) or not isinstance(key, str | int | bool | float) and key is not None:
            raise yaml.constructor.ConstructorError(None, None, "key is not plain", key_node.start_mark)
        name = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key)
        if name in out:
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key {name!r}", key_node.start_mark)
        out[name] = loader.construct_object(value_node, deep=True)
        out.lines[name] = line
    return out


def _finite(loader: Any, node: yaml.ScalarNode) -> float:
    """``.nan`` and ``.inf`` are no values of anything here, and no shelf could hold them."""
    number = float(loader.construct_yaml_float(node))
    if not math.isfinite(number):
        raise yaml.constructor.ConstructorError(None, None, f"{node.value[:20]} is no number to judge by", node.start_mark)
    return number


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:float", _finite)
# Dates stay text: 2026-01-01 must mean the same in every reader.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))
_Loader.add_constructor("tag:yaml.org,2002:merge", lambda loader, node: loader.construct_scalar(node))


def load_lined(text: str, name: str) -> Any:
    """Load one YAML document. Raises UseError naming file and line."""
    if len(text) > MAX_BYTES:
        raise UseError("yaml-too-large", file=name)
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            _refuse_aliases(node, set(), 0)
            return None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise UseError("yaml-broken", file=name, line=line, detail=error.problem or error.context or "?") from None
    except yaml.YAMLError as error:
        raise UseError("yaml-broken", file=name, line=1, detail=str(error).split("\n")[0]) from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise UseError("yaml-broken", file=name, line=1, detail=str(error)[:120]) from None


def _refuse_aliases(node: Any, seen: set[int], depth: int) -> None:
    if node is None or isinstance(node, yaml.ScalarNode):
        return
    if id(node) in seen or depth > 40:
        raise yaml.constructor.ConstructorError(None, None, "anchors and deep nesting are not used here", node.start_mark)
    seen.add(id(node))
    for child in node.value:
        for part in child if isinstance(child, tuple) else (child,):
            _refuse_aliases(part, seen, depth + 1)


def load_file(path: Path, name: str | None = None) -> Any:
    """Load a YAML file (UTF-8, BOM tolerated). Raises UseError naming the file."""
    shown = name or str(path)
    try:
        with path.open("rb") as stream:
            # No character takes more than four bytes.
            raw = stream.read(4 * MAX_BYTES + 1)
        if len(raw) > 4 * MAX_BYTES:
            raise UseError("yaml-too-large", file=shown)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise UseError("file-unreadable", file=shown, detail=error.strerror or "?") from None
    except UnicodeDecodeError as error:
        raise UseError("file-not-utf8", file=shown, detail=f"byte {error.start}") from None
    return load_lined(text, shown)
