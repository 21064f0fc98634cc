"""The short code that matches a paper copy to its file: twelve characters of the result's digest, in groups of four."""

from __future__ import annotations

import base64
import hashlib


def short_code(result_bytes: bytes) -> str:
    """``ABCD-EFGH-JKLM``: base32 of SHA-256 over the bytes of result.json, cut to 60 bits. It identifies; the seal proves."""
    text = base64.b32encode(hashlib.sha256(result_bytes).digest()).decode("ascii")[:12]
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"
