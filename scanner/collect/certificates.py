"""What a certificate says, as data: names, validity, key and signature. It is read here and judged elsewhere."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

from scanner.model.absent import Absent, Why
from scanner.model.canonical import digest

MAX_NAMES = 200


def facts_of(der: bytes) -> dict[str, Any] | Absent:
    """Read one certificate; what cannot be read is named, never guessed."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        subject = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        issuer = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
        dns, addresses = _names(certificate)
        return {
            "digest": digest(der),
            "subject": _text(subject),
            "issuer": _text(issuer),
            "self_issued": certificate.subject == certificate.issuer,
            "dns": dns[:MAX_NAMES],
            "addresses": addresses[:MAX_NAMES],
            "not_before": certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "signature_oid": certificate.signature_algorithm_oid.dotted_string,
            **_key(certificate),
        }
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension) as error:
        return Absent(Why.GARBLED, f"certificate: {error}"[:200])


def _text(attributes: list[x509.NameAttribute[Any]]) -> str:
    return str(attributes[0].value)[:200] if attributes else ""


def _names(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], []
    return names.get_values_for_type(x509.DNSName), [str(address) for address in names.get_values_for_type(x509.IPAddress)]


def _key(certificate: x509.Certificate) -> dict[str, Any]:
    oid = certificate.public_key_algorithm_oid.dotted_string
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return {"key": "unread", "bits": 0, "curve": "", "key_oid": oid}
    curve = ""
    if isinstance(key, rsa.RSAPublicKey):
        name, bits = "rsa", key.key_size
    elif isinstance(key, dsa.DSAPublicKey):
        name, bits = "dsa", key.key_size
    elif isinstance(key, ec.EllipticCurvePublicKey):
        name, bits, curve = "ec", key.key_size, key.curve.name
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        name, bits = ("ed25519", 256) if isinstance(key, ed25519.Ed25519PublicKey) else ("ed448", 456)
    else:
        name, bits = "unread", 0
    return {"key": name, "bits": bits, "curve": curve, "key_oid": oid}
