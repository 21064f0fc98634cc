"""The four core hazards and the gate. A scan can confirm or suspect; only a person on site clears."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.assess.declared import AGAINST, Lines, attestation_for, said
from scanner.model.control import Control
from scanner.model.declaration import SAYS
from scanner.model.persons import people, share_person
from scanner.model.result import CORE_HAZARDS, CoreHazard
from scanner.model.verdict import Status, Verdict

CLEAN = frozenset({"no_path_observed", "approved_crossing"})
"""Conclusions of an isolation test that found nothing against the rule; they await a person and prove nothing."""

UNTRIED = frozenset({"not_tested"})
"""Conclusions that say nothing."""


def core_hazards(
    verdicts: Sequence[Verdict], attestations: Lines, as_of: str, controls: Sequence[Control], systems: Sequence[str], whole: bool = True
) -> list[CoreHazard]:
    """State of all four: ``confirmed``, ``suspected``, ``not_tested``, ``scan_clean_only`` or ``cleared``.

    ``controls`` are the clauses that stand for core hazards, ``systems`` the ids of all systems. The worst verdict decides.
    ``cleared`` needs a look by machine that left nothing unmet or unknown, and an attestation for the unit or every system. What only some
    checks or targets were asked for is never cleared: what was left out may be what is wrong.
    """
    by_check: dict[str, list[int]] = {}
    for number, verdict in enumerate(verdicts):
        by_check.setdefault(verdict.check, []).append(number)
    out: list[CoreHazard] = []
    for hazard in CORE_HAZARDS:
        mine = [control for control in controls if control.core_hazard == hazard]
        names = sorted({check for control in mine for check in control.checks})
        # The whole hazard is looked at only when every check that speaks to it has spoken.
        complete = bool(names) and all(name in by_check for name in names)
        numbers = sorted({number for name in names for number in by_check.get(name, ())})
        found = [verdicts[number] for number in numbers if verdicts[number].status is not Status.NOT_APPLICABLE]
        state = _state(found, complete)
        signed = [_signed(control, attestations, as_of, systems) for control in mine]
        one: CoreHazard = {"id": hazard, "state": state, "verdicts": numbers}
        if whole and signed and all(signed) and state in ("suspected", "scan_clean_only") and complete and not _open(found):
            one |= {"state": "cleared", "until": min(day for days in signed for day in days)}
        out.append(one)
    return out


def confirmed(hazards: Iterable[CoreHazard]) -> tuple[str, ...]:
    """Ids of the hazards that are confirmed."""
    return tuple(hazard["id"] for hazard in hazards if hazard["state"] == "confirmed")


def gate(hazards: Sequence[CoreHazard], systems: Sequence[Mapping[str, Any]]) -> str:
    """``fail`` with a confirmed core hazard or a major risk, ``pass`` with all four cleared, else ``insufficient``.

    ``systems`` are the blocks of result.json; the major risks that this run found are open by their nature.
    """
    if confirmed(hazards) or any(system["conclusion"] and system["conclusion"]["major"] for system in systems):
        return "fail"
    states = {hazard["id"]: hazard["state"] for hazard in hazards}
    return "pass" if all(states.get(hazard) == "cleared" for hazard in CORE_HAZARDS) else "insufficient"


def _state(found: Sequence[Verdict], complete: bool) -> str:
    states = {_state_of(verdict) for verdict in found}
    for state in ("confirmed", "suspected"):
        if state in states:
            return state
    return "scan_clean_only" if states == {"scan_clean_only"} and complete else "not_tested"


def _state_of(verdict: Verdict) -> str:
    if verdict.status is Status.UNMET:
        return "confirmed"
    if verdict.status is Status.MET:
        return "scan_clean_only"
    observed = verdict.observed if isinstance(verdict.observed, dict) else {}
    conclusion = observed.get("conclusion")
    if conclusion in UNTRIED:
        return "not_tested"
    if conclusion not in (None, *CLEAN) or _leads(observed):
        return "suspected"
    return "scan_clean_only" if verdict.status is Status.AWAITS_PERSON else "not_tested"


def _leads(observed: Mapping[str, Any]) -> bool:
    """What a machine saw and could not settle: a path of weak proof, a mixing, suspected records in a store."""
    stores = any(isinstance(store, dict) and store.get("suspected") for store in observed.get("stores") or ())
    paths = observed.get("conclusion") == "no_path_observed" and bool(observed.get("paths"))
    return bool(stores or paths or observed.get("mixing") or observed.get("suspected"))


def _open(found: Iterable[Verdict]) -> bool:
    return any(verdict.status in (Status.UNMET, Status.UNKNOWN) for verdict in found)


def _signed(control: Control, attestations: Lines, as_of: str, systems: Sequence[str]) -> list[str]:
    """The last days of the statements that clear a clause; empty when nothing does."""
    if any(said(attestation_for(attestations, control, system, as_of)) in AGAINST for system in (None, *systems)):
        return []
    # Whoever writes a ledger or a shelf by hand gets round the form, not round this.
    witnessed = [line for line in attestations if _witnessed(line)]
    for group in ((None,), tuple(systems)):
        found = [attestation_for(witnessed, control, system, as_of) for system in group]
        if found and all(said(one) == SAYS[0] for one in found):
            return [str(one["until"]) for one in found if one is not None]
    return []


def _witnessed(line: Mapping[str, Any]) -> bool:
    """Two persons on site and something to show for it; whoever accepted it is neither of them."""
    by = str(line.get("by") or "")
    return len(people(by)) > 1 and bool(line.get("evidence")) and not share_person(by, str(line.get("settled_by") or ""))
