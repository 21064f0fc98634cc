"""Where rsyslog sends what: classic selector lines and RainerScript actions become one list of routes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
_PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
_SYNONYMS = {"panic": "emerg", "error": "err", "warn": "warning", "security": "auth"}
_SELECTOR = re.compile(r"[a-z0-9*,]+\.[!=]*[a-z0-9*]+(?:;[a-z0-9*,]+\.[!=]*[a-z0-9*]+)*", re.I)
_ACTION = re.compile(r"action\s*\(((?:\"(?:[^\"\\]|\\.)*\"|[^\")])*)\)", re.S | re.I)
_DISCARD = re.compile(r"(stop|~|discard)\b|~", re.I)
_PARAMETER = re.compile(r"([a-z.]+)\s*=\s*\"((?:[^\"\\]|\\.)*)\"", re.I)


@dataclass(frozen=True, slots=True)
class Route:
    """One action and what reaches it."""

    kind: str
    """``file``, ``forward``, ``other``."""
    target: str
    """File path, or host as written (with port)."""
    protocol: str
    """``tcp``, ``udp``, ``relp`` for forwards; empty otherwise."""
    facilities: frozenset[str]
    """Facilities of which priority info and graver reach it."""
    conditional: bool
    """It stands under a condition or in a ruleset that the reader does not work out."""


def strip_comments(text: str) -> str:
    """Text without ``#`` lines and ``/* */`` blocks; quoted strings stay whole."""
    pattern = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|(?:(?<=\s)|^)(?:/\*.*?\*/|#[^\n]*)", re.S | re.M)
    return pattern.sub(lambda found: found[0] if found[0][0] in "\"'" else " ", text)


def routes(texts: Iterable[str]) -> tuple[Route, ...]:
    """All routes of the configuration texts, in order."""
    return tuple(route for text in texts for route in _routes(strip_comments(text).replace("\\\n", " ")))


def _routes(text: str) -> Iterator[Route]:
    depth = 0
    last: tuple[frozenset[str], bool] = (frozenset(), True)
    gone: frozenset[str] = frozenset()
    for statement in _statements(text):
        head = statement.lstrip()
        inside = depth > 0
        depth = max(0, depth + _balance(head))
        action, last = _head(head, inside, last)
        if action is None:
            continue
        if _DISCARD.match(action):
            # What is discarded for good on the top level does not reach any later action.
            gone |= frozenset() if last[1] else last[0]
        yield from _actions(action, last[0] - gone, last[1])


def _head(head: str, inside: bool, last: tuple[frozenset[str], bool]) -> tuple[str | None, tuple[frozenset[str], bool]]:
    """The action part of a statement (None when it has none), and which facilities it gets under which proviso."""
    if head.startswith("&"):
        return head[1:].strip(), last
    selector = _SELECTOR.match(head)
    if selector is not None:
        return head[selector.end() :].strip(), (selected(selector[0]), inside)
    if re.match(r"(action\s*\(|stop\b|~)", head, re.I):
        # Outside every block an action gets all messages.
        return head, (frozenset(FACILITIES), inside)
    if re.match(r"(if|:|!|ruleset|else|\}|\{|foreach|call)", head, re.I):
        return head, (frozenset(), True)
    return None, last


def _statements(text: str) -> Iterator[str]:
    """One statement an item: a line, or several when a parenthesis is open."""
    held = ""
    for line in text.split("\n"):
        held = f"{held} {line}" if held else line
        bare = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "", held)
        if bare.count("(") <= bare.count(")"):
            if held.strip():
                yield held.strip()
            held = ""
    if held.strip():
        yield held.strip()


def _balance(statement: str) -> int:
    bare = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "", statement)
    return bare.count("{") - bare.count("}")


def _actions(text: str, facilities: frozenset[str], conditional: bool) -> Iterator[Route]:
    found = _ACTION.findall(text)
    for body in found:
        given = {key.lower(): value for key, value in _PARAMETER.findall(body)}
        yield _scripted(given, facilities, conditional)
    if found:
        return
    for word in re.findall(r"(?:^|\s)(@@?\S+|-?/\S+|:om\w+:\S*)", text):
        if word.startswith("@"):
            protocol = "tcp" if word.startswith("@@") else "udp"
            yield Route("forward", re.sub(r"^@@?(\([^)]*\))?", "", word).partition(";")[0], protocol, facilities, conditional)
        elif word.startswith(":omrelp:"):
            yield Route("forward", word.removeprefix(":omrelp:").partition(";")[0], "relp", facilities, conditional)
        elif word.startswith((":om",)):
            yield Route("other", word, "", facilities, conditional)
        else:
            yield Route("file", word.lstrip("-").partition(";")[0], "", facilities, conditional)


def _scripted(given: dict[str, str], facilities: frozenset[str], conditional: bool) -> Route:
    kind = given.get("type", "").lower()
    if kind == "omfwd" and given.get("target"):
        port = given.get("port", "514")
        return Route("forward", f"{given['target']}:{port}", given.get("protocol", "udp").lower(), facilities, conditional)
    if kind == "omrelp" and given.get("target"):
        return Route("forward", f"{given['target']}:{given.get('port', '514')}", "relp", facilities, conditional)
    if kind == "omfile":
        return Route("file", given.get("file", given.get("dynafile", "?")), "", facilities, conditional)
    return Route("other", kind or "?", "", facilities, conditional)


def selected(selector: str) -> frozenset[str]:
    """Facilities of which a selector lets priority info and all graver ones pass, read from left to right as syslog does."""
    on: dict[str, set[str]] = {name: set() for name in FACILITIES}
    for part in selector.lower().split(";"):
        names, _, priority = part.partition(".")
        chosen = FACILITIES if "*" in names.split(",") else [_SYNONYMS.get(name, name) for name in names.split(",")]
        change, remove = _levels(priority)
        for name in chosen:
            if name in on:
                on[name] = on[name] - change if remove else on[name] | change
    wanted = set(_PRIORITIES[: _PRIORITIES.index("info") + 1])
    return frozenset(name for name, levels in on.items() if wanted <= levels)


def _levels(priority: str) -> tuple[set[str], bool]:
    remove = priority.startswith("!")
    exact = "=" in priority
    name = priority.lstrip("!=")
    name = _SYNONYMS.get(name, name)
    if name == "none":
        return set(_PRIORITIES), True
    if name == "*":
        return set(_PRIORITIES), remove
    if name not in _PRIORITIES:
        return set(), remove
    return ({name} if exact else set(_PRIORITIES[: _PRIORITIES.index(name) + 1])), remove


def loops_back(target: str) -> bool:
    """The forward ends on the same machine."""
    host = target.strip("[]").lower()
    return host.startswith(("localhost", "127.", "::1", "[::1]", "0.")) or host in {"", "?"}
