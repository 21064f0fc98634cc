"""The parts of a network device, common to both vendors, and the small readers they share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.facts.netdev.blocks import Block, Config


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether something is on."""

    on: bool | None
    """None: the configuration does not say, and the default of this model and version is not known."""
    source: str
    """``stated``, ``default`` (known from the vendor's manual), ``unstated`` or ``contradiction``."""


@dataclass(frozen=True, slots=True)
class Line:
    """One range of terminal lines."""

    name: str
    """``vty 0 4``."""
    authentication: str | None
    """aaa, password or none (Comware's ``scheme`` is aaa); None when unstated."""
    protocols: tuple[str, ...] | None
    """ssh, telnet …; None when unstated."""
    idle_seconds: int | None
    """0 is never; None is the default."""
    acl: str | None
    """Number or name bound inbound for IPv4."""
    acl6: str | None
    shell: bool = True
    """False when ``undo shell`` keeps anyone from logging in there."""


@dataclass(frozen=True, slots=True)
class Acl:
    """An access list."""

    name: str
    rules: int
    permits: int
    permits_all: bool
    """A permit rule without a source, or with source any."""


@dataclass(frozen=True, slots=True)
class Secret:
    """How one password is kept."""

    owner: str
    """``user admin``, ``super``, ``vty 0 4``."""
    form: str
    """irreversible, reversible, plain, empty, hidden or unclear."""


@dataclass(frozen=True, slots=True)
class Snmp:
    """SNMP."""

    on: bool
    versions: tuple[str, ...] | None
    """v1, v2c, v3; None when unstated."""
    communities: int
    well_known: int
    """Communities with a name that everyone knows."""
    concealed: int
    """Communities that are kept ciphered: their names cannot be seen here."""
    without_acl: int


@dataclass(frozen=True, slots=True)
class Lockout:
    """What happens after failed logins."""

    on: bool | None
    attempts: int | None
    minutes: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Port:
    """A physical interface."""

    name: str
    shut: bool
    configured: bool
    """Anything but ``shutdown`` and link mode is set."""


def switch(headers: Iterable[str], on: Iterable[str], off: Iterable[str], default: bool | None, whole: bool) -> Switch:
    """A switch by exact lines; a default is only believed in a configuration that was understood as a whole."""
    lines = list(headers)
    yes, no = any(line in set(on) for line in lines), any(line in set(off) for line in lines)
    if yes and no:
        return Switch(None, "contradiction")
    if yes or no:
        return Switch(yes, "stated")
    if default is None or not whole:
        return Switch(None, "unstated")
    return Switch(default, "default")


def value_after(body: Iterable[str], *prefixes: str) -> str | None:
    """What follows the first of these words; the last such line wins, as on the device."""
    found: str | None = None
    for line in body:
        for prefix in prefixes:
            if line == prefix or line.startswith(prefix + " "):
                found = line[len(prefix) :].strip()
    return found


def idle_seconds(body: Iterable[str]) -> int | None:
    """``idle-timeout MINUTES [SECONDS]``; ``idle-timeout 0`` is never."""
    seconds: int | None = None
    for line in body:
        found = re.fullmatch(r"idle-timeout (\d{1,6})(?: (\d{1,3}))?", line)
        if found:
            seconds = int(found[1]) * 60 + int(found[2] or 0)
        elif line == "undo idle-timeout":
            seconds = None
    return seconds


def bound_acl(body: Iterable[str]) -> tuple[str | None, str | None]:
    """``acl [ipv6] N inbound``: the IPv4 and the IPv6 list."""
    v4: str | None = None
    v6: str | None = None
    for line in body:
        found = re.fullmatch(r"acl (ipv6 )?(?:name )?(\S+) inbound", line)
        if found and found[1]:
            v6 = found[2]
        elif found:
            v4 = found[2]
    return v4, v6


_ACL = re.compile(
    r"acl (?P<six>ipv6 )?(?:(?:number|basic|advanced|mac|ipv4) )?(?:(?P<number>\d{1,5})|name (?P<only>\S+))(?: name (?P<name>\S+))?(?: .*)?"
)


def read_acls(config: Config) -> dict[str, Acl]:
    """Access lists by number and by name; IPv6 ones as ``6:…``."""
    out: dict[str, Acl] = {}
    for block in config.starting("acl"):
        found = _ACL.fullmatch(block.header)
        if found is None:
            continue
        acl = _acl(block)
        also = re.findall(r"(?:number|basic|advanced|name \S+) (\d{4,5})\b", block.header)
        for name in (found["number"], found["name"], found["only"], *also):
            if name:
                out[("6:" if found["six"] else "") + name] = acl
    return out


