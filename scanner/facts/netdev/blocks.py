"""A reader of Huawei VRP and H3C Comware configurations: blocks between ``#`` lines, a header, what is indented below it.

The shapes here (Block, Config) are shared with the reader of ``!``-separated configurations (indented.py).

Global settings come in two shapes: a line without indentation, or (both vendors) a whole segment indented by one blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.fact import Unreadable

MAX_LINES = 400_000
SHOWN = 20
"""How many lines that were not understood are kept word for word."""
_MORE = re.compile(
    r"[ \t]*-{2,} ?(?i:more)(?: ?\([^)]*\))? ?-{2,}"
    r"(?:\x1b\[\d*D *\x1b\[\d*D| ?\x08+ *\x08+| ?\r *\r|\x1b\[\d*D| {42}|\x1b\[K)?"
)
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PROMPT = re.compile(r"[<\[][\w.@:/~*-]{1,64}[>\]]|(?:Error|Info|Warning): ?|\^$|% ")
_VERSION = re.compile(r"!\s*Software Version\s+(\S.*)|\[(V\d\w*)\]|version\s+(\d.*)", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_HEADER_VRP = re.compile(r"header (?:login|shell) information (.*)", re.S)
_HEADER_COMWARE = re.compile(r"header (?:legal|login|motd|shell|incoming) ?(.*)", re.S)
_FOLDED = re.compile(r"header (?:login|shell) file ")


@dataclass(frozen=True, slots=True)
class Block:
    """A header and the lines indented below it (stripped; sub-separators left out)."""

    header: str
    """The unindented line, or the one global line; single blanks between words."""
    body: tuple[str, ...]
    """Lines below, single blanks between words."""
    line: int
    """Line number of the header in the file, from 1."""
    numbers: tuple[int, ...] = ()
    """Line numbers of the body's lines."""

    def said(self) -> Iterator[tuple[int, str]]:
        """The body's lines with their numbers."""
        yield from zip(self.numbers, self.body, strict=True)


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration."""

    blocks: tuple[Block, ...]
    version: str
    """What the file says of the software's version; empty when it says nothing."""
    returned: bool
    """True when the closing ``return`` was seen; without it the file may have been cut anywhere."""
    lines: int
    """Lines from the first ``#`` to ``return`` that hold anything."""
    unparsed: int
    """How many of them the reader could not place (prompts, messages, paging residue, control characters)."""
    encoding: str
    """utf-8 or gbk."""
    unplaced: tuple[tuple[int, str], ...] = ()
    """The first of the lines that could not be placed, with their numbers."""

    def starting(self, *words: str) -> Iterator[Block]:
        """Blocks whose header starts with one of these words (whole words)."""
        for block in self.blocks:
            if any(block.header == word or block.header.startswith(word + " ") for word in words):
                yield block

    def headers(self) -> Iterator[str]:
        """Every header and global line."""
        for block in self.blocks:
            yield block.header


