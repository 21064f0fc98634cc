"""Keys: Ed25519, SM2 with SM3, and X25519 for encryption. Private keys rest encrypted, 0600; the unit stands in clear beside them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from scanner.errors import UseError
from scanner.ledger import der, libcrypto, pkcs8, sm2
from scanner.ledger.ends import write_private

SIGNING = ("ed25519", "sm2")
ALGORITHMS = (*SIGNING, "x25519")
MAX_FILE = 64 * 1024
MIN_PASSPHRASE = 12
_PUBLIC = {
    "ed25519": bytes.fromhex("302a300506032b6570032100"),
    "x25519": bytes.fromhex("302a300506032b656e032100"),
    "sm2": bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200"),
}
"""SubjectPublicKeyInfo up to the key itself: nothing else is ever parsed."""
_SIZE = {"ed25519": 32, "x25519": 32, "sm2": 65}
_CURVE = {"ed25519": bytes.fromhex("302e020100300506032b657004220420"), "x25519": bytes.fromhex("302e020100300506032b656e04220420")}
_SM2_PRIVATE = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key. Raises ValueError when the bytes are none of the three kinds."""

    spki: bytes
    """SubjectPublicKeyInfo, DER."""

    def __post_init__(self) -> None:
        if self.algorithm == "sm2":
            sm2.point(self.raw)

    @property
    def algorithm(self) -> str:
        """One of :data:`ALGORITHMS`."""
        for name, head in _PUBLIC.items():
            if self.spki.startswith(head) and len(self.spki) == len(head) + _SIZE[name]:
                return name
        raise ValueError("not a key of a kind that is used here")

    @property
    def raw(self) -> bytes:
        """The key without its frame."""
        return self.spki[len(_PUBLIC[self.algorithm]) :]

    @property
    def fingerprint(self) -> str:
        """``sha256:…`` of the DER, as ``openssl pkey -pubin -outform DER | sha256sum`` prints it."""
        return "sha256:" + hashlib.sha256(self.spki).hexdigest()

    @property
    def pem(self) -> bytes:
        """As openssl reads it."""
        return pkcs8.pem("PUBLIC KEY", self.spki)

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether the signature is this key's over the data. A key for encryption verifies nothing."""
        algorithm = self.algorithm
        if algorithm == "sm2":
            return sm2.verify(sm2.point(self.raw), data, signature)
        if algorithm != "ed25519":
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key in memory, never in repr."""

    public: PublicKey
    data: bytes = field(repr=False)
    """PrivateKeyInfo, DER."""
    unit: str = ""
    """Code of the unit that it was made for; empty when none was named."""

    def sign(self, message: bytes) -> bytes:
        """64 bytes (Ed25519) or DER (SM2). Raises UseError for a key that cannot sign or a machine without SM2."""
        if self.public.algorithm == "sm2":
            return libcrypto.sign_sm2(self.data, message)
        if self.public.algorithm != "ed25519":
            raise UseError("key-not-for-signing", algorithm=self.public.algorithm)
        return Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)

    @property
    def secret(self) -> bytes:
        """The 32 bytes of an Ed25519 or X25519 key."""
        return self.data[-32:]


def new_key(algorithm: str, unit: str = "") -> PrivateKey:
    """A fresh key. Raises UseError where the machine cannot make it."""
    if algorithm == "sm2":
        private, spki = libcrypto.new_sm2_key()
        return PrivateKey(PublicKey(spki), private, unit)
    key = Ed25519PrivateKey.generate() if algorithm == "ed25519" else X25519PrivateKey.generate()
    public = PublicKey(_PUBLIC[algorithm] + key.public_key().public_bytes_raw())
    return PrivateKey(public, _CURVE[algorithm] + key.private_bytes_raw(), unit)


def write_key(path: Path, key: PrivateKey, passphrase: str) -> None:
    """Write the private key encrypted, 0600, and ``.pub`` beside it; an existing file is never overwritten. Raises UseError, KeepError."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise UseError("key-passphrase-short", least=MIN_PASSPHRASE)
    for target in (path, path.with_suffix(".pub")):
        if os.path.lexists(target):
            raise UseError("key-exists", file=target)
    head = f"Unit: {key.unit}\n".encode() if key.unit else b""
    write_private(path, head + pkcs8.pem("ENCRYPTED PRIVATE KEY", pkcs8.encrypt(key.data, passphrase)))
    write_private(path.with_suffix(".pub"), head + key.public.pem)


def read_public(path: Path) -> PublicKey:
    """Read a PEM public key. Raises UseError naming the file."""
    return read_public_unit(path)[0]


def read_public_unit(path: Path) -> tuple[PublicKey, str]:
    """A PEM public key and the unit that its head names. Raises UseError naming the file."""
    data = _bounded(path, private=False)
    try:
        return PublicKey(pkcs8.unpem("PUBLIC KEY", data)), _unit(data)
    except ValueError as error:
        raise UseError("key-unreadable", file=path, detail=error) from None


def read_private(path: Path, passphrase: str) -> PrivateKey:
    """Open an encrypted private key. Raises UseError; an unencrypted one, or one that others may read, is refused."""
    data = _bounded(path, private=True)
    try:
        if b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in data:
            raise UseError("key-not-encrypted", file=path)
        private = pkcs8.decrypt(pkcs8.unpem("ENCRYPTED PRIVATE KEY", data), passphrase)
        return PrivateKey(PublicKey(_public_of(private)), private, _unit(data))
    except pkcs8.WrongPassphrase:
        raise UseError("key-passphrase", file=path) from None
    except ValueError as error:
        raise UseError("key-unreadable", file=path, detail=error) from None


def _public_of(private: bytes) -> bytes:
    """The public key that belongs to a PrivateKeyInfo. Raises ValueError."""
    for name, head in _CURVE.items():
        if private.startswith(head) and len(private) == len(head) + 32:
            if name == "ed25519":
                return _PUBLIC[name] + Ed25519PrivateKey.from_private_bytes(private[-32:]).public_key().public_bytes_raw()
            return _PUBLIC[name] + X25519PrivateKey.from_private_bytes(private[-32:]).public_key().public_bytes_raw()
    _, algorithm, held = der.fields(der.read(private), der.INTEGER, der.SEQUENCE, der.OCTETS)
    if algorithm.raw != _SM2_PRIVATE:
        raise ValueError("not a key of a kind that is used here")
    parts = der.children(der.read(held.body))
    for part in parts[2:]:
        if part.tag == 0xA1:
            return _PUBLIC["sm2"] + der.expect(der.read(part.body), der.BITS).body[1:]
    raise ValueError("the public half is missing")


def _unit(data: bytes) -> str:
    head = data.partition(b"-----BEGIN")[0]
    found = re.search(rb"^Unit: ([^\r\n]{1,200})\r?$", head, re.M)
    return found[1].decode("utf-8") if found else ""


def _bounded(path: Path, private: bool) -> bytes:
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if private and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UseError("key-open", file=path)
            data = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    if len(data) > MAX_FILE:
        raise UseError("key-unreadable", file=path, detail="too large")
    return data
