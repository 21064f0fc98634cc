"""RFC 3161 time tokens: a third party's word that a signature was there at a time. Asked for and brought back as files; no network."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from scanner.ledger import der
from scanner.ledger.certificates import HASHES, Certificate, hashed, leads_to, verifies
from scanner.ledger.pkcs8 import unpem
from scanner.ledger.trust import Pin

MAX_TOKEN = 256 * 1024
_SIGNED_DATA, _TST_INFO = bytes.fromhex("2a864886f70d010702"), bytes.fromhex("2a864886f70d0109100104")
_CONTENT_TYPE, _MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010903"), bytes.fromhex("2a864886f70d010904")
_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2 = bytes.fromhex("2a864886f70d010910020c"), bytes.fromhex("2a864886f70d010910022f")
_SHA256 = der.tlv(der.SEQUENCE, der.tlv(der.OID, bytes.fromhex("608648016503040201")), der.tlv(der.NULL))


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token whose signature holds."""

    time: str
    """UTC, ISO 8601 with Z."""
    authority: str
    """Subject of the certificate that signed."""
    trusted: bool
    """Whether the certificate leads to one that is trusted."""


def query(signature: bytes) -> bytes:
    """The request (``.tsq``) for a token over a signature, as ``openssl ts -reply`` and time-stamping services read it."""
    imprint = der.tlv(der.SEQUENCE, _SHA256, der.tlv(der.OCTETS, hashlib.sha256(signature).digest()))
    return der.tlv(der.SEQUENCE, der.integer(1), imprint, der.tlv(0x01, b"\xff"))


def token_of(data: bytes) -> bytes:
    """The token inside a response (``.tsr``), or the token itself. Raises ValueError when the authority refused or the form is another."""
    if len(data) > MAX_TOKEN:
        raise ValueError("too large")
    parts = der.children(der.expect(der.read(data), der.SEQUENCE))
    if parts and parts[0].tag == der.OID:
        return data
    status = der.children(der.expect(parts[0], der.SEQUENCE)) if len(parts) == 2 else []
    if not status or der.number(status[0]) > 1:
        raise ValueError("the authority gave no token")
    return parts[1].raw


def check(token: bytes, signature: bytes, pins: Sequence[Pin]) -> Stamp:
    """Read a token and check it: that it is over this signature, and that its own signature holds. Raises ValueError."""
    try:
        return _check(token, signature, pins)
    except (IndexError, OverflowError, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(f"not a token: {type(error).__name__}") from None


def _check(token: bytes, signature: bytes, pins: Sequence[Pin]) -> Stamp:
    signed = _signed_data(token)
    info = der.children(der.read(signed.content))
    algorithm, imprint = der.fields(info[2], der.SEQUENCE, der.OCTETS)
    if hashed(_hash(algorithm), signature) != imprint.body:
        raise ValueError("the token is over another signature")
    signer = _signer(signed)
    moment = _time(der.expect(info[4], 0x18).body)
    others = [Certificate(data) for data in signed.certificates]
    anchors = [Certificate(unpem("CERTIFICATE", pin.key.encode())) for pin in pins]
    trusted = signer.stamps_time() and leads_to(signer, others, anchors, moment)
    return Stamp(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), signer.parsed.subject.rfc4514_string(), trusted)


@dataclass(frozen=True, slots=True)
class _Signed:
    """The parts of a SignedData that are used."""

    content: bytes
    certificates: tuple[bytes, ...]
    signer: der.Node


def _signed_data(token: bytes) -> _Signed:
    kind, wrapped = der.fields(der.read(token), der.OID, 0xA0)
    if kind.body != _SIGNED_DATA:
        raise ValueError("not a signed token")
    parts = der.children(der.expect(der.read(wrapped.body), der.SEQUENCE))
    inner, content = der.fields(parts[2], der.OID, 0xA0)
    if inner.body != _TST_INFO:
        raise ValueError("not a time token")
    certificates = next((part for part in parts[3:] if part.tag == 0xA0), None)
    signers = der.children(der.expect(parts[-1], der.SET))
    if certificates is None or len(signers) != 1:
        raise ValueError("the token carries no certificate, or several signers")
    held = tuple(item.raw for item in der.children(certificates) if item.tag == der.SEQUENCE)
    return _Signed(der.expect(der.read(content.body), der.OCTETS).body, held, signers[0])


def _signer(signed: _Signed) -> Certificate:
    """The certificate whose key signed. Raises ValueError when none did."""
    parts = der.children(der.expect(signed.signer, der.SEQUENCE))
    if len(parts) < 6 or parts[3].tag != 0xA0:
        raise ValueError("signed attributes are missing")
    algorithm = _hash(parts[2])
    attributes = {found[0].body: found[1] for found in (der.fields(item, der.OID, der.SET) for item in der.children(parts[3]))}
    for name, wanted in (
        (_CONTENT_TYPE, der.tlv(der.OID, _TST_INFO)),
        (_MESSAGE_DIGEST, der.tlv(der.OCTETS, hashed(algorithm, signed.content))),
    ):
        if name not in attributes or attributes[name].body != wanted:
            raise ValueError("the token was changed")
    signature = der.expect(parts[5], der.OCTETS).body
    body = bytes((der.SET,)) + parts[3].raw[1:]
    for data in signed.certificates:
        certificate = Certificate(data)
        if _named(data, attributes) and verifies(certificate.spki, algorithm, signature, body):
            return certificate
    raise ValueError("no certificate of the token made its signature")


def _named(certificate: bytes, attributes: dict[bytes, der.Node]) -> bool:
    """Whether the signed attributes name this certificate by its digest."""
    for name, default in ((_SIGNING_CERTIFICATE_V2, hashlib.sha256(certificate).digest()), (_SIGNING_CERTIFICATE, _sha1(certificate))):
        if name not in attributes:
            continue
        first = der.children(der.children(der.children(attributes[name])[0])[0])[0]
        parts = der.children(first)
        if parts[0].tag == der.SEQUENCE:
            return hashed(_hash(parts[0]), certificate) == der.expect(parts[1], der.OCTETS).body
        return parts[0].body == default
    return False


def _sha1(data: bytes) -> bytes:
    """Only to tell which certificate an old authority means; the signature itself never rests on it."""
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _hash(algorithm: der.Node) -> hashes.HashAlgorithm:
    name = der.children(der.expect(algorithm, der.SEQUENCE))[0].body.hex()
    if name not in HASHES:
        raise ValueError("a digest that is not supported")
    return HASHES[name]


def _time(text: bytes) -> datetime.datetime:
    whole = text.decode("ascii").removesuffix("Z").partition(".")[0]
    if not text.endswith(b"Z") or len(whole) != 14:
        raise ValueError("time")
    return datetime.datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC)
