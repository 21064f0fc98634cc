"""Files of one folder explain one another: a dictionary in a file of its own tells what columns and codes of the files beside it are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scanner.collect.holdings.survey import Known, Survey
from scanner.facts.holdings.codes import in_comment
from scanner.facts.holdings.keys import EVERY, LEVEL, codes_beside, is_column
from scanner.facts.holdings.labels import label_role, name_role
from scanner.facts.holdings.tables import EXCLUDED
from scanner.facts.holdings.values import meaning

MOST = 200
"""Columns of one table that are asked about."""
UNEXPLAINED = "code-unexplained"
TOLD = "told"
"""Key of a line under which stands what its file was told when it was counted."""
Line = Mapping[str, Any]
Labels = dict[str, str]
Spoken = Mapping[str, Sequence[str]]
"""What dictionaries call columns."""


def told_beside(known: Known, about: Survey) -> dict[str, Any]:
    """What a line says for the files beside its own, and what it asks of them."""
    source, out = known.source.name, dict[str, Any]()
    speaks = about.naming.get(source, {}) if known.role in (*EXCLUDED, "other") else {}
    codes = codes_beside([table for table in about.tables if table.source == source]) if known.role in EXCLUDED else ""
    out |= {"speaks": speaks | ({EVERY: codes} if codes else {})} if speaks or codes else {}
    asks = [column.name for column in known.source.columns if name_role(column.name) is None and is_column(column.name)]
    return out | ({"asks": asks[:MOST]} if asks and known.role not in EXCLUDED else {})


def asked_beside(known: Iterable[Known], about: Survey, spoken: Spoken) -> Labels:
    """What the tables of a file that is not counted yet take from the dictionaries beside it, by their samples."""
    return _told([{**told_beside(item, about), "reasons": {UNEXPLAINED: _unexplained(item)}} for item in known], lambda _: spoken)


def _unexplained(known: Known) -> int:
    """Sampled values of the secrecy column that nothing explains."""
    codes = known.codes.get(known.roles.level or "")
    return sum(meaning(value, codes).sense == "code" for value in known.plain) if codes is not None and known.role not in EXCLUDED else 0


def spoken_in(lines: Iterable[Line]) -> Spoken:
    """What lines of files of one folder say of columns."""
    found: dict[str, set[str]] = {}
    for line in lines:
        for column, label in line.get("speaks", {}).items():
            found.setdefault(column, set()).add(label)
    return {column: sorted(labels) for column, labels in sorted(found.items())}


def told_of(lines: Iterable[Line]) -> Labels:
    """What the tables of a file were told when they were counted."""
    return {column: label for line in lines for column, label in line.get(TOLD, {}).items()}


def labels_for(files: Sequence[Sequence[Line]]) -> dict[int, Labels]:
    """The files that those beside them explain otherwise than they were counted, by their places, with what these call their columns."""
    by_folder: dict[str, list[Line]] = {}
    for line in (line for lines in files for line in lines if "speaks" in line):
        by_folder.setdefault(_folder(line), []).append(line)
    spoken = {folder: spoken_in(lines) for folder, lines in by_folder.items()}
    found = {at: _told(lines, lambda line: spoken.get(_folder(line), {})) if spoken else {} for at, lines in enumerate(files)}
    return {at: labels for at, labels in found.items() if labels != told_of(files[at])}


def _told(lines: Sequence[Line], spoken: Callable[[Line], Spoken]) -> Labels:
    told: dict[str, set[str]] = {}
    for line in lines:
        for column, labels in _wanted(line, spoken(line)).items():
            told.setdefault(column, set()).update(labels)
    return {column: label for column, labels in told.items() if (label := _agreed(column, labels))}


def _agreed(column: str, labels: set[str]) -> str:
    """What several dictionaries tell differently stays unexplained, and is not forgotten to be a level."""
    if len(labels) == 1:
        return next(iter(labels))
    return LEVEL if column and any(label_role(label) == "level" for label in labels) else ""


def _wanted(line: Line, spoken: Spoken) -> dict[str, set[str]]:
    """Labels of a table's columns, where one of these is called a secrecy column or codes of one are not understood."""
    named = {column: set(spoken[column]) for column in line.get("asks", ()) if column in spoken}
    level = any(label_role(label) == "level" for labels in named.values() for label in labels)
    # Codes that were explained by what stands beside them are not explained without it.
    unexplained = EVERY in spoken and (line["reasons"].get(UNEXPLAINED, 0) > 0 or EVERY in line.get(TOLD, {}))
    if not level and not unexplained:
        return {}
    needs = unexplained or any(label_role(one) == "level" and not in_comment(one) for labels in named.values() for one in labels)
    return (named if level else {}) | ({EVERY: set(spoken[EVERY])} if needs and EVERY in spoken else {})


def _folder(line: Line) -> str:
    """Folder or archive in which the file of a line lies."""
    path = str(line["path"]).partition("#")[0]
    cut = max(path.rfind("/"), path.rfind("!"))
    return path[: cut + 1]
