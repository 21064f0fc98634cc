"""shiqu report as a person uses it: formats side by side, a mark that is looked at, a word when it is missing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from reports.json_file import render
from scanner.cli.main import main
from tests.golden.make_result import small


@pytest.fixture
def result(tmp_path: Path) -> Path:
    path = tmp_path / "result.json"
    path.write_bytes(render(small()))
    return path


def test_every_paged_format_is_written_beside_the_result(result: Path) -> None:
    assert main(["report", str(result), "-f", "html,docx,pdf", "--reader", "leader", "--marking", "秘密★1年"]) == 0
    names = ["report.leader.docx", "report.leader.html", "report.leader.pdf"]
    assert sorted(path.name for path in result.parent.glob("report.*")) == names
    assert all(stat.S_IMODE((result.parent / name).stat().st_mode) == 0o600 for name in names)
    assert "秘密★1年".encode() in (result.parent / "report.leader.html").read_bytes()


def test_the_folder_of_a_run_is_as_good_as_its_result(result: Path) -> None:
    assert main(["report", str(result.parent), "-f", "csv"]) == 0
    assert (result.parent / "report.csv").is_file()


def test_a_missing_result_is_one_sentence_in_chinese(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result.unlink()
    assert main(["report", str(result.parent)]) == 2
    said = capsys.readouterr().err
    assert "没有结果文件" in said and str(result) in said and "Errno" not in said


def test_a_missing_mark_is_said_once_and_printed_as_undecided(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(result), "-f", "html,pdf", "--reader", "leader"]) == 0
    said = capsys.readouterr().err
    assert said.count("密级待定") == 1 and "--marking" in said


def test_a_given_mark_needs_no_word(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(result), "--reader", "leader", "--marking", "机密★长期"]) == 0
    assert capsys.readouterr().err == ""


def test_data_formats_need_no_mark(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(result), "-f", "json", "-o", str(result.parent / "out")]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "mark", ["秘密", "秘密1年", "机密★", "机密★1年★", "秘密★ 1年", "<b>", "内部 资料", "绝密级", "★1年", "甲" * 13, ""]
)
def test_a_malformed_mark_is_refused(mark: str, result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(result), "--marking", mark]) == 2
    assert "密级★期限" in capsys.readouterr().err
    assert not list(result.parent.glob("report.*"))


@pytest.mark.parametrize("mark", ["秘密★1年", "绝密★长期", "机密★2030年12月31日", "内部", "工作秘密", "商业秘密"])
def test_a_mark_that_people_use_is_taken(mark: str, result: Path) -> None:
    assert main(["report", str(result), "--reader", "leader", "--marking", mark]) == 0
