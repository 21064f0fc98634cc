"""Encryption of files that leave the machine, by domestic algorithms alone: SM2 wraps the keys, SM4 encrypts, SM3 says whether all is whole.

A file is a head in plain lines, the SM4 text (counter mode, counter from 0, for the key is used once), and 32 bytes of HMAC with
SM3 over everything before them. Any openssl 3 opens it without shiqu; docs/seal.md says how.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
from collections.abc import Sequence

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from scanner.errors import UseError
from scanner.ledger import libcrypto
from scanner.ledger.keys import PrivateKey, PublicKey

VERSION = b"shiqu/sm-file/1\n"
END = b"---\n"
KEY, MAC = 16, 32
"""Bytes of the SM4 key; of the HMAC's key, and of the HMAC."""
MAX_HEAD = 1024 * 1024
_LINE = re.compile(rb"to ([0-9a-f]{64}) ([A-Za-z0-9+/]+={0,2})")


def encrypt(data: bytes, recipients: Sequence[PublicKey]) -> bytes:
    """The encrypted file. Raises ValueError for a key that is not SM2 or for none, UseError on a machine without SM2."""
    if not recipients or any(one.algorithm != "sm2" for one in recipients):
        raise ValueError("not a key for encryption")
    secret = os.urandom(KEY + MAC)
    head = VERSION + b"".join(_line(secret, one) for one in dict.fromkeys(recipients)) + END
    body = _sm4(secret[:KEY], data)
    return b"".join((head, body, _mac(secret[KEY:], head, body)))


def decrypt(data: bytes, key: PrivateKey) -> bytes:
    """The file inside. Raises ValueError when it is not for this key, or not whole; nothing is decrypted before that is known."""
    if key.public.algorithm != "sm2" or not data.startswith(VERSION):
        raise ValueError("form")
    end = data.find(b"\n" + END, 0, MAX_HEAD)
    start = end + 1 + len(END)
    if end < 0 or len(data) < start + MAC:
        raise ValueError("form")
    secret = _secret(data[len(VERSION) : end].split(b"\n"), key)
    head, body, mac = data[:start], memoryview(data)[start:-MAC], data[-MAC:]
    if not hmac.compare_digest(_mac(secret[KEY:], head, body), mac):
        raise ValueError("changed")
    return _sm4(secret[:KEY], body)


def _line(secret: bytes, recipient: PublicKey) -> bytes:
    wrapped = libcrypto.encrypt_sm2(recipient.spki, secret)
    return b"to %s %s\n" % (recipient.fingerprint.removeprefix("sha256:").encode(), base64.b64encode(wrapped))


def _secret(lines: list[bytes], key: PrivateKey) -> bytes:
    """Both keys, out of the line that names this one."""
    found = [_LINE.fullmatch(line) for line in lines]
    mine = key.public.fingerprint.removeprefix("sha256:").encode()
    wrapped = next((one[2] for one in found if one is not None and one[1] == mine), None)
    if None in found:
        raise ValueError("form")
    if wrapped is None:
        raise ValueError("recipient")
    try:
        secret = libcrypto.decrypt_sm2(key.data, base64.b64decode(wrapped, validate=True))
    except binascii.Error:
        raise ValueError("form") from None
    if secret is None or len(secret) != KEY + MAC:
        raise ValueError("changed")
    return secret


def _sm4(key: bytes, data: bytes | memoryview) -> bytes:
    try:
        cipher = Cipher(algorithms.SM4(key), modes.CTR(bytes(16))).encryptor()
    except UnsupportedAlgorithm:
        raise UseError("sm2-library") from None
    return cipher.update(data) + cipher.finalize()


def _mac(key: bytes, *parts: bytes | memoryview) -> bytes:
    total = HMAC(key, SM3())
    for part in parts:
        total.update(part)
    return total.finalize()
