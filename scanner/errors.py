"""The error tree.

::

    ShiquError
    ├─ UseError     wrong command line, inventory, profile, sheet     -> exit 2, one sentence, no traceback
    ├─ ScopeError   would leave the authorised range                  -> exit 3, nothing was sent
    ├─ ReachError   connect / auth / privilege / time-out / garbled   -> never leaves collect; becomes Absent
    ├─ RuleError    a judge raised or returned no verdict             -> that check: unknown + "defect"
    └─ KeepError    ledger chain broken, disk full, seal mismatch     -> exit 5, loud

An error carries a code and fields, not a sentence: the sentences stand in ``reports/locale/*.yaml`` under ``error.<code>``.
"""

from __future__ import annotations

from scanner.model.absent import Absent, Why


class ShiquError(Exception):
    """Base of all errors that shiqu raises on purpose."""

    exit_code = 5

    def __init__(self, code: str, **fields: object) -> None:
        self.code = code
        """Key of the sentence in the locale, without the ``error.`` prefix."""
        self.fields = {key: str(value) for key, value in fields.items()}
        """What the sentence names: file, line, key …"""
        super().__init__(code, self.fields)

    def __str__(self) -> str:
        return self.code + " " + " ".join(f"{key}={value}" for key, value in self.fields.items())


class UseError(ShiquError):
    """Wrong command line, inventory, profile or sheet."""

    exit_code = 2


class ScopeError(ShiquError):
    """Something would leave the authorised range; nothing was sent."""

    exit_code = 3


class ReachError(ShiquError):
    """A target could not be asked. Never leaves collect: it becomes an Absent."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__("reach", why=why, detail=detail)
        self.absent = Absent(why, detail)


class RuleError(ShiquError):
    """A judge raised or returned no verdict."""


class KeepError(ShiquError):
    """What must be kept could not be kept, or is not what was kept."""
