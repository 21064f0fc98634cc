"""The documents keep their word: every command they show exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOWN = sorted(
    {
        match[1].strip()
        for name in ("README.md", "README.en.md", "CONTRIBUTING.md")
        for match in re.finditer(
            r"shiqu ((?:checks|profiles|portable|inventory) [a-z]+|[a-z]+)(?= |$|`)", (ROOT / name).read_text("utf-8"), re.M
        )
    }
    - {"shiqu"}
)


@pytest.mark.parametrize("command", [c for c in SHOWN if c.split()[0] not in {"installs", "scans", "is"}])
def test_a_command_that_a_document_shows_exists(command: str) -> None:
    argv = [str(Path(sys.executable).with_name("shiqu")), *command.split(), "--help"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_both_readmes_show_the_same_commands() -> None:
    found = [
        re.findall(r"^\.venv/bin/shiqu [a-z]+(?: [a-z]+\b)?", (ROOT / name).read_text("utf-8"), re.M)
        for name in ("README.md", "README.en.md")
    ]
    assert [c.split()[1] for c in found[0]] == [c.split()[1] for c in found[1]]
