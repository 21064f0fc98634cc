"""firewalld's files: what its zones will let in after a restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from scanner.facts.fact import Unreadable, fact, sections
from scanner.facts.linux.netfilter_text import WIDE_SPAN
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

CLOSED = frozenset({"block", "dmz", "drop", "external", "home", "internal", "public", "work"})
"""Zones that firewalld brings itself and that refuse what nobody opened; other makers' own zones may open whole ranges."""
_ZONES = "/etc/firewalld/zones/"
_ELSEWHERE = ("/etc/firewalld/policies/", "/etc/firewalld/direct.xml")


def firewalld_stance(default_zone: str, files: Mapping[str, str], bound: Iterable[str]) -> str:
    """``deny``, ``allow`` or ``unsure``. ``files`` are those below /etc/firewalld; ``bound`` the zones that interfaces name themselves.

    Every zone in use counts: the default one, those that interfaces or sources are bound to, and those that connections name.
    """
    own = {path[len(_ZONES) : -4]: _root(text, path) for path, text in files.items() if path.startswith(_ZONES) and text.strip()}
    used = {default_zone, *bound, *(name for name, zone in own.items() if zone.findall("interface") or zone.findall("source"))}
    found = {_zone(own[name]) if name in own else "deny" if name in CLOSED else "allow" if name == "trusted" else "unsure" for name in used}
    if any(text.strip() for path, text in files.items() if path.startswith(_ELSEWHERE)):
        found.add("unsure")
    return "allow" if "allow" in found else "unsure" if "unsure" in found else "deny"


def _root(text: str, path: str) -> ElementTree.Element:
    if "<!" in text.replace("<!--", ""):
        raise Unreadable(f"{path}: declarations are not expected there")
    try:
        return ElementTree.fromstring(text)  # noqa: S314  (no declarations, so no entities)
    except ElementTree.ParseError as error:
        raise Unreadable(f"{path}: {error}") from None


def _zone(zone: ElementTree.Element) -> str:
    if zone.get("target", "").strip().upper() == "ACCEPT":
        return "allow"
    ports = [port.get("port", "") for port in zone.findall("port")]
    rules = [rule for rule in zone.findall("rule") if rule.find("accept") is not None]
    wide = [
        rule for rule in rules if not any(rule.find(name) is not None for name in ("source", "service", "port", "icmp-type", "icmp-block"))
    ]
    ports += [port.get("port", "") for rule in rules if rule.find("source") is None for port in rule.findall("port")]
    everyone = [s for rule in rules for s in rule.findall("source") if s.get("invert") or str(s.get("address", "")).endswith("/0")]
    odd = wide or everyone or zone.findall("protocol") or zone.findall("source-port")
    return "unsure" if odd or any(_wide(port) for port in ports) else "deny"


def _wide(port: str) -> bool:
    """Whether a port or range is as good as all of them, or is not understood."""
    low, dash, high = port.partition("-")
    if not low.isdigit() or (dash and not high.isdigit()):
        return True
    return bool(dash) and int(high) - int(low) >= WIDE_SPAN // 10


# Only the line that names the zone leaves a connection's file: its secrets stand beside it.
_ASK = """
echo '== bound'
[ -d /etc/firewalld ] || exit 0
grep -hEs '^[[:space:]]*(zone|ZONE)=' /etc/NetworkManager/system-connections/* /run/NetworkManager/system-connections/* \\
 /etc/sysconfig/network-scripts/ifcfg-* | sed 's/^/|/'
exit 0
"""


@fact(Probe("linux.firewalld-bound", "sh", (_ASK,), root=True))
@dataclass(frozen=True, slots=True)
class FirewalldBound:
    """Zones that network connections name themselves, past the default zone."""

    zones: frozenset[str]

    @classmethod
    def read(cls, answer: Answer) -> FirewalldBound | Absent:
        """Read the lines ``zone=NAME``."""
        found = sections(answer)
        if answer.exit != 0 or "bound" not in found:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        named = (line.partition("=")[2].strip().strip("\"'") for line in found["bound"])
        return cls(frozenset(name for name in named if name))
