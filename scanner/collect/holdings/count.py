"""Counting one source or document on the spot: the text of a row lives as long as its decision, and only counts leave.

In stages: a sample tells what the columns mean; the store itself picks the rows that could be anything but open; each of those is
decided exactly; the rest is arithmetic. What is counted must add up to the rows that the store has, or it is an error.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from scanner.collect.holdings.beside import TOLD, asked_beside, told_beside
from scanner.collect.holdings.copies import LIKELY, Copies, is_copy, titling, within
from scanner.collect.holdings.leftovers import Watched, netted
from scanner.collect.holdings.lines import as_line, line_of
from scanner.collect.holdings.naming import told, told_place
from scanner.collect.holdings.openvolumes import volumes_told
from scanner.collect.holdings.passing import Asked, BrokenOff, one_pass
from scanner.collect.holdings.recordnumbers import Bearing, Numbers, levelled, without_numbers
from scanner.collect.holdings.shelves import is_volumes
from scanner.collect.holdings.sides import beside_titles
from scanner.collect.holdings.silent import silent
from scanner.collect.holdings.slices import Bounds, slice_of, together
from scanner.collect.holdings.survey import Known, Survey, know, survey
from scanner.collect.holdings.underheads import can_be_headed, is_written, rows_between, under_heads
from scanner.collect.holdings.volumes import Volumes
from scanner.errors import ReachError
from scanner.facts.holdings.documents import decide_document
from scanner.facts.holdings.reading import Document, Group, Source, Unread
from scanner.facts.holdings.record import Decision
from scanner.facts.holdings.tables import EXCLUDED, lineage_of
from scanner.facts.holdings.tally import Tally
from scanner.facts.holdings.values import column_is_cipher, column_is_english


class Kept(Protocol):
    """Notes of sources that were counted before."""

    @property
    def salt(self) -> bytes:
        """Key of digests."""

    def source(self, source: Source) -> Mapping[str, Any] | None:
        """``line`` and ``state`` of a source, if it was counted."""

    def keep(self, source: Source, line: Mapping[str, Any], state: Mapping[str, Any] | None) -> None:
        """Note a source that was counted."""

    def slices(self, source: Source) -> list[Mapping[str, Any]] | None:
        """Every slice of a source that was counted in slices, in their order."""


def count_group(
    group: Group, asked: Asked, kept: Kept | None = None, only: Container[str] | None = None
) -> Iterator[dict[str, Any] | Unread]:
    """Count every source of a group: a line for the shelf each, or by name what could not be read. ``only`` are paths: the others
    explain and are not counted."""
    try:
        with silent():
            asked, about, sources = _looked_at(group, asked)
    except ReachError as error:
        yield from (Unread(source.place, error.absent.why, error.absent.detail) for source in group.sources)
        return
    there = [known for _, known in sources if isinstance(known, Known)]
    salt = kept.salt if kept is not None else asked.salt
    volumes, numbers = Volumes(any(map(is_volumes, there)), salt), Numbers(salt, asked.among)
    copies = Copies(any(map(is_copy, there)), numbers)
    lines: list[tuple[Known | None, dict[str, Any] | Unread]] = []
    for source, known in sources:
        if only is not None and source.place.path not in only:
            continue
        if isinstance(known, Unread):
            lines.append((None, known))
            continue
        try:
            with silent():
                line = before = _noted(source, known, kept, volumes, copies) or _sliced(source, known, about, asked, kept, volumes, copies)
                if line is None:
                    asked.say(source.place.path, 0, False, False)
                    known, tally, left = _counted(known, about, asked, volumes, copies)
                    line = line_of(known, netted(known, tally, left))
                    line |= {"numbers": numbers.packed(known), "levelled": levelled(known)}
                    line |= volumes_told(known, line["rows_total"], asked.as_of)
                    line |= _passing(known, about, asked)
                    if kept is not None:
                        kept.keep(source, {**line, "notes": list(line["notes"])}, volumes.state(known))
            lines.append((known, line))
            asked.say(source.place.path, line["rows_total"], True, before is not None)
        except ReachError as error:
            if isinstance(error, BrokenOff) and error.tally.rows:
                # What was counted stays counted, and the rest is told.
                told = netted(known, error.tally, 0) if known.apart else error.tally
                lines.append((known, {**line_of(known, told), "method": "partial"}))
            lines.append((None, Unread(source.place, error.absent.why, error.absent.detail)))
    if only is not None:
        return
    for counted, result in lines:
        if counted is not None and not isinstance(result, Unread):
            try:
                with silent():
                    result["inverted"] = volumes.inverted(counted)
                    copied = (titling(counted), copies.telling()) if copies.worth(counted) else ()
                    same = numbers.found(counted, asked.as_of, *copied) if result["counts"]["N"] else None
                    result = result if same is None else same.in_line(result)
            except ReachError as error:
                result["notes"].append(f"volumes: {error.absent.why.value}")
            if volumes.full or copies.full or numbers.full:
                result["notes"].append("too-many-to-compare")
        yield result if asked.salt or isinstance(result, Unread) else without_numbers(result)


def _noted(source: Source, known: Known, kept: Kept | None, volumes: Volumes, copies: Copies) -> dict[str, Any] | None:
    """The line of a source that was counted before. Where copies are told by titles, those of classified records are needed again."""
    found = kept.source(source) if kept is not None else None
    if found is None or (copies.wanted and found["line"]["counts"]["C"]):
        return None
    volumes.restore(known, found["state"])
    copies.numbers.restore(known, found["line"]["numbers"])
    line = dict(found["line"])
    return {**line, "notes": list(line["notes"])}


def _sliced(
    source: Source, known: Known, about: Survey, asked: Asked, kept: Kept | None, volumes: Volumes, copies: Copies
) -> dict[str, Any] | None:
    """The line of a source that was counted in slices, all of which agree with what is known of it here."""
    found = kept.slices(source) if kept is not None else None
    if not found or kept is None or copies.wanted:
        return None
    tally = together(found, known, kept.salt)
    if tally is None:
        return None
    for row in found:
        volumes.restore(known, row["state"])
        copies.numbers.restore(known, row["numbers"])
    line = line_of(known, netted(known, tally, sum(int(row["left"]) for row in found)))
    return {
        **line,
        "numbers": copies.numbers.packed(known),
        "levelled": all(row["levelled"] for row in found),
        **volumes_told(known, line["rows_total"], asked.as_of),
        **_passing(known, about, asked),
    }


def bearing(group: Group, asked: Asked) -> Iterator[tuple[str, Bearing]]:
    """Sources of a group, as their places may be told, with the records in them that bear one of the numbers asked for. Raises ReachError."""
    with silent():
        about = survey(group, asked.labels)
        for source, known in _all_known(group, about, asked):
            if isinstance(known, Unread):
                raise ReachError(known.why, known.detail)
            numbers = Numbers(asked.salt, asked.among)
            found = numbers.found(known, asked.as_of) or Bearing([], False)
            found = replace(found, inverted=numbers.over(known, asked.as_of))
            if found.keys or found.inverted:
                yield told_place(source.place.path), found


def count_slice(group: Group, path: str, bounds: Bounds, asked: Asked, salt: bytes) -> dict[str, Any] | None:
    """One slice of one source for the notes; None where the source cannot be counted in slices. Raises ReachError."""
    with silent():
        asked, about, known_ones = _looked_at(group, asked)
        there = [item for _, item in known_ones if isinstance(item, Known)]
        known = next((item for item in there if item.source.place.path == path), None)
        if known is None or path in about.headings or any(map(is_copy, there)):
            return None
        return slice_of(known, bounds, asked, Volumes(any(map(is_volumes, there)), salt), salt)


def count_document(document: Document, asked: Asked) -> dict[str, Any] | Unread:
    """Decide one document: a store of one row."""
    parts = Watched(document.parts)
    with silent():
        decision = parts.settle(decide_document(parts, whole_text=document.whole, as_of=asked.as_of), document.place.path)
    if document.codes and decision.code == "N":
        decision = Decision("U", "code-unexplained")
    tally = Tally()
    tally.add(decision, "", decision.level or "null")
    line = as_line(document.place, "document", tally, lineage_of(document.place, ""), {}, [])
    return {**line, "path": told(document.place.path)}


def _looked_at(group: Group, asked: Asked) -> tuple[Asked, Survey, list[tuple[Source, Known | Unread]]]:
    """What a group says of itself, and with it what it takes from dictionaries in its folder. Raises ReachError."""
    about = survey(group, asked.labels)
    sources = _all_known(group, about, asked)
    if asked.beside and not asked.labels and not any("!" in source.place.path for source in group.sources):
        labels = asked_beside([known for _, known in sources if isinstance(known, Known)], about, asked.beside)
        if labels:
            return _looked_at(group, replace(asked, labels=labels))
    return asked, about, sources


def _passing(known: Known, about: Survey, asked: Asked) -> dict[str, Any]:
    """What a line says for other files, and what these said for it."""
    return told_beside(known, about) | ({TOLD: dict(asked.labels)} if asked.labels else {})


def _all_known(group: Group, about: Survey, asked: Asked) -> list[tuple[Source, Known | Unread]]:
    """What each source is, originals first."""
    known = [(source, _known(source, about, asked)) for source in _originals_first(group.sources)]
    return beside_titles(known, about, asked.own) if len(known) > 1 else known


def _known(source: Source, about: Survey, asked: Asked) -> Known | Unread:
    try:
        with silent():
            return know(source, about, asked.own)
    except ReachError as error:
        return Unread(source.place, error.absent.why, error.absent.detail)


def _originals_first(sources: Sequence[Source]) -> list[Source]:
    """Copies come after what they were copied from, so that they can be told by it."""
    if len(sources) < 2:
        return list(sources)
    return sorted(sources, key=lambda source: source.place.copy_of is not None or not {*LIKELY}.isdisjoint(within(source)))


def _counted(known: Known, about: Survey, asked: Asked, volumes: Volumes, copies: Copies) -> tuple[Known, Tally, int | None]:
    """A source as it was counted in the end, its tally, and how many of its open rows have a level left over; None where no row was looked at."""
    tally, left, headed = _count(known, about, asked, volumes, copies)
    above, written = about.headings.get(known.source.place.path), is_written(known.source)
    if (headed or above is not None) and can_be_headed(known.source):
        known = know(under_heads(known.source, above), about, asked.own)
        tally, left = _count(known, about, asked, volumes, copies)[:2]
    if written:
        tally.leave_out(rows_between(known, tally, asked.as_of))
    return known, tally, left


def _count(known: Known, about: Survey, asked: Asked, volumes: Volumes, copies: Copies) -> tuple[Tally, int | None, bool]:
    """The tally of one pass, rows with a level left over, and whether rows of their own call those below them classified."""
    if known.role in EXCLUDED:
        if known.role == "permission" and known.roles.level is not None and known.roles.get("record_no") is not None:
            # What is called classified there is not open under the same number elsewhere.
            one_pass(replace(known, role="catalogue"), known.codes, asked, Volumes(False), copies)
        tally = Tally()
        tally.add_plain(_total(known.source), "not-a-catalogue")
        return tally, None, False
    if copies.worth(known):
        return copies.count(known, asked.as_of), None, False
    codes = dict(known.codes)
    tally, deciding = one_pass(known, codes, asked, volumes, copies)
    level = known.roles.level
    if level is not None:
        # Whether a column is English words or cipher text is a matter of all its values, and only now all were seen.
        whole = replace(codes[level], english=column_is_english(deciding.seen, alone=True), cipher=column_is_cipher(deciding.seen))
        if whole != codes[level]:
            codes[level] = whole
            tally, deciding = one_pass(known, codes, asked, volumes, copies)
    return tally, deciding.left, deciding.headed


def _total(source: Source) -> int:
    """The number of rows; a source that does not declare it is passed over."""
    if source.total is not None:
        return source.total
    for _ in source.rows([source.columns[0].name] if source.columns else []):
        pass
    return source.passed


__all__ = ["Asked", "count_document", "count_group", "count_slice"]
