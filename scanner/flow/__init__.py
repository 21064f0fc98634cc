"""The only room that knows the order of the others.

``Target -> plan -> Evidence -> Shelf ~(may rest here for a year)~> Fact|Absent -> Verdict -> Finding -> result``.
:func:`collect` fills a shelf; :func:`judge` reads one and makes the data of ``result.json``. The second needs nothing of the
first but the shelf: same shelf, same rulebook, same bytes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner import __version__
from scanner.assess.document import Subject, build
from scanner.collect.gather import Job, Outcome, Progress, now_text
from scanner.collect.jobs import make_jobs
from scanner.collect.login import Login
from scanner.engine.choice import Engine
from scanner.engine.local import Local
from scanner.errors import KeepError, ShiquError, UseError
from scanner.evaluate.engine import Asked, Bench, Stored, judge_all
from scanner.ledger.kept import kept_on
from scanner.ledger.manifest import check_judgeable
from scanner.ledger.pack import unpack
from scanner.ledger.shelf import Shelf, write_shelf
from scanner.ledger.store import NAME, Store, scratch
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Evidence
from scanner.model.hazard import DECLARED as KEPT
from scanner.model.target import Target
from scanner.rulebook.book import Rulebook, rulebook
from scanner.rulebook.grades import profile_named
from scanner.rulebook.parts import rulebook_parts
from scanner.rulebook.plan import Plan, make_plan
from scanner.rulebook.profiles import core_controls, profiles
from scanner.rulebook.seal import rulebook_digest
from scanner.rulebook.values import values_by_check

SHELF = "shelf.zip"
DECLARED = "site.declared"
"""Probe of the unit's declaration."""
REFUSED = ("store-open", "store-write")
"""Errors after which nothing can be kept any more."""
ANSWERED = "answered"
RESUME_DAYS = 14
"""So long a run may be gone on with: it is judged as of its end, and what was seen before is not what is there now."""
OUTSIDE = ("scope", "logins")
"""Parts of an inventory that no judge looks at."""
AGAIN = {Why.UNREACHABLE.value, Why.TIMED_OUT.value, Why.TRUNCATED.value, Why.DEFECT.value}
"""Reasons for which a resumed run asks a host again from which nothing else came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything a scan is asked for; no secret in it may reach :meth:`head`."""

    targets: tuple[Target, ...]
    unit: Mapping[str, Any]
    """``{code, name, region, rank}``."""
    systems: tuple[Mapping[str, Any], ...]
    """``{id, name, grade, holds, profile, targets}`` in the inventory's order."""
    inventory: Mapping[str, Any]
    """The masked inventory."""
    logins: Mapping[str, Login] = field(default_factory=dict, repr=False)
    declared: Mapping[str, bytes] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    operator: str = ""
    authorised_by: str | None = None
    jobs: int = 16
    pins: Mapping[str, str] | None = None
    """Addresses that names stood for when the scope was judged; nobody resolves a second time."""

    key: str | None = None
    """Fingerprint of the unit's sealing key: report covers print it."""

    def head(self, plan: Plan, run_id: str, started: str) -> dict[str, Any]:
        """What the shelf says of the run, beside its evidence."""
        return {
            "run": {
                "id": run_id,
                "started": started,
                "operator": self.operator,
                "authorised_by": self.authorised_by,
                "unit": dict(self.unit),
                "version": __version__,
                "scanned_with": rulebook_digest(),
                "jobs": self.jobs,
                **({"key": self.key} if self.key is not None else {}),
            },
            "inventory": dict(self.inventory),
            "systems": [dict(system) for system in self.systems],
            "members": {target.id: _public(target) for target in self.targets},
            "asked": {target.id: [check.id for check in plan.checks[target.id]] for target in self.targets},
            "values": dict(self.values),
            "only": list(self.only),
            "skip": list(self.skip),
        }


def _public(target: Target) -> dict[str, Any]:
    found = asdict(target)
    if found["config"] is not None:
        found["config"] = Path(found["config"]).name
    return found


def new_run_id() -> str:
    """Sortable and unlike any other: UTC time and six random characters."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ-") + secrets.token_hex(3)


def plan_for(request: Request) -> Plan:
    """What would be asked of whom."""
    return make_plan(request.targets, rulebook(), request.only, request.skip)


def jobs_for(request: Request, plan: Plan, folder: Path | None = None) -> list[Job]:
    """The conversations that the plan needs; ``folder`` is the run's own."""
    return make_jobs(request.targets, plan.probes, request.logins, request.declared, request.pins, folder)


