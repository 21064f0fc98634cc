"""A third party's package works by pip install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1] / "plugin_example"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "plugin"
    subprocess.run(["cp", "-r", str(EXAMPLE), str(source)], check=True)
    argv = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", str(folder), str(source)]
    subprocess.run(argv, check=True, capture_output=True)
    return os.environ | {"PYTHONPATH": str(folder)}


def shiqu(env: dict[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(Path(sys.executable).with_name("shiqu")), *argv], env=env, capture_output=True, text=True, check=False)


def test_its_check_is_listed(installed: dict[str, str]) -> None:
    assert "example.motd-set" in shiqu(installed, "checks", "list", "example.*").stdout


def test_its_examples_pass(installed: dict[str, str]) -> None:
    done = shiqu(installed, "checks", "test", "example.motd-set")
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_profile_judges_this_machine(installed: dict[str, str], tmp_path: Path) -> None:
    done = shiqu(installed, "scan", "-p", "example", "--only", "example.*", "-o", str(tmp_path / "out"), "--format", "json")
    assert done.returncode in (0, 1, 4), done.stderr
    assert '"check":"example.motd-set"' in (tmp_path / "out/result.json").read_text()


def test_a_new_check_starts_with_examples_that_pass(tmp_path: Path) -> None:
    done = shiqu(dict(os.environ), "checks", "new", "linux.my-own", "-o", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "my_own.py").exists() and (tmp_path / "my_own.yaml").exists()
    code = f"import sys; sys.path.insert(0, {str(tmp_path.parent)!r}); from scanner.testing import *; [run_example(*p) for p in examples_of({tmp_path.name!r})]"
    (tmp_path / "__init__.py").write_text("")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
