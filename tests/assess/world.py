"""A small world for tests of assess: checks with kinds, controls, targets and verdicts in one line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from scanner.assess.findings import Assessment, assess
from scanner.model.control import Control, MajorTrigger, Profile, Words
from scanner.model.declaration import text_digest
from scanner.model.finding import Finding
from scanner.model.target import Kind, Target
from scanner.model.verdict import Severity, Status, Verdict
from scanner.rulebook.book import Rulebook

AS_OF = "2026-07-01T08:00:00Z"
MET, UNMET, NA, UNKNOWN, AWAITS = Status.MET, Status.UNMET, Status.NOT_APPLICABLE, Status.UNKNOWN, Status.AWAITS_PERSON


@dataclass
class Sheet:
    kind: str


def book(**kinds: str) -> Rulebook:
    """Installed checks: ``linux_a="linux"`` is the check ``linux.a``."""
    checks: Mapping[str, Any] = {
        name.replace("_", "."): SimpleNamespace(id=name.replace("_", "."), sheet=Sheet(kind)) for name, kind in kinds.items()
    }
    return cast(Rulebook, SimpleNamespace(checks=checks))


BOOK = book(linux_a="linux", linux_b="linux", database_a="database", middleware_a="middleware", site_a="site", windows_a="windows")


def control(
    name: str = "X-1",
    *checks: str,
    verify: str = "automatic",
    objects: tuple[str, ...] = ("host", "database", "middleware"),
    pending: tuple[str, ...] = (),
    core: str | None = None,
    domain: str = "technical",
    layer: str = "L",
    point: str = "P",
) -> Control:
    return Control(
        id=name, clause=name, layer=layer, control_point=point, text=Words(zh="条款", en="clause"), verify=verify, objects=objects,
        checks=tuple(sorted(checks)), pending=pending, core_hazard=core, domain=domain,
    )  # fmt: skip


def profile(*controls: Control, triggers: tuple[MajorTrigger, ...] = (), scored: bool = True) -> Profile:
    return Profile(id="p", title=Words(zh="配置", en="profile"), level=3, controls=controls, triggers=triggers, scored=scored)


def target(name: str, kind: str = "linux", **more: Any) -> Target:
    return Target(id=name, kind=cast(Kind, kind), system="s", **more)


def verdict(check: str, on: str, status: Status, severity: Severity = Severity.MEDIUM, observed: Any = None) -> Verdict:
    return Verdict(check=check, target=on, status=status, severity=severity, observed=observed)


def attestation(of: Control, **changes: Any) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": "at-1", "control": of.id, "system": "s", "state": "accepted", "since": "2026-01-01", "until": "2026-12-31",
        "text_digest": text_digest(of), "by": "张三",
        **({"by": "张三、李四", "evidence": ["sha256:" + "0" * 64]} if of.core_hazard is not None else {}),
    }  # fmt: skip
    return {**line, **changes}


def run(
    of: Control, targets: list[Target], verdicts: list[Verdict], *, attested: Any = (), waived: Any = (), installed: Rulebook = BOOK
) -> Assessment:
    return assess(profile(of), "s", targets, verdicts, attested, waived, AS_OF, installed)


def finding(of: Control, targets: list[Target], verdicts: list[Verdict], **more: Any) -> Finding:
    return run(of, targets, verdicts, **more).findings[0]
