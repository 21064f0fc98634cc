"""Audit rules by meaning: ``-w`` and ``-a`` forms, system call lists and fields become one typed form.

Reads what a rules file says and what ``auditctl -l`` prints; the order of words, keys and lists does not matter.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.facts.fact import Unreadable

_OPS = re.compile(r"([a-z_0-9]+)(!=|>=|<=|&=|=|>|<|&)(.*)", re.S)
_UNSET = {"unset", "-1", "4294967295"}
_B64 = ["b64", "x86_64", "aarch64", "loongarch64", "riscv64", "ppc64le", "s390x", "c000003e", "c00000b7"]
_B32 = ["b32", "i386", "i486", "i586", "i686", "arm", "armv7l", "40000003", "40000028"]
_ARCHES = {**dict.fromkeys(_B64, "b64"), **dict.fromkeys(_B32, "b32")}
_LISTS = {"task", "exit", "user", "exclude", "filesystem", "io_uring"}
_ACTIONS = {"always", "never", "possible"}


@dataclass(frozen=True, slots=True)
class Field:
    """One ``-F`` condition."""

    key: str
    op: str
    value: str
    """``unset`` for every spelling of "no login id"; errors as ``-EACCES``."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one filter list."""

    list: str
    """``exit``, ``task``, ``exclude`` …"""
    action: str
    """``always`` or ``never``."""
    arch: str | None
    """``b64``, ``b32`` or None when the rule names none."""
    syscalls: frozenset[str]
    """Names (or numbers) as written; ``all`` alone when the rule names none."""
    path: str | None = None
    """One object, exactly (``-F path=``, or ``-w`` which also covers what lies below a folder)."""
    tree: str | None = None
    """A folder with all below it (``-F dir=``, or ``-w``)."""
    perm: frozenset[str] = frozenset("rwxa")
    """Kinds of access recorded for a path; all when none is named."""
    fields: frozenset[Field] = frozenset()
    """Further conditions, without arch, path, dir, perm and key."""
    compares: frozenset[str] = frozenset()
    """``-C`` conditions as written."""
    keys: tuple[str, ...] = ()
    """For reading only: a key changes nothing about what is recorded."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in order, and the settings that stand among them."""

    rules: tuple[Rule, ...]
    enabled: int | None = None
    """Value of the last ``-e``; None when there is none."""
    failure: int | None = None
    """Value of the last ``-f``."""
    ignores_errors: bool = False
    """``-i`` or ``-c``: loading goes on after a rule that is refused."""
    locked_early: bool = False
    """A rule stands after ``-e 2`` in a file that is loaded as it is: such rules are refused by the kernel."""


def read_rules(lines: Iterable[str], compiled: bool = False) -> RuleSet:
    """Read rules, one a line; raises Unreadable for a line that is none. ``-D`` empties what came before.

    ``compiled``: the lines come from several files that augenrules will join: it puts a bare ``-D`` first and ``-e`` last.
    """
    rules: list[Rule] = []
    enabled: int | None = None
    failure: int | None = None
    ignores = locked_early = False
    for line in lines:
        text = line.strip(" \t\r")
        if not text or text.startswith("#") or text == "No rules":
            continue
        words = _words(text)
        if not words:
            raise Unreadable(f"not an audit rule: {text[:100]!r}")
        head = words[0]
        if head == "-D":
            if len(words) == 1 and not compiled:
                rules.clear()
        elif head in ("-e", "-f") and len(words) == 2 and re.fullmatch("[012]", words[1]):
            if head == "-e":
                enabled = int(words[1])
            else:
                failure = int(words[1])
        elif head in ("-i", "-c") and len(words) == 1:
            ignores = True
        elif head in ("-a", "-A", "-w"):
            locked_early = locked_early or (enabled == 2 and not compiled)
            rule = _rule(words, text)
            # -A puts a rule in front of its list.
            rules.insert(0, rule) if head == "-A" else rules.append(rule)
        elif head in ("-d", "-W"):
            raise Unreadable(f"a rule that takes rules away: {text[:100]!r}")
        elif not re.fullmatch(r"-[brqtsvm]|--[a-z_-]+", head):
            raise Unreadable(f"not an audit rule: {text[:100]!r}")
    return RuleSet(tuple(rules), enabled, failure, ignores, locked_early)


