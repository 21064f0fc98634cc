"""The auditor's page keeps its word: its plain commands verify a seal without shiqu, and refuse a changed one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from scanner.ledger import sm_file
from scanner.ledger.keys import new_key
from scanner.ledger.pkcs8 import pem
from scanner.ledger.statement import unpack
from tests.ledger.bundle import SEAL, key, seal_run, write_run

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "seal.md").read_text("utf-8")


def commands(algorithm: str) -> str:
    """The blocks that are meant to be run, those of another algorithm left out; that of an encrypted file stands alone."""
    blocks = re.findall(r"^```sh ?(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(blocks) == 7
    return "".join(text for kind, text in blocks if kind == algorithm or (not kind and algorithm != "smfile"))


@pytest.fixture(params=["ed25519", "sm2"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    folder = write_run(tmp_path / "run")
    seal_run(folder, key(request.param))
    (folder / "unit.pub").write_bytes(key(request.param).public.pem)
    return folder, request.param


def play(folder: Path, algorithm: str) -> str:
    done = subprocess.run(["bash", "-c", commands(algorithm)], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_plain_commands_verify_a_seal(run: tuple[Path, str]) -> None:
    out = play(*run)
    statement = unpack((run[0] / SEAL).read_bytes(), SEAL).statement
    assert statement.key.removeprefix("sha256:") in out
    assert "Signature Verified Successfully" in out
    assert all(f"{name}: OK" in out for name in ("result.json", "report.html", "report.pdf"))
    assert (statement.code or "-").replace("-", "") in out


def test_the_plain_commands_refuse_a_changed_statement(run: tuple[Path, str]) -> None:
    path = run[0] / SEAL
    path.write_bytes(path.read_bytes().replace(b'"unit":"330100-001"', b'"unit":"330100-002"'))
    assert "Signature Verified Successfully" not in play(*run)


def test_the_plain_commands_refuse_a_changed_file(run: tuple[Path, str]) -> None:
    path = run[0] / "report.html"
    path.write_bytes(path.read_bytes() + b" ")
    out = play(*run)
    assert "result.json: OK" in out and "report.html: OK" not in out


@pytest.mark.parametrize("spoilt", [False, True])
def test_the_plain_commands_open_an_encrypted_file(spoilt: bool, tmp_path: Path) -> None:
    me = new_key("sm2")
    (tmp_path / "me.key").write_bytes(pem("PRIVATE KEY", me.data))
    held = bytearray(sm_file.encrypt(b"%PDF" * 999, [key("sm2").public, me.public]))
    held[-40] ^= spoilt
    (tmp_path / "report.pdf.sm2").write_bytes(held)
    out = play(tmp_path, "smfile")
    assert ("report.pdf: OK" in out) is not spoilt
    assert (tmp_path / "report.pdf").exists() is not spoilt
    assert spoilt or (tmp_path / "report.pdf").read_bytes() == b"%PDF" * 999


def test_every_command_of_the_page_exists() -> None:
    from click.testing import CliRunner

    from scanner.cli.main import cli

    for words in sorted({tuple(match.split()) for match in re.findall(r"^shiqu (keys [a-z]+|[a-z]+)", PAGE, re.M)}):
        assert CliRunner().invoke(cli, [*words, "--help"]).exit_code == 0, words
