"""When persons may strike a hazard off: only where no machine can see whether it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.model.result import PERSON_PREFIX

BLIND = frozenset({"awaits-person", "not-applicable"})
"""What a check says when it looked and a person has to go on from there, or when its subject is positively gone."""


def may_review(line: Mapping[str, Any]) -> str | None:
    """None when an attested review may close the hazard, else the code of what stands against it.

    A machine that saw the fault last, or could not look, has to look again; absence of evidence closes nothing.
    """
    if line["check"].startswith(PERSON_PREFIX):
        return None
    if line["status"] in BLIND:
        return None
    if line["status"] == "met" and line["open_why"] == "target-changed":
        # Mended, and rebuilt or moved as well: whether it is the same one a person has to say.
        return None
    return {"unmet": "unmet", "met": "met"}.get(line["status"], "unknown")
