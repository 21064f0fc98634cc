"""JSON data as a short text for people: ``key: value; key: value``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

LIMIT = 900
"""Characters of one observation that a report shows; the rest stands in result.json."""


KEYS = 8
"""Keys of records that an observation shows of one place."""
RECORDS = 12
"""Records of one kind that an observation shows in lines of their own."""


def plain(value: Any) -> str:
    """One line of text for JSON data; the empty text for null, ``""`` for an empty string."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value else '""'
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_inner(item)}" for key, item in sorted(value.items()))
    if isinstance(value, list | tuple):
        return ", ".join(_inner(item) for item in value) if value else "[]"
    return _inner(value)


def _inner(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + plain(value) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inner(item) for item in value) + "]"
    return plain(value) if isinstance(value, str) else str(value)


def spread(value: Any, say: Callable[[Any], str], name: Callable[[str], str]) -> list[str]:
    """Like :func:`plain`, with a line for each of several records, at most a dozen of a kind; ``say`` and ``name`` put a value and the
    name of a field in words."""
    several = {key: item for key, item in sorted(value.items()) if _several(item)} if isinstance(value, dict) else {}
    rest = {key: item for key, item in value.items() if key not in several} if several else value
    lines = [say(rest)] if rest or not several else []
    for key, items in several.items():
        lines += [
            name(key),
            *(f"· {_record(one, say)}" for one in items[:RECORDS]),
            *([f"… [{len(items)}]"] if len(items) > RECORDS else []),
        ]
    return lines


def _record(record: dict[str, Any], say: Callable[[Any], str]) -> str:
    """Where it is comes first."""
    place = next((key for key in ("path", "where") if record.get(key) and isinstance(record[key], str)), "")
    rest = say({key: item for key, item in record.items() if key != place})
    return f"{record[place]}: {rest}" if place else rest


def _several(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) > 1 and all(isinstance(one, dict) for one in value)


def short(value: Any, limit: int = LIMIT) -> str:
    """Like :func:`plain`, at most ``limit`` characters; what was cut is said."""
    return cut(plain(value), limit)


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters, and how many there are."""
    return text if len(text) <= limit else f"{text[:limit]}… [{len(text)}]"


def grouped_digits(fingerprint: str) -> str:
    """A fingerprint as people compare it on paper: groups of four."""
    kind, _, digits = fingerprint.partition(":")
    return f"{kind} " + " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def condensed(check: str, value: Any) -> Any:
    """What a check observed, with the long lists of the fixed checks as their sums."""
    if isinstance(value, dict) and check == "holdings.segregated" and isinstance(value.get("stores"), list):
        return {**_stores(value["stores"]), "mixing": _degrees(value.get("mixing"))}
    if isinstance(value, dict) and check == "holdings.classified-storage" and isinstance(value.get("places"), list):
        return {**value, "places": [_place(one) for one in value["places"]]}
    if isinstance(value, dict) and check == "isolation.no-path":
        return {key: _paths(value[key]) if key == "paths" else value[key] for key in ("conclusion", "paths") if key in value}
    return value


def seen(check: str, value: Any) -> str:
    """Like :func:`short` for what a check observed."""
    return short(condensed(check, value))


def _stores(stores: list[Any]) -> dict[str, int]:
    rows = [store for store in stores if isinstance(store, dict)]
    return {"stores": sum(int(row.get("stores") or 1) for row in rows)} | {
        key: sum(int(row.get(key) or 0) for row in rows) for key in ("rows", "classified", "suspected", "undecided")
    }


def _degrees(mixing: Any) -> Any:
    """How often each degree of mixing holds; where each does stands in the part about catalogues."""
    if not isinstance(mixing, list | tuple):
        return mixing
    return dict(sorted(Counter(str(item.get("degree")) for item in mixing if isinstance(item, dict)).items()))


def _place(place: Any) -> Any:
    """A place of records with the first of their keys, and how many there are."""
    keys = place.get("keys") if isinstance(place, dict) else None
    if not isinstance(keys, list | tuple) or len(keys) <= KEYS:
        return place
    return {**place, "keys": [*keys[:KEYS], f"… [{len(keys)}]"]}


def _paths(paths: Any) -> Any:
    """Paths in one short technical line each, at most a dozen; frames and tokens stand in the part about zone pairs."""
    if not isinstance(paths, list | tuple):
        return paths
    found = [_path(path) if isinstance(path, dict) else short(path, 160) for path in paths[:12]]
    return found if len(paths) <= 12 else [*found, f"… [{len(paths)}]"]


def _path(path: dict[str, Any]) -> str:
    port = path.get("port")
    what = " ".join(str(path[key]) for key in ("kind", "protocol") if path.get(key)) + (
        f"/{short(port, 40)}" if port not in (None, "") else ""
    )
    via = f" via {short(path['via'], 60)}" if path.get("via") else ""
    return f"{what} {short(path.get('from'), 60)} -> {short(path.get('to'), 60)}{via} [{path.get('strength') or '?'}]"
