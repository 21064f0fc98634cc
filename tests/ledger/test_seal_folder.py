"""A folder is one run's: what is missing, unsealed, foreign or sealed twice is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scanner.errors import KeepError
from scanner.ledger.verify import files_of, verify
from tests.ledger.bundle import SEAL, key, letter, paper, seal_run, trust, write_run
from tests.ledger.spoil import seal_alone


def test_a_missing_file_of_a_folder_is_named(run: Path) -> None:
    (run / "report.docx").unlink()
    with pytest.raises(KeepError, match="seal-file-missing") as raised:
        files_of(run)
    assert raised.value.fields["missing"] == "report.docx"


def test_a_file_that_nobody_sealed_is_named(run: Path) -> None:
    (run / "report.leader.html").write_text("all is well")
    with pytest.raises(KeepError, match="seal-unsealed"):
        files_of(run)
    with pytest.raises(KeepError, match="seal-missing"):
        verify(run / "report.leader.html", trust(key()))


def test_a_folder_without_a_seal_is_broken(run: Path) -> None:
    (run / SEAL).unlink()
    with pytest.raises(KeepError, match="seal-missing"):
        files_of(run)
    with pytest.raises(KeepError, match="seal-missing"):
        verify(run / "report.csv", trust(key()))


def test_seals_of_two_runs_in_one_folder_are_refused(run: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "other", "20261125T061150Z-abcd", b"permitrootlogin yes\n")
    seal_run(other, key())
    shutil.copy(other / SEAL, run / "other.seal")
    with pytest.raises(KeepError, match="seal-mixed-runs"):
        files_of(run)


@pytest.mark.parametrize("name", ["report.docx", "report.pdf"])
def test_a_report_of_another_run_with_its_own_good_seal_is_found(run: Path, name: str) -> None:
    (run / name).write_bytes(letter("符合") if name.endswith("docx") else paper("Yes"))
    seal_alone(run / name, key())
    with pytest.raises(KeepError, match="seal-swapped-seal"):
        files_of(run)
    with pytest.raises(KeepError, match="seal-"):
        verify(run / name, trust(key()))


def test_the_seal_of_the_run_counts_though_the_file_has_its_own(run: Path) -> None:
    (run / "report.docx").write_bytes(letter("符合"))
    seal_alone(run / "report.docx", key())
    with pytest.raises(KeepError, match="seal-swapped-seal") as raised:
        verify(run / "report.docx", trust(key()))
    assert raised.value.fields["seal"] == SEAL


def test_a_second_seal_that_agrees_is_no_harm(run: Path) -> None:
    seal_alone(run / "report.docx", key())
    assert {verify(path, trust(key())).not_trusted for path in files_of(run)} == {None}


def test_a_report_that_binds_no_run_is_not_of_the_folders_run(run: Path) -> None:
    (run / "report.leader.docx").write_bytes(letter("符合"))
    seal_alone(run / "report.leader.docx", key())
    with pytest.raises(KeepError, match="seal-not-of-run") as raised:
        files_of(run)
    assert raised.value.fields["file"] == str(run / "report.leader.docx")
