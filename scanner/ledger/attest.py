"""Attestations: what a person states of a clause that no machine can see, checked line by line before it is entered.

A statement is submitted, then accepted or rejected by somebody else. It speaks of the clause's words as they were: a changed
clause asks again. Papers and photographs are kept under their digests.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from scanner.errors import UseError
from scanner.ledger.home import Book, Home, read_paper
from scanner.model.canonical import canonical, digest
from scanner.model.control import Control
from scanner.model.declaration import ACCEPTED, ATTESTATION_DAYS, SAYS, text_digest
from scanner.model.persons import people, share_person

SUBMITTED, REJECTED, WITHDRAWN = "submitted", "rejected", "withdrawn"
BETWEEN = "、，,;；\n"
"""What may stand between names, and between file names."""
KEYS = ("item", "system", "says", "statement", "by", "since", "until", "evidence", "text")
NEEDED = ("item", "says", "by", "since", "until", "text")

Fail = Callable[..., UseError]
"""Makes the refusal of one cell: (code, key, **fields), with the file's own way of naming the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One line of a checklist."""

    control: Control
    system: str | None
    """None stands for the whole unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One filled line, as it was read, and how to name its cells in a refusal."""

    text: Mapping[str, str]
    fail: Fail
    folder: Path
    """Where its papers are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a line is held against."""

    controls: Mapping[str, Control]
    systems: Sequence[str]
    day: date
    unit: str = ""
    """Code of the unit whose statements they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A line that holds; its papers are read and not kept yet."""

    line: dict[str, Any]
    papers: tuple[bytes, ...]


def split(text: str) -> list[str]:
    """The names in a cell."""
    for mark in BETWEEN:
        text = text.replace(mark, "\n")
    return list(dict.fromkeys(part for part in (" ".join(piece.split()) for piece in text.split("\n")) if part))


def read_form(form: Form, terms: Terms) -> Stated | None:
    """Check one line; None for one that nobody filled in. Raises UseError naming the cell."""
    text = form.text
    if text.get("says", "none") in ("", "none"):
        return None
    for key in NEEDED:
        if not text.get(key):
            raise form.fail("attest-empty", key)
    control = terms.controls.get(text["item"])
    if control is None:
        raise form.fail("attest-item-unknown", "item", item=text["item"][:60])
    if text["text"] != text_digest(control):
        raise form.fail("attest-text-changed", "text", item=control.id)
    if text["says"] not in SAYS:
        raise form.fail("attest-says", "says")
    system = text.get("system") or None
    if system is not None and system not in terms.systems:
        raise form.fail("attest-system-unknown", "system", system=system[:60], known=" ".join(terms.systems))
    by = split(text["by"])
    _persons(form, control, by)
    since, until = _days(form, terms.day)
    papers = _papers(form)
    if not papers and (control.core_hazard is not None or (text["says"] == SAYS[0] and set(control.method) != {"interview"})):
        raise form.fail("attest-evidence-missing", "evidence", item=control.id)
    if not text.get("statement") and text["says"] != SAYS[0]:
        raise form.fail("attest-statement-missing", "statement", item=control.id)
    line: dict[str, Any] = {
        "control": control.id,
        "system": system,
        "state": SUBMITTED,
        "says": text["says"],
        "statement": text.get("statement", ""),
        "by": "、".join(by),
        "since": since,
        "until": until,
        "text_digest": text["text"],
        "evidence": sorted({digest(data) for data in papers}),
        **({"unit": terms.unit} if terms.unit else {}),
    }
    return Stated(line={"id": _id(line), **line}, papers=tuple(papers))


def _persons(form: Form, control: Control, by: Sequence[str]) -> None:
    if any(len(name) > 80 or not name.isprintable() for name in by) or not by:
        raise form.fail("attest-person", "by")
    if control.core_hazard is not None and len(people("、".join(by))) < 2:
        raise form.fail("attest-two-persons", "by", item=control.id)
    if control.core_hazard is not None and form.text["says"] == "not_applicable":
        raise form.fail("attest-core-applies", "says", item=control.id)


