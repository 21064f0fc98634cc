"""What a unit sent: numbers without holes, a copy of every envelope, and what the hub answered.

First the copy is on the disk, then the row that gives it its number. So a number always stands for the same bytes, and whoever was
killed in between may simply ask again: the same content gets the number that it had.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.errors import KeepError, UseError
from scanner.ledger.chain import Row, now_text, sync_folder
from scanner.ledger.ends import write_private
from scanner.ledger.envelope import START, SUFFIX, Envelope, make, open_envelope
from scanner.ledger.home import Home
from scanner.ledger.keys import PrivateKey
from scanner.model.canonical import canonical, digest
from scanner.model.dispatch import FULL, Receipt

FOLDER, SECRET = "dispatch", "alias.key"
SENT, ANSWERED, CAME = "dispatch", "receipt", "incoming"
"""Kinds of rows."""
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be sent."""

    unit: str
    to: str
    members: Mapping[str, bytes]
    run: str
    disclosure: str
    marking: str
    kind: str = "report"

    @property
    def content(self) -> str:
        """Digest by which the same letter is known again."""
        marks = {name: digest(data) for name, data in self.members.items()}
        return digest(canonical([self.kind, self.unit, self.disclosure, self.marking, marks]))


@dataclass(frozen=True, slots=True)
class Sent:
    """An envelope that has its number."""

    data: bytes
    body: Mapping[str, Any]
    """Of its row."""
    anew: bool
    """False when it had its number already."""


