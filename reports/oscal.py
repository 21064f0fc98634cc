"""report.oscal.json: OSCAL assessment results 1.2.1. A result per system, an observation per verdict, a finding per clause.

OSCAL knows satisfied and not-satisfied only. Satisfied is what is compliant and nothing else; what could not be judged is
not-satisfied with the reason ``other``, and our own words stand beside it as properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reports.inert import line
from reports.interchange import PROGRAM, SLOT, encoded, fingerprints, remark, stable_id, unmarked
from reports.marking import marking_of
from reports.overview import core_hazards
from reports.tables.table import Sight
from scanner.model.canonical import digest

VERSION = "1.2.1"
NAMESPACE = "urn:shiqu:oscal:1"
METHODS = {"awaits-person": "EXAMINE"}
"""Every other verdict is a test."""
_STATES = {
    "compliant": ("satisfied", "pass"),
    "partial": ("not-satisfied", "fail"),
    "noncompliant": ("not-satisfied", "fail"),
    "insufficient": ("not-satisfied", "other"),
    "not_applicable": ("not-satisfied", "other"),
}
_NOT_TOKEN = re.compile(r"[^A-Za-z0-9._-]")


def render(result: Mapping[str, Any], *, lang: str = "zh", reader: str = "liaison", marking: str | None = None) -> bytes:
    """The assessment results; the leader's have findings without observations. Raises KeyError for another language or reader."""
    single = {"leader": False, "liaison": True, "annex": True}[reader]
    writer, marking = _Writer(Sight(result, lang), single), marking_of(result, marking, lang)
    run = result["run"]
    plan = stable_id("plan", run["id"], run["shelf"])
    unit = stable_id("unit", str(run["unit"].get("code") or ""))
    say = writer.sight.words
    party: dict[str, Any] = {"uuid": unit, "type": "organization"} | writer.named("name", run["unit"].get("name"))
    document = {
        "uuid": stable_id("assessment-results", run["id"], run["shelf"], run["rulebook"]),
        "metadata": {
            "title": say["report.title"],
            "last-modified": run["finished"],
            "version": line(run["version"]).strip() or "0",
            "oscal-version": VERSION,
            "props": writer.props(marking=marking, unit=run["unit"].get("code"), program=PROGRAM),
            "roles": [{"id": "assessed-unit", "title": say["interchange.unit"]}],
            "parties": [party],
            "responsible-parties": [{"role-id": "assessed-unit", "party-uuids": [unit]}],
            "remarks": unmarked(say["report.not-an-evaluation-long"]),
        },
        "import-ap": {"href": f"#{plan}"},
        "results": list(writer.results()),
        "back-matter": {"resources": [{"uuid": plan, "title": say["interchange.plan"], "props": writer.props(shelf=run["shelf"])}]},
    }
    return encoded({"assessment-results": document}, *writer.observations)


def token(text: str) -> str:
    """An id in the form that OSCAL asks for; one that had to be changed gets a piece of its digest, so that no two become one."""
    found = _NOT_TOKEN.sub("_", text)
    if found == text and text[:1].isalpha():
        return text
    return f"_{found}_{digest(line(text).encode())[7:15]}"


