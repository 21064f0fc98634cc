"""One unit's folder with an inventory, a run and a ledger, and a browser's place at the desk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.desk.app import Desk
from hub.desk.place import Place
from scanner.cli.main import main
from tests.hub.desk.browser import Browser

PORT = 8642
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one run was made: a switch's configuration and the site form, no host asked."""
    folder = tmp_path_factory.mktemp("desk") / "unit"
    shutil.copytree(ROOT / "examples" / "archive", folder, ignore=shutil.ignore_patterns("catalogues"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("SHIQU_HOME", raising=False)
        assert main(["scan", "core-sw", "site", "-i", "inventory.yaml", "--quiet"]) in (0, 1, 4)
    return folder


@pytest.fixture
def unit(worked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to be changed."""
    folder = tmp_path / "unit"
    shutil.copytree(worked, folder, symlinks=True)
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    return folder


@dataclass
class Seat:
    """A person's place at the desk."""

    client: Browser
    desk: Desk

    def get(self, url: str, status: int = 200) -> str:
        answer = self.client.get(url)
        assert answer.status_code == status, answer.text
        return answer.text

    def send(self, url: str, *, files: dict[str, Any] | None = None, **form: Any) -> Any:
        origin = {"origin": f"http://127.0.0.1:{PORT}"}
        return self.client.post(url, data={"csrf": self.desk.csrf, **form}, files=files, headers=origin)


def seat_at(folder: Path) -> Iterator[Seat]:
    desk = Desk(Place(folder), PORT)
    client = Browser(desk)
    client.get("/enter", params={"token": desk.token})
    yield Seat(client, desk)
    desk.work.close()


@pytest.fixture
def seat(unit: Path) -> Iterator[Seat]:
    yield from seat_at(unit)


@pytest.fixture
def empty_seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    """At a folder with nothing in it."""
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    folder = tmp_path / "empty"
    folder.mkdir()
    yield from seat_at(folder)
