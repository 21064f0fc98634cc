"""A run that goes on from an earlier one: two records as one."""

from __future__ import annotations

from typing import Any


def continued(before: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """An earlier record and what was added to it, as one: trials keep their numbers, so the new ones were numbered after the old."""
    out = dict(record)
    out["started"] = before["started"]
    for key in ("trials", "controls", "heard", "alive", "identities", "notes", "blind"):
        out[key] = before[key] + [item for item in record[key] if item not in before[key]]
    fresh = {step["step"]: step for step in record["coverage"] if step["why"] != "earlier-run"}
    old = {step["step"]: step for step in before["coverage"]}
    out["coverage"] = list((old | {name: step for name, step in fresh.items() if name not in old or old[name]["state"] != "done"}).values())
    known = {station["mac"]: station for station in before["devices"]}
    out["devices"] = list((known | {station["mac"]: station for station in record["devices"]}).values())
    return out
