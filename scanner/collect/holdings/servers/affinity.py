"""What kind of values a column of an SQLite file is meant for, by its declared type: SQLite itself keeps any value in any column."""

from __future__ import annotations

from scanner.collect.holdings.servers.dialect import Field
from scanner.facts.holdings.reading import CellKind, Column


def field_of(name: str, declared: str) -> Field:
    """SQLite's own rules of affinity, by the declared type."""
    word = declared.upper()
    kind: CellKind
    if "INT" in word:
        kind = "number"
    elif any(part in word for part in ("CHAR", "CLOB", "TEXT")):
        kind = "text"
    elif "BLOB" in word:
        kind = "bytes"
    elif any(part in word for part in ("REAL", "FLOA", "DOUB", "NUMERIC", "NUMBER", "DEC", "BOOL", "MONEY")):
        kind = "number"
    elif "DATE" in word or "TIME" in word:
        # Numeric affinity: text that is no number stays text.
        kind = "date"
    elif not word:
        # No declared type: values are kept as they came, most often text.
        return Field(Column(name), "", raw=True)
    else:
        # STRING, JSON, XML: text that is no number stays text in them, too.
        kind = "other"
    return Field(Column(name, kind=kind), word.lower())
