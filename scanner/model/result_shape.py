"""Whether data has the shape of ``result.json``: a result comes from anywhere, and what reads it trusts its keys and numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from scanner.model.foreign_view import Foreign
from scanner.model.result import PERSON_PREFIX, RESULTS, SCHEMA, SEVERITIES, STATUSES, ResultFile

_PLANS = tuple(msgspec.json.Decoder(kind) for kind in (ResultFile, list[Foreign]))
"""Made while only one thread runs: two that are the first to name a type to msgspec crash each other."""


def check_result(document: Any) -> None:
    """Raise ValueError naming the first thing that is not of the shape, or that names what is not there."""
    check_keys(document)
    datetime.fromisoformat(document["run"]["finished"])
    _verdicts(document)
    _systems(document)
    for hazard in document["core_hazards"]:
        _numbers(hazard.get("verdicts", ()), document, f"core_hazards {hazard['id']}")
    _foreign(document)


def check_keys(document: Any) -> None:
    """Raise ValueError for the first key that is missing or of another type."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError("schema")
    try:
        msgspec.convert(document, ResultFile)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)[:160]) from None


def _foreign(document: Mapping[str, Any]) -> None:
    """What other tools found names verdicts, too."""
    try:
        blocks = msgspec.convert(document["views"].get("foreign", []), list[Foreign])
    except msgspec.ValidationError as error:
        raise ValueError(f"views.foreign: {str(error)[:120]}") from None
    for block in blocks:
        _numbers((row["verdict"] for row in block["rows"] if row["verdict"] is not None), document, "views.foreign")
        if any(row["host"] < 0 for row in block["rows"]):
            raise ValueError("views.foreign: host")


def _verdicts(document: Mapping[str, Any]) -> None:
    for number, verdict in enumerate(document["verdicts"]):
        if verdict["status"] not in STATUSES or verdict["severity"] not in SEVERITIES:
            raise ValueError(f"verdicts {number}: status or severity")
        table, name = (
            ("controls", verdict["check"].removeprefix(PERSON_PREFIX))
            if verdict["check"].startswith(PERSON_PREFIX)
            else ("checks", verdict["check"])
        )
        _named(name, document["texts"][table], f"texts.{table}")
        for key in verdict["evidence"]:
            _named(key, document["evidence"], "evidence")


def _systems(document: Mapping[str, Any]) -> None:
    for system in document["systems"]:
        for finding in system["findings"]:
            if finding["result"] not in RESULTS:
                raise ValueError(f"findings {finding['control']}: result")
            _named(finding["control"], document["texts"]["controls"], "texts.controls")
            _numbers(finding["verdicts"], document, f"findings {finding['control']}")


def _named(name: str, table: Mapping[str, Any], where: str) -> None:
    if name not in table:
        raise ValueError(f"{where}: {name[:60]}")


def _numbers(numbers: Iterable[int], document: Mapping[str, Any], where: str) -> None:
    if any(not 0 <= number < len(document["verdicts"]) for number in numbers):
        raise ValueError(f"{where}: verdicts")
