"""Which of the frames that were kept go into the record: tokens of other ends, and bare TCP headers that may be tokens; each within a budget."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from scanner.collect.trial.sieve import Heard
from scanner.facts.fact import Unreadable
from scanner.facts.network import tokens
from scanner.facts.network.packets import Frame, dissect
from scanner.facts.network.plan import Plan

PER_TRIAL = 400
"""Frames of one trial that stand in the record; what is more is counted."""
PER_SOURCE = 2000
"""Bare TCP headers of one source."""
MARKED = 4000
"""Bare TCP headers with the plan's stamp."""
IN_ALL = 24_000
BARE = IN_ALL // 2
"""Bare TCP headers of all sources together: strangers never take the room of tokens."""
MAX_FRAME = 1600
IN_BYTES = 8 << 20
"""Bytes of all frames together; as digits they take twice that."""
SYN, RST, ACK = 0x02, 0x04, 0x10


class Keeper:
    """Sifts what was heard, each frame once, however often the record is written."""

    def __init__(self, plan: Plan, others: tuple[str, ...], mark: bytes, own: bytes, answers: bool) -> None:
        """``mark`` begins the tokens of the other side; ``answers``: bare answers count too, which only a forged source of this end can draw."""
        self._plan, self._others, self._own, self._answers = plan, others, own, answers
        self._stamp = struct.unpack(">I", mark[:4])[0]
        self._counts: dict[str, int] = {}
        self._bares = 0
        self._bytes = 0
        self._seen: set[tuple[Any, ...]] = set()
        self.looked = 0
        """Frames looked at so far."""
        self.frames: list[dict[str, Any]] = []
        """As the record holds them."""
        self.over: dict[str, int] = {}
        """Counts of what found no room."""

    def take(self, fresh: Iterable[Heard]) -> None:
        """Sift more frames."""
        for heard in fresh:
            self.looked += 1
            if heard.frame[6:12] == self._own or heard.kind not in ("token", "ours", "dns", "tagged"):
                continue
            name, limit = self._sort(heard)
            if name is None:
                continue
            self._counts[name] = self._counts.get(name, 0) + 1
            bare, strange = "/" not in name, name.startswith("tcp ")
            full = len(self.frames) >= IN_ALL or self._bytes >= IN_BYTES or (bare and self._bares >= BARE)
            if self._counts[name] > limit or full:
                self.over[name] = self.over.get(name, 0) + 1
                # Of one trial enough is kept; what the whole budget turned away may be all there was of it.
                if self._counts[name] <= limit and not strange:
                    self.over["lost"] = self.over.get("lost", 0) + 1
            else:
                self._bares += bare
                self._bytes += min(len(heard.frame), MAX_FRAME)
                self.frames.append({"t": round(heard.time, 6), "hex": heard.frame[:MAX_FRAME].hex()})

    def _sort(self, heard: Heard) -> tuple[str | None, int]:
        """The budget that a frame belongs to; None for what is no token of another end."""
        found = next(tokens.find(self._plan.key, heard.frame, self._others), None)
        if found is not None:
            return f"{found.end}/{found.trial}", PER_TRIAL
        try:
            return self._bare(dissect(heard.frame))
        except Unreadable:
            return None, 0

    def _bare(self, frame: Frame) -> tuple[str | None, int]:
        inner: Frame | None = frame
        while inner is not None and inner.tcp is None:
            inner = inner.inner
        if inner is None or inner.tcp is None or inner.ip is None:
            return None, 0
        tcp, ip = inner.tcp, inner.ip
        opening = tcp.flags & SYN and not tcp.flags & ACK
        answer = self._answers and tcp.flags & ACK and tcp.flags & (SYN | RST)
        if not opening and not answer and frame.carrier != "quoted":
            return None, 0
        key = (ip.src, ip.dst, tcp.sport, tcp.dport, tcp.seq, tcp.ack, tcp.flags)
        if key in self._seen:
            return None, 0
        self._seen.add(key)
        marked = self._stamp in (tcp.tsval, tcp.tsecr)
        return ("marked" if marked else f"tcp {ip.src}"), (MARKED if marked else PER_SOURCE)
