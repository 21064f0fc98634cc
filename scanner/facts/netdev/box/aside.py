"""Ways on which packets, or copies of them, leave a device beside its routing tables.

The search follows none of them. Where one may lead from one zone to the other it must not say that nothing does.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence

from scanner.facts.netdev.blocks import Config
from scanner.facts.netdev.box.model import Address, Aside, Box, plain
from scanner.facts.netdev.box.routing import living
from scanner.facts.netdev.box.spaces import Network, Said, touches

MULTICAST = "multicast"
_ADDRESS = r"(?P<address>\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)"
_GLOBAL = (
    ("copies of packets", re.compile(r"monitor session \d+(?: type \S+| source .*)?|mirroring-group \d+ (?:\S+ )?mirroring-(?:port|vlan|cpu) .*")),
    ("requests handed on", re.compile(rf"dhcp relay server-group \S+ ip {_ADDRESS}.*")),
)  # fmt: skip
_BODY = (
    ("packets turned aside", re.compile(r"traffic behavior .*"), re.compile(r"redirect .*")),
    ("copies of packets", re.compile(r"traffic behavior .*|vlan .*"), re.compile(r"mirror(?:ing|-to)? .*")),
    ("copies of packets", re.compile(r"interface .*"), re.compile(r"port-mirroring .*|traffic-mirror .*|mirroring-group \d+ mirroring-port .*")),
    (
        "requests handed on",
        re.compile(r"interface .*"),
        re.compile(
            rf"(?:ip helper-address|ip dhcp relay address|ipv6 dhcp relay destination|dhcp relay server-(?:ip|address)|dhcp-?v?6? relay destination"
            rf"|ipv6 dhcp relay server-address|ip relay address|udp-helper server)(?: vrf \S+| global| ip)? {_ADDRESS}(?: .*)?"
        ),
    ),
    ("requests handed on", re.compile(r"dhcp server group .*"), re.compile(rf"dhcp-server {_ADDRESS}(?: .*)?")),
    (MULTICAST, re.compile(r"interface .*"), re.compile(r"(?:ip(?:v6)? )?pim (?:ipv6 )?(?:sm|dm|sparse|dense|sparse-mode|dense-mode|sparse-dense-mode)\b.*")),
)  # fmt: skip
_PROXY = re.compile(r"dns proxy enable|ip dns server")
_SERVER = re.compile(rf"(?:dns server|ip name-server)(?: vrf \S+| vpn-instance \S+)? {_ADDRESS}(?: .*)?")


def asides_of(config: Config) -> Iterator[Aside]:
    """What the text says of such ways, line by line."""
    proxy = any(_PROXY.fullmatch(header) for header in config.headers())
    for block in config.blocks:
        for what, pattern in _GLOBAL:
            yield from _one(what, pattern, Said(block.line, block.header), "")
        if proxy:
            yield from _one("requests handed on", _SERVER, Said(block.line, block.header), "")
        fitting = [(what, pattern) for what, header, pattern in _BODY if header.fullmatch(block.header)]
        interface = block.header.removeprefix("interface ") if block.header.startswith("interface ") else ""
        for line, text in block.said() if fitting else ():
            for what, pattern in fitting:
                yield from _one(what, pattern, Said(line, text), interface)


def leading(box: Box, inner: Sequence[Network], outer: Sequence[Network], declared: Sequence[Network], anywhere: bool) -> Iterator[str]:
    """Those that may lead from one zone to the other; ``anywhere`` when the other is an outside world."""
    for aside in box.asides:
        if aside.what == MULTICAST and not _both_speak(box, inner, outer):
            continue
        if aside.address is not None and not _may_be_there(aside.address, outer, declared, anywhere):
            continue
        yield f"line {aside.said.line}: {aside.what}"


def _may_be_there(address: Address, outer: Sequence[Network], declared: Sequence[Network], anywhere: bool) -> bool:
    where = ipaddress.ip_network(str(address))
    return touches(where, outer) or (anywhere and not touches(where, declared))


def _both_speak(box: Box, inner: Sequence[Network], outer: Sequence[Network]) -> bool:
    """Whether a multicast routing protocol runs in both zones."""
    speaks = {plain(aside.interface) for aside in box.asides if aside.what == MULTICAST}
    legs = [leg.network for item in living(box) if plain(item.name) in speaks for leg, _ in item.addresses]
    return any(touches(leg, inner) for leg in legs) and any(touches(leg, outer) for leg in legs)


def _one(what: str, pattern: re.Pattern[str], said: Said, interface: str) -> Iterator[Aside]:
    found = pattern.fullmatch(said.text)
    if found is None:
        return
    text = next((value for value in found.groupdict().values() if value), None)
    try:
        yield Aside(what, said, ipaddress.ip_address(text) if text else None, interface)
    except ValueError:
        # No address after all: who is asked is not told.
        yield Aside(what, said, None, interface)