def collect(request: Request, folder: Path, progress: Progress, engine: Engine | None = None) -> tuple[Path, bool]:
    """Ask everything that the folder's store does not hold yet; returns the shelf and whether the run was interrupted.

    A host's evidence is on the disk before the next outcome is looked at. Ctrl-C, or an engine that is lost, closes the shelf with
    what there is; the store stays, and a later call with the same folder asks only what is missing. Raises KeepError when the disk
    refuses, and what the engine raised.
    """
    plan = plan_for(request)
    store = Store(folder)
    head = store.meta("head")
    if head is None:
        head = request.head(plan, new_run_id(), now_text())
        store.put_meta("head", head)
    keep_declaration(request, store)
    held = _whys(store)
    jobs = [job for job in jobs_for(request, plan, folder) if not _settled(job, held)]
    interrupted, lost = False, None
    try:
        for outcome in (engine or Local()).run(jobs, request.jobs, progress):
            store.add(outcome.job.target.id, _record(outcome), outcome.evidence)
    except KeyboardInterrupt:
        interrupted = True
    except ShiquError as error:
        if error.code in REFUSED:
            raise
        interrupted, lost = True, error
    head["run"] |= {"finished": now_text(), "interrupted": interrupted}
    path = folder / SHELF
    write_shelf(path, head, store)
    if interrupted:
        store.close()
    else:
        store.remove()
    if lost is not None:
        raise lost
    return path, interrupted


def keep_declaration(request: Request, store: Store) -> None:
    """The unit's own declaration, and what of its keeping the run goes by, rest under the unit's code.

    There every judge that asks for the declaration finds it, unless the unit is asked for it as a target of its own.
    """
    unit = str(request.unit.get("code") or "unit")
    probes = [DECLARED] if not any(probe.id == DECLARED for probe in plan_for(request).probes.get(unit, ())) else []
    held = [
        Evidence(
            target=unit, probe=probe, kind="declaration", stdout=request.declared[probe], exit=0, started=now_text(),
            operator="file", privilege="user",
        )
        for probe in (*probes, *KEPT.values())
        if probe in request.declared
    ]  # fmt: skip
    if held:
        store.add(unit, brought("file", "user"), held)


def brought(operator: str, privilege: str) -> dict[str, Any]:
    """The record of a target of which evidence was brought here."""
    record: dict[str, Any] = {"reached": True, "why": None, "detail": "", "privilege": privilege, "operator": operator, "seconds": 0.0}
    return record | {"clock_skew": None, "notes": {}}


def shelve(request: Request, path: Path, answers: Mapping[str, tuple[tuple[Evidence, ...], str]], operator: str = "portable") -> Path:
    """Make a shelf of evidence that was brought here: target id to (evidence, privilege). Raises KeepError."""
    with scratch(path) as store:
        head = request.head(plan_for(request), new_run_id(), now_text())
        head["run"] |= {"finished": now_text(), "interrupted": False}
        keep_declaration(request, store)
        for target, (evidence, privilege) in answers.items():
            store.add(target, brought(operator, privilege), evidence)
        keep_declaration(request, store)
        write_shelf(path, head, store)
    return path


def resume_request_matches(request: Request, folder: Path) -> None:
    """Raise UseError unless the folder holds an unfinished run of the same targets and checks."""
    if not (folder / NAME).is_file():
        raise UseError("resume-nothing", dir=folder)
    store = Store(folder)
    head = store.meta("head")
    store.close()
    if head is None:
        return
    if _days_since(str(head["run"]["started"])) > RESUME_DAYS:
        raise UseError("resume-old", dir=folder, started=head["run"]["started"], most=RESUME_DAYS)
    fresh = request.head(plan_for(request), "", "")
    for key in ("members", "asked", "values", "systems"):
        if head[key] != fresh[key]:
            raise UseError("resume-differs", dir=folder, key=key)
    # What is judged by must be what the shelf shows; how one logs in, and until when one may, can be put right between.
    if any(head["inventory"].get(key) != value for key, value in fresh["inventory"].items() if key not in OUTSIDE):
        raise UseError("resume-differs", dir=folder, key="inventory")


def _days_since(moment: str) -> int:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).days


def close_interrupted(folder: Path) -> Path | None:
    """Make a shelf of a store that a killed scan left; None when there is no store or it holds no run yet."""
    if not (folder / NAME).is_file():
        return None
    store = Store(folder)
    head = store.meta("head")
    if head is None:
        store.close()
        return None
    head["run"] |= {"finished": head["run"]["started"], "interrupted": True}
    path = folder / SHELF
    write_shelf(path, head, store)
    store.close()
    return path


