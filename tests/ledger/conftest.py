"""A sealed run for the tests of seals."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.ledger.bundle import key, seal_run, write_run


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("kept") / "run")
    seal_run(folder, key())
    return folder


@pytest.fixture
def run(kept: Path, tmp_path: Path) -> Path:
    """A sealed run that the test may spoil."""
    return Path(shutil.copytree(kept, tmp_path / "run"))
