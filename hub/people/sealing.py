"""Small secrets at rest or in a browser's keeping: sealed with a key that is made from the hub's own, one a purpose."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from scanner.ledger.keys import PrivateKey


def seal(key: PrivateKey, purpose: str, about: str, text: str) -> str:
    """``about`` says whose it is: it opens for the same one only."""
    nonce = os.urandom(12)
    return urlsafe_b64encode(nonce + ChaCha20Poly1305(_key(key, purpose)).encrypt(nonce, text.encode(), about.encode())).decode()


def unseal(key: PrivateKey, purpose: str, about: str, sealed: str) -> str:
    """Raises ValueError for what was not sealed here, for this purpose, about this one."""
    data = urlsafe_b64decode(sealed.encode("ascii"))
    try:
        return ChaCha20Poly1305(_key(key, purpose)).decrypt(data[:12], data[12:], about.encode()).decode()
    except InvalidTag:
        raise ValueError(purpose) from None


def _key(key: PrivateKey, purpose: str) -> bytes:
    return hmac.new(hashlib.sha256(f"shiqu/hub-{purpose}/1".encode()).digest(), key.data, hashlib.sha256).digest()
