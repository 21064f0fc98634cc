"""What all tests share."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A time limit per example measures the machine's other work, not the code: figures of speed stand in bench/.
settings.register_profile("shiqu", deadline=None)
settings.load_profile("shiqu")


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    """A command that a test runs in this process narrows the umask: it must not do so for the tests that follow."""
    before = os.umask(0o022)
    yield
    os.umask(before)
