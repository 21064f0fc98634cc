"""The sealed envelope (通报件): one zip of one form, read in memory; nothing of it is parsed before its signature holds, nothing is unpacked.

It proves that whoever holds the key in it made it; whose key that is, and for which unit, the reader's pins say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
from cryptography.hazmat.primitives.hashes import SM3, Hash

from scanner import __version__
from scanner.errors import KeepError, UseError
from scanner.ledger import age, sealzip, sm_file
from scanner.ledger.keys import SIGNING, PrivateKey, PublicKey
from scanner.ledger.pkcs8 import unpem
from scanner.ledger.statement import KEY, MANIFEST, SIGNATURE
from scanner.model.canonical import canonical, digest
from scanner.model.dispatch import DISCLOSURE, ENVELOPE, FULL, KINDS, MEMBERS, RECEIPT, WHOLE, FileMark, Manifest

LIMIT = 32 * 1024 * 1024
SUFFIX = ".shiqu"
START = "sha256:" + "0" * 64
"""What the first envelope of a row names as the one before."""
PRESENT = int(ENVELOPE.rpartition("/")[2])
MAX_MANIFEST, MAX_KEY, MAX_SIGNATURE = 64 * 1024, 1024, 256
MAX_HEAD = 64 * 1024
"""Of an encrypted file."""
MAX_CODE = 200
MAX_SEQUENCE = 2**53
_FRAME = (MANIFEST, KEY, *SIGNATURE.values())
_SCHEMA = re.compile(r"shiqu/dispatch/([1-9]\d{0,3})")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
_BROKEN = (msgspec.MsgspecError, ValueError, RecursionError)


class _Head(TypedDict):
    """What every version's manifest says."""

    schema: str
    release: str


_HEAD, _MANIFEST = msgspec.json.Decoder(_Head), msgspec.json.Decoder(Manifest)
"""Made once, while only one thread runs: two threads that are the first to name a type to msgspec tear its plan out of each other's hands and crash."""


class Members(Mapping[str, bytes]):
    """Members of an envelope by name, copied out only when they are asked for."""

    def __init__(self, data: bytes, places: Mapping[str, sealzip.Place]) -> None:
        self._data, self._places = data, places

    def __getitem__(self, name: str) -> bytes:
        start, size = self._places[name]
        return self._data[start : start + size]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope whose signature holds and whose members are those that were signed."""

    manifest: Manifest
    raw_manifest: bytes
    """The signed bytes."""
    digest: str
    """Of the signed bytes: it names the envelope."""
    key: PublicKey
    """Who signed; whether that key counts is another question."""
    members: Mapping[str, bytes]


def make(
    kind: str,
    unit: str,
    to: str,
    members: Mapping[str, bytes],
    *,
    sequence: int,
    previous: str,
    created: str,
    disclosure: str,
    marking: str,
    key: PrivateKey,
) -> bytes:
    """The envelope's file. Raises UseError for one that is too large or that no reader would take."""
    if key.public.algorithm not in SIGNING:
        raise UseError("key-not-for-signing", algorithm=key.public.algorithm)
    manifest: Manifest = {
        "schema": ENVELOPE,
        "release": __version__,
        "kind": kind,
        "unit": unit,
        "to": to,
        "sequence": sequence,
        "previous": previous,
        "created": created,
        "disclosure": disclosure,
        "marking": marking,
        "members": {name: _mark(members[name]) for name in sorted(members)},
        "algorithm": key.public.algorithm,
        "key": key.public.fingerprint,
    }
    wrong = _wrong(manifest)
    if wrong is not None:
        raise UseError(wrong[0], **wrong[1])
    raw = canonical(manifest)
    size = len(raw) + sum(len(data) for data in members.values())
    if size > LIMIT - MAX_MANIFEST:
        raise UseError("dispatch-make-large", size=_mib(size), limit=LIMIT >> 20)
    frame = {MANIFEST: raw, SIGNATURE[key.public.algorithm]: key.sign(raw), KEY: key.public.pem}
    return sealzip.write(frame | {name: members[name] for name in sorted(members)})


def open_envelope(data: bytes, *, limit: int = LIMIT, decrypt: PrivateKey | None = None) -> Envelope:
    """Read an envelope. Raises KeepError saying what is wrong with it; costs no more than its own size again."""
    data = decrypted(data, limit=limit, decrypt=decrypt)
    places = _places(data, limit)
    raw, key = _signed(data, places)
    manifest = _manifest(raw)
    if manifest["algorithm"] != key.algorithm or manifest["key"] != key.fingerprint:
        raise KeepError("dispatch-other-key")
    _members(data, places, manifest)
    inner = {name: places[name] for name in manifest["members"]}
    return Envelope(manifest, raw, digest(raw), key, Members(data, inner))


def encrypted(data: bytes, readers: Sequence[PublicKey]) -> bytes:
    """The envelope's file for these readers only, all X25519 or all SM2; as it is where there are none. Raises UseError."""
    if not readers:
        return data
    try:
        return sm_file.encrypt(data, readers) if readers[0].algorithm == "sm2" else age.encrypt(data, readers)
    except ValueError:
        raise UseError("key-not-for-encryption", key=readers[0].algorithm) from None


def is_encrypted(data: bytes) -> bool:
    """Whether it must be decrypted before anything can be said of it."""
    return data.startswith((age.VERSION, sm_file.VERSION))


