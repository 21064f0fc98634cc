"""The trust folder: whose keys count, for which unit, from when to when, and what was revoked. One small file a key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scanner.errors import KeepError, UseError
from scanner.ledger.ends import write_private
from scanner.ledger.keys import PublicKey, read_public_unit
from scanner.ledger.pkcs8 import unpem
from scanner.model.canonical import canonical, digest, strict_loads

SCHEMA = "shiqu/trust/1"
ROLES = ("unit", "hub", "tsa")
MAX_FILE = 64 * 1024
MAX_PINS = 100_000
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class Pin:
    """One key that counts, and how far."""

    role: str
    """``unit`` seals, ``hub`` gives receipts, ``tsa`` stamps the time."""
    key: str
    """PEM: a public key, or for ``tsa`` the certificate of the authority."""
    unit: str | None = None
    """Only for this unit's seals; None for every unit's."""
    since: str | None = None
    """First day, YYYY-MM-DD."""
    until: str | None = None
    """Last day."""
    revoked: str | None = None
    """Day from which nothing that it signed counts, unless a third party proves an earlier time."""

    @property
    def fingerprint(self) -> str:
        """Of the key. Raises ValueError."""
        return PublicKey(unpem("PUBLIC KEY", self.key.encode())).fingerprint


@dataclass(frozen=True, slots=True)
class Trust:
    """What one auditor trusts."""

    pins: tuple[Pin, ...] = ()

    def of(self, fingerprint: str, role: str = "unit") -> list[Pin]:
        """The pins of one key."""
        return [pin for pin in self.pins if pin.role == role and pin.fingerprint == fingerprint]

    def authorities(self) -> list[Pin]:
        """Time-stamping authorities."""
        return [pin for pin in self.pins if pin.role == "tsa"]


def why_not(pins: Iterable[Pin], unit: str, claimed: str, proven: str | None) -> str | None:
    """None when one of the pins covers a seal of this unit and time, else a code word.

    ``claimed`` is the signer's own time, ``proven`` that of a third party. Against a revocation only the latter helps: whoever
    stole a key also chooses the time.
    """
    held = list(pins)
    # A revocation is of the key, whichever pin says so.
    revoked = min((pin.revoked for pin in held if pin.revoked is not None), default=None)
    if revoked is not None and (proven is None or proven[:10] >= revoked):
        return "revoked"
    worst = "unknown"
    for pin in held:
        day = (proven or claimed)[:10]
        if pin.unit is not None and pin.unit != unit:
            reason = "other-unit"
        elif pin.since is not None and day < pin.since:
            reason = "too-early"
        elif pin.until is not None and day > pin.until:
            reason = "too-late"
        else:
            return None
        worst = reason
    return worst


def read_trust(path: Path | None) -> Trust:
    """A folder of pins, or one public key in PEM, trusted for the unit that its head names or for every one. Raises UseError; a broken pin is never skipped."""
    if path is None:
        return Trust()
    if path.is_file():
        key, unit = read_public_unit(path)
        return Trust((Pin("unit", key.pem.decode(), unit or None),))
    try:
        files = sorted(item for item in path.iterdir() if item.name.endswith(".json"))
    except FileNotFoundError:
        raise UseError("trust-missing", file=path) from None
    except OSError as error:
        raise UseError("trust-unreadable", file=path, detail=error.strerror or "?") from None
    if len(files) > MAX_PINS:
        raise UseError("trust-unreadable", file=path, detail="too many")
    return Trust(tuple(_pin(item) for item in files))


def add_pin(folder: Path, pin: Pin, *, lift: bool = False) -> Path:
    """Write or replace the pin of one key, role and unit. Raises UseError, KeepError.

    A revocation of the key stays, nor does it move to a later day, unless ``lift`` says so; then every pin that holds it is removed.
    """
    _check(pin, folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeepError("file-write", file=folder, detail=error.strerror or error) from None
    path = folder / (_name(pin) + ".json")
    revoked = _revoked(folder, pin)
    days = [day for day in revoked.values() if pin.revoked is None or day < pin.revoked]
    if days and not lift:
        raise UseError("trust-revoked", file=folder, day=min(days))
    if lift:
        for held in revoked:
            held.unlink(missing_ok=True)
    write_private(path, canonical({"schema": SCHEMA, **asdict(pin)}) + b"\n")
    return path


def _revoked(folder: Path, pin: Pin) -> dict[Path, str]:
    """Pins of the same key that are revoked, and from which day."""
    held = ((path, _pin(path)) for path in sorted(folder.glob("*.json")))
    return {path: one.revoked for path, one in held if one.revoked is not None and one.role == pin.role and _key(one) == _key(pin)}


def _key(pin: Pin) -> str:
    return pin.key if pin.role == "tsa" else pin.fingerprint


def _name(pin: Pin) -> str:
    return f"{pin.role}-{digest(canonical([pin.role, pin.key, pin.unit]))[7:31]}"


def _pin(path: Path) -> Pin:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
        loaded: Any = strict_loads(data) if len(data) <= MAX_FILE else None
        if not isinstance(loaded, dict) or loaded.pop("schema", None) != SCHEMA:
            raise ValueError("schema")
        pin = Pin(**loaded)
    except OSError as error:
        raise UseError("trust-unreadable", file=path, detail=error.strerror or "?") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise UseError("trust-unreadable", file=path, detail=str(error)[:120]) from None
    _check(pin, path)
    return pin


def _check(pin: Pin, path: Path) -> None:
    days = (pin.since, pin.until, pin.revoked)
    if any(day is not None and not (isinstance(day, str) and _DAY.fullmatch(day)) for day in days):
        raise UseError("trust-date", file=path)
    try:
        if pin.role not in ROLES or not isinstance(pin.key, str) or not (pin.unit is None or isinstance(pin.unit, str)):
            raise ValueError("fields")
        if pin.role == "tsa":
            unpem("CERTIFICATE", pin.key.encode())
        else:
            PublicKey(unpem("PUBLIC KEY", pin.key.encode()))
    except ValueError as error:
        raise UseError("trust-unreadable", file=path, detail=error) from None
