"""Tokens: derived, found again, and nothing else is taken for one."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts.network import tokens

SEED = bytes(range(32))
ENDS = ("in", "out:edge")


def test_a_token_is_what_the_rule_says() -> None:
    key = hmac.new(SEED, b"in/3", hashlib.sha256).digest()
    assert tokens.token(SEED, "in/3", 443) == hashlib.shake_256(key).digest(8 * 444)[8 * 443 :]


def test_a_stream_holds_every_token_in_order() -> None:
    many = tokens.stream(SEED, "in/3", 70)
    assert [many[8 * n : 8 * n + 8] for n in range(70)] == [tokens.token(SEED, "in/3", n) for n in range(70)]


@given(
    before=st.binary(max_size=40),
    after=st.binary(max_size=40),
    trial=st.integers(0, 2**32 - 1),
    index=st.integers(0, 300),
    text=st.booleans(),
)
def test_a_payload_token_is_found_wherever_it_stands(before: bytes, after: bytes, trial: int, index: int, text: bool) -> None:
    raw = tokens.payload(SEED, "in", trial, index)
    carried = raw.hex().upper().encode() if text else raw
    found = list(tokens.find(SEED, before + carried + after, ENDS))
    assert [(f.end, f.trial, f.index, f.at, f.text) for f in found] == [("in", trial, index, len(before), text)]


@given(at=st.integers(8, 23), bit=st.integers(0, 7))
def test_one_changed_bit_makes_it_no_token(at: int, bit: int) -> None:
    raw = bytearray(tokens.payload(SEED, "in", 5, 80))
    raw[at] ^= 1 << bit
    assert not list(tokens.find(SEED, bytes(raw), ENDS))


def test_another_seed_or_end_finds_nothing() -> None:
    raw = tokens.payload(SEED, "out:edge", 1, 1)
    assert not list(tokens.find(bytes(32), raw, ENDS))
    assert not list(tokens.find(SEED, raw, ("in",)))


@given(st.binary(max_size=400))
def test_noise_is_no_token(data: bytes) -> None:
    assert not list(tokens.find(SEED, data, ENDS))


def test_a_cut_token_is_none() -> None:
    assert not list(tokens.find(SEED, tokens.payload(SEED, "in", 1, 1)[:-1], ENDS))


@pytest.mark.parametrize("index", [-1, 65_536])
def test_an_index_outside_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="index"):
        tokens.token(SEED, "in/1", index)
