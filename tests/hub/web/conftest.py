"""What the tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from hub.people import passwords


@pytest.fixture(autouse=True)
def _quick_hashes() -> Iterator[None]:
    """The same function at a hundredth of the work: pages are tested here, not argon2."""
    held, passwords._HASHER = passwords._HASHER, PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)
    passwords._nobody.cache_clear()
    yield
    passwords._HASHER = held
    passwords._nobody.cache_clear()
