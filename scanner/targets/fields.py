"""Fields of an inventory, read strictly: every error names file and line, and never echoes a value that may be a secret."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Collection
from typing import Any

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import Lined

ID = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._-]{0,63}")
HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?")
USER = re.compile(r"[A-Za-z_][A-Za-z0-9._@\\-]{0,63}")
SECRET = re.compile(r"(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+|keyring:.+|ask)")


class Reader:
    """One mapping of the file with typed getters."""

    def __init__(self, data: Any, file: str, where: str, allowed: Collection[str], line: int = 1) -> None:
        if not isinstance(data, Lined):
            raise UseError("inventory-not-mapping", file=file, line=line, where=where)
        self.data, self.file, self.where = data, file, where
        for key in data:
            if key not in allowed:
                near = difflib.get_close_matches(key, list(allowed), 1)
                raise UseError("inventory-key-unknown", file=file, line=data.lines[key], key=key, near=near[0] if near else "/".join(sorted(allowed)))

    def line(self, key: str) -> int:
        """Line of a key, or of the mapping when the key is not there."""
        return self.data.lines.get(key, self.data.line)

    def fail(self, key: str, code: str = "inventory-value", wanted: str = "") -> UseError:
        """An error at a key; the value is not shown."""
        return UseError(code, file=self.file, line=self.line(key), key=key, where=self.where, wanted=wanted)

    def text(self, key: str, default: str | None = None, pattern: re.Pattern[str] | None = None) -> str | None:
        """A string (numbers count as their text)."""
        value = self.data.get(key)
        if value is None:
            return default
        if isinstance(value, bool | float | list | dict):
            raise self.fail(key, wanted="text")
        found = str(value)
        if pattern is not None and not pattern.fullmatch(found) or any(not char.isprintable() for char in found):
            raise self.fail(key, wanted=pattern.pattern[:60] if pattern is not None else "text")
        return found

    def must(self, key: str, pattern: re.Pattern[str] | None = None) -> str:
        """A string that has to be there."""
        found = self.text(key, None, pattern)
        if not found:
            raise self.fail(key, "inventory-key-missing")
        return found

    def one_of(self, key: str, choices: Collection[str], default: str) -> str:
        """One of a few words."""
        found = self.text(key, default) or default
        if found not in choices:
            raise self.fail(key, wanted=" ".join(sorted(choices)))
        return found

    def items(self, key: str) -> list[Any]:
        """A list; absent means empty."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(key, wanted="[…]")
        return value

    def mapping(self, key: str) -> Lined:
        """A mapping; absent means empty."""
        value = self.data.get(key)
        if value is None:
            empty = Lined()
            empty.lines, empty.line = {}, self.line(key)
            return empty
        if not isinstance(value, Lined):
            raise self.fail(key, wanted="{…}")
        return value

    def port(self, key: str) -> int | None:
        """A TCP or UDP port, 1 to 65535."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
            raise self.fail(key, wanted="1-65535")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, wanted="true false")
        return value

    def secret(self, key: str) -> str | None:
        """A reference to a secret, never the secret."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not SECRET.fullmatch(value):
            raise self.fail(key, "inventory-secret-inline")
        return value


def address(text: str) -> str | None:
    """One spelling for one host: ``local``, an IP address or a lower-case name; None when it is none of these."""
    if text == "local":
        return text
    try:
        found = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        name = text.rstrip(".").lower()
        # A name of digits and dots alone is a misspelt address, not a name.
        return name if HOST.fullmatch(name) and not re.fullmatch(r"[0-9.]+|0x[0-9a-f.]+", name) else None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A network or a single address as one; None when it is neither."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
