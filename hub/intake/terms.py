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
KINDS = (CHECK, CONTROL, TARGET, SYSTEM)
Term = tuple[str, str]
"""(kind, text)."""
Numbers = Mapping[str, Mapping[str, int]]
"""Kind to text to id."""
MAX_WORDS = 300
MOST = 200_000
"""Terms that are remembered."""
NONE = ("", "", 0)
_ONE = sa.select(term.c.kind, term.c.text).where(term.c.id == sa.bindparam("number"))
_CHUNK = 400
"""Terms of one statement."""


class Words:
    """What a process remembers of the dictionary: a term is written once and never changed, and every report names the same ones. For one thread."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self._newest = NONE

    def numbers(self, connection: Connection, bulletins: Iterable[Mapping[str, Any]]) -> Numbers:
        """Terms to their ids; those that are new are made, with the words that the first bulletin has for them."""
        self._forget(connection)
        wanted: dict[Term, str] = {}
        for bulletin in bulletins:
            for kind, texts in of_bulletin(bulletin).items():
                for text in texts.difference(self._held[kind]):
                    if (kind, text) not in wanted:
                        wanted[kind, text] = _words((kind, text), bulletin.get("titles", {}))
        if not wanted:
            return self._held
        self._remember(_find(connection, wanted))
        missing = sorted(one for one in wanted if one[1] not in self._held[one[0]])
        if not missing:
            return self._held
        # Not remembered yet: this transaction may still come to nothing.
        made = _made(connection, missing, wanted)
        return {kind: self._held[kind] | {text: number for (of, text), number in made.items() if of == kind} for kind in KINDS}

    def _forget(self, connection: Connection) -> None:
        """Everything, when there is too much of it, or when somebody put back an older database: the newest term tells."""
        kind, text, number = self._newest
        row = connection.execute(_ONE, {"number": number}).first()
        same = row is not None and (row.kind, row.text) == (kind, text)
        if (number and not same) or sum(map(len, self._held.values())) > MOST:
            self._held, self._newest = {kind: {} for kind in KINDS}, NONE

    def _remember(self, found: Mapping[Term, int]) -> None:
        for (kind, text), number in found.items():
            self._held[kind][text] = number
            if number > self._newest[2]:
                self._newest = (kind, text, number)


def words_of(connection: Connection, kind: str, texts: Iterable[str]) -> dict[str, str]:
    """Text to the words (JSON) that somebody sent of it."""
    return dict(connection.execute(sa.select(term.c.text, term.c.words).where(term.c.kind == kind, term.c.text.in_(set(texts)))).all())


def of_bulletin(bulletin: Mapping[str, Any]) -> dict[str, set[str]]:
    """The terms of its rows by kind. A person is asked about a system, everything else about a target."""
    verdicts, findings = bulletin.get("verdicts", ()), bulletin.get("findings", ())
    checks = {line[1] for line in verdicts}
    asked = {check for check in checks if check.startswith(PERSON_PREFIX)}
    return {
        CHECK: checks,
        CONTROL: {line[1] for line in findings},
        TARGET: {line[0] for line in verdicts if line[1] not in asked},
        SYSTEM: {line[0] for line in findings} | ({line[0] for line in verdicts if line[1] in asked} if asked else set()),
    }


def _made(connection: Connection, missing: Iterable[Term], words: Mapping[Term, str]) -> dict[Term, int]:
    alone(connection, "term")
    found = _find(connection, missing)
    rows = [{"kind": kind, "text": text, "words": words[kind, text]} for kind, text in missing if (kind, text) not in found]
    if rows:
        connection.execute(sa.insert(term), rows)
        found |= _find(connection, missing)
    return found


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
