"""What a network device's configuration says, in words that are the same for all vendors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.facts.fact import Unreadable, fact
from scanner.facts.netdev import comware, ios, vrp
from scanner.facts.netdev.blocks import Config, read_blocks
from scanner.facts.netdev.indented import read_indented
from scanner.facts.netdev.platform import hinted, indented_vendor
from scanner.facts.netdev.shape import Acl, Line, Lockout, Port, Secret, Snmp, Switch
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

MAX_BYTES = 8_388_608


@fact(Probe("netdev.config", "config", ("saved",), max_bytes=MAX_BYTES, kinds=("netdev",)))
@dataclass(frozen=True, slots=True)
class Device:
    """One network device, read from its whole saved configuration (masked)."""

    vendor: str
    """``vrp``, ``comware``, ``ios``, ``nxos`` or ``ruijie``."""
    version: str
    telnet: Switch
    ssh: Switch
    ssh1: Switch
    """Whether SSH protocol 1 clients are served."""
    http: Switch
    """The clear-text web management."""
    vty: tuple[Line, ...]
    """Remote terminal lines as configured."""
    vty_uncovered: bool
    """True when terminal lines exist that the configuration does not mention (they run on defaults)."""
    console: tuple[Line, ...]
    """Console and AUX lines."""
    ssh_acl: str | None
    """ACL bound to the SSH server as a whole."""
    telnet_acl: str | None
    acls: Mapping[str, Acl]
    """By number and by name, v4 and v6 (``6:2000``)."""
    secrets: tuple[Secret, ...]
    """How each password is kept; never the password."""
    snmp: Snmp
    loghosts: tuple[str, ...]
    info_center: Switch
    ntp: Switch
    ntp_servers: tuple[str, ...]
    lockout: Lockout
    ports: tuple[Port, ...]
    """Physical interfaces."""
    ipv6: bool
    """Some interface has IPv6."""
    password_control: bool = False
    """Comware's password control is on: passwords of device users are not shown in the configuration."""
    lines: int = 0
    unparsed: int = 0
    encoding: str = field(default="utf-8")

    @property
    def coverage(self) -> dict[str, int]:
        """How much of the file was understood, for ``scope``."""
        return {"lines": self.lines, "unparsed": self.unparsed}

    @classmethod
    def read(cls, answer: Answer) -> Device | Absent:
        """Read a configuration; one without its closing ``return`` or ``end`` was cut and is not judged."""
        if answer.exit not in (0, None):
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        if not answer.stdout.strip():
            raise Unreadable("an empty configuration")
        if len(answer.stdout) >= MAX_BYTES:
            return Absent(Why.TRUNCATED, "larger than the limit")
        vendor, config = read_config(answer.stdout)
        if vendor == "nxos":
            # No closing word exists: without the prompt after it, one line at least may be missing.
            unparsed = config.unparsed + (not config.returned)
            parts = ios.interpret(config, vendor, unparsed == 0)
            return cls(**parts, version=config.version, lines=config.lines, unparsed=unparsed, encoding=config.encoding)
        if not config.returned:
            return Absent(Why.TRUNCATED, "no closing return" if vendor in ("vrp", "comware") else "no closing end")
        if vendor in ("ios", "ruijie"):
            parts = ios.interpret(config, vendor, config.unparsed == 0)
        else:
            parts = {"vrp": vrp, "comware": comware}[vendor].interpret(config)
        return cls(**parts, version=config.version, lines=config.lines, unparsed=config.unparsed, encoding=config.encoding)


def read_config(data: bytes) -> tuple[str, Config]:
    """The vendor and the blocks. Raises Unreadable when the text is no configuration of a platform that can be read."""
    indented = indented_vendor(data)
    if indented is not None:
        config = read_indented(data)
        if not config.blocks:
            raise Unreadable(f"no configuration of the platform {indented}")
        return indented, config
    config = read_blocks(data)
    vendor = _vendor(config.version, list(config.headers())) or hinted(data) or ""
    if not config.blocks or vendor not in ("vrp", "comware"):
        raise Unreadable("no VRP, Comware, IOS, NX-OS or Ruijie configuration")
    return vendor, config


_VRP = (
    "user-interface con", "stelnet ", "aaa", "interface Vlanif", "interface MEth", "vlan batch", "drop illegal-mac", "undo telnet server",
    "set cpu-usage",
)  # fmt: skip
_COMWARE = (
    "line vty", "line aux", "line con", "line class", "irf ", "interface Vlan-interface", "ssh server enable", "domain default enable",
    "user-group system", "interface M-Gig",
)  # fmt: skip


def _vendor(version: str, headers: list[str]) -> str:
    """By the version line, else by words that only one of the two uses; empty when neither speaks."""
    if version[:1] in "Vv" and version[1:2].isdigit():
        return "vrp"
    if version[:2] in ("3.", "5.", "7.", "9."):
        return "comware"
    score = _count(headers, _VRP) - _count(headers, _COMWARE)
    return "vrp" if score > 0 else "comware" if score < 0 else ""


def _count(headers: list[str], words: tuple[str, ...]) -> int:
    return sum(header == word.strip() or header.startswith(word) for header in headers for word in words)
