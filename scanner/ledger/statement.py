"""What a seal says, and the file that it says it in: a canonical manifest, one signature over its bytes, the public key, and what lies beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from scanner.errors import KeepError
from scanner.ledger import sealzip
from scanner.ledger.keys import SIGNING, PublicKey
from scanner.ledger.pieces import Piece
from scanner.ledger.pkcs8 import unpem
from scanner.model.canonical import canonical, digest, strict_loads

SCHEMA = "shiqu/seal/1"
KINDS = ("run", "shelf", "report", "file")
SUFFIX = ".seal"
MANIFEST, KEY, PARTS, TOKEN = "manifest.json", "key.pem", "parts.json", "time.tsr"
RECEIPT = ("receipt.json", "receipt.sig", "receipt.pem")
SIGNATURE = {"ed25519": "manifest.ed25519.sig", "sm2": "manifest.sm2.sig"}


@dataclass(frozen=True, slots=True)
class FileMark:
    """One sealed file."""

    bytes: int
    """Its length."""
    sha256: str
    """64 hex digits."""
    sm3: str
    """64 hex digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Everything that is signed; None where the sealed thing does not say it."""

    kind: str
    """One of :data:`KINDS`."""
    unit: str
    """Code of the unit that seals."""
    run: str | None
    """Id of the run."""
    shelf: str | None
    """Digest of the shelf's manifest."""
    rulebook: str | None
    """Digest of the rulebook that judged."""
    profiles: dict[str, str]
    """Profile id to digest."""
    asked: str | None
    """Digest of the list of everything that was asked for: a finding cannot be left out and the rest sealed as whole."""
    result: str | None
    """Digest of result.json."""
    code: str | None
    """Short code that the cover prints."""
    files: dict[str, FileMark]
    """The sealed files by name."""
    previous: str | None
    """Head of the unit's ledger when it was sealed."""
    time: str
    """The signer's own clock, UTC. Only a token or a receipt beside the manifest is a third party's word."""
    algorithm: str
    """``ed25519`` or ``sm2``: a signature of another kind is refused."""
    key: str
    """Fingerprint of the key."""
    parts: str | None
    """Digest of the list of pieces, which only helps to say where a file was changed."""
    schema: str = SCHEMA
    """Always :data:`SCHEMA`."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal whose signature holds."""

    statement: Statement
    manifest: bytes
    """The signed bytes."""
    signature: bytes
    key: PublicKey
    beside: Mapping[str, bytes]
    """Members that the signature does not cover: list of pieces, time token, receipt."""

    def parts(self, name: str) -> list[Piece]:
        """The pieces of one file; empty when they were not taken down or do not lie beside."""
        held = self.beside.get(PARTS)
        return [] if held is None else msgspec.json.decode(held, type=dict[str, list[tuple[str, str]]]).get(name, [])

    @property
    def digest(self) -> str:
        """Of the signed bytes."""
        return digest(self.manifest)


def pack(manifest: bytes, signature: bytes, key: PublicKey, beside: Mapping[str, bytes]) -> bytes:
    """The file. The same content gives the same bytes."""
    members = {MANIFEST: manifest, SIGNATURE[key.algorithm]: signature, KEY: key.pem}
    return sealzip.write(members | {name: beside[name] for name in (PARTS, TOKEN, *RECEIPT) if name in beside})


def unpack(data: bytes, name: object, inside: bool = False) -> Seal:
    """Read a seal and check its signature. Raises KeepError naming the file and what is wrong; nothing unsigned is believed.

    A seal ``inside`` a PDF comes without the list of pieces; one that lies beside its file must have it.
    """
    try:
        members = sealzip.read(data)
    except (ValueError, UnicodeDecodeError) as error:
        raise KeepError("seal-form", file=name, detail=error) from None
    if not any(member in members for member in SIGNATURE.values()):
        raise KeepError("seal-stripped", file=name)
    statement = _statement(members.get(MANIFEST, b""), name)
    key = _key(members.get(KEY, b""), statement, name)
    signature = members.get(SIGNATURE[statement.algorithm])
    if signature is None or key.algorithm != statement.algorithm or sum(member in members for member in SIGNATURE.values()) != 1:
        raise KeepError("seal-downgraded", file=name, algorithm=statement.algorithm)
    if not key.verifies(signature, members[MANIFEST]):
        raise KeepError("seal-forged", file=name)
    beside = {member: members[member] for member in (PARTS, TOKEN, *RECEIPT) if member in members}
    if pack(members[MANIFEST], signature, key, beside) != data or (PARTS in beside) == inside:
        raise KeepError("seal-form", file=name, detail="other members than a seal has")
    if not inside and digest(beside[PARTS]) != statement.parts:
        raise KeepError("seal-form", file=name, detail="list of pieces")
    return Seal(statement, members[MANIFEST], signature, key, beside)


def _statement(data: bytes, name: object) -> Statement:
    try:
        loaded: Any = strict_loads(data)
        found = msgspec.convert(loaded, Statement)
        if found.schema != SCHEMA or found.kind not in KINDS or found.algorithm not in SIGNING or canonical(asdict(found)) != data:
            raise ValueError("not a canonical statement of this schema")
    except (ValueError, RecursionError) as error:
        raise KeepError("seal-form", file=name, detail=str(error)[:160]) from None
    return found


def _key(data: bytes, statement: Statement, name: object) -> PublicKey:
    try:
        key = PublicKey(unpem("PUBLIC KEY", data))
        if key.pem != data:
            raise ValueError("key")
    except ValueError as error:
        raise KeepError("seal-form", file=name, detail=error) from None
    if key.fingerprint != statement.key:
        raise KeepError("seal-other-key", file=name)
    return key
