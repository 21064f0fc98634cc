"""A topology with what must be said of it, and what must not."""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.labs.isolation.drive import Joined, Run, home_after, whole
from tests.labs.isolation.topology import Net

STATUS = {
    "breach_proven": "unmet", "dual_attachment_found": "unmet", "approved_crossing_violated": "unmet", "logical_only": "unmet",
    "no_path_observed": "awaits-person", "approved_crossing": "awaits-person", "approved_crossing_unproven": "unknown", "not_tested": "unknown",
}  # fmt: skip
TURNS = [pytest.param(0, id="once"), *(pytest.param(turn, id=f"again{turn}", marks=pytest.mark.slow) for turn in range(1, 10))]
FAST = 5000
"""Packets a second instead of the caps, so that a whole test fits into a short window; a few topologies run under the defaults."""
AMPLE = 120
"""Seconds of a window from which the probe is sent home when it is through."""
WATCHED = 24
"""The same where something else happens meanwhile."""
LEAK_SECONDS, CLEAN_SECONDS = 3.0, 6.0
"""How long the probe goes on with what is no duty: with the full range of ports and with its short matrix."""
MARKS = (pytest.mark.lab, pytest.mark.isolation, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root"))


@dataclass(frozen=True)
class Want:
    """A path that must be among those reported. What is None or empty is not asked."""

    kinds: str
    """Kinds, any of which is right, separated by |."""
    box: str | None = None
    """The box that must be named as what leads through."""
    protocol: str | None = None
    port: int | None = None
    exit: str | None = None
    """The source that was seen outside."""
    strength: str = "A"
    index: str | None = None
    """The indices that crossed, as the path tells them."""

    def matches(self, path: dict[str, Any], net: Net) -> bool:
        """Whether a reported path is this one."""
        words = {str(path.get(key)) for key in ("via", "device")} | set(json.dumps([path.get("via"), path.get("device")]).split('"'))
        return (
            path["kind"] in self.kinds.split("|")
            and path["strength"] == self.strength
            and (self.index is None or path.get("indices") == self.index)
            and (self.box is None or bool(net.boxes[self.box].marks & words))
            and (self.protocol is None or str(path["protocol"]).lower() == self.protocol)
            and (self.port is None or path["port"] == self.port)
            and (self.exit is None or self.exit in json.dumps(path.get("exit")).split('"'))
        )


def ends(net: Net, six: bool = False) -> None:
    """Both ends and a neighbour of each, which the positive controls need."""
    tail = lambda number, last: [f"2001:db8:{number}::{last}/64"] if six else []
    net.box("probe", {"lan": ["192.0.2.100/24", *tail(1, 100)]}, ipv6=six)
    net.box("pc", {"lan": ["192.0.2.10/24", *tail(1, 10)]}, ipv6=six)
    net.box("edge", {"out": ["198.51.100.50/24", *tail(2, 50)]}, ipv6=six)
    net.box("web", {"out": ["198.51.100.10/24", *tail(2, 10)]}, ipv6=six)
    if six:
        zones, pair = net.book["zones"], net.book["isolation"][0]
        zones["lan"]["networks"].append("2001:db8:1::/64")
        zones["internet"]["networks"].append("2001:db8:2::/64")
        net.book["scope"]["allow"] += ["2001:db8:1::/64", "2001:db8:2::/64"]
        pair["sentinels"][0]["addresses"].append("2001:db8:2::50")


def recomputed(run: Run, path: dict[str, Any]) -> None:
    """A stranger's check of a proven crossing: the token follows from the plan's seed and stands in the frames of both ends."""
    seed = bytes.fromhex(json.loads(run.plan.read_bytes())["seed"])
    token = path["token"]
    key = hmac.digest(seed, token["label"].encode(), "sha256")
    derived = hashlib.shake_256(key).digest(8 * (token["index"] + 1))[-8:].hex()
    assert derived in token["hex"], (derived, token)
    for end in ("sent", "received"):
        assert path[end]["hex"] and path[end]["t"], (end, path)


def checked(net: Net, run: Run, joined: Joined, conclusion: str, wants: tuple[Want, ...], never: tuple[str, ...]) -> None:
    """Everything that a right answer must satisfy."""
    observed, paths = joined.observed, joined.observed["paths"]
    brief = json.dumps(
        [[p["kind"], p["via"], p["protocol"], p["port"], p["strength"], p.get("exit"), p.get("note")] for p in paths][:40],
        ensure_ascii=False,
    )
    assert observed["conclusion"] == conclusion, (
        f"{observed['conclusion']}: {brief} {json.dumps(observed['coverage'])[:3000]} {joined.verdict['why']}"
    )
    assert joined.verdict["status"] == STATUS[conclusion]
    assert joined.code == (1 if STATUS[conclusion] == "unmet" else 4)
    for want in wants:
        assert any(want.matches(path, net) for path in paths), f"no {want}: {brief}"
    assert not [path for path in paths if path["kind"] in never], brief
    if conclusion in ("no_path_observed", "not_tested"):
        assert not [path for path in paths if path["strength"] in ("A", "B")], brief
    if conclusion == "breach_proven":
        assert [path for path in paths if path["strength"] == "A"]
    for path in paths:
        if path["strength"] == "A" and path.get("token"):
            recomputed(run, path)


TIME = ("unheard", "step-partial", "step-not-tested", "control-before", "control-between", "control-after", "asleep", "dropped", "lost")
"""Lacks that a machine too busy for its window has."""


def starved(joined: Joined) -> bool:
    """Whether nothing but the machine's slowness kept a test from its answer: then it is made once more in a longer window."""
    observed = joined.observed
    lacks = observed.get("lacks") or []
    return observed["conclusion"] == "not_tested" and bool(lacks) and all(lack["why"] in TIME for lack in lacks)


def topology(
    conclusion: str, *wants: Want, never: tuple[str, ...] = (), seconds: int | None = None, depth: str = "standard", rate: int | None = FAST,
    sentinels: tuple[str, ...] = ("edge",), during: Callable[[Run], None] | None = None,
    before: Callable[[Net, str], Sequence[str]] = lambda _net, _end: (), patient: bool = False, early: bool = False, inward: bool = False,
    home: tuple[str, float] | None = None,
) -> Callable[[Callable[[Net], object]], Callable[..., None]]:  # fmt: skip
    """Make a test of a function that builds a topology: run it whole and check what is said of it.

    ``inward`` says that the way leads in, so that a whole round of the sentinel's is waited for. What the function returns, if anything,
    are further arguments of ``join`` (the file of a SHELF). Without ``seconds`` the window is ample and the probe is sent home when it
    has come to the step of ``home`` and so many seconds went by."""
    clean = conclusion in ("no_path_observed", "approved_crossing", "not_tested")
    last = home or ("full-range", CLEAN_SECONDS if clean else LEAK_SECONDS)

    def go_home(run: Run) -> None:
        home_after(run, *last, heard_out=clean or inward or conclusion.startswith("approved"))

    meanwhile = during or (go_home if seconds is None and (home or depth == "standard") else None)

    def make(build: Callable[[Net], object]) -> Callable[..., None]:
        @functools.wraps(build)
        def test(tmp_path: Path, turn: int) -> None:
            with Net(tmp_path) as net:
                shelves = build(net)
                extra = [str(one) for one in shelves] if isinstance(shelves, list) else []
                window = seconds or (WATCHED if during else AMPLE)
                for longer in (1, 3):
                    run, joined = whole(
                        net,
                        window * longer,
                        depth=depth,
                        rate=rate,
                        sentinels=sentinels,
                        during=meanwhile,
                        extra=extra,
                        before=lambda end: before(net, end),
                        patient=patient,
                        early=early,
                    )
                    if conclusion == "not_tested" or not starved(joined):
                        break
                checked(net, run, joined, conclusion, wants, never)

        test.topology = (conclusion, wants)  # type: ignore[attr-defined]
        test.build = build  # type: ignore[attr-defined]
        del test.__wrapped__  # type: ignore[attr-defined]  # pytest would read the builder's signature
        made: Callable[..., None] = pytest.mark.parametrize("turn", TURNS)(test)
        for mark in MARKS:
            made = mark(made)
        return made

    return make
