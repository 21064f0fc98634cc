"""Files that stand as letters in a text: Base64 in either alphabet, with or without a data URL's head, and hexadecimal digits."""

from __future__ import annotations

import base64
import binascii
import re

from scanner.collect.holdings.files.sniff import MAGIC, OLE
from scanner.facts.holdings.texts import NEEDLES

PAYLOAD = 4096
"""A value this long of Base64 letters only is a packaged file."""
SHORTEST = 48
"""A shorter value is one only where it is a text that speaks of secrecy; between the two are signatures and digests as well."""
LEAST = 8
FILES = (b"PK\x03\x04", b"%PDF-", OLE, *(magic for magic, _ in MAGIC if len(magic) > 3), b"\x1f\x8b\x08")
_HEAD = re.compile(r"data:[^,]{0,100},")
_LETTERS = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_DIGITS = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_ENCODINGS = ("utf-8", "gb18030", "utf-16", "utf-16-le")


def unpacked(text: str, *, said: bool = False) -> bytes | None:
    """The bytes of a packaged file; None where the text is none. ``said``: what is around it calls it one, whatever its bytes are."""
    if len(text) < LEAST:
        return None
    bare = "".join(_HEAD.sub("", text, count=1).split())
    said = said or (text.startswith("data:") and ";base64," in text[:120])
    for data in (_of_letters(bare), _of_digits(bare)):
        if data is not None and (_speaks(data) if len(bare) >= SHORTEST else _tells(data)):
            return data
    data = _of_letters(bare)
    if data is None:
        # What is called packaged and cannot be unpacked is read as it stands.
        return text.encode("utf-8", "surrogatepass") if said else None
    return data if said or len(bare) >= PAYLOAD else None


def _of_letters(bare: str) -> bytes | None:
    if not _LETTERS.fullmatch(bare):
        return None
    plain = bare.rstrip("=").translate({45: "+", 95: "/"})
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _of_digits(bare: str) -> bytes | None:
    return bytes.fromhex(bare) if _DIGITS.fullmatch(bare) else None


def _speaks(data: bytes) -> bool:
    """Whether data are a file, or a text: no signature is."""
    return data.startswith(FILES) or _tells(data) or _readable(data, "utf-8") is not None


def _tells(data: bytes) -> bool:
    """Whether data are a text that speaks of secrecy."""
    return any((text := _readable(data, encoding)) is not None and any(needle in text for needle in NEEDLES) for encoding in _ENCODINGS)


def _readable(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if all(char.isprintable() or char in "\r\n\t\ufeff" for char in text) else None
