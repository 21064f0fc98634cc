"""report.xlsx: a workbook to filter and to work through, in which nothing can act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.marking import marking_of
from reports.tables.choice import tables
from reports.tables.table import Sight, Table
from reports.workbook import MAX_ROWS, Sheet, write
from reports.workbook_parts import Page

WRAPPED = 5000
"""Verdicts up to which long text breaks over lines."""

_INKS: Mapping[str, Mapping[str, str]] = {
    "status": {"met": "good", "unmet": "bad", "unknown": "open", "awaits-person": "person", "not-applicable": "quiet"},
    "result": {"compliant": "good", "partial": "bad", "noncompliant": "bad", "insufficient": "open", "not_applicable": "quiet"},
    "hazard.state": {"recurred": "bad", "registered": "open", "rectifying": "open", "review": "person", "closed": "good"},
    "severity": {"critical": "bad", "high": "bad"},
    "core-state": {"confirmed": "bad", "suspected": "open", "scan_clean_only": "person", "not_tested": "open", "cleared": "good"},
}
"""Colour by kind of code and code. Only what is proven good is green."""


def render(
    result: Mapping[str, Any],
    *,
    lang: str = "zh",
    reader: str = "liaison",
    marking: str | None = None,
    max_rows: int = MAX_ROWS,
) -> bytes:
    """The workbook for one reader. Raises KeyError for another language or reader."""
    sight = Sight(result, lang)
    wrap = len(result["verdicts"]) <= WRAPPED
    marking = marking_of(result, marking, lang)
    sheets = (_sheet(sight, table, wrap) for table in tables(sight, reader, marking))
    page = Page(top=marking or "", bottom=sight.words["print.footer"])
    return write(sheets, page, result["run"]["finished"], max_rows)


def _sheet(sight: Sight, table: Table, wrap: bool) -> Sheet:
    return Sheet(
        name=sight.words[table.key][:28],
        head=[sight.words[column.key] for column in table.columns],
        widths=[column.width for column in table.columns],
        rows=table.rows,
        inks={
            number: {sight.code(column.codes, code): ink for code, ink in _INKS[column.codes].items()}
            for number, column in enumerate(table.columns)
            if column.codes
        },
        wrap=wrap,
    )
