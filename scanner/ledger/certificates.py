"""Certificates, as far as a time-stamping authority needs them: who signed what, with RSA, ECDSA, Ed25519, or SM2 with SM3."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from scanner.ledger import der, sm2
from scanner.ledger.keys import PublicKey

MAX_CHAIN = 5
HASHES: dict[str, hashes.HashAlgorithm] = {
    "608648016503040201": hashes.SHA256(),
    "608648016503040202": hashes.SHA384(),
    "608648016503040203": hashes.SHA512(),
    "2a811ccf55018311": hashes.SM3(),
}
"""OID (hex of its body) to hash; SHA-1 is not among them."""
_SIGNED_WITH: dict[str, hashes.HashAlgorithm | None] = {
    "2a864886f70d01010b": hashes.SHA256(),
    "2a864886f70d01010c": hashes.SHA384(),
    "2a864886f70d01010d": hashes.SHA512(),
    "2a8648ce3d040302": hashes.SHA256(),
    "2a8648ce3d040303": hashes.SHA384(),
    "2a8648ce3d040304": hashes.SHA512(),
    "2b6570": None,
    "2a811ccf55018375": hashes.SM3(),
}
"""Signature algorithms of certificates."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its parts. Raises ValueError when the bytes are none."""

    data: bytes
    """DER."""

    @property
    def parsed(self) -> x509.Certificate:
        """As the library reads it."""
        return x509.load_der_x509_certificate(self.data)

    @property
    def spki(self) -> bytes:
        """The public key, DER."""
        tbs = der.children(der.expect(_parts(self.data)[0], der.SEQUENCE))
        return tbs[6 if tbs[0].tag == 0xA0 else 5].raw

    def stamps_time(self) -> bool:
        """Whether it may stamp the time: the only use it names."""
        try:
            found = self.parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        except x509.ExtensionNotFound:
            return False
        return list(found.value) == [ExtendedKeyUsageOID.TIME_STAMPING]

    def holds_at(self, moment: datetime.datetime) -> bool:
        """Whether the moment is within its validity."""
        return self.parsed.not_valid_before_utc <= moment <= self.parsed.not_valid_after_utc

    def issued_by(self, other: Certificate) -> bool:
        """Whether the other one may issue certificates and signed this one."""
        try:
            may = other.parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            return False
        body, algorithm, signature = _parts(self.data)
        name = der.children(algorithm)[0].body.hex()
        if not may or self.parsed.issuer != other.parsed.subject or name not in _SIGNED_WITH:
            return False
        return verifies(other.spki, _SIGNED_WITH[name], der.expect(signature, der.BITS).body[1:], body.raw)


def leads_to(first: Certificate, others: Sequence[Certificate], anchors: Sequence[Certificate], moment: datetime.datetime) -> bool:
    """Whether a chain of valid certificates leads from the first to a trusted one."""
    current = first
    for _ in range(MAX_CHAIN):
        if not current.holds_at(moment):
            return False
        if any(current.data == anchor.data or current.issued_by(anchor) and anchor.holds_at(moment) for anchor in anchors):
            return True
        issuer = next((other for other in others if other.data != current.data and current.issued_by(other)), None)
        if issuer is None:
            return False
        current = issuer
    return False


def verifies(spki: bytes, algorithm: hashes.HashAlgorithm | None, signature: bytes, data: bytes) -> bool:
    """Whether a signature of any supported kind holds."""
    try:
        if isinstance(algorithm, hashes.SM3):
            key = PublicKey(spki)
            return key.algorithm == "sm2" and key.verifies(signature, data)
        loaded = load_der_public_key(spki)
        if isinstance(loaded, rsa.RSAPublicKey) and algorithm is not None:
            loaded.verify(signature, data, padding.PKCS1v15(), algorithm)
        elif isinstance(loaded, ec.EllipticCurvePublicKey) and algorithm is not None:
            loaded.verify(signature, data, ec.ECDSA(algorithm))
        elif isinstance(loaded, ed25519.Ed25519PublicKey):
            loaded.verify(signature, data)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def hashed(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    """The digest."""
    if isinstance(algorithm, hashes.SM3):
        return sm2.sm3(data)
    total = hashes.Hash(algorithm)
    total.update(data)
    return total.finalize()


def _parts(data: bytes) -> list[der.Node]:
    return der.fields(der.read(data), der.SEQUENCE, der.SEQUENCE, der.BITS)
