"""The two-ended test of one zone pair: the plan and the records of both ends, each proven to be of that plan, and what crossed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from scanner.facts.fact import Unreadable, fact
from scanner.facts.network.crossings import Hit, hits, strays
from scanner.facts.network.plan import Plan, read_plan
from scanner.facts.network.records import Record, read_record
from scanner.model.absent import Absent
from scanner.model.canonical import canonical, strict_loads
from scanner.model.evidence import Answer, Probe

PROBE = "isolation.trials"


def seal(seed: bytes, record: bytes) -> str:
    """The HMAC that authenticates a record under the plan's seed, as hexadecimal digits."""
    return hmac.new(seed, record, hashlib.sha256).hexdigest()


def together(plan: Mapping[str, Any], inner: tuple[Mapping[str, Any], str], outers: Sequence[tuple[Mapping[str, Any], str]]) -> bytes:
    """What rests on the shelf: plan and records with their seals, as canonical JSON."""
    return canonical(
        {
            "plan": plan,
            "inner": {"record": inner[0], "seal": inner[1]},
            "outers": [{"record": record, "seal": mac} for record, mac in outers],
        }
    )


@fact(Probe(PROBE, "declared", ("plan", "records"), kinds=("pair",), max_bytes=128 * 1024 * 1024))
@dataclass(frozen=True, slots=True)
class Trials:
    """Both ends' records, joined."""

    plan: Plan
    inner: Record
    outers: tuple[Record, ...]
    hits: tuple[Hit, ...]
    early: tuple[Hit, ...] = ()
    """Tokens heard before they were sent: no proof of a path, and no silence either."""
    strays: Mapping[str, int] = field(default_factory=dict)
    """Tokens of the plan by the end that heard them, which the other end's record does not explain: the same."""

    @classmethod
    def read(cls, answer: Answer) -> Trials | Absent:
        """Read the joined records; a record that is not of the plan, or was changed, is unreadable."""
        data = strict_loads(answer.stdout)
        if not isinstance(data, dict) or not {"plan", "inner", "outers"} <= set(data):
            raise Unreadable("no joined records")
        plan = read_plan(data["plan"])
        inner = proven(plan, data["inner"])
        outers = tuple(proven(plan, item) for item in data["outers"])
        if inner.role != "inner" or any(outer.role != "outer" for outer in outers):
            raise Unreadable("the ends are mixed up")
        if len({outer.end for outer in outers}) != len(outers) or not {outer.end for outer in outers} <= set(plan.ends):
            raise Unreadable("a sentinel stands twice, or in no plan")
        records = [inner, *outers]
        heard, odd = hits(plan.key, records), MappingProxyType(strays(plan.key, records))
        return cls(plan, inner, outers, tuple(hit for hit in heard if not hit.early), tuple(hit for hit in heard if hit.early), odd)


def proven(plan: Plan, item: Mapping[str, Any]) -> Record:
    """A record whose seal agrees with the plan's seed. Raises Unreadable."""
    if not hmac.compare_digest(seal(plan.key, canonical(item["record"])), str(item["seal"])):
        raise Unreadable("a record's seal does not agree with the plan")
    record = read_record(item["record"])
    if record.plan != plan.id or record.pair != plan.pair:
        raise Unreadable("a record of another plan")
    if record.plan_digest not in ("", plan.digest):
        raise Unreadable("a plan that was changed since the test")
    return record


@fact(Probe("isolation.pair", "declared", ("pair",), kinds=("pair",)))
@dataclass(frozen=True, slots=True)
class Pair:
    """Which two zones a target of kind ``pair`` is about, as the inventory declares it."""

    inner: str
    outer: str
    require: str
    """``physical`` or ``logical``."""

    @property
    def id(self) -> str:
        """``INNER:OUTER``."""
        return f"{self.inner}:{self.outer}"

    @classmethod
    def read(cls, answer: Answer) -> Pair | Absent:
        """Read the declaration."""
        data = strict_loads(answer.stdout)
        inner, _, outer = str(data["pair"]).partition(":")
        if not inner or not outer:
            raise Unreadable("no pair")
        return cls(inner, outer, str(data.get("require") or "physical"))
