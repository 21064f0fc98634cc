"""What must hold for any verdicts: doubt never improves a result."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model.finding import Result
from scanner.model.verdict import Status, Verdict
from tests.assess.world import MET, UNKNOWN, UNMET, attestation, control, finding, target, verdict

RANK = {Result.COMPLIANT: 3, Result.NOT_APPLICABLE: 3, Result.PARTIAL: 2, Result.INSUFFICIENT: 1, Result.NONCOMPLIANT: 0}
TARGETS = [target("h1"), target("h2"), target("w", "windows"), target("m", "middleware"), target("d", "database"), target("u", "site")]
CHECKS = ("linux.a", "linux.b", "windows.a", "middleware.a", "database.a", "site.a")
PLACES = [(check, t.id) for t in TARGETS for check in CHECKS if check.startswith(t.kind)]

controls = st.builds(
    lambda checks, verify: control("X-1", *checks, verify=verify),
    st.sets(st.sampled_from(CHECKS)),
    st.sampled_from(["automatic", "semi_automatic", "attestation"]),
)
worlds = st.dictionaries(st.sampled_from(PLACES), st.sampled_from(list(Status)))


def _verdicts(world: dict[tuple[str, str], Status]) -> list[Verdict]:
    return [verdict(check, on, status) for (check, on), status in world.items()]


@given(controls, worlds, st.sampled_from(PLACES), st.booleans())
@settings(max_examples=400, deadline=None)
def test_adding_an_unknown_never_makes_compliant(of, world, place, signed) -> None:  # type: ignore[no-untyped-def]
    attested = [attestation(of)] if signed else []
    before = finding(of, TARGETS, _verdicts(world), attested=attested).result
    after = finding(of, TARGETS, [*_verdicts(world), verdict(*place, UNKNOWN)], attested=attested).result
    assert after is not Result.COMPLIANT or before is Result.COMPLIANT


@given(controls, worlds, st.booleans(), st.data())
@settings(max_examples=400, deadline=None)
def test_replacing_met_by_unknown_never_improves(of, world, signed, data) -> None:  # type: ignore[no-untyped-def]
    attested = [attestation(of)] if signed else []
    met = [place for place, status in world.items() if status is MET]
    worse = {**world, **dict.fromkeys(data.draw(st.sets(st.sampled_from(met))) if met else (), UNKNOWN)}
    before = finding(of, TARGETS, _verdicts(world), attested=attested).result
    after = finding(of, TARGETS, _verdicts(worse), attested=attested).result
    assert RANK[after] <= RANK[before]


@given(controls, worlds, st.booleans())
@settings(max_examples=400, deadline=None)
def test_compliant_means_nothing_unmet_and_nothing_unknown(of, world, signed) -> None:  # type: ignore[no-untyped-def]
    got = finding(of, TARGETS, _verdicts(world), attested=[attestation(of)] if signed else [])
    said = {status for (check, _), status in world.items() if check in of.checks}
    if got.result is Result.COMPLIANT:
        assert not said & {UNMET, UNKNOWN}
        assert of.verify == "automatic" or got.basis == "attested"