def _days(form: Form, day: date) -> tuple[str, str]:
    found: dict[str, date] = {}
    for key in ("since", "until"):
        try:
            found[key] = date.fromisoformat(form.text[key])
        except ValueError:
            raise form.fail("attest-day", key, value=form.text[key][:40]) from None
        if found[key].isoformat() != form.text[key]:
            raise form.fail("attest-day", key, value=form.text[key][:40])
    if found["since"] > day:
        raise form.fail("attest-future", "since", value=form.text["since"], day=day)
    if found["until"] < max(found["since"], day):
        raise form.fail("attest-expired", "until", value=form.text["until"], day=day)
    if (found["until"] - found["since"]).days > ATTESTATION_DAYS:
        raise form.fail("attest-too-long", "until", days=ATTESTATION_DAYS)
    return form.text["since"], form.text["until"]


def _papers(form: Form) -> list[bytes]:
    """The files named, which lie in the checklist's folder or below: a list that came from elsewhere must not fetch others."""
    out: list[bytes] = []
    root = form.folder.resolve()
    for name in split(form.text.get("evidence", "")):
        path = (root / name).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise form.fail("attest-paper", "evidence", name=name[:120])
        try:
            out.append(read_paper(path))
        except UseError as error:
            raise form.fail("attest-paper", "evidence", name=f"{name[:120]} ({error.code})") from None
    return out


def _id(line: Mapping[str, Any]) -> str:
    """The same statement has the same id: importing a file again enters nothing twice."""
    text = base64.b32encode(bytes.fromhex(digest(canonical(dict(line)))[7:])).decode()[:12]
    return "AT-" + "-".join(text[at : at + 4] for at in range(0, 12, 4))


def submit(home: Home, stated: Sequence[Stated], operator: str, account: str = "") -> int:
    """Keep the papers, then enter the statements; returns how many were new. ``account`` is the login under which it was done."""
    for one in stated:
        for data in one.papers:
            home.keep_paper(data)
    entries = [
        (
            "attestation",
            {
                "key": f"submitted:{one.line['id']}",
                "id": one.line["id"],
                "event": SUBMITTED,
                "operator": operator,
                "account": account,
                "line": one.line,
            },
        )
        for one in stated
    ]
    return len(home.write(entries))


def settle(home: Home, ids: Sequence[str], state: str, by: str, operator: str, remark: str) -> list[dict[str, Any]]:
    """Accept, reject or withdraw. Nobody accepts or rejects what he stated or imported himself. Raises UseError."""
    book = home.book()
    importers = {
        row.body["id"]: str(row.body["operator"]) for row in book.rows if row.kind == "attestation" and row.body["event"] == SUBMITTED
    }
    lines = [find(book, name) for name in ids]
    for line in lines:
        if state != WITHDRAWN and line["state"] != SUBMITTED:
            raise UseError("attest-settled", id=line["id"], state=line["state"])
        if state == WITHDRAWN and line["state"] not in (SUBMITTED, ACCEPTED):
            raise UseError("attest-settled", id=line["id"], state=line["state"])
        if state != WITHDRAWN and share_person(by, line["by"]):
            raise UseError("attest-own", id=line["id"], name=by)
        if state != WITHDRAWN and share_person(by, importers.get(line["id"], "")):
            raise UseError("attest-own-import", id=line["id"], name=by)
    home.write(
        [
            (
                "attestation",
                {"key": f"{state}:{line['id']}", "id": line["id"], "event": state, "by": by, "operator": operator, "remark": remark},
            )
            for line in lines
        ]
    )
    return lines


def entered_from(book: Book, account: str) -> frozenset[str]:
    """Attestations that were entered under a login: two names are two persons on paper only when one login wrote both."""
    rows = (row for row in book.rows if row.kind == "attestation" and row.body["event"] == SUBMITTED)
    return frozenset(row.body["id"] for row in rows if account and row.body.get("account") == account)


def find(book: Book, name: str) -> dict[str, Any]:
    """An attestation by its id or an unambiguous beginning. Raises UseError."""
    found = [key for key in book.attestations if key == name.upper() or (len(name) > 4 and key.startswith(name.upper()))]
    if len(found) != 1:
        raise UseError("attest-unknown", id=name[:40], count=len(found))
    return book.attestations[found[0]]