def _words(text: str) -> list[str]:
    # auditctl -R splits on blanks and knows quotes only around a value; a lone quote is part of the word there.
    try:
        return shlex.split(text, posix=True) if '"' in text else text.split()
    except ValueError:
        raise Unreadable(f"open quote: {text[:100]!r}") from None


def _rule(words: list[str], text: str) -> Rule:
    if len(words) % 2:
        raise Unreadable(f"a word too many or too few: {text[:100]!r}")
    listed, action, arch = "exit", "always", None
    path = tree = None
    perm = frozenset("rwxa")
    syscalls: set[str] = set()
    fields: set[Field] = set()
    compares: set[str] = set()
    keys: list[str] = []
    for option, value in zip(words[::2], words[1::2], strict=True):
        if option in ("-a", "-A"):
            listed, action = _list_and_action(value, text)
        elif option == "-w":
            path = tree = _folder(value)
        elif option == "-p":
            perm = _perm(value, text)
        elif option == "-k":
            keys.append(value)
        elif option == "-S":
            syscalls.update(value.split(","))
        elif option == "-C":
            compares.add(value)
        elif option == "-F":
            field = _field(value, text)
            if field.key == "arch" and field.op == "=":
                arch = _ARCHES.get(field.value.lower(), field.value)
            elif field.key == "path" and field.op == "=":
                path = _folder(field.value)
            elif field.key == "dir" and field.op == "=":
                tree = _folder(field.value)
            elif field.key == "perm" and field.op == "=":
                perm = _perm(field.value, text)
            elif field.key == "key" and field.op == "=":
                keys.append(field.value)
            else:
                fields.add(field)
        else:
            raise Unreadable(f"unknown option {option!r} in {text[:100]!r}")
    named = frozenset(syscalls) if syscalls and "all" not in syscalls else frozenset({"all"})
    return Rule(listed, action, arch, named, path, tree, perm, frozenset(fields), frozenset(compares), tuple(sorted(keys)))


def _list_and_action(value: str, text: str) -> tuple[str, str]:
    parts = set(value.split(","))
    lists, actions = parts & _LISTS, parts & _ACTIONS
    if value.count(",") != 1 or len(lists) != 1 or len(actions) != 1:
        if value.count(",") == 1 and "entry" in parts:
            # The entry list is gone from kernels since 2012; auditctl turns it into exit.
            return "exit", min(actions) if actions else "always"
        raise Unreadable(f"no list and action: {text[:100]!r}")
    return lists.pop(), actions.pop()


def _field(value: str, text: str) -> Field:
    found = _OPS.fullmatch(value)
    if found is None:
        raise Unreadable(f"no condition: {text[:100]!r}")
    key, op, wanted = found.groups()
    if key in {"auid", "loginuid"}:
        key = "auid"
        if wanted in _UNSET:
            wanted = "unset"
    if key == "success":
        wanted = {"no": "0", "yes": "1"}.get(wanted, wanted)
    if re.fullmatch("a[0-3]", key) and re.fullmatch("0(x0*)?", wanted):
        wanted = "0"
    if key == "exit" and re.fullmatch(r"E[A-Z0-9]+", wanted):
        wanted = f"-{wanted}"
    if key == "exit" and wanted in {"-13", "-1"}:
        wanted = {"-13": "-EACCES", "-1": "-EPERM"}[wanted]
    return Field(key, op, wanted)


def _perm(value: str, text: str) -> frozenset[str]:
    if not value or set(value) - set("rwxa"):
        raise Unreadable(f"unknown permissions: {text[:100]!r}")
    return frozenset(value)


def _folder(path: str) -> str:
    if not path.startswith("/"):
        raise Unreadable(f"not an absolute path: {path[:100]!r}")
    return re.sub("/+", "/", path).rstrip("/") or "/"
