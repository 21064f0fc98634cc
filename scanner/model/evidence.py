"""Probe and Evidence: what is asked, and the raw answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from scanner.model.absent import Absent

EvidenceKind = Literal["answer", "sighting", "trial", "declaration", "foreign"]


@dataclass(frozen=True, slots=True)
class Probe:
    """A read-only question, written once, belonging to a fact.

    ``via`` names who can put it: ``sh`` (POSIX shell text, run by ``sh -c``), ``files`` (contents of regular files by
    shell glob), ``powershell`` (a block for Windows, carried by the portable script), ``sql`` (one SELECT or SHOW), ``tls``, ``http``, ``config`` (a saved configuration file),
    ``declared`` (the unit's own declaration). A family may add its own word.
    """

    id: str
    """Dotted name, unique: ``linux.sshd-config``."""
    via: str
    """Who can put the question."""
    ask: tuple[str, ...]
    """The question: one shell text, one SQL text, or a list of globs for ``files``."""
    root: bool = False
    """Needs privilege on the target: not put (and absent with no-permission) when there is none."""
    seconds: int = 10
    """Time limit on the target's side, in seconds."""
    max_bytes: int = 262_144
    """Byte limit of the answer on the target's side."""
    keeps: str = "whole"
    """What may rest on the shelf: ``whole``, ``lines:REGEX`` (only matching lines) or ``digest`` (only its SHA-256)."""
    kinds: tuple[str, ...] = ("linux",)
    """Target kinds that it may be put to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The raw answer to one probe on one target, or why there is none. Bytes are kept, decoded late."""

    target: str
    """Target id."""
    probe: str
    """Probe id."""
    kind: EvidenceKind = "answer"
    """How it was obtained."""
    stdout: bytes = b""
    """What the target answered, after masking."""
    stderr: bytes = b""
    """What it said beside the answer, after masking; capped."""
    exit: int | None = None
    """Exit status on the target; None where there is no such thing or it was lost."""
    absent: Absent | None = None
    """Set when there is no whole answer; then stdout may hold what little came."""
    started: str = ""
    """UTC time of the start, ISO 8601 with Z."""
    seconds: float = 0.0
    """How long it took, in seconds; 0 where only the whole script was timed."""
    operator: str = ""
    """Who asked: ``login`` name and transport."""
    privilege: str = ""
    """``root``, ``sudo`` or ``user``."""
    pace: str = ""
    """What the speed of a long look hung on. Like the times it is told by clocks: it stands in the manifest, never in what is judged."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader gets: the answer's bytes with safe ways to look at them."""

    stdout: bytes
    """Raw bytes."""
    stderr: bytes = b""
    """Raw bytes."""
    exit: int | None = 0
    """Exit status."""
    privilege: str = ""
    """``root``, ``sudo`` or ``user``."""
    fields: dict[str, str] = field(default_factory=dict)
    """Extra facts of the transport (peer address, TLS version …)."""

    @property
    def text(self) -> str:
        """stdout as UTF-8; bytes that are not UTF-8 become ``\\xNN``."""
        return self.stdout.decode("utf-8", "backslashreplace")

    @property
    def lines(self) -> list[str]:
        """Lines split on LF only: U+2028, VT, FS and friends are part of a line, as the target's programs see it."""
        lines = self.text.split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        return lines

    @property
    def complaint(self) -> str:
        """First line of stderr, shortened, for an Absent's detail."""
        return self.stderr.decode("utf-8", "backslashreplace").strip().split("\n")[0][:200]
