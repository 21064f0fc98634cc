"""An inventory written as YAML with a comment above each part. Nothing is written that would not be read back as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from scanner.rulebook.yaml_lines import load_lined

ORDER = ("unit", "scope", "zones", "isolation", "crossings", "codes", "systems", "logins")
WIDTH = 120


def plain(value: Any) -> Any:
    """Plain data of lined data."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def render(data: Mapping[str, Any], comments: Mapping[str, str], head: str = "") -> str:
    """YAML text in the usual order of parts; ``comments`` by part, ``head`` above all. Raises ValueError when it would not read back."""
    out = _comment(head)
    for key in (*ORDER, *sorted(set(data) - set(ORDER))):
        if key in data:
            part = yaml.safe_dump({key: data[key]}, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH)
            out += ("\n" if out else "") + _comment(comments.get(key, "")) + part
    if plain(load_lined(out, "inventory") or {}) != plain(data):
        raise ValueError("the inventory does not read back as it was written")
    return out


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.split("\n") if line.strip())
