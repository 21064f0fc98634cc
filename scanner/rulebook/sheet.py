"""A check's sheet: words, references, parameters and examples, validated with file and line in every error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.errors import UseError
from scanner.model.control import Words
from scanner.model.target import KINDS
from scanner.model.verdict import Severity, Status
from scanner.rulebook.yaml_lines import Lined

ID = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9]+(-[a-z0-9]+)*)+")
_KEYS = {"id", "kind", "also", "severity", "title", "why", "remedy", "references", "parameters", "examples"}
_REQUIRED = ("id", "severity", "title", "why", "remedy", "examples")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Raw evidence and the verdict expected of it."""

    name: str
    answers: Mapping[str, Mapping[str, Any]]
    """Probe id to ``{stdout, stderr, exit, privilege, files, missing, denied, absent, detail, base64, fields}``."""
    values: Mapping[str, Any]
    """Parameter values for this example."""
    expect: Status
    observed: Any
    """Expected ``observed``; None means not asserted."""
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterWords:
    """Words of one parameter and the ComplianceAsCode variable of the same meaning."""

    words: Words
    cac: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The words beside a judge."""

    id: str
    kind: str
    """Target kind the check applies to."""
    also: tuple[str, ...]
    """Further kinds that get a verdict of their own; clauses are spoken to by the first kind alone."""
    severity: Severity
    title: Words
    why: Words
    remedy: Words
    references: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, ParameterWords]
    examples: tuple[Example, ...]
    file: str


def read_sheet(data: Any, file: str) -> Sheet:
    """Validate one sheet. Raises UseError naming file and line."""
    if not isinstance(data, Lined):
        raise UseError("sheet-not-mapping", file=file, line=1)
    for key in data:
        if key not in _KEYS:
            raise UseError("sheet-key-unknown", file=file, line=data.lines[key], key=key)
    for key in _REQUIRED:
        if key not in data:
            raise UseError("sheet-key-missing", file=file, line=data.line, key=key)
    check_id = data["id"]
    if not isinstance(check_id, str) or not ID.fullmatch(check_id):
        raise UseError("sheet-id-shape", file=file, line=data.lines["id"], id=check_id)
    kind = data.get("kind", check_id.split(".")[0])
    try:
        severity = Severity(data["severity"])
    except ValueError:
        raise UseError("sheet-severity", file=file, line=data.lines["severity"], value=data["severity"]) from None
    return Sheet(
        id=check_id,
        kind=kind,
        also=_also(data, file),
        severity=severity,
        title=_words(data, "title", file),
        why=_words(data, "why", file),
        remedy=_words(data, "remedy", file),
        references=_references(data, file),
        parameters=_parameters(data, file),
        examples=tuple(_examples(data, file)),
        file=file,
    )


def _words(data: Lined, key: str, file: str) -> Words:
    value = data[key]
    if not isinstance(value, Lined) or set(value) != {"zh", "en"} or not all(isinstance(v, str) and v.strip() for v in value.values()):
        raise UseError("sheet-words", file=file, line=data.lines[key], key=key)
    return Words(zh=value["zh"].strip(), en=value["en"].strip())


def _also(data: Lined, file: str) -> tuple[str, ...]:
    value = data.get("also") or []
    if not isinstance(value, list) or not set(value) <= set(KINDS):
        raise UseError("sheet-references", file=file, line=data.lines["also"])
    return tuple(value)


def _references(data: Lined, file: str) -> dict[str, tuple[str, ...]]:
    value = data.get("references") or {}
    if not isinstance(value, dict) or not all(isinstance(v, list) and all(isinstance(i, str) for i in v) for v in value.values()):
        raise UseError("sheet-references", file=file, line=data.lines.get("references", 1))
    return {key: tuple(value[key]) for key in sorted(value)}


def _parameters(data: Lined, file: str) -> dict[str, ParameterWords]:
    value = data.get("parameters") or {}
    out: dict[str, ParameterWords] = {}
    if not isinstance(value, dict):
        raise UseError("sheet-parameters", file=file, line=data.lines["parameters"])
    for name, item in value.items():
        if not isinstance(item, Lined) or not {"zh", "en"} <= set(item) <= {"zh", "en", "cac"}:
            raise UseError("sheet-parameters", file=file, line=data.lines["parameters"])
        out[name] = ParameterWords(words=Words(zh=item["zh"], en=item["en"]), cac=item.get("cac"))
    return out


def _examples(data: Lined, file: str) -> list[Example]:
    items = data["examples"]
    if not isinstance(items, list) or not items:
        raise UseError("sheet-examples", file=file, line=data.lines["examples"])
    out = []
    for item in items:
        if not isinstance(item, Lined) or "answers" not in item or "expect" not in item:
            raise UseError("sheet-example", file=file, line=getattr(item, "line", data.lines["examples"]))
        unknown = set(item) - {"name", "answers", "values", "expect", "observed"}
        if unknown:
            raise UseError("sheet-key-unknown", file=file, line=item.lines[min(unknown)], key=min(unknown))
        try:
            expect = Status(item["expect"])
        except ValueError:
            raise UseError("sheet-example", file=file, line=item.lines["expect"]) from None
        out.append(
            Example(
                name=str(item.get("name", expect.value)),
                answers=item["answers"],
                values=item.get("values") or {},
                expect=expect,
                observed=item.get("observed"),
                line=item.line,
            )
        )
    return out
