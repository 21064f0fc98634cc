"""An envelope is what was signed or it is refused: in one sentence, for less than 64 MiB and two seconds."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from scanner.cli.words import sentence
from scanner.errors import KeepError, UseError
from scanner.ledger import age, envelope, sealzip
from scanner.ledger.envelope import LIMIT, START, Envelope, encrypted, make, open_envelope
from scanner.ledger.keys import PrivateKey, new_key
from scanner.ledger.statement import KEY, MANIFEST, SIGNATURE
from scanner.model.canonical import canonical, digest, strict_loads
from tests.ledger.bundle import UNIT, key
from tests.ledger.envelopes import CREATED, bulletin, parts, renamed, rewritten, signed
from tests.ledger.envelopes import envelope as made

MIB = 1024 * 1024
ENCRYPT = new_key("x25519")
SIG = SIGNATURE["ed25519"]


def refused(data: bytes, **more: Any) -> KeepError:
    """The refusal: cheap, and readable in both languages."""
    tracemalloc.start()
    before = time.process_time()
    try:
        with pytest.raises(KeepError) as caught:
            open_envelope(data, **more)
        assert time.process_time() - before < 2
        assert tracemalloc.get_traced_memory()[1] < 64 * MIB
    finally:
        tracemalloc.stop()
    zh, en = sentence(caught.value, "zh"), sentence(caught.value, "en")
    assert "{" not in zh + en and any("\u4e00" <= char <= "\u9fff" for char in zh)
    assert en.replace("★", "").replace("机密", "").replace("年", "").isascii()
    return caught.value


def code(data: bytes, **more: Any) -> str:
    return refused(data, **more).code


@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
@pytest.mark.parametrize("level", ["figures", "masked", "full"])
def test_what_was_made_is_read(level: str, algorithm: str) -> None:
    data = made(level, key(algorithm))
    found = open_envelope(data)
    assert (found.key, found.manifest["unit"], found.manifest["sequence"]) == (key(algorithm).public, UNIT, 1)
    assert dict(found.members) == {"bulletin.json": bulletin(level)}
    assert found.digest == digest(found.raw_manifest) and canonical(found.manifest) == found.raw_manifest


def test_the_same_content_gives_the_same_bytes() -> None:
    assert made() == made()


def test_an_encrypted_envelope_is_read_with_its_key_only() -> None:
    data = age.encrypt(made(), [ENCRYPT.public])
    assert open_envelope(data, decrypt=ENCRYPT).digest == open_envelope(made()).digest
    assert code(data) == "dispatch-encrypted"
    assert code(data, decrypt=new_key("x25519")) == "dispatch-not-for-key"
    assert code(data[:-1], decrypt=ENCRYPT) == "dispatch-cipher"


def test_an_envelope_encrypted_to_sm2_keys_is_read_with_one_of_them_only() -> None:
    data = encrypted(made(), [key("sm2").public, key("sm2", 3).public])
    for reader in (key("sm2"), key("sm2", 3)):
        assert open_envelope(data, decrypt=reader).digest == open_envelope(made()).digest
    assert code(data) == "dispatch-encrypted"
    assert code(data, decrypt=key("sm2", 4)) == "dispatch-not-for-key"
    assert code(data, decrypt=ENCRYPT) == "dispatch-not-for-key"
    assert code(data[:-1], decrypt=key("sm2")) == "dispatch-cipher"


def test_nothing_is_encrypted_to_a_key_for_signing() -> None:
    with pytest.raises(UseError) as caught:
        encrypted(made(), [key().public])
    assert caught.value.code == "key-not-for-encryption"


def test_an_envelope_of_the_limit_is_made_and_read_and_a_larger_one_is_not() -> None:
    room = LIMIT - 2 * envelope.MAX_MANIFEST
    whole = {"bulletin.json": bulletin("full"), "result.json": bytes(room - len(bulletin("full")))}
    data = made("full", members=whole)
    tracemalloc.start()
    found = open_envelope(data)
    assert tracemalloc.get_traced_memory()[1] < 2 * MIB
    tracemalloc.stop()
    assert len(found.members["result.json"]) == len(whole["result.json"])
    with pytest.raises(UseError) as caught:
        made("full", members=whole | {"result.json": bytes(LIMIT)})
    assert caught.value.code == "dispatch-make-large"


@pytest.mark.parametrize("reader", [ENCRYPT, key("sm2")], ids=["x25519", "sm2"])
def test_an_encrypted_envelope_of_the_limit_costs_little_more_than_itself(reader: PrivateKey) -> None:
    whole = {"bulletin.json": bulletin("full"), "result.json": bytes(LIMIT - 2 * envelope.MAX_MANIFEST - len(bulletin("full")))}
    data = encrypted(made("full", members=whole), [reader.public])
    tracemalloc.start()
    found = open_envelope(data, decrypt=reader)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, Envelope) and peak < 64 * MIB


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"members": {"bulletin.json": b"", "../x": b""}}, "dispatch-members"),
        ({"members": {"notice.json": b""}}, "dispatch-members"),
        ({"members": {"bulletin.json": b"", "result.json": b""}}, "dispatch-discloses-more"),
        ({"sequence": 0}, "dispatch-manifest"),
        ({"sequence": 2}, "dispatch-manifest"),
        ({"sequence": 2**53 + 1, "previous": digest(b"x")}, "dispatch-manifest"),
        ({"previous": digest(b"x")}, "dispatch-manifest"),
        ({"created": "2026-11-25 08:00"}, "dispatch-manifest"),
        ({"unit": ""}, "dispatch-manifest"),
        ({"unit": "x\ny"}, "dispatch-manifest"),
        ({"disclosure": "all"}, "dispatch-manifest"),
        ({"kind": "report2"}, "dispatch-manifest"),
    ],
)
def test_what_no_reader_would_take_is_not_made(changes: dict[str, Any], wanted: str) -> None:
    with pytest.raises(UseError) as caught:
        made(**changes)
    assert caught.value.code == wanted


def test_a_marked_result_is_never_disclosed_in_full() -> None:
    assert open_envelope(made("masked", marking="机密★10年")).manifest["marking"] == "机密★10年"
    with pytest.raises(UseError) as caught:
        made("full", marking="机密★10年")
    assert caught.value.code == "dispatch-marked"
    assert code(rewritten(made("full"), key(), marking="机密★10年")) == "dispatch-marked"


def test_a_key_for_encryption_signs_nothing() -> None:
    with pytest.raises(UseError) as caught:
        made(by=ENCRYPT)
    assert caught.value.code == "key-not-for-signing"


def test_the_version_before_is_read_and_the_next_names_the_release_that_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = refused(rewritten(made(), key(), schema="shiqu/dispatch/2", release="2.5", surprise={}))
    assert (newer.code, newer.fields["release"]) == ("dispatch-newer", "2.5")
    assert "2.5" in sentence(newer, "zh")
    monkeypatch.setattr(envelope, "PRESENT", 2)
    assert open_envelope(made()).manifest["schema"] == "shiqu/dispatch/1"
    monkeypatch.setattr(envelope, "PRESENT", 3)
    assert code(made()) == "dispatch-older"


def test_a_receipt_stands_in_the_row_of_what_it_answers() -> None:
    data = make(
        "receipt", "330000", UNIT, {"receipt.json": b"{}"}, sequence=7, previous=START, created=CREATED, disclosure="figures", marking="",
        key=key(),
    )  # fmt: skip
    assert open_envelope(data).manifest["sequence"] == 7


def stored(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip as other programs write it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


def many(count: int) -> bytes:
    """A zip of very many empty members, in the one form."""
    heads = [sealzip._heads(f"m{number}", 0, 0, 0) for number in range(count)]
    # The end of a plain zip counts no further.
    return b"".join(local for local, _ in heads) + sealzip._tail([central for _, central in heads[:65_535]], 0)


def deep(data: bytes) -> bytes:
    held = strict_loads(parts(data)[MANIFEST])
    raw = canonical(held | {"members": "@"}).replace(b'"@"', b"[" * 30_000 + b"]" * 30_000)
    return signed(raw, key(), {"bulletin.json": bulletin()})


def resized(data: bytes) -> bytes:
    members = strict_loads(parts(data)[MANIFEST])["members"]
    members["bulletin.json"]["bytes"] += 1
    return rewritten(data, key(), members=members)


def with_parts(**changes: bytes) -> Callable[[bytes], bytes]:
    names = {"manifest": MANIFEST, "sig": SIG, "key": KEY, "bulletin": "bulletin.json", "sm2": SIGNATURE["sm2"]}
    return lambda data: sealzip.write(parts(data) | {names[name]: held for name, held in changes.items()})


def without(*names: str) -> Callable[[bytes], bytes]:
    return lambda data: sealzip.write({name: held for name, held in parts(data).items() if name not in names})


def text(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """A manifest with other words, signed by the unit itself."""
    return lambda data: signed(parts(data)[MANIFEST].replace(old, new), key(), {"bulletin.json": bulletin()})


HOSTILE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "nothing": ("dispatch-form", lambda data: b""),
    "no zip": ("dispatch-form", lambda data: b"hello"),
    "32 MiB of zeros": ("dispatch-form", lambda data: bytes(LIMIT)),
    "32 MiB of local heads": ("dispatch-form", lambda data: data[:100] * (LIMIT // 100)),
    "more than the limit": ("dispatch-large", lambda data: bytes(LIMIT + 1)),
    "as another program zips it": ("dispatch-form", lambda data: stored(parts(data))),
    "deflated": ("dispatch-form", lambda data: stored(parts(data), zipfile.ZIP_DEFLATED)),
    "a bomb": ("dispatch-form", lambda data: stored(parts(data) | {"bulletin.json": bytes(64 * MIB)}, zipfile.ZIP_DEFLATED)),
    "four hundred thousand members": ("dispatch-form", lambda data: many(400_000)),
    "seventeen members": ("dispatch-form", lambda data: many(17)),
    "a name that climbs": ("dispatch-form", lambda data: renamed(data, b"bulletin.json", b"../../../.ssh")),
    "an absolute name": ("dispatch-form", lambda data: renamed(data, b"bulletin.json", b"/etc/passwd.d")),
    "a name of another device": ("dispatch-form", lambda data: renamed(data, b"bulletin.json", b"C:\\windows.in")),
    "a name with a null": ("dispatch-form", lambda data: renamed(data, b"bulletin.json", b"bulletin.jso\0")),
    "the same member twice": ("dispatch-form", lambda data: renamed(data, b"manifest.json", b"bulletin.json")),
    "a member renamed": ("dispatch-members", lambda data: sealzip.write(
        {"bulletin.html" if name == "bulletin.json" else name: held for name, held in parts(data).items()})),
    "the end cut off": ("dispatch-form", lambda data: data[:-1]),
    "half of it": ("dispatch-form", lambda data: data[: len(data) // 2]),
    "bytes behind": ("dispatch-form", lambda data: data + b"\0"),
    "bytes before": ("dispatch-form", lambda data: b"\0" + data),
    "a comment": ("dispatch-form", lambda data: data[:-2] + b"\5\0hello"),
    "two of them": ("dispatch-form", lambda data: data + data),
    "no manifest": ("dispatch-form", without(MANIFEST)),
    "no key": ("dispatch-form", without(KEY)),
    "no signature": ("dispatch-stripped", without(SIG)),
    "no bulletin": ("dispatch-members", without("bulletin.json")),
    "a member more": ("dispatch-members", lambda data: sealzip.write(parts(data) | {"x.sh": b"#!"})),
    "members in another order": ("dispatch-members", lambda data: sealzip.write(dict(reversed(parts(data).items())))),
    "two signatures": ("dispatch-downgraded", with_parts(sm2=key("sm2").sign(b"x"))),
    "an empty signature": ("dispatch-form", with_parts(sig=b"")),
    "a signature of zeros": ("dispatch-forged", with_parts(sig=bytes(64))),
    "another unit's signature": ("dispatch-forged", lambda data: with_parts(sig=key("ed25519", 1).sign(parts(data)[MANIFEST]))(data)),
    "another key beside the old signature": ("dispatch-forged", with_parts(key=key("ed25519", 1).public.pem)),
    "another's key and signature": (
        "dispatch-other-key",
        lambda data: with_parts(key=key("ed25519", 1).public.pem, sig=key("ed25519", 1).sign(parts(data)[MANIFEST]))(data),
    ),
    "signed again with another algorithm": ("dispatch-other-key", lambda data: signed(parts(data)[MANIFEST], key("sm2"), {"bulletin.json": bulletin()})),
    "the signature renamed to another algorithm": ("dispatch-downgraded", lambda data: sealzip.write(
        {SIGNATURE["sm2"] if name == SIG else name: held for name, held in parts(data).items()})),
    "a key for encryption": ("dispatch-downgraded", with_parts(key=ENCRYPT.public.pem)),
    "a key in another dress": ("dispatch-downgraded", lambda data: with_parts(key=b"Unit: 1\n" + key().public.pem)(data)),
    "a key that is none": ("dispatch-form", with_parts(key=b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")),
    "a manifest of another content": ("dispatch-forged", lambda data: with_parts(manifest=parts(data)[MANIFEST].replace(b'"full"', b'"masked"'))(made("full"))),
    "a changed bulletin": ("dispatch-changed", with_parts(bulletin=bulletin("figures"))),
    "a wrong size": ("dispatch-changed", resized),
    "a manifest that is no JSON": ("dispatch-manifest", lambda data: signed(b"{", key(), {"bulletin.json": bulletin()})),
    "a manifest of another thing": ("dispatch-manifest", lambda data: signed(b'{"schema":"shiqu/seal/1"}', key(), {"bulletin.json": bulletin()})),
    "a manifest of version nought": ("dispatch-manifest", text(b"shiqu/dispatch/1", b"shiqu/dispatch/0")),
    "not a number": ("dispatch-manifest", text(b'"sequence":1', b'"sequence":NaN')),
    "a number with a point": ("dispatch-manifest", text(b'"sequence":1', b'"sequence":1.0')),
    "a truth for a number": ("dispatch-manifest", text(b'"sequence":1', b'"sequence":true')),
    "a huge number": ("dispatch-manifest", text(b'"sequence":1', b'"sequence":' + b"9" * 30_000)),
    "a doubled key": ("dispatch-manifest", text(b'"sequence":1', b'"sequence":1,"sequence":1')),
    "a doubled key of two meanings": ("dispatch-manifest", text(b'"kind":"report"', b'"kind":"receipt","kind":"report"')),
    "an unknown key": ("dispatch-manifest", text(b'"sequence":1', b'"sequence":1,"x":[]')),
    "white space": ("dispatch-manifest", text(b'"sequence":1', b'"sequence": 1')),
    "keys in another order": ("dispatch-manifest", lambda data: signed(
        b'{"unit":"' + UNIT.encode() + b'",' + parts(data)[MANIFEST][1:].replace(b',"unit":"' + UNIT.encode() + b'"', b""), key(), {"bulletin.json": bulletin()})),
    "a lone surrogate": ("dispatch-manifest", text(UNIT.encode(), b"\\ud800")),
    "no UTF-8": ("dispatch-manifest", text(UNIT.encode(), b"\xff\xfe")),
    "an escaped letter": ("dispatch-manifest", text(b'"report"', b'"\\u0072eport"')),
    "a name with a line feed": ("dispatch-manifest", text(UNIT.encode(), b"a\\nb")),
    "a very long name": ("dispatch-manifest", text(UNIT.encode(), b"a" * 10_000)),
    "a manifest that is too long": ("dispatch-form", text(UNIT.encode(), b"a" * 70_000)),
    "deep nesting": ("dispatch-manifest", deep),
    "a sequence that does not follow": ("dispatch-manifest", lambda data: rewritten(data, key(), sequence=2)),
    "a negative sequence": ("dispatch-manifest", lambda data: rewritten(data, key(), sequence=-1)),
    "a time that is none": ("dispatch-manifest", lambda data: rewritten(data, key(), created="2026-13-25T08:00:00Z")),
    "an unknown kind": ("dispatch-manifest", lambda data: rewritten(data, key(), kind="decree")),
    "a kind whose members these are not": ("dispatch-members", lambda data: rewritten(data, key(), kind="notice")),
    "an unknown level of disclosure": ("dispatch-manifest", lambda data: rewritten(data, key(), disclosure="everything")),
    "an unknown algorithm": ("dispatch-manifest", lambda data: rewritten(data, key(), algorithm="none")),
    "an age head of thousands of recipients": (
        "dispatch-cipher",
        lambda data: age.VERSION + (b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n") * 200_000 + b"--- AAAA\n",
    ),
    "an age head without an end": ("dispatch-cipher", lambda data: age.VERSION + b"-> " * 5_000_000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_envelope_is_refused(name: str) -> None:
    wanted, hostile = HOSTILE[name]
    assert code(hostile(made()), decrypt=ENCRYPT) == wanted


def test_a_list_of_places_that_points_elsewhere_is_refused() -> None:
    data = bytearray(made())
    start = data.rindex(b"PK\x01\x02")
    data[start + 42 : start + 46] = (7).to_bytes(4, "little")
    assert code(bytes(data)) == "dispatch-form"


def test_a_size_beyond_the_file_is_refused() -> None:
    data = bytearray(made())
    data[18:26] = (2**32 - 1).to_bytes(4, "little") * 2
    assert code(bytes(data)) == "dispatch-form"
