"""Which tokens crossed: the frames that one end heard, matched against the trials that the other end wrote down.

A hit needs both records: the trial must stand in the minting end's record and say that this index was sent, the frame must stand in the
hearing end's. What only one end says is never a hit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.facts.fact import Unreadable
from scanner.facts.network import tokens
from scanner.facts.network.packets import Frame, Tcp, dissect
from scanner.facts.network.records import Record, Trial

SYN, RST, ACK = 0x02, 0x04, 0x10
EARLY = 5.0
"""How much earlier than sent a token may be heard, in seconds: the two clocks are never set together."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One token that was minted at one end and heard at another."""

    minted: str
    heard: str
    """The two ends."""
    trial: Trial
    index: int
    how: str
    """``payload``, ``text``, ``sequence`` (of a SYN), ``acknowledged`` (a reply to a forged source) or ``timestamp`` (sequence rewritten)."""
    t: float
    """When it was heard."""
    frame: bytes
    source: str
    """Source address that was seen: where the token came out."""
    target: str
    """``ADDRESS:PORT`` or MAC to which it was addressed when it was heard."""
    station: str
    """MAC that put it on the hearing end's segment."""
    ttl: int | None

    @property
    def early(self) -> bool:
        """Whether it was heard before it was sent: the clocks differ, or an earlier run under the same plan sent it."""
        return self.t < self.trial.started - EARLY

    @property
    def outward(self) -> bool:
        """Whether it went from inside to outside."""
        return self.minted == tokens.INNER


def hits(seed: bytes, records: Sequence[Record]) -> list[Hit]:
    """Every token that crossed between the inner end and an outer one, in the order in which they were heard."""
    by_end = {record.end: record for record in records}
    found: list[Hit] = []
    for record in records:
        others = {end: other for end, other in by_end.items() if end != record.end and tokens.INNER in (end, record.end)}
        if others:
            found += _heard_by(seed, record, others)
    return sorted(found, key=lambda hit: (hit.t, hit.minted, hit.trial.n, hit.index))


def strays(seed: bytes, records: Sequence[Record]) -> dict[str, int]:
    """By hearing end: payload tokens of the plan, minted on the other side, that no trial of that end's record explains.

    A run whose end was never written down, or a record of an earlier run under the same plan: nothing crossed for certain, and silence is
    no answer either.
    """
    by_end = {record.end: record for record in records}
    found: dict[str, int] = {}
    for record in records:
        others = tuple(end for end in by_end if end != record.end and tokens.INNER in (end, record.end))
        own = bytes.fromhex(record.interface.mac.replace(":", ""))
        for raw in (bytes.fromhex(heard.hex) for heard in record.heard):
            odd = (
                sum(_trial(by_end[one.end], one.trial, one.index) is None for one in tokens.find(seed, raw, others))
                if raw[6:12] != own
                else 0
            )
            if odd:
                found[record.end] = found.get(record.end, 0) + odd
    return found


def _heard_by(seed: bytes, record: Record, others: Mapping[str, Record]) -> Iterator[Hit]:
    own = record.interface.mac.lower()
    bare: list[tuple[float, bytes, Frame, Tcp]] = []
    for heard in record.heard:
        raw = bytes.fromhex(heard.hex)
        try:
            frame = dissect(raw)
        except Unreadable:
            continue
        if frame.eth is not None and frame.eth.src.lower() == own:
            continue
        carried = list(tokens.find(seed, raw, tuple(others)))
        for token in carried:
            trial = _trial(others[token.end], token.trial, token.index)
            if trial is not None:
                yield _hit(token.end, record.end, trial, token.index, "text" if token.text else "payload", heard.t, raw, frame)
        if not carried:
            bare += [(heard.t, raw, frame, tcp) for tcp in _tcps(frame)]
    for end, other in others.items():
        yield from _bare_hits(seed, end, other, record.end, bare)


def _tcps(frame: Frame | None) -> Iterator[Tcp]:
    """TCP headers without data: of the packet itself, of what a tunnel carries, of what an ICMP error quotes."""
    while frame is not None:
        if frame.tcp is not None:
            yield frame.tcp
        frame = frame.inner


def _trial(record: Record, number: int, index: int) -> Trial | None:
    return next((trial for trial in record.trials if trial.n == number and trial.holds(index)), None)