class _Writer:
    """Writes the parts of one result."""

    def __init__(self, sight: Sight, single: bool) -> None:
        self.sight = sight
        self.single = single
        self.observations: list[Iterator[dict[str, Any]]] = []
        """What stands in the slots of the results, in their order."""
        self._marks = list(fingerprints(sight.result)) if single else []

    def props(self, **values: Any) -> list[dict[str, str]]:
        """Properties in our own namespace; an empty value has none."""
        found = []
        for name, value in values.items():
            text = line(value if isinstance(value, str) else self.sight.plain(value)).strip()
            if text:
                found.append({"name": name.replace("_", "-"), "ns": NAMESPACE, "value": text})
        return found

    def named(self, key: str, value: Any) -> dict[str, str]:
        """One text under a key, or nothing when it is empty."""
        text = line(str(value or "")).strip()
        return {key: text} if text else {}

    def results(self) -> Iterator[dict[str, Any]]:
        """One per system, and one for verdicts about targets of no system."""
        verdicts = self.sight.result["verdicts"]
        left = dict.fromkeys(range(len(verdicts)))
        systems = self.sight.result["systems"]
        for system in systems:
            numbers = self._numbers(system)
            for number in numbers:
                left.pop(number, None)
            yield self._result(system, numbers)
        if (left and self.single) or not systems:
            yield self._frame("", self.sight.words["interchange.rest"], list(left)) | {
                "reviewed-controls": {"control-selections": [{"include-all": {}}]}
            }

    def _numbers(self, system: Mapping[str, Any]) -> list[int]:
        found = {number for finding in system["findings"] for number in finding["verdicts"]}
        targets = self.sight.targets
        for number, verdict in enumerate(self.sight.result["verdicts"]):
            target = targets.get(verdict["target"])
            if (target["system"] if target else verdict["target"]) == system["id"]:
                found.add(number)
        return sorted(found)

    def _result(self, system: Mapping[str, Any], numbers: Sequence[int]) -> dict[str, Any]:
        result = self.sight.result
        conclusion = system["conclusion"] or {}
        controls = dict.fromkeys(finding["control"] for finding in system["findings"])
        selection: dict[str, Any] = (
            {"include-controls": [{"control-id": token(one)} for one in controls]} if controls else {"include-all": {}}
        )
        found = self._frame(system["id"], self.sight.text(system["name"]), numbers) | {
            "props": self.props(
                system=system["id"], profile=system["profile"]["id"], profile_digest=system["profile"]["digest"], holds=system["holds"],
                conclusion=conclusion.get("verdict"), rate=conclusion.get("rate"), why_no_conclusion=system["why_no_conclusion"],
                gate=result["gate"], rulebook=result["run"]["rulebook"], shelf=result["run"]["shelf"],
                **{hazard["id"]: hazard["state"] for hazard in core_hazards(result)},
            ),
            "reviewed-controls": {"control-selections": [selection]},
        }  # fmt: skip
        if system["findings"]:
            found["findings"] = [self._finding(system["id"], finding) for finding in system["findings"]]
        return found

    def _frame(self, system: str, title: str, numbers: Sequence[int]) -> dict[str, Any]:
        run = self.sight.result["run"]
        found: dict[str, Any] = {
            "uuid": stable_id("result", run["id"], run["shelf"], system),
            "title": unmarked(title).strip() or PROGRAM,
            "description": unmarked(self.sight.words["report.not-an-evaluation"]),
            "start": run["started"],
            "end": run["finished"],
        }
        if self.single and numbers:
            names = dict.fromkeys(self.sight.result["verdicts"][number]["target"] for number in numbers)
            found["local-definitions"] = {"inventory-items": [self._item(system, name) for name in names]}
            found["observations"] = [SLOT]
            self.observations.append(self._observation(system, number) for number in numbers)
        return found

    def _item(self, system: str, name: str) -> dict[str, Any]:
        target: Mapping[str, Any] = self.sight.targets.get(name, {})
        return {
            "uuid": stable_id("target", system, name),
            "description": unmarked(self.sight.text(name)),
            "props": self.props(
                target=name, kind=target.get("kind"), zone=target.get("zone"), address=target.get("address"),
                reached=None if not target else "yes" if target["reached"] else "no", why=target.get("why"),
            ),
        }  # fmt: skip

    def _observation(self, system: str, number: int) -> dict[str, Any]:
        verdict = self.sight.result["verdicts"][number]
        found: dict[str, Any] = {
            "uuid": self._observation_id(system, number),
            "title": unmarked(self.sight.title(verdict["check"])).strip() or token(verdict["check"]),
            "description": unmarked(remark(self.sight, verdict)),
            "props": self.props(
                status=verdict["status"], check=verdict["check"], severity=verdict["severity"], why=verdict["why"],
                strength=verdict["strength"], number=str(number), fingerprint=self._marks[number],
            ),
            "methods": [METHODS.get(verdict["status"], "TEST")],
            "types": ["finding"],
            "subjects": [{"subject-uuid": stable_id("target", system, verdict["target"]), "type": "inventory-item"}],
            "collected": self.sight.result["run"]["finished"],
        }  # fmt: skip
        if verdict["evidence"]:
            found["relevant-evidence"] = [{"description": one, "props": self.props(digest=one)} for one in verdict["evidence"]]
        return found

    def _observation_id(self, system: str, number: int) -> str:
        return stable_id("observation", self.sight.result["run"]["shelf"], system, str(number))

    def _finding(self, system: str, finding: Mapping[str, Any]) -> dict[str, Any]:
        result = finding["result"]
        state, reason = _STATES[result]
        text = self.sight.result["texts"]["controls"][finding["control"]][self.sight.lang]
        target: dict[str, Any] = {
            "type": "statement-id",
            "target-id": token(finding["control"]),
            "status": {"state": state, "reason": reason, "remarks": unmarked(self.sight.code("result", result))},
        }
        if result == "not_applicable":
            target["implementation-status"] = {"state": "not-applicable"}
        found = {
            "uuid": stable_id("finding", self.sight.result["run"]["shelf"], system, finding["control"]),
            "title": line(finding["control"]),
            "description": unmarked(line(text)),
            "props": self.props(
                result=result, basis=finding["basis"], waiver=self.sight.decision(finding["waiver"]),
                attestation=self.sight.decision(finding["attestation"]), **dict(self._counts(finding["verdicts"])),
            ),
            "target": target,
        }  # fmt: skip
        if self.single and finding["verdicts"]:
            found["related-observations"] = [{"observation-uuid": self._observation_id(system, number)} for number in finding["verdicts"]]
        return found

    def _counts(self, numbers: Iterable[int]) -> Iterator[tuple[str, str]]:
        statuses = [self.sight.result["verdicts"][number]["status"] for number in numbers]
        for status in dict.fromkeys(statuses):
            yield f"count-{status}", str(statuses.count(status))