def decrypted(data: bytes, *, limit: int = LIMIT, decrypt: PrivateKey | None = None) -> bytes:
    """The envelope's own file, whether it came encrypted or not. Raises KeepError."""
    if not is_encrypted(data):
        return data
    if decrypt is None:
        raise KeepError("dispatch-encrypted")
    # A sixteenth of a thousandth is the cipher's own; the head is bounded.
    if len(data) > limit + limit // 1024 + MAX_HEAD:
        raise KeepError("dispatch-large", size=_mib(len(data)), limit=limit >> 20)
    is_age = data.startswith(age.VERSION)
    if decrypt.public.algorithm != ("x25519" if is_age else "sm2"):
        raise KeepError("dispatch-not-for-key")
    try:
        return age.decrypt(data, decrypt) if is_age else sm_file.decrypt(data, decrypt)
    except ValueError as error:
        if str(error) == "recipient":
            raise KeepError("dispatch-not-for-key") from None
        raise KeepError("dispatch-cipher") from None


def _places(data: bytes, limit: int) -> dict[str, sealzip.Place]:
    if len(data) > limit:
        raise KeepError("dispatch-large", size=_mib(len(data)), limit=limit >> 20)
    try:
        return sealzip.places(data, limit)
    except ValueError:
        raise KeepError("dispatch-form") from None


def _signed(data: bytes, places: Mapping[str, sealzip.Place]) -> tuple[bytes, PublicKey]:
    """The signed bytes and who signed them."""

    def taken(name: str, most: int) -> bytes:
        start, size = places.get(name, (0, 0))
        if not 0 < size <= most:
            raise KeepError("dispatch-form")
        return data[start : start + size]

    signatures = [(algorithm, name) for algorithm, name in SIGNATURE.items() if name in places]
    if not signatures:
        raise KeepError("dispatch-stripped")
    raw, pem = taken(MANIFEST, MAX_MANIFEST), taken(KEY, MAX_KEY)
    try:
        key = PublicKey(unpem("PUBLIC KEY", pem))
    except ValueError:
        raise KeepError("dispatch-form") from None
    if len(signatures) != 1 or signatures[0][0] != key.algorithm or key.pem != pem:
        raise KeepError("dispatch-downgraded")
    if not key.verifies(taken(signatures[0][1], MAX_SIGNATURE), raw):
        raise KeepError("dispatch-forged")
    return raw, key


def _manifest(raw: bytes) -> Manifest:
    """The manifest of this version or the one before. Raises KeepError."""
    try:
        head = _HEAD.decode(raw)
    except _BROKEN:
        raise KeepError("dispatch-manifest") from None
    version = _SCHEMA.fullmatch(head["schema"])
    if version is None:
        raise KeepError("dispatch-manifest")
    if int(version[1]) > PRESENT:
        raise KeepError("dispatch-newer", schema=head["schema"], release=head["release"][:40], mine=__version__)
    if int(version[1]) < PRESENT - 1:
        raise KeepError("dispatch-older", schema=head["schema"], release=head["release"][:40], mine=__version__)
    try:
        manifest = _MANIFEST.decode(raw)
        # There is one way to write it: no unknown or doubled key, no other number, nothing behind.
        if canonical(manifest) != raw:
            raise ValueError("not canonical")
    except _BROKEN:
        raise KeepError("dispatch-manifest") from None
    wrong = _wrong(manifest)
    if wrong is not None:
        raise KeepError(wrong[0], **wrong[1])
    return manifest


def _wrong(manifest: Manifest) -> tuple[str, dict[str, Any]] | None:
    """Code and fields of what no envelope may say."""
    texts = (manifest["unit"], manifest["to"], manifest["marking"], manifest["release"])
    kind, names = manifest["kind"], manifest["members"]
    if kind not in KINDS or manifest["disclosure"] not in DISCLOSURE or manifest["algorithm"] not in SIGNING:
        return "dispatch-manifest", {}
    if not manifest["unit"] or any(len(text) > MAX_CODE or not text.isprintable() for text in texts):
        return "dispatch-manifest", {}
    if (
        not 0 < manifest["sequence"] <= MAX_SEQUENCE
        or not _TIME.fullmatch(manifest["created"])
        or not DIGEST.fullmatch(manifest["previous"])
    ):
        return "dispatch-manifest", {}
    # A receipt stands in the row of what it answers.
    if kind != RECEIPT and (manifest["sequence"] == 1) != (manifest["previous"] == START):
        return "dispatch-manifest", {}
    if MEMBERS[kind][0] not in names or not set(names) <= set(MEMBERS[kind]):
        return "dispatch-members", {"kind": kind}
    if manifest["disclosure"] != FULL and any(name in names for name in WHOLE):
        return "dispatch-discloses-more", {"disclosure": manifest["disclosure"]}
    if manifest["disclosure"] == FULL and manifest["marking"]:
        return "dispatch-marked", {"marking": manifest["marking"]}
    return None


def _members(data: bytes, places: Mapping[str, sealzip.Place], manifest: Manifest) -> None:
    """Raise KeepError unless the members are exactly those that were signed, in their order."""
    names = sorted(manifest["members"])
    if list(places) != [MANIFEST, SIGNATURE[manifest["algorithm"]], KEY, *names]:
        raise KeepError("dispatch-members", kind=manifest["kind"])
    view = memoryview(data)
    for name in names:
        start, size = places[name]
        mark = manifest["members"][name]
        if mark["bytes"] != size or _mark(view[start : start + size]) != mark:
            raise KeepError("dispatch-changed", member=name)


def _mark(data: bytes | memoryview) -> FileMark:
    sm3 = Hash(SM3())
    sm3.update(data)
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "sm3": sm3.finalize().hex()}


def _mib(size: int) -> str:
    return f"{size / 1048576:.1f}"
