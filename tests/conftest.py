"""What all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from scanner.ledger import pkcs8
from tests import spread

# A time limit per example measures the machine's other work, not the code: figures of speed stand in bench/.
settings.register_profile("shiqu", deadline=None)
settings.load_profile("shiqu")

STRONG = pkcs8.ROUNDS
"""What a key file costs whoever guesses, outside the tests."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> spread.Spread | None:
    """``--dist loadfile`` knows the isolation lab here."""
    return spread.Spread(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker what it is here for."""
    if node.config.getoption("dist") == "loadfile":
        node.workerinput["lab_only"] = spread.lab_only(node.gateway.id, node.config.getoption("numprocesses") or 0)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A worker that is here for the lab alone collects nothing else."""
    told: dict[str, Any] = getattr(config, "workerinput", {})
    return True if told.get("lab_only") and not spread.of_lab(collection_path) else None


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
