"""An interface that is down is refused before anything is sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_isolation import plan

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
SHIQU = str(Path(sys.executable).with_name("shiqu"))


@pytest.mark.parametrize("verb", ["probe", "listen"])
def test_an_interface_that_is_down_is_refused(tmp_path: Path, verb: str) -> None:
    _, path = plan(tmp_path)
    name = f"sqd{os.getpid()}{verb[0]}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "add", "e0", "type", "veth", "peer", "name", "e1"], check=True)
        argv = ["ip", "netns", "exec", name, SHIQU, "isolation", verb, str(path), "--interface", "e0", "-o", str(tmp_path / "record.zip")]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)
    assert done.returncode == 2 and "e0" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "record.zip").exists()
