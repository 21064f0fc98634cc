"""A result in which every free text is an attack, and one with odd but lawful shapes."""

from __future__ import annotations

import copy
from typing import Any

from tests.golden.make_result import HOSTILE, small

FORMULAS = (
    '=HYPERLINK("http://192.0.2.66/","x")',
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "＝1+1",
    "%0A=1",
)
MARKS = (
    "[x](http://192.0.2.66/)",
    "{0}",
    "<img src=x onerror=alert(1)>",
    "`x`",
    "![x](http://192.0.2.66/i.png)",
    "&amp;",
    "]]>",
    "_x000D_",
)
ODD = ("\x00", "\x1b[31m", "\u2028", "\u202e", "\ud800", "\ufffe", "\uffff", "\u200b")
ATTACK = HOSTILE + "".join(MARKS) + "".join(ODD) + "y" * 100_000
FREE = {
    "name",
    "operator",
    "detail",
    "address",
    "zone",
    "zh",
    "en",
    "version",
    "authorised_by",
    "clause",
    "probe",
    "reason",
    "measure",
    "by",
}


def hostile() -> dict[str, Any]:
    """Every free text carries every attack behind a formula; ids of targets and of one check do as well."""
    result = copy.deepcopy(small())
    targets = {target["id"]: f"{FORMULAS[n % len(FORMULAS)]}{target['id']}{HOSTILE}" for n, target in enumerate(result["targets"])}
    for line in (*result["verdicts"], *result["asked"]):
        line["target"] = targets.get(line["target"], line["target"])
    for line in result["targets"]:
        line["id"] = targets[line["id"]]
    result = {key: value if key in ("views",) else _spoil(value, "") for key, value in result.items()}
    for number, verdict in enumerate(result["verdicts"]):
        if verdict["status"] == "unmet":
            verdict |= {"observed": FORMULAS[number % len(FORMULAS)] + ATTACK, "wanted": {ATTACK[:200]: ["=1"]}, "scope": "=1" + HOSTILE}
    return result


def _spoil(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _spoil(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_spoil(item, key) for item in value]
    return FORMULAS[len(value) % len(FORMULAS)] + value + HOSTILE if isinstance(value, str) and key in FREE else value