def _whys(store: Store) -> dict[tuple[str, str], str]:
    """(target, probe) to ``answered`` or the reason of its absence."""
    of_digest: dict[str, str] = {}
    for key, data in store.objects():
        _, answer = unpack(data)
        of_digest[key] = answer.why.value if isinstance(answer, Absent) else ANSWERED
    return {(target, probe): of_digest[key] for target, probe, key, _ in store.held()}


def _settled(job: Job, held: Mapping[tuple[str, str], str]) -> bool:
    """Whether every question has an answer, or a reason that another try must not or would not change.

    A host of which nothing came back for want of a connection is asked again; a refused login never is.
    """
    whys = [held.get((slot.target, slot.probe.id)) for slot in job.slots]
    return None not in whys and (ANSWERED in whys or not set(whys) <= AGAIN)


def _record(outcome: Outcome) -> dict[str, Any]:
    absent = outcome.absent
    return {
        "reached": outcome.reached,
        "why": absent.why.value if absent is not None else None,
        "detail": absent.detail if absent is not None else "",
        "privilege": outcome.privilege,
        "operator": outcome.operator,
        "seconds": outcome.seconds,
        "clock_skew": outcome.clock_skew,
        "notes": dict(outcome.notes),
    }


class Judged:
    """A shelf as the judge's bench wants it."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def get(self, target: str, probe: str) -> Stored | None:
        found = self._shelf.lookup(target, probe)
        if found is None:
            return None
        key, absent = found
        return Stored(key, absent, lambda: self._shelf.answer(key))


def judge(shelf: Shelf, profile: str | None = None, say: Callable[[str], None] = lambda _text: None) -> dict[str, Any]:
    """Judge a shelf under the installed rulebook; returns the data of ``result.json``. No clock, no host name, no network."""
    book = rulebook()
    head = shelf.manifest | kept_on(shelf)
    try:
        check_judgeable(head)
    except ValueError as error:
        raise KeepError("shelf-broken", file=shelf.path, detail=error) from None
    members: dict[str, dict[str, Any]] = head["members"]
    values, strange = values_by_check(head["values"], book)
    for name in strange:
        say(name)
    by_kind: dict[str, list[str]] = {}
    for target_id, member in members.items():
        by_kind.setdefault(member["kind"], []).append(target_id)
    bench = Bench(Judged(shelf), by_kind, str(head["run"]["unit"].get("code") or "unit"))
    asked = list(_asked(head, shelf, book))
    verdicts = list(judge_all(bench, book.checks, [line for line in asked if line.check in book.checks], values))
    subjects = [_subject(system, profile) for system in head["systems"]]
    result = build(head, shelf.digest, rulebook_digest(), asked, verdicts, subjects, book, _Source(shelf), core_controls())
    return result | {"rulebook": rulebook_parts(book, [line.check for line in asked])}


def _subject(system: Mapping[str, Any], profile: str | None) -> Subject:
    name = profile or system["profile"]
    found = profile_named(name)
    if found is None:
        raise UseError("profile-unknown", id=name, known=", ".join(sorted(profiles())))
    return Subject(system, found)


class _Source:
    """Where the result's evidence index and excerpts come from."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def look(self, key: str) -> tuple[dict[str, Any], bytes]:
        head, answer = self._shelf.head_of(key)
        if isinstance(answer, Absent):
            return head, b""
        return head, answer.stdout or answer.stderr


def _asked(head: Mapping[str, Any], shelf: Shelf, book: Rulebook) -> Iterator[Asked]:
    """Everything asked for, sorted by target and check; what could not even be put carries its reason."""
    records = head["targets"]
    for target_id in sorted(head["asked"]):
        member = head["members"][target_id]
        host = member["host"] if member["kind"] == "middleware" and member["host"] in head["members"] else target_id
        record = records.get(host)
        why_not: Absent | None = None
        if record is None and any(
            need for check in head["asked"][target_id] if check in book.checks for need in book[check].judge.needs if not need.across
        ):
            why_not = Absent(Why.INTERRUPTED, "")
        elif record is not None and not record["reached"]:
            why = Why(record["why"]) if record["why"] else Why.UNREACHABLE
            why_not = Absent(why, record["detail"])
        for check_id in head["asked"][target_id]:
            yield Asked(target_id, check_id, why_not)


__all__ = [
    "SHELF",
    "Request",
    "close_interrupted",
    "collect",
    "jobs_for",
    "judge",
    "new_run_id",
    "now_text",
    "plan_for",
    "resume_request_matches",
]
