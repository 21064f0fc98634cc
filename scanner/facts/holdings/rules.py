"""The decision table for records, one function a row, in the order in which they are asked; the first that speaks decides."""

from __future__ import annotations

from datetime import date

from scanner.facts.holdings.dates import Period, after, day, period, release_day
from scanner.facts.holdings.marking import Mark
from scanner.facts.holdings.normal import code, folded
from scanner.facts.holdings.record import UNTOLD, Decision, Record, Rule
from scanner.facts.holdings.words import CAPS, DECLASSIFIED, EMPTY, NO, OPEN, YES

NOT_RELEASED = ("未解密", "尚未解密", "待解密", "不解密", "未到期")
"""Flags that deny a release."""

NO_TERM = frozenset(("0", "0年", "不保密", "不定密", "0000-00-00"))


def misread_level(record: Record) -> Decision | None:
    """The column looks like a mark that optical reading has spoilt."""
    mark = record.meaning.mark
    return Decision("R", "misread", mark.level if mark else None) if record.meaning.sense == "misread" else None


def unexplained_with_mark(record: Record) -> Decision | None:
    """The column cannot be understood, but the text bears a mark."""
    found = record.said.mark or record.said.label
    if record.meaning.sense in ("cipher", "code", "strange") and found is not None:
        return Decision("R", "mark-beside-unexplained", found.level)
    return None


def encrypted_level(record: Record) -> Decision | None:
    """The column is cipher text."""
    return Decision("U", "level-encrypted") if record.meaning.sense == "cipher" else None


def unexplained_code(record: Record) -> Decision | None:
    """A code without a dictionary, or words that are no level."""
    sense = record.meaning.sense
    return Decision("U", "code-unexplained" if sense == "code" else "value-strange") if sense in ("code", "strange") else None


def released_in_column(record: Record) -> Decision | None:
    """The column itself tells of the release."""
    if record.meaning.sense != "declassified":
        return None
    on = record.meaning.released_on
    # A day that cannot have been its release: one that lies ahead, or not after the document.
    return (
        Decision("D", "released", _level(record))
        if on is None or _after_document(on, record)
        else Decision("R", "release-unclear", _level(record))
    )


def released(record: Record) -> Decision | None:
    """A classified record whose release is recorded: by a day that has come, by a flag, or in the remarks."""
    if not _classified(record):
        return None
    return Decision("D", "released", _level(record)) if _release_recorded(record) else None


def release_unclear(record: Record) -> Decision | None:
    """Something is said about a release that records none, or its day is not after the document's: a person has to look."""
    early = release_day(record.declassified_on)
    unclear = record.said.release_unclear or record.said.released or (early is not None and early <= record.as_of)
    on = record.said.released_on
    if record.meaning.sense == "unclear" or (_classified(record) and (unclear or (on is not None and on <= record.as_of))):
        return Decision("R", "release-unclear", _level(record))
    return None


def release_day_invalid(record: Record) -> Decision | None:
    """A day of release that lies ahead or is none at all releases nothing."""
    if _classified(record) and not _blank(record.declassified_on):
        return Decision("C", "release-day-invalid", _level(record))
    return None


def expired(record: Record) -> Decision | None:
    """The period is over and nobody recorded a release or an extension."""
    if record.meaning.sense != "level" or record.meaning.mark is None:
        return None
    return Decision("R", "expired", _level(record)) if _over(record, record.meaning.mark) else None


def endless(record: Record) -> Decision | None:
    """For ever, or until a condition comes true."""
    if record.meaning.sense != "level" or record.meaning.mark is None:
        return None
    said = _period_of(record, record.meaning.mark)
    return Decision("C", "endless", _level(record)) if said is not None and said.endless else None


def classified(record: Record) -> Decision | None:
    """The column says so, with or without a period that still runs."""
    if not _classified(record):
        return None
    mark = record.meaning.mark
    return Decision("C", "marked" if mark is not None and mark.star else "level", _level(record))


def open_with_mark(record: Record) -> Decision | None:
    """The column says open and the text bears a mark, or a label that says otherwise: a contradiction."""
    found = record.said.mark or record.said.label
    if record.meaning.sense in ("open", "work", "commercial") and found is not None:
        if _release_told(record):
            return Decision("D", "released", found.level)
        return Decision("R", "mark-against-level", found.level)
    return None


def mark_in_text(record: Record) -> Decision | None:
    """No level is given and the title or the remarks bear a mark."""
    mark = record.said.mark
    if record.meaning.sense != "empty" or mark is None:
        return None
    if _release_recorded(record):
        return Decision("D", "released", mark.level)
    return Decision("R", "mark-denied", mark.level) if record.said.negated else Decision("C", "mark-in-text", mark.level)


def label_in_text(record: Record) -> Decision | None:
    """No level is given and the remarks carry it with its label."""
    label = record.said.label
    if record.meaning.sense != "empty" or label is None:
        return None
    if _release_recorded(record):
        return Decision("D", "released", label.level)
    return Decision("R", "mark-denied", label.level) if record.said.negated else Decision("C", "label-in-text", label.level)


