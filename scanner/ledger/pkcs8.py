"""Encrypted key files (PKCS#8, PBES2), for every algorithm alike; the openssl command reads and writes the same.

Own code, because the library that shiqu uses for it does not load SM2 keys.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from scanner.ledger import der

ROUNDS = 600_000
"""PBKDF2 rounds of a key file that we write."""
MAX_ROUNDS = 10_000_000
"""A file may not keep this machine busy for ever."""
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_HASHES = {
    bytes.fromhex("2a864886f70d0207"): "sha1",
    bytes.fromhex("2a864886f70d0209"): "sha256",
    bytes.fromhex("2a864886f70d020a"): "sha384",
    bytes.fromhex("2a864886f70d020b"): "sha512",
}
_CIPHERS = {
    bytes.fromhex("608648016503040102"): 16,
    bytes.fromhex("608648016503040116"): 24,
    bytes.fromhex("60864801650304012a"): 32,
}
_SHA256, _AES256 = bytes.fromhex("2a864886f70d0209"), bytes.fromhex("60864801650304012a")


class WrongPassphrase(ValueError):
    """The file is whole, the passphrase does not open it."""


def pem(label: str, data: bytes) -> bytes:
    """PEM armour."""
    text = base64.b64encode(data).decode("ascii")
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode("ascii")


def unpem(label: str, data: bytes) -> bytes:
    """What stands in the one PEM block of this label. Raises ValueError."""
    blocks = re.findall(rb"-----BEGIN %s-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END %s-----" % (label.encode(), label.encode()), data)
    if len(blocks) != 1:
        raise ValueError(f"no {label}, or several")
    return base64.b64decode(re.sub(rb"[\r\n]", b"", blocks[0]), validate=True)


def encrypt(private: bytes, passphrase: str) -> bytes:
    """EncryptedPrivateKeyInfo: PBKDF2 with HMAC-SHA-256, AES-256-CBC."""
    salt, start = os.urandom(16), os.urandom(16)
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(_derive("sha256", passphrase, salt, ROUNDS, 32)), modes.CBC(start)).encryptor()
    body = encryptor.update(padder.update(private) + padder.finalize()) + encryptor.finalize()
    prf = der.tlv(der.SEQUENCE, der.tlv(der.OID, _SHA256), der.tlv(der.NULL))
    derivation = der.tlv(
        der.SEQUENCE, der.tlv(der.OID, _PBKDF2), der.tlv(der.SEQUENCE, der.tlv(der.OCTETS, salt), der.integer(ROUNDS), prf)
    )
    scheme = der.tlv(der.SEQUENCE, der.tlv(der.OID, _AES256), der.tlv(der.OCTETS, start))
    algorithm = der.tlv(der.SEQUENCE, der.tlv(der.OID, _PBES2), der.tlv(der.SEQUENCE, derivation, scheme))
    return der.tlv(der.SEQUENCE, algorithm, der.tlv(der.OCTETS, body))


def decrypt(data: bytes, passphrase: str) -> bytes:
    """The PrivateKeyInfo inside. Raises WrongPassphrase, or ValueError for a file of another form."""
    algorithm, body = der.fields(der.read(data), der.SEQUENCE, der.OCTETS)
    name, parameters = der.fields(algorithm, der.OID, der.SEQUENCE)
    derivation, scheme = der.fields(parameters, der.SEQUENCE, der.SEQUENCE)
    function, inputs = der.fields(derivation, der.OID, der.SEQUENCE)
    cipher, start = der.fields(scheme, der.OID, der.OCTETS)
    if name.body != _PBES2 or function.body != _PBKDF2 or cipher.body not in _CIPHERS or len(start.body) != 16:
        raise ValueError("an encryption that is not supported")
    hash_name, salt, rounds = _inputs(inputs)
    size = _CIPHERS[cipher.body]
    if not body.body or len(body.body) % 16:
        raise ValueError("length")
    decryptor = Cipher(algorithms.AES(_derive(hash_name, passphrase, salt, rounds, size)), modes.CBC(start.body)).decryptor()
    unpadder = PKCS7(128).unpadder()
    try:
        found = unpadder.update(decryptor.update(body.body) + decryptor.finalize()) + unpadder.finalize()
        der.read(found)
    except ValueError:
        raise WrongPassphrase("the passphrase does not open it") from None
    return found


def _inputs(node: der.Node) -> tuple[str, bytes, int]:
    """(hash, salt, rounds) of PBKDF2; a key length may stand between."""
    items = der.children(node)
    if len(items) < 2:
        raise ValueError("PBKDF2")
    salt, rounds = der.expect(items[0], der.OCTETS).body, der.number(items[1])
    rest = items[2:]
    if rest and rest[0].tag == der.INTEGER:
        rest = rest[1:]
    if len(rest) > 1 or not 1 <= rounds <= MAX_ROUNDS:
        raise ValueError("PBKDF2")
    name = der.children(der.expect(rest[0], der.SEQUENCE))[0].body if rest else bytes.fromhex("2a864886f70d0207")
    if name not in _HASHES:
        raise ValueError("an encryption that is not supported")
    return _HASHES[name], salt, rounds


def _derive(name: str, passphrase: str, salt: bytes, rounds: int, size: int) -> bytes:
    return hashlib.pbkdf2_hmac(name, passphrase.encode("utf-8"), salt, rounds, size)
