"""Pinned keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from hub.registry import keys, units
from scanner.errors import UseError
from scanner.ledger.keys import new_key
from tests.hub.tree import opened, plant

KEY = new_key("ed25519").public


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = opened(tmp_path)
    with database.writing() as one:
        plant(one)
        yield one
    database.close()


def id_of(connection: Connection, code: str) -> int:
    return units.find(connection, code).id


def pin(connection: Connection) -> keys.Key:
    return keys.pin(connection, "U1", KEY.pem, since="2026-01-01", until="2026-12-31")


@pytest.mark.parametrize(
    ("code", "day", "role", "why"),
    [
        ("U1", "2026-01-01", "unit", None),
        ("U1", "2026-12-31", "unit", None),
        ("U1", "2025-12-30", "unit", None),
        ("U1", "2025-12-29", "unit", "too-early"),
        ("U1", "2027-01-01", "unit", "too-late"),
        ("U2", "2026-06-01", "unit", "other-unit"),
        ("U1", "2026-06-01", "hub", "role"),
    ],
)
def test_a_key_counts_for_its_unit_role_and_days(connection: Connection, code: str, day: str, role: str, why: str | None) -> None:
    pin(connection)
    assert keys.why_not(connection, id_of(connection, code), KEY.fingerprint, day, role) == why


def test_an_unknown_key_counts_for_nobody(connection: Connection) -> None:
    assert keys.why_not(connection, id_of(connection, "U1"), KEY.fingerprint, "2026-06-01") == "unknown"


def test_a_key_for_encryption_signs_nothing(connection: Connection) -> None:
    key = new_key("x25519").public
    assert keys.pin(connection, "U1", key.pem, since="2026-01-01").purpose == "encrypt"
    assert keys.why_not(connection, id_of(connection, "U1"), key.fingerprint, "2026-06-01") == "role"


def test_a_revocation_moves_to_an_earlier_day_and_never_to_a_later_one(connection: Connection) -> None:
    pin(connection)
    keys.revoke(connection, KEY.fingerprint, "2026-06-01")
    assert keys.revoke(connection, KEY.fingerprint, "2026-09-01").revoked == "2026-06-01"
    assert keys.revoke(connection, KEY.fingerprint, "2026-03-01").revoked == "2026-03-01"
    assert keys.why_not(connection, id_of(connection, "U1"), KEY.fingerprint, "2026-03-01") == "revoked"
    assert keys.why_not(connection, id_of(connection, "U1"), KEY.fingerprint, "2026-02-28") is None


@pytest.mark.parametrize(("code", "error"), [("U1", "hub-key-pinned"), ("U2", "hub-key-other-unit")])
def test_a_key_is_pinned_once(connection: Connection, code: str, error: str) -> None:
    pin(connection)
    with pytest.raises(UseError) as caught:
        keys.pin(connection, code, KEY.pem, since="2026-01-01")
    assert caught.value.code == error


def test_a_revoked_key_does_not_come_back(connection: Connection) -> None:
    pin(connection)
    keys.revoke(connection, KEY.fingerprint, "2026-06-01")
    with pytest.raises(UseError) as caught:
        keys.pin(connection, "U1", KEY.pem, since="2026-07-01")
    assert caught.value.code == "hub-key-revoked"


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", b"\xff" * 100])
def test_what_is_no_key_is_refused(connection: Connection, pem: bytes) -> None:
    with pytest.raises(UseError) as caught:
        keys.pin(connection, "U1", pem, since="2026-01-01")
    assert caught.value.code == "hub-key-unreadable"


def test_an_sm2_key_is_for_what_it_is_said_to_be_for(connection: Connection) -> None:
    signing, opening = new_key("sm2").public, new_key("sm2").public
    assert keys.pin(connection, "U1", signing.pem, since="2026-01-01").purpose == "sign"
    assert keys.pin(connection, "U1", opening.pem, since="2026-01-01", purpose="encrypt").purpose == "encrypt"
    assert keys.why_not(connection, id_of(connection, "U1"), opening.fingerprint, "2026-06-01") == "role"
    with pytest.raises(UseError, match="hub-key-purpose"):
        keys.pin(connection, "U1", KEY.pem, since="2026-01-01", purpose="encrypt")
