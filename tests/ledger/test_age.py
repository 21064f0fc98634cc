"""Encrypted files open with age programs and theirs with ours; what was changed does not open."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.ledger.age import CHUNK, _bech32, decrypt, encrypt, recipient_of, recipient_text
from scanner.ledger.keys import PrivateKey, new_key
from tests.ledger.bundle import key

ME, YOU = new_key("x25519"), new_key("x25519")
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]


def identity(path: Path, one: PrivateKey) -> Path:
    """The key as age programs read it."""
    path.write_text(_bech32("age-secret-key-", one.secret).upper() + "\n")
    return path


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back(size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    assert decrypt(encrypt(data[:size], [YOU.public, ME.public]), ME) == data[:size]


@pytest.mark.parametrize("size", SIZES)
def test_age_opens_what_we_encrypt(size: int, tmp_path: Path) -> None:
    (tmp_path / "f.age").write_bytes(encrypt(b"x" * size, [ME.public]))
    argv = ["age", "-d", "-i", str(identity(tmp_path / "key", ME)), str(tmp_path / "f.age")]
    done = subprocess.run(argv, capture_output=True, check=False)
    assert done.stdout == b"x" * size, done.stderr


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_age_encrypts(size: int) -> None:
    argv = ["age", "-r", recipient_text(YOU.public), "-r", recipient_text(ME.public)]
    done = subprocess.run(argv, input=b"y" * size, capture_output=True, check=True)
    assert decrypt(done.stdout, ME) == b"y" * size


def test_a_stranger_opens_nothing() -> None:
    with pytest.raises(ValueError, match="recipient"):
        decrypt(encrypt(b"secret", [ME.public]), YOU)


def test_nothing_of_the_file_stands_in_clear() -> None:
    assert b"secret" not in encrypt(b"secret" * 100, [ME.public])


@settings(max_examples=80)
@given(st.data())
def test_a_changed_file_does_not_open(data: st.DataObject) -> None:
    held = bytearray(encrypt(b"secret" * 20000, [ME.public]))
    place = data.draw(st.integers(0, len(held) - 1))
    held[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError):
        decrypt(bytes(held), ME)


@pytest.mark.parametrize("cut", [lambda d: d[:-1], lambda d: d[: -(CHUNK + 16)], lambda d: d + d[-16:], lambda d: d[:40], lambda d: b""])
def test_a_cut_or_longer_file_does_not_open(cut) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        decrypt(cut(encrypt(b"s" * 2 * CHUNK, [ME.public])), ME)


def test_a_recipient_comes_back_from_its_text() -> None:
    assert recipient_of(recipient_text(ME.public)) == ME.public


@pytest.mark.parametrize(
    "change",
    [lambda t: t[:-1], lambda t: t[:-1] + ("q" if t[-1] != "q" else "p"), lambda t: t.upper(), lambda t: "age1", lambda t: "age1b"],
)
def test_a_mistyped_recipient_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        recipient_of(change(recipient_text(ME.public)))


def test_nothing_is_encrypted_to_a_key_for_sealing() -> None:
    with pytest.raises(ValueError):
        encrypt(b"", [key().public])
