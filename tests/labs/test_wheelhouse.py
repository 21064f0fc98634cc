"""The bundle for machines without a network: made here, installed and used where there is no way out.

The wheels for aarch64 are fetched and checked against their hashes; they are not run, for want of such a machine.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "wheelhouse"
    done = subprocess.run(
        ["make", "-s", "-C", str(ROOT), "wheelhouse", f"WHEELHOUSE={folder}"], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def without_network(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run in a network namespace with nothing but lo, and without any setting that names an index or a folder of wheels."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "PIP_CONFIG_FILE": os.devnull}
    argv = ("unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "sh", *argv)
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)


def test_installs_and_scans_without_a_network(bundle: Path, tmp_path: Path) -> None:
    routes = without_network(tmp_path, "ip", "route")
    assert routes.returncode == 0 and not routes.stdout
    into = tmp_path / "installed"
    done = without_network(tmp_path, "sh", str(bundle / "install.sh"), str(into))
    assert done.returncode == 0, done.stdout + done.stderr
    shiqu = str(into / "bin" / "shiqu")
    assert without_network(tmp_path, shiqu, "--version").stdout.startswith("shiqu")
    done = without_network(tmp_path, shiqu, "scan", "local", "-o", str(tmp_path / "out"), "--format", "html,json", "--quiet")
    assert done.returncode in (0, 1, 4), done.stderr
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["targets"][0]["reached"] and len(result["verdicts"]) > 300
    assert (tmp_path / "out" / "report.html").stat().st_size > 100_000
    origin = without_network(tmp_path, str(into / "bin" / "python"), "-c", "import scanner; print(scanner.__file__)")
    assert origin.stdout.startswith(str(into)), "the installed package, not the source tree"


def test_the_hub_is_installed_on_demand(bundle: Path, tmp_path: Path) -> None:
    into = tmp_path / "installed"
    done = without_network(tmp_path, "sh", str(bundle / "install.sh"), "--hub", str(into))
    assert done.returncode == 0, done.stdout + done.stderr
    origin = without_network(tmp_path, str(into / "bin" / "python"), "-c", "import fastapi, hub.store.database; print(fastapi.__file__)")
    assert origin.stdout.startswith(str(into)), origin.stderr


def test_a_damaged_bundle_is_refused(bundle: Path, tmp_path: Path) -> None:
    wheel = next(bundle.glob("shiqu-*.whl"))
    kept = wheel.read_bytes()
    try:
        wheel.write_bytes(kept[:-1])
        done = without_network(tmp_path, "sh", str(bundle / "install.sh"), str(tmp_path / "installed"))
    finally:
        wheel.write_bytes(kept)
    assert done.returncode == 5
    assert not (tmp_path / "installed").exists()


def test_both_machines_have_the_same_wheels(bundle: Path) -> None:
    names = [{path.name.split("-")[0].lower() for path in (bundle / arch).glob("*.whl")} for arch in ("x86_64", "aarch64")]
    assert names[0] == names[1] and len(names[0]) > 20
