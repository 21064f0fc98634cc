"""The tree over the log: proofs prove what is so and nothing else."""

from __future__ import annotations

import hashlib

from hypothesis import assume, given
from hypothesis import strategies as st

from hub.people import merkle

ROWS = st.lists(st.binary(max_size=4), min_size=1, max_size=40)


def hashed(rows: list[bytes]) -> list[bytes]:
    return [merkle.leaf(row) for row in rows]


def plain(leaves: list[bytes]) -> bytes:
    """As RFC 6962 section 2.1 writes it, by recursion."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node(plain(leaves[:split]), plain(leaves[split:]))


def test_known_answers_of_certificate_transparency() -> None:
    rows = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        bytes(range(0x60, 0x70)),
    ]
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root(hashed(rows[:1])).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root(hashed(rows)).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(rows=st.lists(st.binary(max_size=4), max_size=40))
def test_the_frontier_leads_to_the_same_root(rows: list[bytes]) -> None:
    assert merkle.root(hashed(rows)) == plain(hashed(rows))


@given(rows=ROWS, data=st.data())
def test_what_is_in_it_is_proven(rows: list[bytes], data: st.DataObject) -> None:
    leaves = hashed(rows)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = merkle.inclusion(leaves, index)
    assert merkle.includes(leaves[index], index, len(leaves), proof, merkle.root(leaves))
    assert not merkle.includes(merkle.leaf(b"other row"), index, len(leaves), proof, merkle.root(leaves))
    assert not merkle.includes(leaves[index], index, len(leaves), [*proof, merkle.EMPTY], merkle.root(leaves))
    assert not merkle.includes(leaves[index], index, len(leaves), proof, merkle.leaf(b"other root"))


@given(rows=ROWS, data=st.data())
def test_a_tree_that_only_grew_is_proven(rows: list[bytes], data: st.DataObject) -> None:
    leaves = hashed(rows)
    size = data.draw(st.integers(0, len(leaves)))
    proof = merkle.consistency(leaves, size)
    assert merkle.extends(size, merkle.root(leaves[:size]), len(leaves), merkle.root(leaves), proof)


@given(rows=ROWS, data=st.data())
def test_a_tree_whose_past_was_changed_is_not(rows: list[bytes], data: st.DataObject) -> None:
    leaves = hashed(rows)
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    forged = [*leaves[:index], merkle.leaf(b"forged row"), *leaves[index + 1 :]]
    assume(forged[index] != leaves[index])
    proof = merkle.consistency(forged, size)
    assert not merkle.extends(size, merkle.root(leaves[:size]), len(forged), merkle.root(forged), proof)


@given(rows=ROWS, data=st.data())
def test_no_mangled_proof_counts(rows: list[bytes], data: st.DataObject) -> None:
    leaves = hashed(rows)
    size = data.draw(st.integers(1, len(leaves)))
    proof = merkle.consistency(leaves, size)
    assume(proof)
    at = data.draw(st.integers(0, len(proof) - 1))
    mangled = [*proof[:at], merkle.leaf(b"something else"), *proof[at + 1 :]]
    assert not merkle.extends(size, merkle.root(leaves[:size]), len(leaves), merkle.root(leaves), mangled)
    assert not merkle.extends(size, merkle.root(leaves[:size]), len(leaves), merkle.root(leaves), proof[:-1])
