"""How a chain of PAM modules decides: every course that libpam's dispatcher can take, by exploring its states.

The question "is this module effective?" is put as: suppose it says no; can the chain still say yes? Modules whose answer is
not fixed by the question may answer anything, so an answer of "no" holds whatever they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scanner.facts.linux.pam import Entry

Codes = Callable[[Entry], Sequence[str] | None]
"""What an entry may return; None means anything."""

CODES = (
    "success", "new_authtok_reqd", "auth_err", "user_unknown", "perm_denied", "ignore", "authtok_err", "maxtries",
    "authinfo_unavail", "acct_expired", "cred_err", "session_err", "module_unknown", "service_err", "system_err",
)  # fmt: skip
"""Return values told apart; others are ``default``."""
FIXED: Mapping[str, tuple[str, ...]] = {
    "pam_permit": ("success",),
    "pam_deny": ("auth_err", "acct_expired", "authtok_err", "session_err", "cred_err"),
    "broken": ("service_err",),
    "substack": ("ignore",),
    "pam_faildelay": ("ignore",),
}
"""Modules that answer the same always."""
_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class State:
    """Where a course stands: the next entry, libpam's impression, and what the caller marked on the way."""

    index: int
    impression: str = "undefined"
    """``undefined``, ``positive`` or ``negative``."""
    good: bool = False
    """The status so far is success."""
    marks: frozenset[str] = frozenset()
    saved: tuple[tuple[str, bool], ...] = ()
    """Impression and status at the begin of each open substack, for ``reset``."""


Mark = Callable[[Entry, str, frozenset[str]], frozenset[str]]


def outcomes(chain: Sequence[Entry], codes: Codes, mark: Mark | None = None) -> frozenset[tuple[bool, frozenset[str]]]:
    """All ends of the chain: whether libpam says success, and the marks gathered on the way.

    ``mark(entry, code, marks)`` returns the marks after the entry returned ``code``. Raises RecursionError (which becomes
    a garbled fact or an unknown verdict) when the chain has more courses than anyone writes.
    """
    ends: set[tuple[bool, frozenset[str]]] = set()
    open_states = [State(0)]
    seen = set(open_states)
    while open_states:
        state = open_states.pop()
        if state.index >= len(chain):
            ends.add((state.impression == "positive" and state.good, state.marks))
            continue
        entry = chain[state.index]
        for code in _codes(entry, codes):
            marks = mark(entry, code, state.marks) if mark else state.marks
            following = _step(chain, state, entry, code, marks)
            if following not in seen:
                if len(seen) > _LIMIT:
                    raise RecursionError("too many courses through a PAM chain")
                seen.add(following)
                open_states.append(following)
    return frozenset(ends)


def _codes(entry: Entry, codes: Codes) -> Sequence[str]:
    fixed = FIXED.get(entry.module)
    if fixed is not None:
        return fixed
    asked = codes(entry)
    return CODES if asked is None else asked


def _step(chain: Sequence[Entry], state: State, entry: Entry, code: str, marks: frozenset[str]) -> State:
    saved = state.saved[: entry.level + 1]
    while len(saved) < entry.level + 1:
        saved = (*saved, (state.impression, state.good))
    impression, good = state.impression, state.good
    action = entry.action(code)
    following = state.index + 1
    if action == "reset":
        impression, good = saved[entry.level]
    elif action in ("ok", "done"):
        if impression == "undefined" or (impression == "positive" and good):
            impression, good = "positive", code == "success"
        if impression == "positive" and action == "done":
            following = _end_of_level(chain, state.index)
    elif action in ("bad", "die"):
        impression, good = "negative", False
        if action == "die":
            following = _end_of_level(chain, state.index)
    elif action.isdigit():
        target = _jump(chain, state.index, int(action))
        if target is None:
            impression, good = "negative", False
        else:
            following = target
    level = chain[following].level if following < len(chain) else 0
    return State(following, impression, good, marks, saved[: level + 1])


def _end_of_level(chain: Sequence[Entry], index: int) -> int:
    level = chain[index].level
    index += 1
    while index < len(chain) and chain[index].level >= level and level > 0:
        index += 1
    return index if level > 0 else len(chain)


def _jump(chain: Sequence[Entry], index: int, count: int) -> int | None:
    """The entry after ``count`` skipped ones (a substack counts as one); None when the jump goes too far."""
    level = chain[index].level
    while count > 0:
        if index + 1 >= len(chain) or chain[index + 1].level < level:
            return None
        index += 1
        while index + 1 < len(chain) and chain[index + 1].level > level:
            index += 1
        count -= 1
    return index + 1
