"""A reader of Cisco IOS, IOS-XE, NX-OS and Ruijie configurations: a header, what is indented below it, ``!`` between, ``end`` at the end.

NX-OS writes no ``end``: there only the prompt of the session (kept as a count by the masking) shows that the text is whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scanner.facts.fact import Unreadable
from scanner.facts.netdev.blocks import MAX_LINES, SHOWN, Block, Config, cleaned, decode, dropped_before

PROMPT_SEEN = "! shiqu: a prompt follows the configuration"
_CONTROL = re.compile(r"[\x00-\x02\x04-\x08\x0b-\x1f\x7f]")
_STRAY = re.compile(r"[\w.@:/~-]{1,64}(?:\([\w.-]{1,40}\))?[#>]|% |\^$|<\w[\w.-]*>|\[[~*]?\w[\w.-]*\]")
_PREFACE = re.compile(
    r"Building configuration|Current configuration ?:|Using \d+ out of|Startup config saved|(?:show|more) (?:run|start|conf)\w*.*"
)
_VERSION = re.compile(r"version (\S.*)", re.I)
_BANNER = re.compile(r"banner (?:motd|login|exec|incoming|prompt-timeout|slip-ppp|config-save)\s+(\S.*)")
_MACRO = re.compile(r"macro name \S+")
_HEX = re.compile(r"(?:[0-9A-F]{8}|[0-9A-F]{2,8})(?: [0-9A-F]{2,8})*")


def read_indented(data: bytes) -> Config:
    """Read a saved configuration. Raises Unreadable when a banner never ends or the bytes are no text."""
    text, encoding = decode(data)
    if text.count("\n") > MAX_LINES:
        raise Unreadable("more lines than any configuration has")
    return _Reader(text.split("\n"), encoding).run()


class _Reader:
    def __init__(self, raw: list[str], encoding: str) -> None:
        self.raw = raw
        self.encoding = encoding
        self.shift = dropped_before(raw[0] if raw else "")
        self.blocks: list[Block] = []
        self.header: tuple[str, int] | None = None
        self.body: list[tuple[int, str]] = []
        self.version = ""
        self.ended = False
        self.lines = 0
        self.unparsed = 0
        self.unplaced: list[tuple[int, str]] = []

    def run(self) -> Config:
        at = 0
        while at < len(self.raw) and not self.ended:
            line, clean = cleaned(self.raw[at])
            at = self.one(line, clean, at)
        self.close()
        return Config(tuple(self.blocks), self.version, self.ended, self.lines, self.unparsed, self.encoding, tuple(self.unplaced))

    def one(self, line: str, clean: bool, at: int) -> int:
        """Take one line; return the number of the next."""
        bare = line.strip(" \t")
        if line.startswith(PROMPT_SEEN):
            self.ended = True
        if not bare or bare[0] == "!" or _PREFACE.match(line):
            return at + 1
        self.lines += 1
        if line == "end":
            self.ended = True
            return at + 1
        if not clean or _CONTROL.search(bare) or (line[0] not in " \t" and _STRAY.match(bare)) or "\ufffd" in bare:
            return self.not_placed(bare, at)
        if line[0] not in " \t":
            last = self.swallowed(bare, at)
            if last is not None:
                return last
        return self.place(line, bare, at)

    def place(self, line: str, bare: str, at: int) -> int:
        words = " ".join(bare.split())
        if line[0] not in " \t":
            self.close()
            self.header = (words, self.number(at))
            found = _VERSION.fullmatch(words)
            if found and not self.version:
                self.version = found[1]
        elif self.header is None:
            return self.not_placed(bare, at)
        elif not (self.header[0].startswith("crypto pki certificate chain") and _HEX.fullmatch(words)):
            self.body.append((self.number(at), words))
        return at + 1

    def not_placed(self, bare: str, at: int) -> int:
        self.unparsed += 1
        if len(self.unplaced) < SHOWN:
            self.unplaced.append((self.number(at), bare[:120]))
        return at + 1

    def close(self) -> None:
        if self.header is not None:
            self.blocks.append(
                Block(self.header[0], tuple(text for _, text in self.body), self.header[1], tuple(number for number, _ in self.body))
            )
        self.header, self.body = None, []

    def number(self, at: int) -> int:
        """The line's number in the file as it was before masking."""
        return at + 1 + self.shift

    def swallowed(self, bare: str, at: int) -> int | None:
        """Step over a banner or a macro, whose text may look like settings. None when the line begins neither."""
        found = _BANNER.fullmatch(bare)
        if found is not None:
            mark = "^C" if found[1].startswith("^C") else found[1][0]
            if mark in found[1][len(mark) :]:
                last = at
            else:
                last = self.find(at + 1, lambda raw: mark in raw)
        elif _MACRO.fullmatch(bare):
            last = self.find(at + 1, lambda raw: raw.strip() == "@")
        else:
            return None
        self.close()
        self.blocks.append(Block(" ".join(bare.split()[:2]), (), self.number(at)))
        self.lines += last - at
        return last + 1

    def find(self, at: int, ends: Callable[[str], bool]) -> int:
        for last in range(at, len(self.raw)):
            if ends(self.raw[last]):
                return last
        raise Unreadable(f"the banner or macro of line {self.number(at - 1)} never ends")
