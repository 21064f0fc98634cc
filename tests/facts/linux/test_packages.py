"""The packages probe's patterns, run by a real shell: every spelling that switches signatures off must be seen."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from scanner.facts.fact import spec_of
from scanner.facts.linux import Packages


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("deb [trusted=yes] http://192.0.2.1/ stable main", True),
        ("deb [ arch=amd64 trusted=true ] http://192.0.2.1/ stable main", True),
        ("deb [allow-weak=1] http://192.0.2.1/ stable main", True),
        ("Trusted: yes", True),
        ("Allow-Downgrade-To-Insecure: on", True),
        ("deb [trusted=no] http://192.0.2.1/ stable main", False),
        ("# deb [trusted=yes] http://192.0.2.1/ stable main", False),
        ("deb http://192.0.2.1/ stable main", False),
    ],
)
def test_trusted_sources(tmp_path: Path, line: str, seen: bool) -> None:
    found = re.search(r"grep -sliE '([^']*trusted[^']*)'", spec_of(Packages).probe.ask[0])
    assert found is not None
    (tmp_path / "a.list").write_text(f"{line}\n")
    done = subprocess.run(["grep", "-sliE", found[1], str(tmp_path / "a.list")], capture_output=True, check=False, timeout=10)
    assert (done.returncode == 0) is seen


def test_sources_of_every_manager() -> None:
    ask = spec_of(Packages).probe.ask[0]
    for folder in ("/etc/yum.repos.d", "/etc/yum/repos.d", "/etc/distro.repos.d", "/etc/zypp/repos.d"):
        assert f"{folder}/*.repo" in ask
