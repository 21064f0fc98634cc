"""Units that report: keys, bulletins and envelopes of made-up runs, consistent in themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.registry import keys, units
from hub.registry.own import Own
from hub.store.database import Database
from scanner.ledger.bulletin import family_counts
from scanner.ledger.envelope import START, make, open_envelope
from scanner.ledger.keys import PrivateKey, new_key
from scanner.model.canonical import canonical
from scanner.model.dispatch import BULLETIN
from scanner.model.result import CORE_HAZARDS, RESULTS

HUB = "330000-900"


def hub_with(database: Database) -> Own:
    """A hub with nothing in it but itself, on a database that has the schema."""
    with database.writing() as connection:
        units.add(connection, HUB, "示例省局", None, rank="province", since="2020-01-01", division="330000")
    return Own(HUB, new_key("ed25519", HUB), new_key("x25519", HUB), database)


def alias(sort: str, number: int) -> str:
    """As a masked bulletin names things."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    text = "".join(letters[number >> 5 * place & 31] for place in range(12))
    return f"{sort}-{text[:4]}-{text[4:8]}-{text[8:]}"


def verdicts(statuses: Iterable[str], family: str = "linux") -> list[tuple[str, str, str, str]]:
    """One check each, on one target."""
    return [(alias("T", 1), f"{family}.check-{number}", status, "high") for number, status in enumerate(statuses)]


def findings(results: Iterable[str]) -> list[tuple[str, str, str, str]]:
    return [(alias("S", 1), f"L3-8.1.4.{number}", result, "judged") for number, result in enumerate(results)]


def hazard(number: int, state: str = "registered", **changed: Any) -> dict[str, Any]:
    return {
        "id": alias("H", number),
        "target": alias("T", 1),
        "check": f"linux.check-{number}",
        "risk": "RC1",
        "level": "high",
        "state": state,
        "first": "2026-01-01T00:00:00Z",
        "last": "2026-02-01T00:00:00Z",
        "status": "met" if state == "closed" else "unmet",
        "deadline": "2026-03-01",
        "times": 0,
        "closed": "met" if state == "closed" else None,
        **changed,
    }


def bulletin(
    unit: str,
    *,
    finished: str = "2026-02-01T00:00:00Z",
    profiles: Sequence[str] = ("gbt22239-l3",),
    statuses: Iterable[str] = ("unmet", "met", "met", "unknown"),
    results: Iterable[str] = ("compliant", "noncompliant"),
    hazards: Sequence[dict[str, Any]] = (),
    core: str = "not_tested",
    gate: str = "fail",
    narrowed: bool = False,
) -> dict[str, Any]:
    """A masked bulletin."""
    said, concluded = verdicts(statuses), findings(results)
    layer = dict.fromkeys(RESULTS, 0) | Counter(line[2] for line in concluded)
    counts: dict[str, dict[str, int]] = {}
    for line in hazards:
        counts.setdefault(line["level"], {}).setdefault(line["state"], 0)
        counts[line["level"]][line["state"]] += 1
    system = {"id": alias("S", 1), "grade": 3, "holds": "unclassified", "profile": profiles[0], "profile_digest": "sha256:" + "1" * 64}
    system |= {"rate": 0.5, "score_2021": 60.0, "major": 0, "verdict": "基本符合", "why": None, "layers": {"8.1.4": layer}}
    run = {"id": "r" + finished, "started": finished, "finished": finished, "version": "1.0", "rulebook": "sha256:r", "shelf": "sha256:s"}
    return {
        "schema": BULLETIN,
        "unit": unit,
        "run": {**run, "profiles": list(profiles), "interrupted": False, "narrowed": narrowed},
        "result": "sha256:" + "0" * 64,
        "gate": gate,
        "core": dict.fromkeys(CORE_HAZARDS, "not_tested") | {"CH4": core},
        "systems": [system],
        "counts": family_counts((line[1], line[2]) for line in said),
        "severities": dict(Counter(line[3] for line in said if line[2] == "unmet")),
        "hazard_counts": counts,
        "risk_counts": dict(Counter(line["risk"] for line in hazards if line["state"] != "closed")),
        "overdue": 0,
        "targets": {"linux": 1},
        "unreached": 0,
        "core_targets": {},
        "verdicts": said,
        "findings": concluded,
        "hazards": list(hazards),
        "titles": {line[1]: {"zh": f"检查 {line[1]}", "en": f"Check {line[1]}"} for line in said},
    }


@dataclass
class Sender:
    """A unit with its key and its counter."""

    code: str
    key: PrivateKey = field(default_factory=lambda: new_key("ed25519"))
    sequence: int = 0
    previous: str = START

    def seal(
        self, content: dict[str, Any], *, kind: str = "report", to: str = "", created: str = "2026-02-01T00:00:00Z", **other: Any
    ) -> bytes:
        """The next envelope of the row."""
        self.sequence += 1
        data = self.again(content, kind=kind, to=to, created=created, **other)
        self.previous = open_envelope(data).digest
        return data

    def again(
        self, content: dict[str, Any], *, kind: str = "report", to: str = "", created: str = "2026-02-01T00:00:00Z", **other: Any
    ) -> bytes:
        """An envelope under the present number that the row does not go on from."""
        name = "bulletin.json" if kind == "report" else "summary.json"
        said: dict[str, Any] = {
            "sequence": self.sequence,
            "previous": self.previous,
            "disclosure": "masked" if kind == "report" else "figures",
            "marking": "",
        }
        return make(kind, self.code, to, {name: canonical(content)}, created=created, key=self.key, **(said | other))

    def report(self, **changed: Any) -> bytes:
        """A run of the unit; ``created`` is the time at which it finished."""
        content = bulletin(self.code, **changed)
        return self.seal(content, created=content["run"]["finished"])


def register(
    database: Database, code: str, parent: str = HUB, *, rank: str = "unit", key: PrivateKey | None = None, role: str = "unit"
) -> Sender:
    """A unit in the tree, its key pinned."""
    sender = Sender(code) if key is None else Sender(code, key)
    with database.writing() as connection:
        units.add(connection, code, f"馆{code}", parent, rank=rank, since="2020-01-01")
        keys.pin(connection, code, sender.key.public.pem, since="2020-01-01", role=role)
    return sender
