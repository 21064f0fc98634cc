"""JSON members of envelopes, of which there is one way to write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from scanner.model.canonical import canonical

T = TypeVar("T", bound=Mapping[str, Any])


def exact(decoder: msgspec.json.Decoder[T], data: bytes, schema: str, most: int) -> T:
    """What was written canonically under this schema in no more bytes: no unknown or doubled key, nothing behind. Raises ValueError."""
    if len(data) > most:
        raise ValueError("size")
    try:
        found = decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError):
        raise ValueError("form") from None
    if canonical(found) != data or found["schema"] != schema:
        raise ValueError("form")
    return found