def _acl(block: Block) -> Acl:
    rules = [line for line in block.body if re.match(r"rule (\d+ )?(permit|deny)\b", line)]
    permits = [re.sub(r"^rule (\d+ )?permit ?", "", line) for line in rules if re.match(r"rule (\d+ )?permit\b", line)]
    return Acl(block.header, len(rules), len(permits), any(_is_all(rest) for rest in permits))


def _is_all(rest: str) -> bool:
    found = re.search(r"\bsource(?:-address)? (\S+)(?: (\S+))?", rest)
    if found is None:
        # A source pool or object group names somebody; nothing at all means everybody.
        return "source" not in rest and "object-group" not in rest
    return found[1] == "any" or (found[1], found[2]) in {("0.0.0.0", "255.255.255.255"), ("::", "0")} or found[1] == "::/0"  # noqa: S104


def kept_as(words: str) -> str:
    """Form of a password from the words after ``password``."""
    first = words.split(" ")[0] if words else ""
    return _FORMS.get(first, "unclear")


_FORMS = {
    "irreversible-cipher": "irreversible", "hash": "irreversible", "cipher": "reversible", "simple": "plain", "plain": "plain", "": "empty",
}  # fmt: skip


def read_snmp(config: Config) -> Snmp:
    """SNMP: the same words on both platforms."""
    lines = [h for h in config.headers() if h.startswith(("snmp-agent", "undo snmp-agent"))]
    on = any(line.startswith("snmp-agent") for line in lines) and "undo snmp-agent" not in lines
    stated: set[str] | None = None
    for line in lines:
        found = re.fullmatch(r"(undo )?snmp-agent sys-info version (.+)", line)
        if found is None:
            continue
        named = {"v1", "v2c", "v3"} if "all" in found[2].split() else set(found[2].split()) & {"v1", "v2c", "v3"}
        stated = ({"v1", "v2c", "v3"} - named if stated is None else stated - named) if found[1] else (stated or set()) | named
    communities = [line for line in lines if re.match(r"snmp-agent community (?!complexity-check)", line)]
    return Snmp(
        on=on,
        versions=None if stated is None else tuple(sorted(stated)),
        communities=len(communities),
        well_known=sum("[masked:well-known]" in line for line in communities),
        concealed=sum(" cipher " in line for line in communities),
        without_acl=sum(" acl " not in line for line in communities),
    )


_LOGHOST = re.compile(r"info-center loghost (?:ipv6 )?(?:vpn-instance \S+ )?(?:ipv6 )?(?!source\b|vpn-instance\b|level\b)(\S+)(?: .*)?")


def read_loghosts(config: Config) -> tuple[str, ...]:
    """Addresses or names of log hosts."""
    hosts: dict[str, None] = {}
    for line in config.headers():
        found = _LOGHOST.fullmatch(line)
        if found:
            hosts[found[1]] = None
    return tuple(hosts)


_PHYSICAL = re.compile(
    r"interface ((?:(?:X|Ten-|Twenty-Five|M-)?GigabitEthernet|(?:\d{1,3})?GE|XGE|MEth|Eth(?:ernet)?|FortyGigE|HundredGigE"
    r"|Twenty-FiveGigE|MultiGE)"
    r"\d+(?:/\d+)*)",
    re.I,
)
_LINK_MODE = ("port link-mode", "undo portswitch", "portswitch", "undo shutdown")


def read_ports(config: Config) -> tuple[Port, ...]:
    """Physical interfaces (no sub-interfaces)."""
    out = []
    for block in config.starting("interface"):
        found = _PHYSICAL.fullmatch(block.header)
        if found is None:
            continue
        settings = [line for line in block.body if line != "shutdown" and not line.startswith(_LINK_MODE)]
        shut = "shutdown" in block.body and "undo shutdown" not in block.body
        out.append(Port(found[1], shut, bool(settings)))
    return tuple(out)


def has_ipv6(config: Config) -> bool:
    """Some interface has an IPv6 address."""
    return any(line.startswith(("ipv6 address", "ipv6 enable")) for block in config.starting("interface") for line in block.body)


def covers_all(lines: Iterable[Line], total: int) -> bool:
    """Do the configured ``vty A B`` ranges name every line from 0 to total-1?"""
    named: set[int] = set()
    for line in lines:
        numbers = [int(word) for word in line.name.split()[1:] if word.isdigit()]
        if numbers:
            named.update(range(numbers[0], numbers[-1] + 1))
    return named >= set(range(total))


Interpretation = Mapping[str, object]
"""Keyword arguments of a Device."""
