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
IN_ALL = 24_000
MAX_FRAME = 1600
SYN, RST, ACK = 0x02, 0x04, 0x10


def kept(frames: Iterable[Heard], plan: Plan, others: tuple[str, ...], own: bytes) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """(frames as the record holds them, counts of what found no room)."""
    stamp = struct.unpack(">I", tokens.magic(plan.key)[:4])[0]
    out: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    over: dict[str, int] = {}
    seen: set[tuple[Any, ...]] = set()
    for heard in frames:
        if heard.frame[6:12] == own or heard.kind not in ("token", "ours", "dns", "tagged"):
            continue
        name, limit = _sort(heard, plan, others, stamp, seen)
        if name is None:
            continue
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > limit or len(out) >= IN_ALL:
            over[name] = over.get(name, 0) + 1
            continue
        out.append({"t": round(heard.time, 6), "hex": heard.frame[:MAX_FRAME].hex()})
    return out, over


def _sort(
    heard: Heard, plan: Plan, others: tuple[str, ...], stamp: int, seen: set[tuple[Any, ...]]
) -> tuple[str | None, int]:
    """The budget that a frame belongs to; None for what is no token of another end."""
    found = next(tokens.find(plan.key, heard.frame, others), None)
    if found is not None:
        return f"{found.end}/{found.trial}", PER_TRIAL
    try:
        frame = dissect(heard.frame)
    except Unreadable:
        return None, 0
    return _bare(frame, stamp, seen)


def _bare(frame: Frame, stamp: int, seen: set[tuple[Any, ...]]) -> tuple[str | None, int]:
    inner: Frame | None = frame
    while inner is not None and inner.tcp is None:
        inner = inner.inner
    if inner is None or inner.tcp is None or inner.ip is None:
        return None, 0
    tcp, ip = inner.tcp, inner.ip
    opening = tcp.flags & SYN and not tcp.flags & ACK
    answer = tcp.flags & ACK and tcp.flags & (SYN | RST)
    if not opening and not answer and frame.carrier != "quoted":
        return None, 0
    key = (ip.src, ip.dst, tcp.sport, tcp.dport, tcp.seq, tcp.ack, tcp.flags)
    if key in seen:
        return None, 0
    seen.add(key)
    marked = stamp in (tcp.tsval, tcp.tsecr)
    return ("marked" if marked else f"tcp {ip.src}"), (PER_SOURCE * 8 if marked else PER_SOURCE)
