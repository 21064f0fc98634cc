"""What the readers of all vendors share: they fill it line by line, and every line that they do not understand is counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from scanner.facts.netdev.blocks import SHOWN, Block, Config
from scanner.facts.netdev.box.aside import asides_of
from scanner.facts.netdev.box.model import AccessList, Aside, Binding, Box, Firewall, Interface, Published, Route, Vrf, plain
from scanner.facts.netdev.box.spaces import Rule, Said

Handler = Callable[["Reading", dict[str, Any], re.Match[str], Said], None]
Table = Sequence[tuple[re.Pattern[str], Handler]]


class Reading:
    """A device under construction."""

    def __init__(self, vendor: str, config: Config) -> None:
        self.vendor = vendor
        self.config = config
        self.interfaces: list[Interface] = []
        self.vlans: set[int] = set()
        self.vrfs: dict[str, Vrf] = {}
        self.routes: list[Route] = []
        self.rules: dict[str, list[Rule]] = {}
        self.list_said: dict[str, Said] = {}
        self.inexact: set[str] = set()
        self.vlan_filters: list[tuple[int | None, Binding]] = []
        self.published: list[Published] = []
        self.translations: list[Said] = []
        self.tunnels: list[Said] = []
        self.dynamic: list[Said] = []
        self.redistributes: set[str] = set()
        self.asides: list[Aside] = []
        self.firewall: Firewall | None = None
        self.forwards4: bool | None = True
        self.forwards6: bool | None = True
        self.odd: list[Said] = [Said(line, text) for line, text in config.unplaced]
        self.odd_count = config.unparsed

    def strange(self, said: Said) -> None:
        """A line that was not understood."""
        self.odd_count += 1
        if len(self.odd) < SHOWN:
            self.odd.append(Said(said.line, said.text[:120]))

    def strange_body(self, block: Block) -> None:
        """A whole block that was not understood."""
        self.strange(Said(block.line, block.header))
        for line, text in block.said():
            self.strange(Said(line, text))

    def add_rule(self, name: str, rule: Rule | None, said: Said) -> None:
        """One more rule of a list, which exists from now on even without rules."""
        self.list_said.setdefault(name, said)
        held = self.rules.setdefault(name, [])
        if rule is not None:
            held.append(rule)

    def interfaces_told_twice(self) -> None:
        """Two blocks of one name are two halves of one interface (or two devices in one file): neither is whole."""
        seen: set[str] = set()
        for item in self.interfaces:
            if plain(item.name) in seen:
                self.strange(item.said)
            seen.add(plain(item.name))

    def nowhere(self) -> Iterator[Aside]:
        """Routes through interfaces and tables that the text does not hold."""
        names = {plain(item.name) for item in self.interfaces}
        for route in self.routes:
            if route.interface is not None and plain(route.interface) not in names:
                yield Aside("an interface that the text does not hold", route.said)
            if route.next_vrf and route.next_vrf not in self.vrfs:
                yield Aside("a routing table that the text does not hold", route.said)

    def done(self) -> Box:
        """The device."""
        self.interfaces_told_twice()
        lists = {name: AccessList(name, tuple(rules), self.list_said[name], name not in self.inexact) for name, rules in self.rules.items()}
        return Box(
            vendor=self.vendor,
            interfaces=tuple(self.interfaces),
            vlans=tuple(sorted(self.vlans)),
            vrfs=self.vrfs,
            routes=tuple(self.routes),
            lists=lists,
            vlan_filters=tuple(self.vlan_filters),
            list_users=frozenset(used(self.config.blocks, [name.removeprefix("6:") for name in lists])),
            published=tuple(self.published),
            translations=tuple(self.translations),
            tunnels=tuple(self.tunnels),
            dynamic=tuple(self.dynamic),
            redistributes=frozenset(self.redistributes),
            asides=(*self.asides, *asides_of(self.config), *self.nowhere()),
            firewall=self.firewall,
            forwards4=self.forwards4,
            forwards6=self.forwards6,
            odd=tuple(self.odd),
            odd_count=self.odd_count,
            lines=self.config.lines,
        )


def apply(reading: Reading, table: Table, make: dict[str, Any], said: Said) -> bool:
    """Hand a line to the first handler whose pattern it matches whole; False when there is none or the line makes no sense."""
    for pattern, handler in table:
        found = pattern.fullmatch(said.text)
        if found is not None:
            try:
                handler(reading, make, found, said)
            except (ValueError, IndexError, OverflowError):
                return False
            return True
    return False


def table(*rows: tuple[str, Handler]) -> Table:
    """Compile the patterns of a table."""
    return tuple((re.compile(pattern), handler) for pattern, handler in rows)


def put(**values: Any) -> Handler:
    """A handler that sets fields."""

    def handler(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
        make.update(values)

    return handler


def nothing(reading: Reading, make: dict[str, Any], found: re.Match[str], said: Said) -> None:
    """A line that is understood and carries no packet."""


def prefixes(words: Iterable[str]) -> re.Pattern[str]:
    """Lines that begin with one of these words (whole words)."""
    return re.compile(r"(?:no |undo )?(?:" + "|".join(re.escape(word) for word in words) + r")(?: .*)?")


_LIST_HEADER = re.compile(r"(?:ip |ipv6 |mac |arp )?access-list .*|acl .*")
_REFERS = re.compile(
    r"access-group|access-class|\bacl\b|\blist\b|match|traffic-filter|packet-filter|traffic-secure|community|distribute-list|nat outbound"
    r"|filter-policy|\bpolicy\b|rule|source list|security acl"
)


def used(blocks: Iterable[Block], names: Iterable[str]) -> set[str]:
    """Names of lists that some line outside the lists themselves mentions; numbers count only beside a word that refers to lists."""
    wanted = set(names)
    found: set[str] = set()
    for block in blocks:
        if _LIST_HEADER.fullmatch(block.header):
            continue
        for text in (block.header, *block.body):
            words = set(text.split()) & wanted
            if words:
                refers = _REFERS.search(text) is not None
                found |= {word for word in words if refers or not word.isdigit()}
    return found
