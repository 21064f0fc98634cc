"""From a declared grade to the list of clauses: one level's list, or a selection when S and A differ."""

from __future__ import annotations

import re
from dataclasses import replace

from scanner.errors import UseError
from scanner.model.control import Profile
from scanner.rulebook.profiles import profiles, sealed

DEFAULT = "gbt22239-l3"
"""Profile of a system that declares no grade."""

_SAG = re.compile(r"S([1-5])A([1-5])(?:G([1-5]))?", re.IGNORECASE)
_SELECTED = re.compile(r"([a-z0-9-]+)-s([1-5])a([1-5])")


def read_grade(grade: int | str) -> tuple[int, int]:
    """(S, A) of ``3``, ``"3"``, ``"S3A2"`` or ``"S2A3G3"``. G is the higher of the two; another G is refused. Raises UseError."""
    text = str(grade).strip()
    if not isinstance(grade, bool):
        if re.fullmatch(r"[1-5]", text):
            return int(text), int(text)
        found = _SAG.fullmatch(text)
        if found is not None:
            s, a = int(found[1]), int(found[2])
            if found[3] is None or int(found[3]) == max(s, a):
                return s, a
    raise UseError("grade-shape", grade=grade)


def profile_for(grade: int | str | None, family: str = "gbt22239") -> Profile:
    """The profile of a declared grade; of none, the default. Raises UseError for a grade that has no profile here."""
    if grade is None:
        return profiles()[DEFAULT]
    s, a = read_grade(grade)
    for level in (s, a):
        if f"{family}-l{level}" not in profiles():
            raise UseError("grade-without-profile", grade=grade, known=", ".join(profiles()))
    higher, lower = profiles()[f"{family}-l{max(s, a)}"], profiles()[f"{family}-l{min(s, a)}"]
    return higher if s == a else select_sag(lower, higher, f"S{s}A{a}")


def profile_named(profile_id: str) -> Profile | None:
    """A profile by id, installed or selected (``gbt22239-s3a2``); None when there is none of that name."""
    found = profiles().get(profile_id)
    selected = _SELECTED.fullmatch(profile_id)
    if found is not None or selected is None:
        return found
    family, s, a = selected.groups()
    here = s != a and all(f"{family}-l{level}" in profiles() for level in (s, a))
    return profile_for(f"S{s}A{a}", family) if here else None


def select_sag(lower: Profile, higher: Profile, grade: int | str) -> Profile:
    """Clauses of two levels for a system whose S and A differ: each class from its own level's list, G from the higher.

    Raises UseError when the grade does not ask for just these two levels.
    """
    s, a = read_grade(grade)
    if {s, a} != {lower.level, higher.level} or max(s, a) != higher.level:
        raise UseError("grade-without-profile", grade=grade, known=f"{lower.id}, {higher.id}")
    level_of = {"S": s, "A": a, "G": max(s, a)}
    dropped = {c.sag: level_of[c.sag] != higher.level for c in higher.controls if c.domain}
    kept = [c for c in higher.controls if not (c.domain and dropped[c.sag])]
    taken = [c for c in lower.controls if c.domain and dropped.get(c.sag, False)]
    return sealed(replace(higher, id=f"{higher.id.rpartition('-')[0]}-s{s}a{a}", controls=(*kept, *taken)))
