"""Envelopes for tests: a result with hazards, its bulletins, and envelopes around them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from scanner.ledger import sealzip
from scanner.ledger.bulletin import alias_with, bulletin_of
from scanner.ledger.envelope import START, make
from scanner.ledger.keys import PrivateKey
from scanner.ledger.statement import KEY, MANIFEST, SIGNATURE
from scanner.model.canonical import canonical, digest, strict_loads
from scanner.model.hazard import hazard_id
from tests.ledger.bundle import UNIT, key, small_result

CREATED = "2026-11-25T08:00:00Z"
SECRET = b"of one unit's home"
SHA = digest(b"x")


def hazard(target: str, check: str, state: str = "registered", deadline: str = "") -> dict[str, Any]:
    """A hazard as a result has it."""
    closed = {"how": "met", "run": "r", "time": CREATED, "evidence": [], "by": [], "statement": ""} if state == "closed" else None
    return {
        "id": hazard_id(target, check),
        "target": target,
        "check": check,
        "system": "dams",
        "risk": "RC3",
        "level": "high",
        "state": state,
        "found": {
            "run": "r", "time": "2026-10-01T00:00:00Z", "version": "0", "rulebook": SHA, "values": SHA, "kind": "linux",
            "address": "192.0.2.10", "probes": {}, "evidence": [],
        },
        "last": "2026-11-24T06:12:30Z",
        "status": "unmet",
        "open_why": None,
        "times": 0,
        "owner": "张三",
        "deadline": deadline,
        "measure": "整改",
        "closed": closed,
    }  # fmt: skip


def result() -> dict[str, Any]:
    """A result with three hazards, one of them overdue and one closed."""
    found = small_result()
    found["hazards"] = [
        hazard("web01", "linux.ssh-root-login", deadline="2026-10-31"),
        hazard("web02", "linux.ssh-root-login", "rectifying", "2027-01-31"),
        hazard("vault01", "linux.telnet-off", "closed"),
    ]
    return found


@cache
def bulletin(disclosure: str = "masked") -> bytes:
    """The bulletin of that result."""
    return canonical(bulletin_of(result(), disclosure, alias_with(SECRET)))


def envelope(disclosure: str = "masked", by: PrivateKey | None = None, members: Mapping[str, bytes] | None = None, **more: Any) -> bytes:
    """A report's envelope."""
    told: dict[str, Any] = {"sequence": 1, "previous": START, "created": CREATED, "disclosure": disclosure, "marking": ""}
    kind, unit = more.pop("kind", "report"), more.pop("unit", UNIT)
    held = {"bulletin.json": bulletin(disclosure)} if members is None else members
    return make(kind, unit, "", held, **(told | more), key=by if by is not None else key())


def parts(data: bytes) -> dict[str, bytes]:
    """Everything in the zip, in its order."""
    return sealzip.read(data)


def rewritten(data: bytes, by: PrivateKey, **changes: Any) -> bytes:
    """The envelope with another manifest, signed again: what a unit with a program of its own can send."""
    held = parts(data)
    raw = canonical(strict_loads(held[MANIFEST]) | {"key": by.public.fingerprint, "algorithm": by.public.algorithm} | changes)
    return signed(raw, by, {name: held[name] for name in held if name not in (MANIFEST, KEY, *SIGNATURE.values())})


def signed(raw: bytes, by: PrivateKey, members: Mapping[str, bytes]) -> bytes:
    """A zip around signed bytes, whatever they are."""
    return sealzip.write({MANIFEST: raw, SIGNATURE[by.public.algorithm]: by.sign(raw), KEY: by.public.pem, **members})


def renamed(data: bytes, old: bytes, new: bytes) -> bytes:
    """Another name of the same length in both places of the zip; its content keeps its check sum."""
    assert len(old) == len(new) and zlib.crc32(old) != zlib.crc32(new)
    return data.replace(old, new)
