"""The dictionary of the words in ``result``: check, control, target, system, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.store.database import alone
from hub.store.tables import term
from scanner.model.canonical import canonical
from scanner.model.result import PERSON_PREFIX

CHECK, CONTROL, TARGET, SYSTEM = "check", "control", "target", "system"
Term = tuple[str, str]
"""(kind, text)."""
MAX_WORDS = 300
_CHUNK = 400
"""Terms of one statement."""


def numbers(connection: Connection, bulletins: Iterable[Mapping[str, Any]]) -> dict[Term, int]:
    """Term to its id; those that are new are made, with the words that the first bulletin has for them."""
    wanted: dict[Term, str] = {}
    for bulletin in bulletins:
        for one in of_bulletin(bulletin):
            if one not in wanted:
                wanted[one] = _words(one, bulletin.get("titles", {}))
    found = _find(connection, wanted)
    missing = sorted(one for one in wanted if one not in found)
    if missing:
        alone(connection, "term")
        found |= _find(connection, missing)
        rows = [{"kind": kind, "text": text, "words": wanted[kind, text]} for kind, text in missing if (kind, text) not in found]
        if rows:
            connection.execute(sa.insert(term), rows)
            found |= _find(connection, missing)
    return found


def of_bulletin(bulletin: Mapping[str, Any]) -> set[Term]:
    """The terms of its rows."""
    found: set[Term] = set()
    for target, check, _, _ in bulletin.get("verdicts", ()):
        found.add((CHECK, check))
        found.add(where(target, check))
    for system, control, _, _ in bulletin.get("findings", ()):
        found.add((CONTROL, control))
        found.add((SYSTEM, system))
    return found


def where(target: str, check: str) -> Term:
    """A person is asked about a system, everything else about a target."""
    return (SYSTEM if check.startswith(PERSON_PREFIX) else TARGET, target)


def _words(one: Term, titles: Mapping[str, Mapping[str, str]]) -> str:
    kind, text = one
    pair = titles.get(text) if kind in (CHECK, CONTROL) else None
    if pair is None and kind == CHECK:
        pair = titles.get(text.removeprefix(PERSON_PREFIX))
    return canonical({lang: words[:MAX_WORDS] for lang, words in (pair or {}).items()}).decode()


def _find(connection: Connection, wanted: Iterable[Term]) -> dict[Term, int]:
    found: dict[Term, int] = {}
    by_kind: dict[str, list[str]] = {}
    for kind, text in wanted:
        by_kind.setdefault(kind, []).append(text)
    for kind, texts in by_kind.items():
        for start in range(0, len(texts), _CHUNK):
            statement = sa.select(term.c.text, term.c.id).where(term.c.kind == kind, term.c.text.in_(texts[start : start + _CHUNK]))
            found.update({(kind, text): number for text, number in connection.execute(statement)})
    return found
