"""``views.foreign``: what other tools found, beside what we found. Pure.

No line here touches a verdict, a finding or a hazard. Where a tool's rule asks exactly what one of our checks asks (the sheet cites
it), both answers stand side by side, and a contradiction is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from scanner.assess.loose import Data, items, mapping, mappings, text, texts, truth, whole
from scanner.model.canonical import strict_loads
from scanner.model.foreign_view import Foreign, ForeignHost, ForeignRow
from scanner.model.target import Target
from scanner.model.verdict import Status, Verdict
from scanner.rulebook.book import Rulebook

PROBE = "foreign."
"""Before the ids of probes under which foreign files rest."""
SCHEMA = "shiqu/foreign/1"
HOSTS, ROWS = 200, 500
"""How many hosts and lines of a file stand in the view; all of them stand on the shelf."""
WORDS = ("fail", "seen", "open", "pass", "not-applicable")
"""In the order in which somebody wants to see them."""
SHOWN = ("fail", "seen", "open")
OPPOSITE = {("pass", Status.UNMET), ("fail", Status.MET)}
Look = Callable[[str], tuple[dict[str, Any], bytes]]


def foreign(
    evidence: Iterable[Sequence[Any]], look: Look, verdicts: Sequence[Verdict], targets: Sequence[Target], book: Rulebook
) -> list[Foreign]:
    """One block per foreign file of the shelf's index of evidence; what is not of the known shape is left out."""
    ours = _Ours(verdicts, targets, book)
    blocks = []
    for line in evidence:
        if str(line[1]).startswith(PROBE):
            data = _loaded(look(line[2])[1])
            if data.get("schema") == SCHEMA:
                blocks.append(_block(data, str(line[2]), str(mapping(line[3]).get("started") or ""), ours))
    return blocks


def _loaded(data: bytes) -> Data:
    try:
        return mapping(strict_loads(data))
    except (ValueError, RecursionError):
        return {}


class _Ours:
    """What of ours is compared."""

    def __init__(self, verdicts: Sequence[Verdict], targets: Sequence[Target], book: Rulebook) -> None:
        self.verdicts = verdicts
        self.numbers = {(verdict.target, verdict.check): n for n, verdict in enumerate(verdicts)}
        self.checks: dict[str, list[str]] = {}
        for check in book.checks.values():
            for rule in check.sheet.references.get("cac", ()):
                self.checks.setdefault(rule, []).append(check.id)
        self.known = {target.id for target in targets}
        self.places: dict[str, set[str]] = {}
        for target in targets:
            for name in _names(target):
                self.places.setdefault(name, set()).add(target.id)

    def target(self, name: str, addresses: Iterable[str], given: str | None) -> str | None:
        """The one target that a host is; none when several fit."""
        if given in self.known:
            return given
        found = {target for place in (name, *addresses) for target in self.places.get(_place(place), ())}
        return found.pop() if len(found) == 1 else None

    def check(self, rule: str, target: str | None) -> tuple[str | None, int | None]:
        """Our check that asks what a rule asks, and its verdict on the target."""
        names = self.checks.get(rule, [])
        for name in names:
            number = self.numbers.get((target or "", name))
            if number is not None:
                return name, number
        return (names[0] if names else None), None


def _names(target: Target) -> set[str]:
    """By what a tool may know a host: never an address of this machine to itself."""
    places = {target.id, target.address or "", urlsplit(target.url).hostname or "" if target.url and "://" in target.url else ""}
    return {_place(place) for place in places if place} - {"local", ""}


def _place(text_: str) -> str:
    """One spelling of an address or a host name; the loopback tells nobody from anybody."""
    try:
        address = ip_address(text_)
    except ValueError:
        return "" if text_.lower() in ("localhost", "localhost.localdomain") else text_.lower()
    return "" if address.is_loopback or address.is_unspecified or address.is_link_local else address.compressed


def _block(data: Data, evidence: str, imported: str, ours: _Ours) -> Foreign:
    given = text(data.get("target")) if len(items(data.get("hosts"))) == 1 else None
    hosts = [_host(item, ours, given) for item in mappings(data.get("hosts"))]
    rows = [row for line in items(data.get("rows")) if (row := _row(items(line), hosts, ours)) is not None]
    shown = sorted(
        (row for row in rows if row["differs"] or row["means"] in SHOWN), key=lambda row: (not row["differs"], WORDS.index(row["means"]))
    )
    counts = Counter((row["host"], row["means"]) for row in rows)
    return {
        "origin": text(data.get("origin")) or "?",
        "tool": text(data.get("tool")) or "?",
        "file": text(data.get("file")) or "?",
        "bytes": max(0, whole(data.get("bytes")) or 0),
        "digest": text(data.get("digest")) or "?",
        "evidence": evidence,
        "imported": imported,
        "whole": truth(data.get("whole")) is True,
        "left_out": max(0, whole(data.get("left_out")) or 0),
        "hosts": [_counted(host, number, counts) for number, host in enumerate(hosts[:HOSTS])],
        "more_hosts": max(0, len(hosts) - HOSTS),
        "rows": shown[:ROWS],
        "more_rows": max(0, len(shown) - ROWS),
        "differing": sum(row["differs"] for row in rows),
    }


def _host(item: Data, ours: _Ours, given: str | None) -> ForeignHost:
    name, addresses = text(item.get("name")) or "", texts(item.get("addresses"))
    return {
        "name": name,
        "addresses": addresses,
        "target": ours.target(name, addresses, given),
        "began": text(item.get("began")) or "",
        "profile": text(item.get("profile")) or "",
        "counts": {},
    }


def _counted(host: ForeignHost, number: int, counts: Mapping[tuple[int, str], int]) -> ForeignHost:
    return {**host, "counts": {word: counts[number, word] for word in WORDS if (number, word) in counts}}


def _row(line: Sequence[Any], hosts: Sequence[ForeignHost], ours: _Ours) -> ForeignRow | None:
    """A line of the known shape, else None."""
    if len(line) != 6 or whole(line[0]) is None or not 0 <= line[0] < len(hosts) or line[4] not in WORDS:
        return None
    key, means = text(line[1]) or "?", str(line[4])
    target = hosts[line[0]]["target"]
    check, number = ours.check(key, target)
    verdict = ours.verdicts[number] if number is not None else None
    return {
        "host": line[0],
        "key": key,
        "title": text(line[2]) or "",
        "said": text(line[3]) or "",
        "means": means,
        "severity": text(line[5]) or "",
        "check": check,
        "verdict": number,
        "differs": verdict is not None and (means, verdict.status) in OPPOSITE,
    }


__all__ = ["foreign"]
