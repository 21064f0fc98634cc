"""pg_hba.conf as the server parses it: who may come from where, and how they prove who they are."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from scanner.facts.database.rows import flag, maybe_number, one_row, rows, text, texts
from scanner.facts.fact import Unreadable, fact
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

_TYPES = {"local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"}


@dataclass(frozen=True, slots=True)
class HbaRule:
    """One rule."""

    line: int | None
    type: str
    """``local``, ``host``, ``hostssl``, ``hostnossl``, ``hostgssenc`` or ``hostnogssenc``."""
    databases: tuple[str, ...]
    users: tuple[str, ...]
    address: str | None
    """Address, host name or keyword as written; None for ``local``."""
    mask: str | None
    method: str
    options: tuple[str, ...]
    """Names of the options; their values may be secrets and are never asked."""

    @property
    def remote(self) -> bool:
        """Lets in somebody from another machine; what cannot be read as an address counts as remote."""
        if self.type == "local":
            return False
        network = self.network
        return network is None or not network.is_loopback

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
        """The addresses, None for names and the keywords samehost, samenet and all."""
        try:
            return ipaddress.ip_network(f"{self.address}/{_prefix(self.mask)}" if self.mask else str(self.address), strict=False)
        except ValueError:
            return None

    @property
    def everywhere(self) -> bool:
        """Any address at all."""
        network = self.network
        return self.type != "local" and (self.address == "all" or (network is not None and network.prefixlen == 0))

    @property
    def clear(self) -> bool:
        """Also lets in connections without encryption."""
        return self.type in ("host", "hostnossl", "hostnogssenc")

    def shown(self) -> str:
        """The rule in one line, without options."""
        return " ".join((self.type, ",".join(self.databases), ",".join(self.users), self.address or "-", self.method))


def _prefix(mask: str) -> int:
    value = ipaddress.ip_address(mask)
    bits = f"{int(value):0{value.max_prefixlen}b}"
    if "01" in bits:
        raise ValueError("mask with holes")
    return bits.count("1")


@fact(
    Probe(
        "postgresql.hba",
        "sql",
        (
            """SELECT to_jsonb(h) - 'options' - 'error' - 'file_name' - 'rule_number'
            || jsonb_build_object('options', ARRAY(SELECT split_part(o, '=', 1) FROM unnest(h.options) AS o),
            'broken', h.error IS NOT NULL) AS rule FROM pg_hba_file_rules h""",
        ),
        kinds=("database",),
    )
)
@dataclass(frozen=True, slots=True)
class PgHba:
    """The rules that can be reached, in order; the first that matches decides."""

    rules: tuple[HbaRule, ...]

    @classmethod
    def read(cls, answer: Answer) -> PgHba | Absent:
        """Read the rules. A file with errors is not in force: the server still uses what it loaded before, or nothing."""
        found = [row.get("rule") for row in rows(answer)]
        if not found or not all(isinstance(item, dict) for item in found):
            raise Unreadable("no rules")
        broken = [item.get("line_number") for item in found if isinstance(item, dict) and flag(item, "broken")]
        if broken:
            return Absent(Why.GARBLED, f"pg_hba.conf has errors and is not in force: lines {broken[:10]}")
        return cls(_reachable([_rule(item) for item in found if isinstance(item, dict)]))


def _rule(row: dict[str, Any]) -> HbaRule:
    kind = text(row, "type")
    if kind not in _TYPES:
        raise Unreadable(f"rule of type {kind[:20]!r}")
    return HbaRule(
        maybe_number(row, "line_number"), kind, texts(row, "database"), texts(row, "user_name"),
        None if row.get("address") is None else text(row, "address"),
        None if row.get("netmask") is None else text(row, "netmask"),
        text(row, "auth_method"), texts(row, "options"),
    )  # fmt: skip


def _reachable(found: list[HbaRule]) -> tuple[HbaRule, ...]:
    """Leave out a rule behind an earlier one for everyone to everything from the same place: it is never reached."""
    taken: set[tuple[str, str | None, str | None]] = set()
    out = []
    for rule in found:
        place = (rule.type, rule.address, rule.mask)
        hidden = place in taken or (rule.type.startswith("host") and ("host", rule.address, rule.mask) in taken)
        # `all` as a database does not mean replication: such a rule further down is still reached.
        if not hidden or "replication" in rule.databases:
            out.append(rule)
        if "all" in rule.databases and "all" in rule.users:
            taken.add(place)
    return tuple(out)


@fact(
    Probe(
        "postgresql.hba-loaded",
        "sql",
        ("""SELECT (pg_stat_file(current_setting('hba_file'))).modification > pg_conf_load_time() AS hba_newer""",),
        kinds=("database",),
    )
)
@dataclass(frozen=True, slots=True)
class PgHbaLoaded:
    """Whether the file on disk is what the server loaded."""

    stale: bool
    """pg_hba.conf was changed after the server last loaded its configuration."""

    @classmethod
    def read(cls, answer: Answer) -> PgHbaLoaded:
        return cls(flag(one_row(answer), "hba_newer"))
