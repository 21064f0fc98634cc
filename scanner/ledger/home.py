"""The unit's keeping: ``shiqu-home/`` beside the inventory, or where SHIQU_HOME says. What stands in it follows from its rows alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, cast

import msgspec

from scanner.errors import KeepError, UseError
from scanner.ledger.chain import START, Chain, Row
from scanner.ledger.striking import may_review
from scanner.model.canonical import digest
from scanner.model.declaration import AttestationLine, WaiverLine
from scanner.model.hazard import (
    CLASSES,
    CLOSED,
    EVENTS,
    LEVELS,
    RECTIFYING,
    REVIEW,
    STATES,
    Closing,
    HazardLine,
    LedgerSight,
    hazard_id,
)  # fmt: skip
from scanner.model.persons import people

FOLDER = "shiqu-home"
VARIABLE = "SHIQU_HOME"
LEDGER = "ledger.jsonl"
PAPERS = "attestations"
"""Papers and photographs, each under the SHA-256 of its bytes."""
BY_HAND = ("owner", "deadline", "measure", "level")
HISTORY = 24
"""How many earlier runs a trend shows."""
MAX_PAPER = 64 * 1024 * 1024


@dataclass(slots=True)
class Book:
    """What the rows add up to."""

    rows: list[Row]
    runs: list[dict[str, Any]] = field(default_factory=list)
    """In the order in which they were entered."""
    hazards: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Id to :class:`scanner.model.hazard.HazardLine`."""
    attestations: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Id to :class:`scanner.model.declaration.AttestationLine`, in the order of their last step."""
    waivers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Id to :class:`scanner.model.declaration.WaiverLine`."""
    looks: dict[str, int] = field(default_factory=dict)
    """Hazard to the row of the last look at it."""

    def looked_at_after(self, rows: int) -> frozenset[str]:
        """Hazards at which somebody looked after the ledger had so many rows."""
        return frozenset(key for key, row in self.looks.items() if row > rows)

    def sight(self) -> LedgerSight:
        """What a run takes along."""
        head = (self.rows[-1].n, self.rows[-1].digest) if self.rows else (0, START)
        return {
            "rows": head[0],
            "head": head[1],
            "rulebooks": list(dict.fromkeys(run["rulebook"] for run in self.runs)),
            "hazards": [cast(HazardLine, self.hazards[key]) for key in sorted(self.hazards)],
            "history": [dict(run["figures"]) for run in self.runs[-HISTORY:]],
        }

    def standing(self, lines: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """Attestations or waivers in force: of several for one clause and system the one that was settled last."""
        found: dict[tuple[str, str | None], dict[str, Any]] = {}
        for line in lines.values():
            if line.get("state") == "accepted":
                found[(line["control"], line["system"])] = line
        return [found[key] for key in sorted(found, key=lambda k: (k[0], k[1] or ""))]


class Home:
    """One unit's keeping. Opening it creates nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chain = Chain(folder / LEDGER)

    def exists(self) -> bool:
        """Whether anything was ever kept here."""
        return self.chain.path.exists()

    def book(self) -> Book:
        """Everything, verified. Raises KeepError naming the first broken row."""
        return read_book(self.chain.rows())

    def write(self, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Row]:
        """Enter rows; what has its key there already is left out. Raises KeepError."""
        return self.chain.append(entries)

    def keep_paper(self, data: bytes) -> str:
        """Keep a paper or photograph; returns its digest. Raises KeepError."""
        key = digest(data)
        path = self.folder / PAPERS / key.removeprefix("sha256:")
        part = path.with_name(path.name + ".part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists():
                return key
            with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except OSError as error:
            raise KeepError("file-write", file=path, detail=error.strerror or error) from None
        return key

    def damaged_papers(self, book: Book) -> list[str]:
        """Digests of papers that are named and are not there, or are not what they were."""
        named = {key for line in book.attestations.values() for key in line.get("evidence", ())}
        named |= {key for line in book.hazards.values() if line["closed"] and line["closed"]["by"] for key in line["closed"]["evidence"]}
        return sorted(key for key in named if not self._whole(key))

    def _whole(self, key: str) -> bool:
        try:
            return digest((self.folder / PAPERS / key.removeprefix("sha256:")).read_bytes()) == key
        except OSError:
            return False


def home_for(inventory: Path | None, environ: Mapping[str, str] = os.environ) -> Home:
    """Where SHIQU_HOME says, else beside the inventory, else here."""
    if environ.get(VARIABLE):
        return Home(Path(environ[VARIABLE]))
    return Home((inventory.parent if inventory is not None else Path()) / FOLDER)


def read_paper(path: Path) -> bytes:
    """A paper or photograph to be kept. Raises UseError."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_PAPER + 1)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    if not data or len(data) > MAX_PAPER:
        raise UseError("paper-size", file=path, most=MAX_PAPER >> 20)
    return data


def read_book(rows: Iterable[Row]) -> Book:
    """Fold the rows. A row of a later release that is not understood stays a row and changes nothing.

    Raises KeepError naming a row that is chained and yet none of ours: whoever knows the rule can write a chain.
    """
    book = Book(list(rows))
    for row in book.rows:
        try:
            _fold(book, row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise KeepError("ledger-broken", file=LEDGER, row=row.n, detail=f"{row.kind}: {str(error)[:80]}") from None
    return book


def _fold(book: Book, row: Row) -> None:
    if row.kind == "run":
        msgspec.convert(row.body, _Run)
        book.runs.append(row.body)
        _seen(book, row)
    elif row.kind == "seal":
        msgspec.convert(row.body, _Sealed)
    elif row.kind == "hazard":
        _hazard(book, row)
    elif row.kind == "attestation":
        _declared(book.attestations, row, AttestationLine)
    elif row.kind == "waiver":
        _declared(book.waivers, row, WaiverLine)


class _Run(TypedDict):
    """What is needed of a run."""

    run: str
    time: str
    rulebook: str
    interrupted: bool
    figures: dict[str, Any]
    seen: list[str]
    open: dict[str, tuple[str, str | None]]


class _Sealed(TypedDict):
    """What is needed of a seal's row."""

    run: str
    seal: str
    result: str | None
    fingerprint: str


_PLANS = tuple(msgspec.json.Decoder(kind) for kind in (_Run, _Sealed, Closing, HazardLine, AttestationLine, WaiverLine))
"""Made while only one thread runs: two that are the first to name a type to msgspec crash each other."""


def _seen(book: Book, row: Row) -> None:
    """What the run saw again, and what it could not tell, without a row for each."""
    for key in row.body["seen"]:
        if key in book.hazards:
            book.hazards[key] |= {"last": row.body["time"], "status": "unmet", "open_why": "unmet"}
            book.looks[key] = row.n
    for key, (status, why) in row.body["open"].items():
        if key in book.hazards:
            book.hazards[key] |= {"status": status, "open_why": why}
            book.looks[key] = row.n


def _hazard(book: Book, row: Row) -> None:
    body = row.body
    event, key = body["event"], body["id"]
    if event in EVENTS:
        # The line as the run left it; what persons set by rows of their own meanwhile stays.
        set_by_hand = {name: book.hazards[key][name] for name in BY_HAND} if key in book.hazards else {}
        check_hazard(body["line"])
        book.hazards[key] = dict(body["line"]) | set_by_hand
        book.looks[key] = row.n
    elif key not in book.hazards:
        return
    elif event == "assigned":
        book.hazards[key] |= {name: str(body[name]) for name in ("owner", "deadline", "measure")}
        if book.hazards[key]["state"] != REVIEW:
            book.hazards[key]["state"] = RECTIFYING
    elif event == "reported":
        book.hazards[key]["state"] = REVIEW
    elif event == "reviewed":
        closed = msgspec.convert(body["closed"], Closing)
        if len(people("、".join(closed["by"]))) < 2 or not closed["evidence"]:
            raise ValueError(f"closing of {key} without two persons or papers")
        if may_review(book.hazards[key]) is not None:
            # A machine saw it meanwhile, or has to look first: the row stands and closes nothing.
            return
        book.hazards[key] |= {"state": CLOSED, "closed": body["closed"], "open_why": None}
        book.looks[key] = row.n


def check_hazard(line: Any) -> None:
    """Raise ValueError for what is no hazard of ours: it may come from a shelf or a ledger that somebody made."""
    found = msgspec.convert(line, HazardLine)
    if found["id"] != hazard_id(found["target"], found["check"]):
        raise ValueError(f"not the id of {found['target']} {found['check']}")
    if found["level"] not in LEVELS or found["state"] not in STATES or found["risk"] not in CLASSES:
        raise ValueError(f"level, state or class of {found['id']}")
    if (found["state"] == CLOSED) != (found["closed"] is not None):
        raise ValueError(f"closing of {found['id']}")
    if any(len(pair) != 2 for pair in found["found"]["probes"].values()):
        raise ValueError(f"probes of {found['id']}")


def _declared(lines: dict[str, dict[str, Any]], row: Row, shape: Any) -> None:
    body = row.body
    if body["event"] in ("submitted", "added"):
        msgspec.convert(body["line"], shape)
        lines[body["id"]] = dict(body["line"])
    elif body["id"] in lines:
        line = lines.pop(body["id"])
        lines[body["id"]] = line | {"state": body["event"], "settled_by": body["by"], "settled": row.time, "remark": body["remark"]}
