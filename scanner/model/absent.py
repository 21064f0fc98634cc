"""Absence is a type with a reason: no reader returns an empty default for "could not look"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn


class Why(StrEnum):
    """Why there is no fact. Words for people stand in reports/locale under ``why.<value>``."""

    NOT_PRESENT = "not-present"
    """The subject was looked for and is positively not there (no such package, service or module).
    The only reason that makes a check not-applicable; every other one makes it unknown."""
    NO_PERMISSION = "no-permission"
    """The target refused to show it: privilege was missing or sudo was refused."""
    COMMAND_MISSING = "command-missing"
    """The tool that shows it is not on the target, so nothing is known about the subject."""
    FILE_MISSING = "file-missing"
    """The file that would say so is not there and no built-in default is known."""
    COMMAND_FAILED = "command-failed"
    """The command ran and failed in a way that the reader does not know."""
    TIMED_OUT = "timed-out"
    """The probe's or the host's time limit passed."""
    TRUNCATED = "truncated"
    """The answer was cut (byte limit or lost connection); what is left must not be judged."""
    GARBLED = "garbled"
    """The answer came whole but the reader cannot make sense of it."""
    UNREACHABLE = "unreachable"
    """No connection to the target."""
    AUTH_FAILED = "auth-failed"
    """The target refused the login; it was tried once and not again."""
    HOST_KEY_UNKNOWN = "host-key-unknown"
    """The host key is not in known_hosts; nothing was sent."""
    HOST_KEY_CHANGED = "host-key-changed"
    """The host key differs from known_hosts; nothing was sent."""
    DRIVER_MISSING = "driver-missing"
    """The library or program that speaks this protocol is not installed here."""
    NOT_DECLARED = "not-declared"
    """The unit's declaration (inventory, form) says nothing about it."""
    NOT_ASKED = "not-asked"
    """The probe was not put to this target (kind, option, or an earlier stop)."""
    INTERRUPTED = "interrupted"
    """The run was stopped before this target was asked."""
    DEFECT = "defect"
    """The judge or the reader itself failed: a fault of the check, never of the target."""
    PERSON = "person"
    """No machine can see it; a person has to look and sign."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A fact that is not there, and why."""

    why: Why
    """The named reason."""
    detail: str = ""
    """What was seen, for a person to follow up; already masked, at most a few hundred characters."""

    def __bool__(self) -> NoReturn:
        raise TypeError("Absent has no truth value: ask isinstance(fact, Absent)")