def denied(record: Record) -> Decision | None:
    """The remarks say that nothing is secret, or no longer: that outweighs a bare word."""
    return Decision("N", "denied") if record.said.negated or _release_told(record) else None


def bare_word(record: Record) -> Decision | None:
    """A level in brackets at the head or tail of a title, without a star."""
    return Decision("R", "bare-word", record.said.word) if record.said.word is not None else None


def misread_text(record: Record) -> Decision | None:
    """A mark or a level set apart in the text, in characters that only look like it."""
    mark = record.said.blurred
    return Decision("R", "misread", mark.level) if mark is not None else None


def quoted_mark(record: Record) -> Decision | None:
    """A mark that stands only in quotation marks or within a sentence: a person has to look."""
    return Decision("R", "mark-quoted") if record.said.quoted else None


def term_without_level(record: Record) -> Decision | None:
    """No level is given, but how long it holds, when it was set, by whom or on what ground."""
    if record.meaning.sense != "empty" or not tells_term(record.period, record.set_on, record.set_by):
        return None
    return Decision("R", "term-without-level")


def tells_term(*cells: str | None) -> bool:
    """Whether any of the cells beside a level is filled with more than a word for nothing."""
    return any(not _blank(cell) and folded(cell or "") not in OPEN | NO_TERM for cell in cells)


def other_secret(record: Record) -> Decision | None:
    """Work secrets and trade secrets are no state secrets; the first have rules of their own."""
    sense = record.meaning.sense
    return Decision("N", "work-secret" if sense == "work" else "trade-secret") if sense in ("work", "commercial") else None


def plain(record: Record) -> Decision | None:
    """Open, or nothing said."""
    return Decision("N", "open" if record.meaning.sense == "open" else "unmarked")


RULES: tuple[Rule, ...] = (
    misread_level, unexplained_with_mark, encrypted_level, unexplained_code, released_in_column, released, release_unclear, release_day_invalid, expired,
    endless, classified, open_with_mark, mark_in_text, label_in_text, denied, bare_word, misread_text, quoted_mark, term_without_level, other_secret, plain,
)  # fmt: skip


def decide(record: Record) -> Decision:
    """What one record is."""
    for rule in RULES:
        found = rule(record)
        if found is not None:
            return found
    raise AssertionError("the last rule always speaks")


def decide_in_log(record: Record) -> Decision:
    """A line of a log that quotes a marked title is a copy nobody meant to keep: a person has to look."""
    found = record.said.mark or record.said.label
    if found is not None or record.said.quoted:
        return Decision("R", "mark-in-log", found.level if found is not None else None)
    return Decision("N", "unmarked")


def decide_elsewhere(record: Record) -> Decision:
    """A row of a table that is no catalogue: a mark in it is for a person to look at."""
    found = record.said.mark
    return Decision("R", "mark-outside-catalogue", found.level) if found is not None else Decision("N", "unmarked")


def _classified(record: Record) -> bool:
    return record.meaning.sense in ("level", "english")


def _level(record: Record) -> str:
    return record.meaning.mark.level if record.meaning.mark is not None else UNTOLD


def _blank(text: str | None) -> bool:
    return text is None or code(text) in EMPTY


def _release_told(record: Record) -> bool:
    on = record.said.released_on
    return record.said.released or (on is not None and _after_document(on, record))


def _release_recorded(record: Record) -> bool:
    on = release_day(record.declassified_on)
    flag = folded(record.declassified or "")
    flagged = flag.upper() in YES or flag in DECLASSIFIED
    if on is not None and on <= record.as_of and not _after_document(on, record):
        return False
    if flag.upper() in NO - EMPTY or flag in NOT_RELEASED:
        return False
    return on is not None and on <= record.as_of or flagged or _release_told(record)


def _after_document(on: date, record: Record) -> bool:
    """Whether a day of release has come and lies after every day of the document that is known."""
    days = [found for found in map(day, (record.set_on, record.dated, record.formed_on)) if found is not None]
    return on <= record.as_of and all(on > found for found in days)


def _period_of(record: Record, mark: Mark) -> Period | None:
    """The mark's own period, else the one in its own column. None where nothing readable stands."""
    if mark.period is not None:
        return mark.period
    return period(record.period, bare_years=True)


def _over(record: Record, mark: Mark) -> bool:
    """Whether the period has run out. What cannot be read never has."""
    if mark.unclear and mark.period is None:
        return False
    said = _period_of(record, mark)
    if said is not None and said.endless:
        return False
    if said is not None and said.until is not None:
        return said.until < record.as_of
    if said is None and not _blank(record.period):
        return False
    base = record.base()
    months = said.months if said is not None else CAPS[mark.level] * 12
    return base is not None and _end(base, months) < record.as_of


def _end(base: date, months: int) -> date:
    return after(base, months)
