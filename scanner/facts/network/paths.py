"""Paths as the report draws them: from where, to where, by way of whom, and the two frames that prove it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scanner.facts.network import tokens
from scanner.facts.network.approved import excused
from scanner.facts.network.crossings import Hit, first_of_each
from scanner.facts.network.identity import Match
from scanner.facts.network.plan import Plan
from scanner.facts.network.records import Record
from scanner.facts.network.trials import Trials

MAX_PATHS = 200
"""Paths shown; what is more is counted."""
MAX_HEX = 600
"""Bytes of a frame that are shown."""


ASKED = ("http-proxy", "socks")
RANK = {
    kind: rank
    for rank, kind in enumerate(("layer2", "vlan", "double-vlan", "routed", "forged-source", "dns", "http-proxy", "socks", "relay"))
}
"""Order of paths in the list: what joins the networks most plainly stands first."""


def crossed(trials: Trials) -> list[dict[str, Any]]:
    """One path for every story that tokens tell; strength A, since both ends wrote it down."""
    plan, inner = trials.plan, trials.inner
    out = []
    for hit, indices in first_of_each(_by_excuse(trials.hits, plan, inner)):
        crossing, kept = excused(hit, plan, inner)
        out.append(_crossed(hit, indices, plan, inner) | {"crossing": crossing, "within": kept})
    # A door that passes plain bytes on understands none of the ways in which it was asked.
    plain = {(path["via"], path["port"]) for path in out if path["kind"] == "relay" and path["protocol"] == "tcp"}
    for path in out:
        if path["kind"] in ASKED and (path["via"], path["port"]) in plain:
            path["kind"] = "relay"
    return sorted(out, key=lambda path: RANK.get(path["kind"], len(RANK)))


def _by_excuse(found: Sequence[Hit], plan: Plan, inner: Record) -> list[Hit]:
    """Hits outside every declared tuple first, so that a group is never shown by its harmless member."""
    return sorted(found, key=lambda hit: (excused(hit, plan, inner)[1], hit.t))


def _crossed(hit: Hit, indices: Sequence[int], plan: Plan, inner: Record) -> dict[str, Any]:
    trial = hit.trial
    label = tokens.label(hit.minted, trial.n)
    token = tokens.token(plan.key, label, hit.index)
    sent = trial.frame(hit.index, token)
    device = next((station for station in inner.devices if station.mac == trial.via), None) if hit.outward else None
    port = hit.index if trial.what == "port" else trial.port
    return {
        "kind": trial.kind,
        "from": plan.inner if hit.outward else plan.outer,
        "to": plan.outer if hit.outward else plan.inner,
        "via": trial.via_address or trial.via or hit.source or hit.station,
        "protocol": trial.protocol,
        "family": trial.family,
        "port": port if trial.protocol in ("tcp", "udp") else 0,
        "strength": "A",
        "device": {"mac": trial.via, "addresses": device.addresses if device is not None else []},
        "exit": {"address": hit.source, "mac": hit.station, "ttl": hit.ttl, "target": hit.target},
        "sentinel": (hit.heard if hit.outward else hit.minted).partition(":")[2],
        "count": len(indices),
        "indices": spans(indices),
        "what": trial.what,
        "how": hit.how,
        "token": {"label": label, "index": hit.index, "hex": token.hex(), "rule": tokens.RULE, "magic": tokens.magic(plan.key, hit.minted).hex()},
        "sent": {
            "t": _sent_at(hit), "hex": sent[:MAX_HEX].hex() if sent is not None else trial.carried[: 2 * MAX_HEX] or None, "frame": sent is not None,
            "to": trial.to, "note": trial.note,
        },
        "received": {"t": round(hit.t, 6), "hex": hit.frame[:MAX_HEX].hex(), "ttl": hit.ttl},
    }  # fmt: skip


def _sent_at(hit: Hit) -> list[float]:
    """The interval in which the frame was sent: that of the last batch before it was heard, else of the whole trial."""
    before = [t for t, _ in hit.trial.batches if t <= hit.t + 0.05]
    if before:
        return [round(before[-1], 6), round(max(hit.t, before[-1]), 6)]
    return [round(hit.trial.started, 6), round(hit.trial.ended, 6)]


def spans(indices: Sequence[int]) -> str:
    """``22,80,100-200`` of sorted numbers; long lists are cut at 40 spans."""
    out: list[str] = []
    start = last = None
    for number in [*indices, None]:
        if start is not None and last is not None and number != last + 1:
            out.append(str(start) if start == last else f"{start}-{last}")
            start = number
        elif start is None:
            start = number
        last = number
    return ",".join(out[:40]) + (",…" if len(out) > 40 else "")


def of_identity(match: Match, plan: Plan, crossing: str | None) -> dict[str, Any]:
    """A path that one identity on both sides shows."""
    return {
        "kind": "identity" if match.strength == "B" else "lead-identity",
        "from": plan.inner,
        "to": plan.outer,
        "via": match.inside.address or match.inside.mac,
        "protocol": match.service,
        "port": match.inside.port,
        "strength": match.strength,
        "device": {"mac": match.inside.mac, "addresses": [match.inside.address]},
        "exit": {"address": match.outside.address, "mac": match.outside.mac, "port": match.outside.port},
        "sentinel": match.sentinel,
        "identity": match.identity,
        "name": match.inside.name,
        "note": match.why,
        "crossing": crossing,
        "within": crossing is not None,
    }
