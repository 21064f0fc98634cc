"""Access lists of IOS, NX-OS and Ruijie as they limit logins: how many rules, and whether one lets everyone in."""

from __future__ import annotations

import re

from scanner.facts.netdev.blocks import Config
from scanner.facts.netdev.shape import Acl

_NUMBERED = re.compile(r"access-list (\d{1,4}) (?:\d+ )?(permit|deny) (.+)")
_NAMED = re.compile(r"(ip|ipv6) access-list (?:(?:standard|extended) )?(\S+)")
_RULE = re.compile(r"(?:sequence )?(?:\d+ )?(permit|deny) (.+)")
_EVERYONE = re.compile(r"any(?: log)?|0\.0\.0\.0 255\.255\.255\.255(?: log)?|(?:ip|ipv6|tcp) (?:any|0\.0\.0\.0/0|::/0)(?: .*)?")


def read_ios_acls(config: Config) -> dict[str, Acl]:
    """Access lists by number and by name; IPv6 ones as ``6:…``."""
    rules: dict[str, list[tuple[str, str]]] = {}
    for block in config.blocks:
        numbered = _NUMBERED.fullmatch(block.header)
        if numbered:
            rules.setdefault(numbered[1], []).append((numbered[2], numbered[3]))
        named = _NAMED.fullmatch(block.header)
        if named:
            held = rules.setdefault(("6:" if named[1] == "ipv6" else "") + named[2], [])
            held += [(m[1], m[2]) for text in block.body if (m := _RULE.fullmatch(text))]
    return {name: _acl(name, held) for name, held in rules.items()}


def _acl(name: str, rules: list[tuple[str, str]]) -> Acl:
    permits = [rest for action, rest in rules if action == "permit"]
    return Acl(name, len(rules), len(permits), any(_EVERYONE.fullmatch(rest) for rest in permits))
