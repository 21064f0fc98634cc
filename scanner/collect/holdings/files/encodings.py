"""Which encoding a text is in, and how single cells are decoded when a file mixes two."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from io import RawIOBase
from typing import BinaryIO

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
BIG5 = "big5hkscs"
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", BIG5)
"""Encodings that are turned into UTF-8 while reading: their separators cannot be looked for as bytes."""
MAX_STRANGE = 0.02
"""Share of undecodable characters beyond which bytes are no text."""
TAKEN = (b"\xc3\x83\xc3\x9c", b"\xc3\xa5\xc2\xaf")
"""The character of secrecy in GB18030 and the beginning of it in UTF-8, as Latin letters."""
TWICE = re.compile(rb"\xc3\xa5\xc2\xaf(?:\xe2\x80\xa0|\xc2\x86)|(?:\xc2\xbb\xc3\xba|\xc3\x83\xc3\x98|\xc2\xbe\xc3\xb8)\xc3\x83\xc3\x9c")


MAX_ZEROS = 0.02
"""Share of zero bytes up to which a text is one with damage; UTF-16 without a mark has more, binary data too."""
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u2000-\u206f\u2600-\u27bf\u00b7]*")
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
LOW, FEW_LOW, COMMON, FOREIGN = 0.2, 0.05, 0.9, 0.25
"""Shares of characters: with a low second byte, for certain or perhaps; in the first plane of Big5; kana, frames and the like when read as GB18030."""
ESCAPED = {"hz": re.compile(rb"~\{[!-~]+~\}"), "iso2022_jp_2": re.compile(rb"\x1b\$[@AB]")}
"""Encodings of which every byte is a letter, and how they begin."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SHIFTED = re.compile(rb"\+[A-Za-z0-9+/]{3,}-?")
MANY_CHINESE, KNOWN_SHARE = 8, 0.95
"""Characters from which on letters may be UTF-7, and the share of them that are common ones: what is decoded by chance has a third of those."""
SHORTEST = 2
"""Chinese characters from which on bytes that are UTF-8 are no GB18030 by chance."""


def encoding_of(head: bytes) -> tuple[str, int] | None:
    """Encoding and length of the byte order mark; None when the bytes are no text."""
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, len(mark)
    zeros = head.count(0)
    wide = _wide_without_mark(head) if zeros > MAX_ZEROS * len(head) else None
    if wide:
        return wide, 0
    if zeros > MAX_ZEROS * len(head):
        return None
    if _decodes(head, "utf-8"):
        return "utf-8", 0
    # UTF-8 often decodes as GB18030 without an error, and a file that mixes both is neither: lines tell which one most of it is.
    if _decodes(head, "gb18030"):
        return ("utf-8" if _lines_say_utf8(head) else BIG5 if _traditional(head) else "gb18030"), 0
    if _traditional(head):
        return BIG5, 0
    return _mostly(head)


def escaped_encoding(head: bytes) -> str | None:
    """The encoding of a text that writes Chinese characters in plain letters: such a text is not what it looks like."""
    if not head.isascii():
        return None
    for name, sign in ESCAPED.items():
        if sign.search(head) is not None:
            with suppress(UnicodeDecodeError):
                if len(_CHINESE.findall(head[: head.rfind(b"\n") + 1 or None].decode(name))) >= SHORTEST:
                    return name
    return "utf-7" if _is_utf7(head[: head.rfind(b"\n") + 1 or None]) else None


def _is_utf7(head: bytes) -> bool:
    if _SHIFTED.search(head) is None:
        return False
    try:
        found = _CHINESE.findall(head.decode("utf-7"))
    except UnicodeDecodeError:
        return False
    return len(found) >= MANY_CHINESE and len("".join(found).encode("gb2312", "ignore")) >= KNOWN_SHARE * 2 * len(found)


def _traditional(head: bytes) -> bool:
    """Whether bytes that are GB18030 by chance are Big5: second bytes that GB2312 never has, and nearly all of it among Big5's common characters."""
    if not _decodes(head, BIG5):
        return False
    firsts = _PAIR.findall(head)
    low = sum(pair[1] < 0xA1 for pair in firsts)
    common = sum(0xA1 <= pair[0] <= 0xC6 for pair in firsts)
    foreign = sum(0xA4 <= pair[0] <= 0xAF for pair in firsts)
    if len(firsts) < SHORTEST or common < COMMON * len(firsts):
        return False
    return bool(low >= LOW * len(firsts) or (low >= FEW_LOW * len(firsts) and foreign >= FOREIGN * len(firsts)))


def _lines_say_utf8(head: bytes) -> bool:
    lines = [line for line in head.split(b"\n")[:2000] if not line.isascii()]
    return 2 * sum(1 for line in lines if _chinese_utf8(line)) > len(lines)


def _chinese_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8 of Chinese text, with too many characters to be so by chance."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    strange = "".join(char for char in text if not char.isascii())
    return len(strange) >= SHORTEST and _HAN.fullmatch(strange) is not None


def text_of(raw: bytes, encoding: str) -> str:
    """Decode one cell: the file's encoding first, then the other one that archives use, then with replacement marks."""
    if encoding == "gb18030" and not raw.isascii() and _chinese_utf8(raw):
        return raw.decode("utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        pass
    other = "gb18030" if encoding == "utf-8" else "utf-8"
    try:
        return raw.decode(other)
    except UnicodeDecodeError:
        return raw.decode(encoding, "replace")


def is_twice(text: bytes) -> bool:
    """Whether a level, or its character in UTF-8, was taken for Latin letters and encoded once more."""
    return (TAKEN[0] in text or TAKEN[1] in text) and TWICE.search(text) is not None


def spelt(digits: str) -> str | None:
    """The text that hexadecimal digits spell, in either encoding; None where they spell none."""
    data = bytes.fromhex(digits)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.isprintable() and text:
            return text
    return None


def _decodes(head: bytes, encoding: str) -> bool:
    """Whether the head is whole text but for a character cut at its end."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: nearly every other byte of its ASCII part is zero."""
    sample = head[: 4096 - len(head[:4096]) % 2]
    if len(sample) < 8 or b"\0" not in sample:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) * 10 > max(even, odd) or not _decodes(sample, name):
        return None
    text = sample.decode(name, "replace")
    strange = sum(1 for char in text if char < " " and char not in "\r\n\t" or "\ud800" <= char <= "\udfff")
    return name if strange <= MAX_STRANGE * len(text) else None


def _mostly(head: bytes) -> tuple[str, int] | None:
    """A text that mixes encodings: the one with fewer replacement marks, if they are few and control characters rare."""
    control = sum(head.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13, 27))
    if control > MAX_STRANGE * len(head):
        return None
    marks = {name: head.decode(name, "replace").count("\ufffd") for name in ("utf-8", "gb18030")}
    best = min(marks, key=lambda name: marks[name])
    return (best, 0) if marks[best] <= 0.3 * len(head) / 2 else None


class Utf8Of(RawIOBase):
    """A stream in another encoding, read as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._rest = b""

    def readable(self) -> bool:
        """Reading is all it does."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill from what is decoded; decode more when that is used up."""
        while not self._rest:
            piece = self._stream.read(1024 * 1024)
            self._rest = self._decoder.decode(piece, final=not piece).encode("utf-8", "replace")
            if not piece and not self._rest:
                return 0
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        """Close what is below as well."""
        self._stream.close()
        super().close()
