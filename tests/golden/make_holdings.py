"""What the holdings checks say, made by hand: stores of every kind, every degree, places outside, and a view as the machine makes it."""

from __future__ import annotations

import copy
from typing import Any

from scanner.assess.holdings import holdings
from scanner.model.target import Target
from scanner.model.verdict import Status, Verdict
from tests.golden.make_pairs import INVENTORY


def store(path: str, role: str = "catalogue", method: str = "full", **numbers: int) -> dict[str, Any]:
    """One store with its numbers; what is not given is open."""
    counts = {key: numbers.get(key, 0) for key in ("classified", "suspected", "declassified", "open", "undecided")}
    more = {"levels": {"机密": counts["classified"]} if counts["classified"] else {}, "reasons": {"level": counts["classified"]}}
    keys = {"C": [f"0123-WS·2011-Y-{n:04d}" for n in range(3)]} if counts["classified"] else {}
    return {
        "path": path,
        "role": role,
        "rows": sum(counts.values()),
        "method": method,
        **counts,
        **more,
        "keys": keys,
        "lineage": [],
        "notes": [],
    }


PACES = {"catalogues": "cpu"}


def observed() -> dict[str, Any]:
    """One folder with mixed, pure, suspected and undecidable stores."""
    stores = [
        store("mixed.db#wsda_wj", classified=20, suspected=3, declassified=4, open=200),
        {**store("mixed.db#wsda_wj_bak2019", classified=9, open=91), "lineage": ["backup"]},
        store("mixed.db#sys_user", role="clearance", open=12),
        store("three/secret.csv", classified=25),
        store("three/open.csv", open=60),
        store("open.db#kf_wj", open=60),
        store("cipher.db#wj", undecided=40),
        store("suspected.db#ys_wj", suspected=5, open=60),
        store("deep/er/one.zip!inner.xlsx#目录", classified=1, open=3),
    ]
    mixing = [
        ("X0", "mixed.db#wsda_wj", "confirmed"), ("D1", "mixed.db#wsda_wj", "confirmed"), ("D7", "mixed.db#wsda_wj_bak2019", "confirmed"),
        ("D3", "mixed.db", "confirmed"), ("D2", "three", "confirmed"), ("D1", "suspected.db#ys_wj", "suspected"), ("D2", ".", "confirmed"),
        ("D8", "foreign-server 198.51.100.9", "confirmed"),
    ]  # fmt: skip
    return {
        "stores": stores,
        "mixing": [{"degree": degree, "where": where, "certainty": certainty} for degree, where, certainty in mixing],
        "more_mixing": 0,
        "unread": [{"path": "old.zip", "why": "no-permission", "detail": "encrypted"}],
        "as_of": "2026-11-25",
        "functions": "1",
        "bytes": 123_456,
    }


def custody() -> dict[str, Any]:
    """Places of every standing."""
    places = [("foreign-server", "198.51.100.9", "outside"), ("backup", "nas-7", "undeclared"), ("server", "192.0.2.11", "inside")]
    return {
        "elsewhere": [{"kind": kind, "where": where, "place": place, "zone": ""} for kind, where, place in places],
        "away": [],
        "unseen": ["host"],
    }


def verdicts(seen: dict[str, Any] | None = None) -> list[Verdict]:
    """The four verdicts of one target, and the unit's."""
    opening = {
        "counts": {"expired": 3},
        "lists": [{"list": "expired", "path": "mixed.db#wsda_wj", "rows": 3, "keys": ["0123-WS·2011-Y-0007"]}],
    }
    storage = {
        "classified": 55,
        "classified_zone": False,
        "lacks": [{"what": "file-mode", "state": "0644", "certain": True, "where": "mixed.db"}],
        "unseen": ["host"],
    }
    unit = {
        "stores": [],
        "mixing": [{"degree": "D5", "where": "catalogues + vault", "certainty": "confirmed"}],
        "targets": ["catalogues", "vault"],
    }
    made = [
        ("holdings.segregated", "catalogues", Status.UNMET, observed() if seen is None else seen),
        ("holdings.classified-storage", "catalogues", Status.UNMET, storage),
        ("holdings.custody", "catalogues", Status.UNMET, custody()),
        ("holdings.opening", "catalogues", Status.UNMET, opening),
        ("holdings.segregated", "vault", Status.MET, {"stores": [store("vault.db#sm", classified=7)], "mixing": [], "unread": []}),
        ("holdings.segregated", "330100-001", Status.AWAITS_PERSON, unit),
    ]
    return [Verdict(check=check, target=target, status=status, severity="critical", observed=saw) for check, target, status, saw in made]  # type: ignore[arg-type]


MEMBERS = [
    Target(id="catalogues", kind="catalogue", zone="lan", url="file:/data/"),
    Target(id="vault", kind="catalogue", zone="classified", url="sqlite:////vault.db"),
]


def holdings_view(rows: list[dict[str, Any]], targets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``views.holdings`` of a result as the machine makes it."""
    typed = [Verdict(**{**row, "status": Status(row["status"]), "evidence": tuple(row["evidence"])}) for row in rows]
    return holdings(
        typed, [Target(id=one["id"], kind=one["kind"], zone=one["zone"], url=one["address"]) for one in targets], INVENTORY, PACES
    )  # type: ignore[return-value]


def with_holdings(result: dict[str, Any], seen: dict[str, Any] | None = None) -> dict[str, Any]:
    """A result whose view holds these stores."""
    result = copy.deepcopy(result)
    result["views"]["holdings"] = holdings(verdicts(seen), MEMBERS, INVENTORY, PACES)
    return result
