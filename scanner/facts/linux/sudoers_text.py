"""The grammar of sudoers: logical lines, Defaults, aliases and user specifications."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_TAG = re.compile(
    r"(NOPASSWD|PASSWD|NOEXEC|EXEC|SETENV|NOSETENV|LOG_INPUT|NOLOG_INPUT|LOG_OUTPUT|NOLOG_OUTPUT|FOLLOW|NOFOLLOW|MAIL|NOMAIL|INTERCEPT|NOINTERCEPT)\s*:\s*"
)
_OPTION = re.compile(r"(?:ROLE|TYPE|PRIVS|LIMITPRIVS|TIMEOUT|CWD|CHROOT|NOTBEFORE|NOTAFTER|APPARMOR_PROFILE)\s*=\s*(?:\"[^\"]*\"|\S+)\s+")
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)", re.S)
_DEFAULTS = re.compile(r"Defaults(?:([@:>!])\s*(\"[^\"]*\"|\S+))?\s+(.*)", re.S)


@dataclass(frozen=True, slots=True)
class Rule:
    """One command that some users may run: a user specification with several commands makes several rules."""

    users: tuple[str, ...]
    hosts: tuple[str, ...]
    runas: str
    """What stands in brackets, without them; empty when not written (root)."""
    tags: frozenset[str]
    """Tags in force for this command; a tag holds for all that follow in the list until its opposite."""
    command: str
    """As written; ``ALL``, an alias, a path with arguments, or ``[masked]``."""
    where: str

    @property
    def everything(self) -> bool:
        """Any command at all (``ALL`` not negated)."""
        return self.command == "ALL"


@dataclass(frozen=True, slots=True)
class Default:
    """One setting of a Defaults line."""

    scope: str
    """Empty, or the sign and the list it is limited to (``:alice``, ``@host``, ``>runas``, ``!command``)."""
    name: str
    value: bool | str
    where: str


@dataclass(slots=True)
class Parsed:
    """Collects what all files say."""

    rules: list[Rule]
    defaults: list[Default]
    aliases: dict[str, tuple[str, ...]]
    unread: list[str]


Include = Callable[[str, str], None]


def parse(text: str, path: str, whole: Parsed, include: Include) -> None:
    """Add one file's contents to ``whole``; ``include(directive, name)`` is called where an include line stands."""
    for number, line in logical_lines(text):
        where = f"{path}:{number}"
        found = re.fullmatch(r"[#@](include|includedir)\s+(.+)", line)
        if found is not None:
            include(found[1], found[2].strip().strip('"').replace("\\ ", " "))
            continue
        if line.startswith("#") and not re.match(r"#-?[0-9]", line):
            continue
        defaults = _DEFAULTS.fullmatch(line)
        alias = _ALIAS.fullmatch(line)
        if defaults is not None:
            scope = f"{defaults[1]}{defaults[2]}" if defaults[1] else ""
            whole.defaults += [_default(scope, item, where) for item in split(defaults[3], ",") if item]
        elif alias is not None:
            for part in split(alias[2], ":"):
                name, mark, members = part.partition("=")
                if mark and name.strip():
                    whole.aliases[name.strip()] = tuple(m for m in split(members, ",") if m)
                else:
                    whole.unread.append(where)
        else:
            rules = _rules(line, where)
            if rules is None:
                whole.unread.append(where)
            else:
                whole.rules += rules


def logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines joined at a backslash, comments cut (not in quotes, not a ``#uid``), blank ones left out; with line numbers."""
    out: list[tuple[int, str]] = []
    held, start = "", 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        start = start if held else number
        bare = _uncomment(held + line)
        if bare == held + line and line.endswith("\\") and not line.endswith("\\\\"):
            held += line[:-1] + " "
            continue
        # A comment ends with its line, whatever its last sign is.
        held = ""
        if bare.strip(" \t"):
            out.append((start, bare.strip(" \t")))
    last = _uncomment(held).strip(" \t")
    if last:
        out.append((start, last))
    return out


def _uncomment(line: str) -> str:
    if re.match(r"\s*[#@](include|includedir)\s", line):
        return line
    quoted, i = False, 0
    while i < len(line):
        char = line[i]
        if char == "\\":
            i += 1
        elif char == '"':
            quoted = not quoted
        elif char == "#" and not quoted and not re.match(r"#-?[0-9]", line[i:]):
            return line[:i]
        i += 1
    return line


def split(text: str, sign: str) -> list[str]:
    """Split at a sign that is neither quoted, escaped nor in brackets; parts are trimmed."""
    parts, part, quoted, depth, i = [], "", False, 0, 0
    while i < len(text):
        char = text[i]
        if char == "\\" and i + 1 < len(text):
            part += text[i : i + 2]
            i += 2
            continue
        if char == '"':
            quoted = not quoted
        elif char == "(" and not quoted:
            depth += 1
        elif char == ")" and not quoted:
            depth -= 1
        if char == sign and not quoted and depth <= 0:
            parts.append(part.strip())
            part = ""
        else:
            part += char
        i += 1
    return [*parts, part.strip()]


def _default(scope: str, item: str, where: str) -> Default:
    found = re.fullmatch(r"(!*)\s*([\w-]+)\s*(?:[+-]?=\s*(.*))?", item, re.S)
    if found is None:
        return Default(scope, item, True, where)
    value: bool | str = len(found[1]) % 2 == 0
    if found[3] is not None:
        value = found[3].strip().strip('"')
    return Default(scope, found[2], value, where)


def _rules(line: str, where: str) -> list[Rule] | None:
    """``users hosts = commands : hosts = commands``; None when the line is no such thing."""
    head, mark, rest = _cut(line, "=")
    words = re.fullmatch(r"(.+?)\s+([^\s,]+(?:\s*,\s*[^\s,]+)*)", head.strip())
    if not mark or words is None:
        return None
    users = tuple(m.strip('"') for m in split(words[1], ",") if m)
    rules: list[Rule] = []
    hosts = tuple(m for m in split(words[2], ",") if m)
    # A new host list begins after a colon that is followed by `hosts =`; tags have a colon too.
    for position, segment in enumerate(re.split(r":(?=\s*[A-Za-z0-9_.,!+*\s-]+=)", _shield(rest))):
        segment = segment.replace("\x00", ":")
        if position:
            named, mark, segment = _cut(segment, "=")
            hosts = tuple(m for m in split(named, ",") if m)
        rules += _commands(users, hosts, segment, where)
    return rules or None


def _shield(text: str) -> str:
    """Colons that are no separators (after tags, escaped, in brackets) out of the way."""
    text = _TAG.sub(lambda m: m[0].replace(":", "\x00"), text)
    text = re.sub(r"\([^)]*\)", lambda m: m[0].replace(":", "\x00"), text)
    return text.replace("\\:", "\\\x00")


def _cut(text: str, sign: str) -> tuple[str, str, str]:
    """Text before and after the first free sign; the middle part is empty when there is none."""
    quoted = escaped = False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == sign and not quoted:
            return text[:index].strip(), sign, text[index + 1 :].strip()
    return text, "", ""


def _commands(users: tuple[str, ...], hosts: tuple[str, ...], text: str, where: str) -> list[Rule]:
    rules: list[Rule] = []
    tags: set[str] = set()
    runas = ""
    for item in split(text, ","):
        found = re.match(r"\(([^)]*)\)\s*", item)
        if found is not None:
            runas = found[1].strip()
            item = item[found.end() :]
        while True:
            option = _OPTION.match(item)
            tag = _TAG.match(item)
            if option is not None:
                item = item[option.end() :]
            elif tag is not None:
                tags -= {f"NO{tag[1]}", tag[1].removeprefix("NO")}
                tags.add(tag[1])
                item = item[tag.end() :]
            else:
                break
        if item:
            rules.append(Rule(users, hosts, runas, frozenset(tags), item, where))
    return rules
