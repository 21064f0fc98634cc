"""Encryption of files that leave the machine, in the age format (age-encryption.org/v1, X25519 recipients): any age program opens them too."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import os
import struct
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from scanner.ledger.keys import PrivateKey, PublicKey

VERSION = b"age-encryption.org/v1\n"
CHUNK = 64 * 1024
MAX_HEAD = 64 * 1024
"""Every recipient costs a computation: a head longer than some five hundred of them is refused."""
_INFO = b"age-encryption.org/v1/X25519"
_X25519 = bytes.fromhex("302a300506032b656e032100")
_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def encrypt(data: bytes, recipients: Sequence[PublicKey]) -> bytes:
    """The encrypted file. Raises ValueError for a key that is not for encryption."""
    file_key = os.urandom(16)
    head = VERSION
    for recipient in recipients:
        if recipient.algorithm != "x25519":
            raise ValueError("not a key for encryption")
        head += _stanza(file_key, recipient)
    if len(head) > MAX_HEAD - 128:
        raise ValueError("too many recipients")
    head += b"---"
    head += b" " + _plain64(hmac.digest(_derive(file_key, b"", b"header"), head, hashlib.sha256)) + b"\n"
    nonce = os.urandom(16)
    cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
    count = max(1, -(-len(data) // CHUNK))
    body = [cipher.encrypt(_counter(n, n == count - 1), data[n * CHUNK : (n + 1) * CHUNK], None) for n in range(count)]
    return head + nonce + b"".join(body)


def decrypt(data: bytes, key: PrivateKey) -> bytes:
    """The file inside. Raises ValueError when it is not for this key, or not whole."""
    if key.public.algorithm != "x25519" or not data.startswith(VERSION):
        raise ValueError("form")
    end = data.find(b"\n--- ", 0, MAX_HEAD)
    line_end = data.find(b"\n", end + 1)
    if end < 0 or line_end < 0:
        raise ValueError("form")
    file_key = next((found for found in (_unwrap(stanza, key) for stanza in _stanzas(data[len(VERSION) : end])) if found is not None), None)
    if file_key is None:
        raise ValueError("recipient")
    mac = hmac.digest(_derive(file_key, b"", b"header"), data[: end + 4], hashlib.sha256)
    if not hmac.compare_digest(_plain64(mac), data[end + 5 : line_end]):
        raise ValueError("changed")
    return _payload(memoryview(data)[line_end + 1 :], file_key)


def recipient_text(key: PublicKey) -> str:
    """``age1…``, as age programs name a recipient."""
    return _bech32("age", key.raw)


def recipient_of(text: str) -> PublicKey:
    """The key of an ``age1…`` recipient. Raises ValueError."""
    values = [_ALPHABET.find(char) for char in text[4:]]
    if not text.startswith("age1") or -1 in values:
        raise ValueError("not a recipient")
    number = 0
    for value in values[:-6]:
        number = number << 5 | value
    spare = len(values[:-6]) * 5 - 256
    if not 0 <= spare < 5 or number & ((1 << spare) - 1):
        raise ValueError("not a recipient")
    key = PublicKey(_X25519 + (number >> spare).to_bytes(32, "big"))
    if recipient_text(key) != text:
        raise ValueError("not a recipient: checksum")
    return key


def _stanza(file_key: bytes, recipient: PublicKey) -> bytes:
    secret = X25519PrivateKey.generate()
    share = secret.public_key().public_bytes_raw()
    wrapping = _derive(secret.exchange(X25519PublicKey.from_public_bytes(recipient.raw)), share + recipient.raw, _INFO)
    body = _plain64(ChaCha20Poly1305(wrapping).encrypt(bytes(12), file_key, None))
    return b"-> X25519 " + _plain64(share) + b"\n" + body + b"\n"


def _stanzas(text: bytes) -> list[tuple[bytes, bytes]]:
    """(share, body) of every X25519 stanza; those of other kinds are passed over."""
    lines = text.split(b"\n")
    found = []
    for number, line in enumerate(lines[:-1]):
        words = line.split(b" ")
        if words[:2] == [b"->", b"X25519"] and len(words) == 3:
            found.append((_from64(words[2], 32), _from64(lines[number + 1], 32)))
    return found


def _unwrap(stanza: tuple[bytes, bytes], key: PrivateKey) -> bytes | None:
    share, body = stanza
    shared = X25519PrivateKey.from_private_bytes(key.secret).exchange(X25519PublicKey.from_public_bytes(share))
    try:
        return ChaCha20Poly1305(_derive(shared, share + key.public.raw, _INFO)).decrypt(bytes(12), body, None)
    except InvalidTag:
        return None


def _payload(data: memoryview, file_key: bytes) -> bytes:
    cipher = ChaCha20Poly1305(_derive(file_key, bytes(data[:16]), b"payload"))
    rest, size = data[16:], CHUNK + 16
    count = max(1, -(-len(rest) // size))
    found = io.BytesIO()
    try:
        for n in range(count):
            part = cipher.decrypt(_counter(n, n == count - 1), rest[n * size : (n + 1) * size], None)
            found.write(part)
    except InvalidTag:
        raise ValueError("changed") from None
    if count > 1 and not part:
        raise ValueError("changed")
    return found.getvalue()


def _counter(number: int, last: bool) -> bytes:
    return struct.pack(">3xQB", number, last)


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(secret)


def _plain64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _from64(text: bytes, size: int) -> bytes:
    data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if len(data) != size or _plain64(data) != text:
        raise ValueError("form")
    return data


def _bech32(head: str, data: bytes) -> str:
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[start : start + 5], 2) for start in range(0, len(bits), 5)]
    check = _polymod([ord(char) >> 5 for char in head] + [0] + [ord(char) & 31 for char in head] + values + [0] * 6) ^ 1
    values += [(check >> 5 * (5 - place)) & 31 for place in range(6)]
    return head + "1" + "".join(_ALPHABET[value] for value in values)


def _polymod(values: Sequence[int]) -> int:
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for place in range(5):
            total ^= _GENERATOR[place] if (top >> place) & 1 else 0
    return total
