"""nginx's configuration language: words, blocks and includes, as nginx itself reads them.

White space is blank, tab, CR and LF alone: a full-width space is part of a word, as it is for nginx.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scanner.facts.fact import Unreadable

MAX_DEPTH = 40
"""How deep blocks and includes may nest, each."""
MAX_DIRECTIVES = 400_000
"""How many directives one configuration may have once every include is followed."""
_TOKEN = re.compile(
    r"""[ \t\r\n]+ | \#[^\n]*
    | (?P<sign>[{};])
    | "(?P<double>(?:[^"\\]|\\[\s\S])*)"(?=[ \t\r\n;{)])
    | '(?P<single>(?:[^'\\]|\\[\s\S])*)'(?=[ \t\r\n;{)])
    | (?P<word>(?!["'])(?:\\[\s\S]|\$\{*|[^ \t\r\n;{\\$])+)""",
    re.VERBOSE,
)
_LUA = re.compile(r"--\[(=*)\[[\s\S]*?\]\1\]|--[^\n]*|\[(=*)\[[\s\S]*?\]\2\]|\"(?:[^\"\\\n]|\\[\s\S])*\"|'(?:[^'\\\n]|\\[\s\S])*'|[{}]")
_ESCAPES = {'\\"': '"', "\\'": "'", "\\\\": "\\", "\\t": "\t", "\\r": "\r", "\\n": "\n"}


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive, with its block when it has one."""

    name: str
    args: tuple[str, ...]
    where: str
    """``file:line``."""
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Directives in order, and by name."""

    items: tuple[Directive, ...]
    by_name: Mapping[str, tuple[Directive, ...]] = field(repr=False)

    def of(self, name: str) -> tuple[Directive, ...]:
        """Every directive of that name in this very block."""
        return self.by_name.get(name, ())


def make_block(items: list[Directive]) -> Block:
    """A block of these directives."""
    names: dict[str, list[Directive]] = {}
    for item in items:
        names.setdefault(item.name, []).append(item)
    return Block(tuple(items), {name: tuple(found) for name, found in names.items()})


@dataclass(frozen=True, slots=True)
class Token:
    """A sign (``{``, ``}``, ``;``) or a word."""

    text: str
    line: int
    sign: bool = False


def tokens(text: str) -> Iterator[Token]:
    """Words and signs; the body of a ``*_by_lua_block`` is one word. Raises Unreadable."""
    at, line, lua = 0, 1, False
    size = len(text)
    while at < size:
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unreadable(f"line {line}: not a word: {text[at : at + 30]!r}")
        kind, start = found.lastgroup, line
        line += text.count("\n", at, found.end())
        at = found.end()
        if kind is None:
            continue
        if kind == "sign":
            yield Token(found[0], start, True)
            if lua and found[0] == "{":
                end = _lua_end(text, at, line)
                yield Token(text[at:end], start)
                line += text.count("\n", at, end)
                at = end
            lua = False
            continue
        yield Token(unescape(found[kind]), start)
        lua = lua or (kind == "word" and found[0].endswith("_by_lua_block"))


def unescape(text: str) -> str:
    """Undo nginx's escapes; a backslash before any other character stays."""
    return re.sub(r"\\[\"'\\trn]", lambda found: _ESCAPES[found[0]], text) if "\\" in text else text


def _lua_end(text: str, at: int, line: int) -> int:
    depth = 1
    for found in _LUA.finditer(text, at):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.start()
    raise Unreadable(f"line {line}: a Lua block without an end")


@dataclass(slots=True)
class _Open:
    name: str
    args: tuple[str, ...]
    line: int
    items: list[Directive] = field(default_factory=list)


def parse(text: str, file: str) -> list[Directive]:
    """The directives of one file, includes not followed. Raises Unreadable naming file and line."""
    stack = [_Open("", (), 0)]
    words: list[Token] = []
    try:
        stream = tokens(text)
        for token in stream:
            if not token.sign:
                words.append(token)
            elif token.text == "{":
                _begin(stack, words, file)
                if stack[-1].name.endswith("_by_lua_block"):
                    next(stream)
                words = []
            elif token.text == ";":
                if not words:
                    raise Unreadable(f"line {token.line}: an empty statement")
                stack[-1].items.append(Directive(words[0].text, tuple(w.text for w in words[1:]), f"{file}:{words[0].line}"))
                words = []
            else:
                if words or len(stack) == 1:
                    raise Unreadable(f"line {token.line}: a closing brace out of place")
                done = stack.pop()
                stack[-1].items.append(Directive(done.name, done.args, f"{file}:{done.line}", make_block(done.items)))
        if words or len(stack) > 1:
            raise Unreadable(f"unexpected end, line {words[0].line if words else stack[-1].line}")
    except Unreadable as error:
        raise Unreadable(f"{file}: {error}") from None
    return stack[0].items


def _begin(stack: list[_Open], words: list[Token], file: str) -> None:
    if not words or len(stack) > MAX_DEPTH:
        raise Unreadable(f"a block without a name or too deep, near line {words[0].line if words else stack[-1].line}")
    stack.append(_Open(words[0].text, tuple(w.text for w in words[1:]), words[0].line))


class Tree:
    """Configuration files by path, put together along their includes."""

    def __init__(self, files: Mapping[str, str], missing: frozenset[str], prefix: str) -> None:
        self._files = files
        self._missing = missing
        self._prefix = prefix
        self._parsed: dict[str, list[Directive]] = {}
        self._matches: dict[str, list[str]] = {}
        self._count = 0

    def whole(self, path: str) -> list[Directive]:
        """One file with every include followed. Raises Unreadable for a file that is not there."""
        return self._file(path, ())

    def _file(self, path: str, above: tuple[str, ...]) -> list[Directive]:
        if path in above or len(above) > MAX_DEPTH:
            raise Unreadable(f"{path} includes itself")
        if path not in self._parsed:
            if path not in self._files:
                raise Unreadable(f"{path} was not read")
            self._parsed[path] = parse(self._files[path], path)
        return self._expand(self._parsed[path], (*above, path))

    def _expand(self, items: list[Directive] | tuple[Directive, ...], above: tuple[str, ...]) -> list[Directive]:
        out: list[Directive] = []
        for item in items:
            self._count += 1
            if self._count > MAX_DIRECTIVES:
                raise Unreadable("too many directives")
            if item.name == "include" and item.block is None and len(item.args) == 1:
                for path in self._included(item):
                    out += self._file(path, above)
            elif item.block is not None and item.block.items:
                out.append(Directive(item.name, item.args, item.where, make_block(self._expand(item.block.items, above))))
            else:
                out.append(item)
        return out

    def _included(self, item: Directive) -> list[str]:
        pattern = absolute(item.args[0], self._prefix)
        if pattern not in self._matches:
            self._matches[pattern] = self._match(pattern, item.where)
        return self._matches[pattern]

    def _match(self, pattern: str, where: str) -> list[str]:
        if not set(pattern) & set("*?["):
            return [pattern]
        expression = re.compile("/".join(_part(part) for part in pattern.split("/")))
        found = sorted(path for path in self._files if expression.fullmatch(path))
        if not found and pattern not in self._missing:
            raise Unreadable(f"{where}: what {pattern} stands for was not read")
        return found


def _part(part: str) -> str:
    """One part of a path pattern: no wildcard crosses a slash, none matches a leading dot."""
    body = re.sub(r"\*|\?|\[[^]]+\]|[\s\S]", lambda found: _piece(found[0]), part)
    return ("(?!\\.)" if part[:1] in ("*", "?", "[") else "") + body


def _piece(piece: str) -> str:
    if piece == "*":
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if len(piece) > 2:
        inner = re.sub(r"[\\\[&~|]", lambda found: "\\" + found[0], piece[1:-1])
        return "(?!/)[" + ("^" + inner[1:] if inner[0] in "!^" else inner) + "]"
    return re.escape(piece)


def absolute(path: str, prefix: str) -> str:
    """A path of the configuration made absolute, without double slashes."""
    return re.sub(r"/+", "/", path if path.startswith("/") else f"{prefix}/{path}")
