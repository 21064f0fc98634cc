"""What the formats for other programs share: stable ids, inert data, and the bytes themselves."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from reports.inert import line
from reports.tables.table import Sight
from scanner.model.canonical import canonical_unchecked, digest

PROGRAM = "shiqu"
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:shiqu:report")
"""All ids are derived from it, so the same result has the same ids on every machine."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!&^$@\"'])|(?<=:)(//)|(?<=www)(\.)", re.IGNORECASE)


def stable_id(*parts: str) -> str:
    """A version 5 UUID of some texts; no two different lists of texts share one."""
    return str(uuid.uuid5(SPACE, line("\n".join(f"{len(part)}:{part}" for part in parts))))


SLOT = "\x00"
"""Stands in a document for a long list; no inert text holds it."""


def encoded(value: Any, *lists: Iterable[Any]) -> bytes:
    """Canonical JSON of data that is inert already. Each ``[SLOT]`` in it, in the order of the text, is one of the lists,

    which are encoded item by item: a document of hundreds of megabytes never stands in memory as objects.
    """
    stream = io.BytesIO()
    pieces = canonical_unchecked(value).split(canonical_unchecked(SLOT))
    for piece, items in zip_longest(pieces, lists, fillvalue=()):
        stream.write(bytes(piece))
        comma = b""
        for item in items:
            stream.write(comma + canonical_unchecked(item))
            comma = b","
    stream.write(b"\n")
    return stream.getvalue()


def quiet(value: Any) -> Any:
    """JSON data with every text made inert, keys as well."""
    if isinstance(value, str):
        return line(value)
    if isinstance(value, Mapping):
        return {line(str(key)): quiet(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [quiet(item) for item in value]
    return value


def unmarked(text: str) -> str:
    """Text for a place that is read as Markdown: nothing in it is a mark, a link or an element."""
    return _MARKDOWN.sub(lambda found: "\\" + found[0] if found[1] or found[3] else "\\/\\/", text)


def xml_text(text: str) -> str:
    """Text for an XML element or a quoted attribute. Raw text may come in: what XML refuses is made visible first."""
    return escape(line(text), {'"': "&quot;"})


def fingerprints(result: Mapping[str, Any]) -> Iterator[str]:
    """For every verdict an id that is the same in every run of this unit: check, target and what it speaks about, never what was seen."""
    unit = str(result["run"]["unit"].get("code") or "")
    times: dict[tuple[str, str, str], int] = {}
    for verdict in result["verdicts"]:
        scope = "" if verdict["scope"] is None else canonical_unchecked(quiet(verdict["scope"])).decode()
        key = (verdict["check"], verdict["target"], scope)
        times[key] = times.get(key, -1) + 1
        found = msgspec.json.encode([unit, line(key[0]), line(key[1]), scope, times[key]])
        yield digest(found).removeprefix("sha256:")


def remark(sight: Sight, verdict: Mapping[str, Any]) -> str:
    """One line that says what was found, what was wanted and, when nothing was settled, why."""
    say = sight.words
    parts = [f"{sight.code('status', verdict['status'])} · {sight.title(verdict['check'])}"]
    for key, text in (
        ("col.observed", sight.observed(verdict)),
        ("col.wanted", sight.wanted(verdict)),
        ("col.why", sight.code("why", verdict["why"])),
        ("col.detail", sight.detail(verdict)),
        ("col.scope", sight.plain(verdict["scope"])),
    ):
        if text:
            parts.append(f"{say[key]}: {text}")
    return "; ".join(parts)


def both(pair: Mapping[str, str] | None, lang: str) -> str:
    """Both languages of a text, the reader's first."""
    if pair is None:
        return ""
    first, second = line(pair[lang]), line(pair["en" if lang == "zh" else "zh"])
    return first if first == second else f"{first}\n{second}"


def decisions(findings: Sequence[Mapping[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Waivers or attestations of some findings, with the clause that each speaks of."""
    return [{"control": one["control"], **quiet(one[kind])} for one in findings if one[kind]]


def gravest(severities: Sequence[str], order: Sequence[str], default: str) -> str:
    """The gravest of some severities."""
    return min(severities, key=order.index, default=default)
