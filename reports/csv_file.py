"""report.csv: one table, UTF-8 with a byte order mark, RFC 4180, in which no cell can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from reports.marking import marking_of
from reports.tables import register
from reports.tables.table import Cell, Sight

STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "|", "%")
"""What makes a spreadsheet take a text for a formula, the full-width forms that some of them fold among them."""


def render(result: Mapping[str, Any], *, lang: str = "zh", reader: str = "liaison", marking: str | None = None) -> bytes:
    """The register of all verdicts; for the leader the clauses. Raises KeyError for another language or reader."""
    sight, marking = Sight(result, lang), marking_of(result, marking, lang)
    table = _TABLES[reader](sight)
    run = result["run"]
    always = (guarded(sight.text(str(run["unit"].get("code") or ""))), guarded(sight.text(run["id"])))
    heads = [sight.words[key] for key in ("column.unit-code", "column.run", *(column.key for column in table.columns))]
    if marking:
        heads.append(sight.words["label.marking"])
    stream = io.StringIO(newline="")
    # Everything is quoted: where a semicolon is taken for the separator, a cell still stays one cell.
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(heads)
    mark = [guarded(sight.text(marking))] if marking else []
    writer.writerows([*always, *_guarded(row), *mark] for row in table.rows)
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def guarded(cell: Cell) -> Cell:
    """Text that could be taken for a formula gets an apostrophe in front; numbers stay numbers."""
    if isinstance(cell, str) and cell.lstrip(" \u3000\xa0'\"").startswith(STARTS):
        return "'" + cell
    return cell


def _guarded(row: Iterable[Cell]) -> list[Cell]:
    return [guarded(cell) for cell in row]


_TABLES = {"leader": register.findings, "liaison": register.verdicts, "annex": register.verdicts}
