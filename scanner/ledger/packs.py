"""Rule packs (规则包): values of parameters and words of advice from a hub. They carry no code, and their version only grows.

A pack rests in the ledger as the envelope that it came in: whenever it is used, signature, pin and version are looked at again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec

from scanner.errors import KeepError, UseError
from scanner.ledger.chain import Row
from scanner.ledger.envelope import Envelope, open_envelope
from scanner.ledger.home import Home
from scanner.ledger.shapes import exact
from scanner.ledger.trust import Trust, why_not

SCHEMA, KIND = "shiqu/pack/1", "pack"
MEMBER = "pack.json"
MAX_BYTES, MAX_VALUES, MAX_ADVICE, MAX_NAME, MAX_TEXT = 1024 * 1024, 2000, 200, 64, 4000
MAX_VERSION = 2**53
PREFIX = "pack:"
"""``--values pack:NAME`` takes the values of a pack."""


class _Shape(TypedDict):
    schema: str
    name: str
    version: int
    values: dict[str, str | int | float | bool | list[str]]
    advisory: list[str]


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of a pack."""

    name: str
    version: int
    values: Mapping[str, Any]
    """As of ``--values``."""
    advisory: tuple[str, ...]
    """Paragraphs for people."""
    hub: str
    """Code of the hub that sealed it."""


_SHAPE = msgspec.json.Decoder(_Shape)
"""Made while only one thread runs: two that are the first to name a type to msgspec crash each other."""


def read_pack(envelope: Envelope) -> Pack:
    """What an envelope of kind ``pack`` holds. Raises KeepError."""
    data = envelope.members[MEMBER]
    try:
        found = exact(_SHAPE, data, SCHEMA, MAX_BYTES)
        _check(found)
    except ValueError:
        raise KeepError("pack-unreadable") from None
    return Pack(found["name"], found["version"], found["values"], tuple(found["advisory"]), envelope.manifest["unit"])


def _check(found: _Shape) -> None:
    names = [found["name"], *found["values"]]
    if not found["name"] or any(len(name) > MAX_NAME * 2 or not name.isprintable() for name in names) or len(found["name"]) > MAX_NAME:
        raise ValueError("name")
    if not 0 < found["version"] <= MAX_VERSION or len(found["values"]) > MAX_VALUES or len(found["advisory"]) > MAX_ADVICE:
        raise ValueError("version")
    if any(len(text) > MAX_TEXT for text in found["advisory"]):
        raise ValueError("advisory")


def take(home: Home, envelope: Envelope, data: bytes) -> bool:
    """Keep a pack whose envelope is trusted; ``data`` is that envelope's file. False when it is there already.

    Raises KeepError for an older version, for another content of the same one, and for another hub's pack of that name.
    """
    pack = read_pack(envelope)
    held = [row.body for row in _rows(home) if row.body["name"] == pack.name]
    if any(body["digest"] == envelope.digest for body in held):
        return False
    if held and held[0]["hub"] != pack.hub:
        raise KeepError("pack-other-hub", name=pack.name, hub=pack.hub, first=held[0]["hub"])
    newest = max((int(body["version"]) for body in held), default=0)
    if pack.version <= newest:
        raise KeepError("pack-rolled-back", name=pack.name, version=pack.version, newest=newest)
    body = {
        "key": f"{KIND}:{pack.name}:{pack.version}",
        "id": f"{pack.name} {pack.version}",
        "name": pack.name,
        "version": pack.version,
        "hub": pack.hub,
        "digest": envelope.digest,
        "envelope": base64.b64encode(data).decode(),
    }
    return bool(home.write([(KIND, body)]))


def in_use(home: Home, name: str, trust: Trust) -> Pack:
    """The newest version of a pack, its signature and its key looked at now. Raises UseError when there is none, KeepError when it does not hold."""
    held = [row.body for row in _rows(home) if row.body["name"] == name]
    if not held:
        known = sorted({str(row.body["name"]) for row in _rows(home)})
        raise UseError("pack-unknown", name=name, known=" ".join(known) or "-")
    body = max(held, key=lambda one: int(one["version"]))
    try:
        data = base64.b64decode(body["envelope"], validate=True)
    except (ValueError, TypeError):
        raise KeepError("pack-unreadable") from None
    envelope = open_envelope(data)
    reason = why_not(trust.of(envelope.key.fingerprint, "hub"), envelope.manifest["unit"], envelope.manifest["created"], None)
    if reason is not None:
        raise KeepError("pack-not-trusted", name=name, fingerprint=envelope.key.fingerprint)
    pack = read_pack(envelope)
    if (pack.name, pack.version, envelope.digest) != (name, body["version"], body["digest"]):
        raise KeepError("pack-unreadable")
    return pack


def _rows(home: Home) -> list[Row]:
    return [row for row in home.chain.rows() if row.kind == KIND]
