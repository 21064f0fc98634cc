"""A slip of ours while text of records is at hand: its message may quote that text, so only its class goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scanner.errors import ReachError
from scanner.model.absent import Why

SLIPS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError, AssertionError, MemoryError)


@contextmanager
def silent() -> Iterator[None]:
    """Turn a slip into a ReachError that names its class. What a reader itself raised goes on as it is."""
    try:
        yield
    except SLIPS as error:
        raise ReachError(Why.DEFECT, type(error).__name__) from None
