"""What all tests share."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from scanner.ledger import pkcs8

# A time limit per example measures the machine's other work, not the code: figures of speed stand in bench/.
settings.register_profile("shiqu", deadline=None)
settings.load_profile("shiqu")

STRONG = pkcs8.ROUNDS
"""What a key file costs whoever guesses, outside the tests."""


@pytest.fixture(scope="session", autouse=True)
def _quick_key_files() -> Iterator[None]:
    """The same files for a thousandth of the work: they are written and opened hundreds of times here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "ROUNDS", STRONG // 1000)
        yield


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    """A command that a test runs in this process narrows the umask: it must not do so for the tests that follow."""
    before = os.umask(0o022)
    yield
    os.umask(before)
