"""The page on envelopes keeps its word: its plain commands verify one without shiqu, and refuse a changed one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.cli.main import cli
from tests.ledger.bundle import key
from tests.ledger.envelopes import envelope

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "dispatch.md").read_text("utf-8")


@pytest.fixture(params=["ed25519", "sm2"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    (tmp_path / "a.shiqu").write_bytes(envelope("masked", key(request.param)))
    (tmp_path / "unit.pub").write_bytes(key(request.param).public.pem)
    return tmp_path, request.param


def play(folder: Path, algorithm: str) -> str:
    blocks = re.findall(r"^```sh ?(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(blocks) == 4
    commands = "".join(text for kind, text in blocks if kind in ("", algorithm))
    done = subprocess.run(["bash", "-c", commands], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_plain_commands_verify_an_envelope(place: tuple[Path, str]) -> None:
    out = play(*place)
    assert "Signature Verified Successfully" in out and "bulletin.json: OK" in out


@pytest.mark.parametrize(("old", "new"), [(b'"sequence":1', b'"sequence":2'), (b'"gate":"fail"', b'"gate":"pass"')])
def test_the_plain_commands_refuse_a_changed_one(place: tuple[Path, str], old: bytes, new: bytes) -> None:
    path = place[0] / "a.shiqu"
    path.write_bytes(path.read_bytes().replace(old, new))
    out = play(*place)
    assert "Signature Verified Successfully" not in out or "bulletin.json: OK" not in out


def test_every_command_of_the_page_exists() -> None:
    shown = set(re.findall(r"^shiqu (dispatch [a-z]+)", PAGE, re.M))
    assert {"dispatch make", "dispatch send", "dispatch read"} == shown
    for command in shown:
        assert CliRunner().invoke(cli, [*command.split(), "--help"]).exit_code == 0
