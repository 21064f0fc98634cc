"""What came back, taken apart along the marks: one Evidence per slot, whatever the host sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.collect.compose import Script, Slot
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Evidence

STDERR_KEPT = 4096
"""How many bytes of one probe's stderr are kept."""
TIMEOUT_EXITS = {124, 137}
"""What timeout(1) answers when the limit passed."""


@dataclass(slots=True)
class Frame:
    """One probe's frame while it is being put together."""

    body: bytes = b""
    exit: int | None = None
    ended: bool = False
    denied: bool = False
    twice: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """What a transport brought back from one conversation."""

    stdout: bytes
    stderr: bytes
    cut: Absent | None = None
    """Why the streams are not whole (deadline, size, lost connection); None when they ended by themselves."""
    operator: str = ""
    """Who asked and by which transport."""
    elevated: bool = False
    """Privilege came through sudo or su."""
    notes: dict[str, str] = field(default_factory=dict)
    """Facts of the transport: host key, algorithms, versions."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The evidence of one conversation and what the head of the script said."""

    evidence: tuple[Evidence, ...]
    privilege: str
    """``root``, ``sudo`` or ``user``; empty when the script never began."""
    clock: int | None
    """The target's clock in seconds since 1970."""
    complete: bool
    """The script came to its end."""


def read_frames(script: Script, raw: Raw, started: str, seconds: float) -> Reading:
    """Take the streams apart. Never raises for anything a host can send."""
    out = _frames(raw.stdout, script)
    err = _frames(raw.stderr, script)
    head = out.head
    privilege = "" if head is None else ("sudo" if raw.elevated and head[0] == 0 else "root" if head[0] == 0 else "user")
    evidence = tuple(
        _evidence(slot, out.frames.get(index), err.frames.get(index), out, raw, started, seconds, privilege)
        for index, slot in enumerate(script.slots)
    )
    return Reading(evidence, privilege, None if head is None else head[1], out.complete)


@dataclass(slots=True)
class _Stream:
    frames: dict[int, Frame] = field(default_factory=dict)
    head: tuple[int, int | None] | None = None
    reader_exit: int | None = None
    complete: bool = False


def _frames(stream: bytes, script: Script) -> _Stream:
    out = _Stream()
    current: Frame | None = None
    for piece in (b"\n" + stream).split(b"\n" + script.token.encode() + b" ")[1:]:
        line, _, body = piece.partition(b"\n")
        words = line.split(b" ")
        mark, number = words[0], _index(words[1] if len(words) > 1 else b"", len(script.slots))
        if mark == b"B" and number is not None:
            current = out.frames.get(number)
            if current is not None:
                current.twice = True
            current = out.frames.setdefault(number, Frame())
            current.body += body
        elif mark == b"R" and number is not None and current is out.frames.get(number) and current is not None:
            current.exit = _small(words[2] if len(words) > 2 else b"")
            current.body += body
        elif mark == b"E" and number is not None and number in out.frames:
            out.frames[number].ended = True
            current = None
        elif mark == b"P" and number is not None:
            out.frames.setdefault(number, Frame()).denied = True
        elif mark == b"H" and out.head is None and len(words) >= 4:
            uid, clock = _small(words[2], 10), _small(words[3], 12)
            out.head = (uid if uid is not None else -1, clock)
        elif mark == b"S":
            out.reader_exit = _small(words[1] if len(words) > 1 else b"")
        elif mark == b"Z":
            out.complete = True
        elif current is not None:
            current.twice = True
    return out


def _index(word: bytes, count: int) -> int | None:
    number = _small(word, 6)
    return number if number is not None and number < count else None


def _small(word: bytes, digits: int = 5) -> int | None:
    return int(word) if word.isdigit() and len(word) <= digits else None


def _evidence(
    slot: Slot, frame: Frame | None, err: Frame | None, stream: _Stream, raw: Raw, started: str, seconds: float, privilege: str
) -> Evidence:
    body = frame.body if frame is not None else b""
    # The mark's own line feed stands before the token: it was cut away with the split.
    absent = _absence(slot, frame, stream, raw, len(body))
    return Evidence(
        target=slot.target,
        probe=slot.probe.id,
        stdout=body[: slot.limit],
        stderr=(err.body[:STDERR_KEPT] if err is not None else b""),
        exit=frame.exit if frame is not None else None,
        absent=absent,
        started=started,
        seconds=seconds,
        operator=raw.operator,
        privilege=privilege,
    )


def _absence(slot: Slot, frame: Frame | None, stream: _Stream, raw: Raw, size: int) -> Absent | None:
    if frame is None:
        return _no_frame(slot, stream, raw)
    if frame.denied:
        return Absent(Why.NO_PERMISSION, "root")
    if frame.twice:
        return Absent(Why.GARBLED, "frame marks repeated or out of order")
    if not frame.ended:
        return raw.cut if raw.cut is not None else Absent(Why.TRUNCATED, "the answer has no end mark")
    if size > slot.limit:
        return Absent(Why.TRUNCATED, f"more than {slot.probe.max_bytes} bytes")
    if frame.exit is None:
        return Absent(Why.GARBLED, "exit status lost")
    if slot.probe.via in ("sh", "powershell") and frame.exit in TIMEOUT_EXITS:
        return Absent(Why.TIMED_OUT, f"{slot.probe.seconds} s")
    return None


def _no_frame(slot: Slot, stream: _Stream, raw: Raw) -> Absent:
    if slot.probe.via == "files" and stream.reader_exit not in (None, 0):
        if stream.reader_exit == 127:
            return Absent(Why.COMMAND_MISSING, "awk")
        why = Why.TIMED_OUT if stream.reader_exit in TIMEOUT_EXITS else Why.COMMAND_FAILED
        return Absent(why, f"file reader ended with {stream.reader_exit}")
    if raw.cut is not None:
        return raw.cut
    if stream.head is None:
        return Absent(Why.GARBLED, raw.stderr.decode("utf-8", "backslashreplace").strip()[:200] or "no frame mark came back")
    return Absent(Why.TRUNCATED, "the answer never began")
