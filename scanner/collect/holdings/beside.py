"""Files of one folder explain one another: a dictionary in a file of its own tells what columns and codes of the files beside it are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.collect.holdings.survey import Known, Survey
from scanner.facts.holdings.codes import in_comment
from scanner.facts.holdings.keys import EVERY, LEVEL, codes_beside, is_column
from scanner.facts.holdings.labels import label_role, name_role
from scanner.facts.holdings.tables import EXCLUDED

MOST = 200
"""Columns of one table that are asked about."""
UNEXPLAINED = "code-unexplained"
Line = Mapping[str, Any]
Labels = dict[str, str]


def told_beside(known: Known, about: Survey) -> dict[str, Any]:
    """What a line says for the files beside its own, and what it asks of them."""
    source, out = known.source.name, dict[str, Any]()
    speaks = about.naming.get(source, {}) if known.role in (*EXCLUDED, "other") else {}
    codes = codes_beside([table for table in about.tables if table.source == source]) if known.role in EXCLUDED else ""
    out |= {"speaks": speaks | ({EVERY: codes} if codes else {})} if speaks or codes else {}
    asks = [column.name for column in known.source.columns if name_role(column.name) is None and is_column(column.name)]
    return out | ({"asks": asks[:MOST]} if asks and known.role not in EXCLUDED else {})


def labels_for(files: Sequence[Sequence[Line]]) -> dict[int, Labels]:
    """The files that those beside them explain, by their places, with what these call their columns."""
    speaking: dict[str, dict[str, set[str]]] = {}
    for line in (line for lines in files for line in lines):
        for column, label in line.get("speaks", {}).items():
            speaking.setdefault(_folder(line), {}).setdefault(column, set()).add(label)
    out: dict[int, Labels] = {}
    for at, lines in enumerate(files) if speaking else ():
        told: dict[str, set[str]] = {}
        for line in lines:
            for column, labels in _wanted(line, speaking.get(_folder(line), {})).items():
                told.setdefault(column, set()).update(labels)
        if told:
            out[at] = {column: label for column, labels in told.items() if (label := _agreed(column, labels))}
    return {at: labels for at, labels in out.items() if labels}


def _agreed(column: str, labels: set[str]) -> str:
    """What several dictionaries tell differently stays unexplained, and is not forgotten to be a level."""
    if len(labels) == 1:
        return next(iter(labels))
    return LEVEL if column and any(label_role(label) == "level" for label in labels) else ""


def _wanted(line: Line, spoken: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Labels of a table's columns, where one of these is called a secrecy column or codes of one are not understood."""
    named = {column: set(spoken[column]) for column in line.get("asks", ()) if column in spoken}
    level = any(label_role(label) == "level" for labels in named.values() for label in labels)
    unexplained = EVERY in spoken and line["reasons"].get(UNEXPLAINED, 0) > 0
    if not level and not unexplained:
        return {}
    needs = unexplained or any(label_role(one) == "level" and not in_comment(one) for labels in named.values() for one in labels)
    return (named if level else {}) | ({EVERY: set(spoken[EVERY])} if needs and EVERY in spoken else {})


def _folder(line: Line) -> str:
    """Folder or archive in which the file of a line lies."""
    path = str(line["path"]).partition("#")[0]
    cut = max(path.rfind("/"), path.rfind("!"))
    return path[: cut + 1]
