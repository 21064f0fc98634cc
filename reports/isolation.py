"""The part of the report about zone pairs: pictures, lanes, frames, coverage and controls, ready for a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import frames
from reports.lanes import STYLES, Lane, lanes, pictures
from reports.picture import picture
from reports.plain import short

PROOFS = {"leader": 0, "liaison": 24, "annex": 60}
"""How many lanes show their frames, by reader; the frames of all stand in result.json."""
RELATED = 40
"""How many verdicts of other checks about a pair are listed."""
REPEATED = ("require", "tested")
"""What coverage says and the part says elsewhere."""
STRIPED = ("not_tested", "approved_crossing_unproven")
"""Conclusions under which the gap between two zones says nothing."""

Pair = Mapping[str, Any]


def pairs(result: Mapping[str, Any], reader: str) -> list[dict[str, Any]]:
    """One entry per zone pair of ``views.isolation``; a result without that view has none."""
    return [_entry(pair, result, reader) for pair in result["views"].get("isolation") or ()]


def _entry(pair: Pair, result: Mapping[str, Any], reader: str) -> dict[str, Any]:
    drawn, left_out = pictures(pair["paths"], one=reader == "leader")
    shown = [lane for part in drawn for lane in part]
    proofs = [proof for lane in shown if (proof := _proof(lane, pair)) is not None]
    related = [result["verdicts"][number] for number in pair["related"]]
    open_ones = [verdict for verdict in related if verdict["status"] not in ("met", "not-applicable")]
    return {
        "pair": pair,
        "conclusion": pair["conclusion"] or "not_tested",
        "pictures": [picture(pair, part) for part in drawn or [[]]],
        "lanes": shown,
        "styles": [style for style in STYLES if any(lane.style == style for lane in shown)],
        "left_out": left_out,
        "leads": lanes(pair["leads"], letter="L"),
        "proofs": proofs[: PROOFS[reader]],
        "proofs_left": max(0, len(proofs) - PROOFS[reader]),
        "silent": pair["conclusion"] in (None, *STRIPED),
        "ports": _facts(pair["coverage"]["ports"]),
        "hops": short(pair["coverage"]["next_hops"], 200),
        "dwell": _facts(pair["coverage"]["dwell"]),
        "loss": _facts(pair["coverage"]["loss"]),
        "other": [(key, short(value, 300)) for key, value in sorted(pair["coverage"]["other"].items()) if key not in REPEATED],
        "related": open_ones[:RELATED],
        "related_left": max(0, len(open_ones) - RELATED),
        "related_quiet": len(related) - len(open_ones),
    }


def _facts(value: Any) -> list[tuple[str, Any]]:
    """A mapping by key, anything else as one value without a key."""
    if isinstance(value, Mapping):
        return sorted(value.items())
    return [] if value in (None, "") else [("", value)]


def _proof(lane: Lane, pair: Pair) -> dict[str, Any] | None:
    """Both frames of a lane's first path and how its token comes about; None where nothing was captured."""
    path = lane.first
    if path["received"] is None and path["sent"] is None:
        return None
    token = frames.token_of(path["token"])
    return {
        "lane": lane,
        "path": path,
        "token": path["token"],
        "recipe": frames.recipe(path["token"], (pair["plan"] or {}).get("seed")),
        "frames": [_frame(pair["frames"][path[step]], token) for step in ("sent", "received") if path[step] is not None],
    }


def _frame(frame: Mapping[str, Any], token: frames.Token | None) -> dict[str, Any]:
    data = frames.octets(frame["hex"])
    marked = frames.marks(data, token) if data is not None and token is not None else []
    until = frames.moment(frame["until"]) if frame["until"] is not None else ""
    return {
        "step": frame["step"],
        "end": frame["end"],
        "when": frames.moment(frame["t"]) + (f" … {until}" if until and frame["until"] != frame["t"] else ""),
        "ttl": frame["ttl"],
        "source": frame["source"],
        "length": len(data) if data is not None else None,
        "rows": frames.rows(data, marked) if data is not None else [],
        "raw": None if data is not None else frame["hex"],
        "marks": [{"what": mark.what, "start": f"{mark.start:#06x}", "length": mark.end - mark.start} for mark in marked],
    }