def decode(data: bytes) -> tuple[str, str]:
    """UTF-8, else GBK (both strict). Raises Unreadable when it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), "utf-8" if encoding == "utf-8-sig" else "gbk"
        except UnicodeDecodeError:
            continue
    raise Unreadable("neither UTF-8 nor GBK")


def read_blocks(data: bytes) -> Config:
    """Read a saved configuration. Raises Unreadable when a banner never ends or the bytes are no text."""
    text, encoding = decode(data)
    if text.count("\n") > MAX_LINES:
        raise Unreadable("more lines than any configuration has")
    return _Reader(text.split("\n"), encoding).run()


class _Reader:
    def __init__(self, raw: list[str], encoding: str) -> None:
        self.raw = raw
        self.encoding = encoding
        self.blocks: list[Block] = []
        self.version = ""
        self.lines = 0
        self.unparsed = 0
        self.returned = False
        self.header: tuple[str, int] | None = None
        self.body: list[str] = []
        self.numbers: list[int] = []
        # What stands before the first separator is the session's; a text without any separator has none.
        self.begun = not any(line.strip() == "#" for line in raw)
        self.unplaced: list[tuple[int, str]] = []
        self.shift = dropped_before(raw[0] if raw else "")

    def run(self) -> Config:
        at = 0
        while at < len(self.raw) and not self.returned:
            line, clean = cleaned(self.raw[at])
            at = self.one(line, clean, at)
        self.close()
        return Config(tuple(self.blocks), self.version, self.returned, self.lines, self.unparsed, self.encoding, tuple(self.unplaced))

    def one(self, line: str, clean: bool, at: int) -> int:
        """Take one line; return the number of the next."""
        bare = line.strip(" \t")
        if not bare:
            return at + 1
        found = _VERSION.fullmatch(bare) if self.header is None else None
        if found is not None and not self.version:
            self.version = next(part for part in found.groups() if part).strip()
        if bare == "#":
            self.begun = True
            self.lines += 1
            if line[:1] == "#":
                self.close()
            return at + 1
        if bare[0] == "!" or (found is not None and bare[0] == "["):
            return at + 1
        if not self.begun:
            return at + 1
        self.lines += 1
        if line == "return":
            self.returned = True
            return at + 1
        if not clean or _CONTROL.search(bare) or (line[0] not in " \t" and _PROMPT.match(bare)):
            self.unparsed += 1
            if len(self.unplaced) < SHOWN:
                self.unplaced.append((self.number(at), bare[:120]))
            return at + 1
        end = self.banner(bare, at)
        if end is not None:
            return end
        self.place(line, bare, at)
        return at + 1

    def place(self, line: str, bare: str, at: int) -> None:
        words = " ".join(bare.split())
        if line[0] not in " \t":
            self.close()
            self.header = (words, self.number(at))
        elif self.header is not None:
            self.body.append(words)
            self.numbers.append(self.number(at))
        else:
            self.blocks.append(Block(words, (), self.number(at)))

    def close(self) -> None:
        if self.header is not None:
            self.blocks.append(Block(self.header[0], tuple(self.body), self.header[1], tuple(self.numbers)))
        self.header, self.body, self.numbers = None, [], []

    def number(self, at: int) -> int:
        """The line's number in the file as it was before masking."""
        return at + 1 + self.shift

    def banner(self, bare: str, at: int) -> int | None:
        """Swallow a banner: its text may hold ``#`` and ``return``. None when the line is no banner."""
        if _FOLDED.match(bare):
            return None
        found = _HEADER_VRP.fullmatch(bare) or _HEADER_COMWARE.fullmatch(bare)
        if found is None:
            return None
        text = found[1]
        mark, rest = text[:1], text[1:]
        last = at
        while not mark:
            # Comware may put the delimiter on the next line.
            last += 1
            if last >= len(self.raw):
                raise Unreadable("a banner without text")
            following = cleaned(self.raw[last])[0].strip(" \t")
            mark, rest = following[:1], following[1:]
        while mark not in rest:
            last += 1
            if last >= len(self.raw):
                raise Unreadable(f"the banner of line {at + 1} never ends")
            rest = self.raw[last]
        self.close()
        self.blocks.append(Block(bare.split(mark)[0].strip() if text else bare, (), self.number(at)))
        self.lines += last - at
        return last + 1


_DROPPED = re.compile(r"! shiqu: lines before the configuration dropped: (\d{1,7})\r?")


def dropped_before(first: str) -> int:
    """How many lines fewer the masked text has above its second line than the file."""
    found = _DROPPED.fullmatch(first)
    return int(found[1]) - 1 if found else 0


def cleaned(raw: str) -> tuple[str, bool]:
    """A line without paging residue and carriage returns; False when residue is left whose indentation is lost."""
    line = raw.rstrip("\r")
    clean = True
    if "ore" in line.lower() and "--" in line:
        shorter = _MORE.sub("", line)
        if shorter != line:
            tail = line.partition("--")[2]
            # Without the terminal's own marks nobody can say how far the text was indented.
            clean = not shorter.strip() or "\x1b" in tail or "\x08" in tail or "\r" in tail or " " * 42 in tail
            line = shorter
    if "\x1b" in line:
        line = _ESCAPE.sub("", line)
    return line.rstrip(" \t\r"), clean
