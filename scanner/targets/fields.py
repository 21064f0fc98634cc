"""Fields of an inventory, read strictly: every error names file and line, and never echoes a value that may be a secret."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import Lined

ID = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._-]{0,63}")
HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*")
USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@\\-]{0,63}")
SECRET = re.compile(r"(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*|keyring:\S.*|ask)")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAC = re.compile(r"[0-9a-f]{12}")
BLANK = {"", "…", "...", "-", "待填"}
"""What people leave in a form that they have not filled in: it counts as nothing said, never as a paper or a name."""
_INTERFACE = re.compile(r"[A-Za-z0-9._-]{1,15}")
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_LARGEST = 10**15

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Reader:
    """One mapping of the file with typed getters. All of them raise UseError with file and line."""

    def __init__(self, data: Any, file: str, where: str, allowed: Collection[str], line: int = 1) -> None:
        if not isinstance(data, Lined):
            raise UseError("inventory-not-mapping", file=file, line=line, where=where, key=where.rpartition(".")[2])
        self.data, self.file, self.where = data, file, where
        for key in data:
            if key not in allowed:
                near = difflib.get_close_matches(key, list(allowed), 1)
                raise UseError(
                    "inventory-key-unknown",
                    file=file,
                    line=data.lines[key],
                    key=key[:40],
                    where=where,
                    near=near[0] if near else " / ".join(sorted(allowed)),
                )

    def line(self, key: str) -> int:
        """Line of a key, or of the mapping when the key is not there."""
        return self.data.lines.get(key, self.data.line)

    def fail(self, key: str, code: str = "inventory-value", wanted: str = "", **fields: object) -> UseError:
        """An error at a key; the value is not shown."""
        return UseError(code, file=self.file, line=self.line(key), key=key, where=self.where, wanted=wanted, **fields)

    def text(self, key: str, default: str | None = None, pattern: re.Pattern[str] | None = None, wanted: str = "") -> str | None:
        """A string (whole numbers count as their text); what nobody filled in is the default."""
        value = self.data.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int) or (isinstance(value, int) and abs(value) > _LARGEST):
            raise self.fail(key, wanted=wanted or "text")
        found = str(value).strip()
        if found in BLANK:
            return default
        if (pattern is not None and not pattern.fullmatch(found)) or any(not char.isprintable() for char in found) or len(found) > 4096:
            raise self.fail(key, wanted=wanted or "text")
        return found

    def must(self, key: str, pattern: re.Pattern[str] | None = None, wanted: str = "") -> str:
        """A string that has to be there."""
        found = self.text(key, None, pattern, wanted)
        if found is None:
            raise self.fail(key, "inventory-key-missing")
        return found

    def one_of(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        """One of a few words; without a default it has to be there."""
        found = self.must(key) if default is None else self.text(key, default) or default
        if found not in choices:
            near = difflib.get_close_matches(found, list(choices), 1)
            raise self.fail(key, wanted=" ".join(near or choices))
        return found

    def items(self, key: str) -> list[Any]:
        """A list; absent means empty."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(key, wanted="[…, …]")
        return value

    def texts(self, key: str, wanted: str) -> list[str]:
        """A list of strings; absent means empty."""
        found = self.items(key)
        if any(not isinstance(item, str) or not item or any(not char.isprintable() for char in item) for item in found):
            raise self.fail(key, wanted=wanted)
        return found

    def mapping(self, key: str) -> Lined:
        """A mapping; absent means empty."""
        value = self.data.get(key)
        if value is None:
            empty = Lined()
            empty.lines, empty.line = {}, self.line(key)
            return empty
        if not isinstance(value, Lined):
            raise self.fail(key, wanted="{…: …}")
        return value

    def inner(self, key: str, allowed: Collection[str]) -> Reader:
        """A reader of the mapping under a key; absent means empty."""
        return Reader(self.mapping(key), self.file, f"{self.where}.{key}", allowed, self.line(key))

    def number(self, key: str, low: int, high: int) -> int | None:
        """A whole number within bounds, or None when there is none."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.fail(key, wanted=f"{low}-{high}")
        return value

    def port(self, key: str) -> int | None:
        """A TCP or UDP port, 1 to 65535."""
        return self.number(key, 1, 65535)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, wanted="true / false")
        return value

    def date(self, key: str) -> date | None:
        """A day ``YYYY-MM-DD``; None when it is not filled in."""
        text = self.text(key, None, DATE, "2027-12-31")
        try:
            return date.fromisoformat(text) if text is not None else None
        except ValueError:
            raise self.fail(key, wanted="2027-12-31") from None

    def secret(self, key: str) -> str | None:
        """A reference to a secret, never the secret."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not SECRET.fullmatch(value) or any(not char.isprintable() for char in value):
            raise self.fail(key, "inventory-secret-inline")
        return value

    def path(self, key: str, inventory: Path) -> str | None:
        """An absolute path; a relative one starts at the inventory's folder."""
        value = self.data.get(key)
        if isinstance(value, str) and "PRIVATE KEY" in value:
            raise self.fail(key, "inventory-secret-inline")
        text = self.text(key, wanted="./file")
        if text is None:
            return None
        found = absolute(text, inventory)
        if found is None:
            raise self.fail(key, wanted="./file")
        return found


def absolute(text: str, inventory: Path) -> str | None:
    """A path of the inventory file, relative to it; links are not resolved here. None when the home folder it names is nobody's."""
    try:
        path = Path(text).expanduser()
    except (RuntimeError, ValueError):
        return None
    return str(path if path.is_absolute() else inventory.resolve().parent / path)


def address(text: str) -> str | None:
    """One spelling for one host: ``local``, an IP address or a lower-case name; None when it is none of these.

    ``::ffff:192.0.2.1`` is 192.0.2.1; names lose their last dot and are written in ASCII (IDNA); ``192.000.002.001``,
    ``0x7f.1`` and ``127.1`` are refused, because programs disagree about what they mean.
    """
    if text == "local":
        return text
    bare, percent, interface = text.partition("%")
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return _name(text)
    if isinstance(found, ipaddress.IPv4Address):
        return None if percent else str(found)
    if percent:
        return f"{found}%{interface}" if found.is_link_local and _INTERFACE.fullmatch(interface) else None
    return str(found.ipv4_mapped or found)


def _name(text: str) -> str | None:
    try:
        name = (text if text.isascii() else text.encode("idna").decode("ascii")).removesuffix(".").lower()
    except UnicodeError:
        return None
    # A name whose last part is a number is a misspelt address, not a name.
    return name if HOST.fullmatch(name) and not _NUMERIC_END.fullmatch(name) else None


def ip(text: str) -> Address | None:
    """An IP address without its interface; None for names and anything else. ``::ffff:…`` is IPv4."""
    spelt = address(text)
    try:
        return ipaddress.ip_address((spelt or "").partition("%")[0])
    except ValueError:
        return None


def network(text: str, strict: bool = False) -> Network | None:
    """A network or a single address as one; None when it is neither. ``strict`` refuses bits beyond the prefix."""
    single = ip(text)
    try:
        return ipaddress.ip_network(single if single is not None else text, strict=strict)
    except ValueError:
        return None


def mac(text: str) -> str | None:
    """``aa:bb:cc:dd:ee:ff`` of any common spelling, also ``00e0-fc12-3456``; None when it is no MAC address."""
    bare = re.sub(r"[:.-]", "", text.lower())
    return ":".join(bare[at : at + 2] for at in range(0, 12, 2)) if MAC.fullmatch(bare) else None
