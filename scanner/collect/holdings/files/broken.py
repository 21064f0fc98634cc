"""Which errors of parsing libraries mean that the input is broken; only their class is kept, never their words."""

from __future__ import annotations

import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from lzma import LZMAError
from typing import TypeVar
from xml.parsers.expat import ExpatError

from scanner.errors import ReachError
from scanner.model.absent import Why

BROKEN: tuple[type[Exception], ...] = (
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    ExpatError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
)
"""lxml's XMLSyntaxError is a SyntaxError, UnicodeError a ValueError, RecursionError and zipfile's password a RuntimeError."""
Item = TypeVar("Item")
MISSING = (ModuleNotFoundError, ImportError)


def as_far(items: Iterable[Item], count: int) -> list[Item]:
    """The first ones, as far as they can be read. Raises ReachError where not even one can."""
    found: list[Item] = []
    try:
        for item in islice(items, count):
            found.append(item)
    except ReachError:
        if not found:
            raise
    return found


@contextmanager
def told() -> Iterator[None]:
    """Turn what a parser throws at broken input into a ReachError that names the class of the error and nothing else."""
    try:
        yield
    except ReachError:
        raise
    except MISSING as problem:
        raise ReachError(Why.DRIVER_MISSING, f"python module {problem.name or 'unknown'}") from None
    except PermissionError:
        raise ReachError(Why.NO_PERMISSION, "PermissionError") from None
    except OSError as problem:
        raise ReachError(Why.COMMAND_FAILED, f"{type(problem).__name__} errno {problem.errno}") from None
    except MemoryError:
        raise ReachError(Why.TRUNCATED, "memory limit") from None
    except BROKEN as problem:
        raise ReachError(Why.GARBLED, type(problem).__name__) from None
