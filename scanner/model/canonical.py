"""Canonical JSON and digests: the same data give the same bytes on any machine, in any year."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="deterministic")


def canonical(value: Any) -> bytes:
    """Return UTF-8 JSON with sorted keys and no white space. Raises ValueError for NaN and infinities."""
    _refuse_nan(value)
    return _encoder.encode(value)


def canonical_unchecked(value: Any) -> bytes:
    """Like :func:`canonical` for data known to hold no float but finite ones (large results)."""
    return _encoder.encode(value)


def digest(data: bytes) -> str:
    """Return ``sha256:`` and the hex digest of the bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _refuse_nan(value: Any) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number that is not finite has no canonical form")
    elif isinstance(value, dict):
        for item in value.values():
            _refuse_nan(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_nan(item)


def strict_loads(data: bytes) -> Any:
    """Decode JSON and refuse duplicate keys and NaN. Raises ValueError."""
    import json

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in items:
            if key in out:
                raise ValueError(f"duplicate key {key!r}")
            out[key] = value
        return out

    def constant(word: str) -> Any:
        raise ValueError(f"not a JSON number: {word}")

    return json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant)
