"""The form that a unit fills in about itself (see profiles/site.example.yaml): people, plans, drills, backups, logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from scanner.facts.fact import Unreadable, fact
from scanner.facts.site.words import Dated, dated, day, is_none, named
from scanner.model.absent import Absent, Why
from scanner.model.canonical import strict_loads
from scanner.model.evidence import Answer, Probe


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup, as declared."""

    what: str
    medium: str
    """Empty when it is not named."""
    offsite: bool | None
    """None when nothing is said."""
    online: bool | None
    """Kept on storage that the running systems write to."""
    restored: Dated
    """Last test of restoring."""


@fact(Probe("site.form", "declared", ("form",), kinds=("site",)))
@dataclass(frozen=True, slots=True)
class Form:
    """The filled-in form. Names of persons are only ever looked at for being there and being different."""

    as_of: date
    responsible: str
    """Who answers for security; empty when not named."""
    liaison: str
    admins: Mapping[str, tuple[str, ...]]
    """Role (system, audit, security) to names."""
    plan: Dated
    drill: Dated
    backups: tuple[Backup, ...] | None
    """None when the form says nothing about backups; empty when it says that there are none."""
    log_days: int | None
    """Days that logs are kept; None when nothing is said."""
    log_central: bool | None
    filings: Mapping[str, Dated]
    """By system id, for what the inventory does not say."""
    evaluations: Mapping[str, Dated]

    @classmethod
    def read(cls, answer: Answer) -> Form | Absent:
        """Read ``{"form": …, "as_of": …}``."""
        data = strict_loads(answer.stdout)
        form = data.get("form") if isinstance(data, dict) else None
        if form is None:
            return Absent(Why.NOT_DECLARED, "the form is empty")
        as_of = day(str(data["as_of"]))
        if not isinstance(form, dict) or as_of is None:
            raise Unreadable("no form")
        emergency, logs = _part(form, "emergency"), _part(form, "logs")
        systems = {str(key): value for key, value in _part(form, "systems").items() if isinstance(value, Mapping)}
        return cls(
            as_of=as_of,
            responsible=_person(form.get("responsible")),
            liaison=_person(form.get("liaison")),
            admins=MappingProxyType({role: _people(_part(form, "admins").get(role)) for role in ("system", "audit", "security")}),
            plan=dated(emergency.get("plan"), "title"),
            drill=dated(emergency.get("drill"), "record"),
            backups=_backups(form.get("backups")),
            log_days=_days(logs.get("days")),
            log_central=_flag(logs.get("central")),
            filings=MappingProxyType({key: dated(value.get("filing"), "number") for key, value in systems.items()}),
            evaluations=MappingProxyType({key: dated(value.get("evaluation"), "conclusion") for key, value in systems.items()}),
        )


def _part(form: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = form.get(key)
    if value is None or is_none(value):
        return {}
    if not isinstance(value, Mapping):
        raise Unreadable(f"{key} is no mapping")
    return value


def _person(value: Any) -> str:
    return named(value.get("name")) if isinstance(value, Mapping) else named(value)


def _people(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(sorted({name for item in items if (name := _person(item))}))


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _days(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 100_000 else None


def _backups(value: Any) -> tuple[Backup, ...] | None:
    if value is None:
        return None
    if is_none(value) or value == []:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Unreadable("backups is no list")
    return tuple(
        Backup(
            what=named(item.get("what")),
            medium=named(item.get("medium")),
            offsite=_flag(item.get("offsite")),
            online=_flag(item.get("online")),
            restored=dated(item.get("restored"), "record"),
        )
        for item in value
    )
