"""Ten thousand changed copies of an envelope (three hundred in the short run): none is read as something that its unit did not say."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest

from scanner.cli.words import sentence
from scanner.errors import KeepError
from scanner.ledger import sealzip
from scanner.ledger.bulletin import check_bulletin
from scanner.ledger.envelope import open_envelope
from scanner.ledger.statement import KEY, MANIFEST, SIGNATURE
from scanner.model.canonical import canonical, digest, strict_loads
from tests.endurance import counted, figure
from tests.ledger.bundle import key
from tests.ledger.envelopes import bulletin, envelope, parts, signed

SHORT, LONG = 300, 10_000
COMMAND = "pytest -m slow tests/ledger/test_envelope_mutations.py"
Way = Callable[[random.Random, bytes, bytes], bytes]


def flip(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    held = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 4))):
        held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
    return bytes(held)


def flip_head(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """In the first kilobyte, or in the directory: where the structure is."""
    edge = 1024
    return flip(rng, data[:edge], other) + data[edge:] if rng.random() < 0.5 else data[:-edge] + flip(rng, data[-edge:], other)


def cut(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def drop(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    at = rng.randrange(len(data) - 1)
    return data[:at] + data[at + rng.randrange(1, 40) :]


def insert(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(rng.randrange(1, 40)) + data[at:]


def splice(rng: random.Random, data: bytes, other: bytes) -> bytes:
    at, size = rng.randrange(min(len(data), len(other)) - 64), rng.randrange(1, 64)
    return data[:at] + other[at : at + size] + data[at + size :]


def member_flip(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """A member changed, and the zip written anew around it."""
    held = parts(data)
    name = rng.choice(sorted(held))
    return sealzip.write(held | {name: flip(rng, held[name], other)})


def member_of_other(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Members of another envelope of the same unit."""
    held, foreign = parts(data), parts(other)
    names = rng.sample(sorted(held), rng.randrange(1, len(held)))
    return sealzip.write(held | {name: foreign[name] for name in names})


def member_gone(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    held = parts(data)
    gone = rng.choice(sorted(held))
    return sealzip.write({name: value for name, value in held.items() if name != gone})


def member_more(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    names = ("result.json", "notice.json", "x.py", SIGNATURE["sm2"], "manifest2.json")
    return sealzip.write(parts(data) | {rng.choice(names): rng.randbytes(rng.randrange(80))})


def member_order(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    held = list(parts(data).items())
    rng.shuffle(held)
    return sealzip.write(dict(held))


def words(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    """The manifest says something else; the old signature stays."""
    held = parts(data)
    said = strict_loads(held[MANIFEST])
    said[rng.choice(sorted(said))] = rng.choice((1, 0, -1, "", "full", "figures", None, [], {}, 1.5, "x" * 300))
    return sealzip.write(held | {MANIFEST: canonical(said)})


def stranger(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    """Somebody else signs other words with his own key, and says so or not."""
    held, by = parts(data), key("ed25519", 1)
    said = strict_loads(held[MANIFEST]) | {"sequence": rng.randrange(2, 9), "previous": digest(b"x")}
    if rng.random() < 0.5:
        said |= {"key": by.public.fingerprint, "algorithm": "ed25519"}
    return signed(canonical(said), by, {"bulletin.json": held["bulletin.json"]})


def signature(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    held = parts(data)
    name = next(name for name in SIGNATURE.values() if name in held)
    given = rng.choice(
        (bytes(64), rng.randbytes(64), held[name][::-1], held[name] + b"\0", held[name][:-1], key("ed25519", 1).sign(held[MANIFEST]))
    )
    return sealzip.write(held | {name: given})


def other_key(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    pem = rng.choice((key("ed25519", 1), key("sm2", 1), key("x25519", 1))).public.pem
    return sealzip.write(parts(data) | {KEY: pem})


def doubled(rng: random.Random, data: bytes, _other: bytes) -> bytes:
    return rng.choice((data + data, data + data[-22:], data[:-22] + data))


WAYS: tuple[Way, ...] = (
    flip, flip, flip_head, cut, drop, insert, splice, member_flip, member_of_other, member_gone, member_more, member_order, words, stranger,
    signature, other_key, doubled,
)  # fmt: skip


@cache
def pair(algorithm: str) -> tuple[bytes, bytes]:
    """An envelope and the one after it."""
    first = envelope("masked", key(algorithm))
    after = {"sequence": 2, "previous": open_envelope(first).digest}
    return first, envelope("masked", key(algorithm), {"bulletin.json": bulletin("masked").replace(b'"times":0', b'"times":3')}, **after)


def answer(number: int, algorithm: str) -> tuple[str, str]:
    """(way, what a reader makes of the changed copy)."""
    rng, (good, other) = random.Random(number), pair(algorithm)
    way = WAYS[number % len(WAYS)]
    data = good
    while data == good:
        data = way(rng, good, other)
    try:
        found = open_envelope(data)
        check_bulletin(found.members["bulletin.json"], found.manifest["disclosure"])
    except KeepError as error:
        assert f"error.{error.code}" != sentence(error, "zh").split(" ")[0]
        return way.__name__, error.code
    same = [open_envelope(one) for one in (good, other)]
    meaning = (found.digest, dict(found.members))
    if meaning in [(one.digest, dict(one.members)) for one in same]:
        return way.__name__, "the same"
    return way.__name__, "accepted" if found.key == key(algorithm).public else "another's own"


@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
def test_the_unchanged_envelopes_are_read(algorithm: str) -> None:
    assert [open_envelope(data).manifest["sequence"] for data in pair(algorithm)] == [1, 2]


def test_none_of_three_hundred_changed_copies_is_read_as_something_else() -> None:
    seen = [answer(number, "sm2" if number % 10 == 9 else "ed25519") for number in range(SHORT)]
    assert {way for way, said in seen if said == "accepted"} == set()
    # A stranger's own envelope is intact, and no pin names his key. A directory of members has one form, so nothing else is read at all.
    assert {way for way, said in seen if said == "another's own"} == {"stranger"}
    assert {way for way, said in seen if said == "the same"} <= {"member_of_other"}


@pytest.mark.slow
def test_none_of_ten_thousand_changed_copies_is_read_as_something_else() -> None:
    def one(number: int) -> str:
        way, said = answer(number, "sm2" if number % 10 == 9 else "ed25519")
        assert said != "accepted", (number, way)
        return said if said in ("the same", "another's own") else "refused"

    seen = counted("envelope-mutations", LONG, one)
    assert sum(seen.values()) == LONG
    own = seen.get("another's own", 0)
    figure(
        f"{LONG:,} changed copies of an envelope (Ed25519, one in ten SM2)",
        COMMAND,
        f"{len(set(WAYS))} ways of changing: 0 accepted with changed meaning; {seen['refused']:,} refused, {own:,} a stranger's own under a key that no pin names",
    )
