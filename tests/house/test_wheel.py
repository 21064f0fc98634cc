"""The wheel holds everything that the program needs at run time, and nothing of the tests."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    subprocess.run(["git", "-C", str(ROOT), "checkout-index", "-a", "-f", f"--prefix={source}/"], check=True, capture_output=True)
    argv = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run(argv, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


def tracked(pattern: str) -> set[str]:
    done = subprocess.run(["git", "-C", str(ROOT), "ls-files", pattern], check=True, capture_output=True, text=True)
    return set(done.stdout.split("\n")) - {""}


@pytest.mark.parametrize("package", ["scanner", "checks", "profiles", "reports"])
def test_every_tracked_file_of_a_package_is_in_the_wheel(members: set[str], package: str) -> None:
    assert tracked(f"{package}/*") - members == set()


def test_no_test_is_in_the_wheel(members: set[str]) -> None:
    assert not [name for name in members if name.startswith(("tests/", "bench/"))]