class Outbox:
    """The sending side of one unit's home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._folder = home.folder / FOLDER

    def alias_secret(self) -> bytes:
        """The secret behind the aliases of this unit, made when it is first needed. Raises KeepError."""
        path = self._home.folder / SECRET
        try:
            stream = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return self._made(path)
        except OSError as error:
            raise KeepError("file-unreadable", file=path, detail=error.strerror or "?") from None
        try:
            secret = os.read(stream, SECRET_BYTES + 1)
        finally:
            os.close(stream)
        if len(secret) != SECRET_BYTES:
            raise KeepError("alias-key-broken", file=path)
        return secret

    def _made(self, path: Path) -> bytes:
        """Made beside and linked: of two that make one at the same time, both use the one that was there first."""
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            write_private(part, os.urandom(SECRET_BYTES))
            os.link(part, path)
            sync_folder(path.parent)
        except FileExistsError:
            pass
        except OSError as error:
            raise KeepError("file-write", file=path, detail=error.strerror or error) from None
        finally:
            part.unlink(missing_ok=True)
        return self.alias_secret()

    def sent(self) -> list[dict[str, Any]]:
        """Bodies of the rows of what was sent, in their order."""
        return _bodies(self._home.chain.rows(), SENT)

    def answers(self) -> dict[str, dict[str, Any]]:
        """Digest of an envelope to the body of the row of its receipt."""
        return {body["envelope"]: body for body in _bodies(self._home.chain.rows(), ANSWERED)}

    def send(self, letter: Letter, key: PrivateKey) -> Sent:
        """Give the letter its number, or find the one that it has. Raises UseError, KeepError."""
        while True:
            row = [body for body in self.sent() if body["to"] == letter.to and body["kind"] == letter.kind]
            known = next((body for body in row if body["content"] == letter.content), None)
            if known is not None:
                return Sent(self.copy(known), known, anew=False)
            number, previous = (int(row[-1]["sequence"]), str(row[-1]["digest"])) if row else (0, START)
            found = self._number(letter, key, number + 1, previous)
            if found is not None:
                return found

    def _number(self, letter: Letter, key: PrivateKey, sequence: int, previous: str) -> Sent | None:
        """None when somebody else took the number meanwhile."""
        data = make(
            letter.kind,
            letter.unit,
            letter.to,
            letter.members,
            sequence=sequence,
            previous=previous,
            created=now_text(),
            disclosure=letter.disclosure,
            marking=letter.marking,
            key=key,
        )
        body = {
            "key": f"{SENT}:{letter.kind}:{letter.to}:{sequence}",
            "kind": letter.kind,
            "to": letter.to,
            "sequence": sequence,
            "digest": open_envelope(data).digest,
            "file": digest(data),
            "content": letter.content,
            "run": letter.run,
            "disclosure": letter.disclosure,
            "marking": letter.marking,
        }
        path = self._path(body)
        self._keep(path, data)
        if self._home.write([(SENT, body)]):
            return Sent(data, body, anew=True)
        path.unlink(missing_ok=True)
        return None

    def copy(self, body: Mapping[str, Any]) -> bytes:
        """The envelope of a row, byte for byte. Raises KeepError when its copy is gone or changed."""
        if not body["file"]:
            raise KeepError("dispatch-copy", file="-", sequence=body["sequence"], detail="-")
        path = self._path(body)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise KeepError("dispatch-copy", file=path, sequence=body["sequence"], detail=error.strerror or "?") from None
        if digest(data) != body["file"]:
            raise KeepError("dispatch-copy", file=path, sequence=body["sequence"], detail="sha256")
        return data

    def answer(self, envelope: Envelope, receipt: Receipt) -> Mapping[str, Any]:
        """Keep a receipt; returns the row of what it answers. Raises UseError for one of nothing that was sent, KeepError for a log that was rewritten."""
        row = next((body for body in self.sent() if body["digest"] == receipt["envelope"]), None)
        if row is None or row["sequence"] != receipt["sequence"]:
            raise UseError("receipt-foreign", sequence=receipt["sequence"], unit=receipt["unit"])
        hub = envelope.manifest["unit"]
        self._same_log(hub, envelope.key.fingerprint, receipt)
        body = {
            "key": f"{ANSWERED}:{hub}:{receipt['envelope']}",
            "envelope": receipt["envelope"],
            "sequence": receipt["sequence"],
            "hub": hub,
            "fingerprint": envelope.key.fingerprint,
            "received": receipt["received"],
            "log": receipt["log"],
            "root": receipt["root"],
            "digest": envelope.digest,
        }
        self._home.write([(ANSWERED, body)])
        return row

    def resume(self, envelope: Envelope, receipt: Receipt, to: str) -> bool:
        """Go on after a number that the hub has and this ledger lost (a backup was put back). False when the ledger has it. Raises UseError."""
        row = [body for body in self.sent() if body["to"] == to and body["kind"] == "report"]
        if any(body["digest"] == receipt["envelope"] for body in row):
            return False
        last = max((int(body["sequence"]) for body in row), default=0)
        if receipt["sequence"] <= last:
            raise UseError("dispatch-resume-behind", sequence=receipt["sequence"], last=last)
        body = {
            "key": f"{SENT}:report:{to}:{receipt['sequence']}",
            "kind": "report",
            "to": to,
            "sequence": receipt["sequence"],
            "digest": receipt["envelope"],
            "file": "",
            "content": "",
            "run": "",
            "disclosure": "",
            "marking": "",
        }
        self._home.write([(SENT, body)])
        self.answer(envelope, receipt)
        return True

    def _same_log(self, hub: str, fingerprint: str, receipt: Receipt) -> None:
        """Two receipts never show two histories: one length has one head, and what is later by clock and number has the longer log."""
        for body in _bodies(self._home.chain.rows(), ANSWERED):
            if body["hub"] != hub or body["fingerprint"] != fingerprint:
                continue
            both: list[Mapping[str, Any]] = sorted((body, receipt), key=lambda one: str(one["received"]))
            first, last = both
            forked = first["log"] == last["log"] and first["root"] != last["root"]
            later = first["received"] < last["received"] and first["sequence"] < last["sequence"]
            if forked or (later and first["log"] > last["log"]):
                raise KeepError(
                    "receipt-log", hub=hub, before=first["log"], after=last["log"], first=first["received"], last=last["received"]
                )

    def came(self, envelope: Envelope, about: Mapping[str, Any]) -> bool:
        """Note what came down; False when it was noted before. Raises KeepError for another one under a number that is taken."""
        manifest = envelope.manifest
        held = _bodies(self._home.chain.rows(), CAME)
        same = [body for body in held if (body["unit"], body["kind"]) == (manifest["unit"], manifest["kind"])]
        taken = next((body for body in same if body["sequence"] == manifest["sequence"]), None)
        if taken is not None and taken["digest"] != envelope.digest:
            raise KeepError("incoming-conflict", unit=manifest["unit"], sequence=manifest["sequence"])
        number = {"unit": manifest["unit"], "kind": manifest["kind"], "sequence": manifest["sequence"], "digest": envelope.digest}
        body = {"key": f"{CAME}:{manifest['unit']}:{manifest['kind']}:{manifest['sequence']}", **number, "about": dict(about)}
        return bool(self._home.write([(CAME, body)]))

    def missing(self, unit: str, kind: str) -> list[int]:
        """Numbers below the highest one that never came."""
        bodies = _bodies(self._home.chain.rows(), CAME)
        seen = {body["sequence"] for body in bodies if (body["unit"], body["kind"]) == (unit, kind)}
        return sorted(set(range(1, max(seen, default=0))) - seen)

    def _keep(self, path: Path, data: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(path, data)
            sync_folder(self._folder)
        except OSError as error:
            raise KeepError("file-write", file=path, detail=error.strerror or error) from None

    def _path(self, body: Mapping[str, Any]) -> Path:
        named = re.fullmatch(r"sha256:([0-9a-f]{64})", str(body["file"]))
        if named is None:
            raise KeepError("ledger-broken", file=self._home.chain.path, row=body["sequence"], detail=SENT)
        return self._folder / (named[1] + SUFFIX)


def _bodies(rows: Iterable[Row], kind: str) -> list[dict[str, Any]]:
    return [row.body for row in rows if row.kind == kind]


def letter_of(bulletin: bytes, unit: str, to: str, run: str, disclosure: str, marking: str, whole: Mapping[str, bytes]) -> Letter:
    """A report's letter; ``whole`` is what only a full one takes along."""
    members = {"bulletin.json": bulletin, **(whole if disclosure == FULL else {})}
    return Letter(unit=unit, to=to, members=members, run=run, disclosure=disclosure, marking=marking)