def _bare_hits(seed: bytes, end: str, other: Record, heard: str, bare: Sequence[tuple[float, bytes, Frame, Tcp]]) -> Iterator[Hit]:
    """SYNs and the answers to forged ones carry no payload: their numbers are compared with every trial that could have made them."""
    if not bare:
        return
    stamp = struct.unpack(">I", tokens.magic(seed, end)[:4])[0]
    wanted: dict[int, list[tuple[float, bytes, Frame, Tcp]]] = {}
    for item in bare:
        tcp = item[3]
        for number in {tcp.seq, (tcp.ack - 1) & 0xFFFFFFFF}:
            wanted.setdefault(number, []).append(item)
    matched: set[int] = set()
    for trial in other.trials:
        if trial.protocol != "tcp" or trial.template is None:
            continue
        for index, number in _numbers(seed, end, trial):
            for item in wanted.get(number, ()):
                hit = _agrees(end, heard, trial, index, number, stamp, item)
                if hit is not None:
                    matched.add(id(item))
                    yield hit
    for item in bare:
        t, raw, frame, tcp = item
        if id(item) not in matched and frame.tcp is tcp and tcp.tsval == stamp and tcp.flags & SYN and not tcp.flags & ACK:
            # A firewall that randomises sequence numbers leaves the timestamp. What an error quotes or a tunnel carries may be this end's own.
            for trial in other.trials:
                if (
                    trial.protocol == "tcp"
                    and trial.what == "port"
                    and trial.template is not None
                    and trial.holds(tcp.dport)
                    and t >= trial.started - EARLY
                ):
                    yield _hit(end, heard, trial, tcp.dport, "timestamp", t, raw, frame)
                    break


def _numbers(seed: bytes, end: str, trial: Trial) -> Iterator[tuple[int, int]]:
    """(index, sequence number) of every SYN of a trial."""
    last = max((high for _, high in trial.ranges), default=-1)
    raw = tokens.stream(seed, tokens.label(end, trial.n), last + 1)
    numbers = struct.unpack(f">{2 * (last + 1)}I", raw)[::2]
    for low, high in trial.ranges:
        for index in range(low, high + 1):
            yield index, numbers[index]


def _agrees(end: str, heard: str, trial: Trial, index: int, number: int, stamp: int, item: tuple[float, bytes, Frame, Tcp]) -> Hit | None:
    t, raw, frame, tcp = item
    port = index if trial.what == "port" else trial.port
    # Among a million numbers and a day of strangers' openings one agrees by chance: the stamp or the port must agree as well.
    sure = tcp.seq == number and (tcp.tsval == stamp or tcp.dport == port)
    if sure and not tcp.flags & (ACK | RST) and tcp.flags & SYN:
        return _hit(end, heard, trial, index, "sequence", t, raw, frame)
    if sure and _quoted(frame, tcp):
        return _hit(end, heard, trial, index, "sequence", t, raw, frame)
    if tcp.flags & ACK and (tcp.ack - 1) & 0xFFFFFFFF == number and tcp.flags & (SYN | RST) and trial.source and tcp.sport == port:
        return _hit(end, heard, trial, index, "acknowledged", t, raw, frame)
    return None


def _quoted(frame: Frame, tcp: Tcp) -> bool:
    """Whether the header stands in what an ICMP error quotes."""
    return frame.carrier == "quoted" and frame.inner is not None and frame.inner.tcp is tcp


def _hit(minted: str, heard: str, trial: Trial, index: int, how: str, t: float, raw: bytes, frame: Frame) -> Hit:
    ip, eth = frame.ip, frame.eth
    port = frame.tcp.dport if frame.tcp is not None else frame.udp.dport if frame.udp is not None else None
    target = eth.dst if ip is None and eth is not None else "" if ip is None else ip.dst if port is None else f"{ip.dst}:{port}"
    return Hit(
        minted=minted, heard=heard, trial=trial, index=index, how=how, t=t, frame=raw,
        source=ip.src if ip is not None else "", target=target, station=eth.src if eth is not None else "",
        ttl=ip.ttl if ip is not None else None,
    )  # fmt: skip


def first_of_each(found: Iterable[Hit]) -> list[tuple[Hit, list[int]]]:
    """Hits that tell the same story (ends, kind, protocol, next hop, destination) as one: the first of them and all indices."""
    groups: dict[tuple[str, ...], tuple[Hit, set[int]]] = {}
    for hit in found:
        trial = hit.trial
        # Where the index is not the port, the port tells stories apart; else the indices are the ports of one story.
        port = "" if trial.what == "port" else str(trial.port)
        source = hit.source if trial.kind == "relay" else ""
        # Inward tokens go to every inner address: they are one story, told by where they came in.
        to = "" if trial.kind in ("inward", "layer2") else trial.to
        key = (hit.minted, hit.heard, trial.kind, trial.protocol, trial.family, trial.via, to, trial.what, port, source)
        known = groups.get(key)
        if known is None:
            groups[key] = (hit, {hit.index})
        else:
            known[1].add(hit.index)
    return [(hit, sorted(indices)) for hit, indices in groups.values()]
