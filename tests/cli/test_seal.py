"""`shiqu keys`, `seal`, `verify` as a person uses them: exit codes, one sentence, nothing secret shown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.cli.output import render
from scanner.ledger.keys import write_key
from tests.ledger.bundle import SEAL, UNIT, key, render_run, seal_run, write_run

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key, a trust folder and an unsealed run."""
    folder = tmp_path_factory.mktemp("made")
    render_run(write_run(folder / "run"))
    write_key(folder / "unit.key", key("sm2"), PASSPHRASE)
    (folder / "sealing.pub").write_bytes(key().public.pem)
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SQ_PASS", PASSPHRASE)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    shutil.copytree(made, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def seal(*more: str) -> int:
    return main(["seal", "run", "--key", "unit.key", "--passphrase", "env:SQ_PASS", *more])


def test_from_sealing_to_trust(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert seal() == 0
    assert main(["verify", "run"]) == 4
    assert "没有登记为可信" in capsys.readouterr().out
    assert main(["keys", "trust", "unit.pub", "--unit", UNIT]) == 0
    assert main(["verify", "run", "run/report.pdf", "run/result.json.seal"]) == 0
    out = capsys.readouterr().out
    assert "时间未经第三方证明" in out
    assert PASSPHRASE not in out


def test_a_changed_file_exits_5_and_the_place_is_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal()
    path = place / "run" / "report.csv"
    path.write_bytes(path.read_bytes().replace(b"linux.password-empty", b"linux.password-emptx", 1))
    capsys.readouterr()
    assert main(["verify", "run/report.csv", "--trust", "unit.pub"]) == 5
    first, second = capsys.readouterr().out.strip().split("\n")
    assert first == "被改动：run/report.csv 与签封时的内容不同。"
    assert second.strip() == "被改动：第 3 行"


@pytest.mark.parametrize("name", ["report.html", "report.csv", "report.docx", "report.pdf", "report.annex.html"])
def test_a_report_that_its_result_does_not_give_is_not_sealed(place: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = place / "run" / name
    result = json.loads((place / "run" / "result.json").read_bytes())
    result["systems"][0]["name"] = "别的系统"
    _, *middle, form = name.split(".")
    path.write_bytes(render(form, result, "zh", *(middle or ["liaison"])))
    assert seal() == 5
    assert f"run/{name} 与 run/result.json 对不上" in capsys.readouterr().err
    assert not (place / "run" / SEAL).exists()


def test_a_report_nobody_renders_is_not_sealed_as_one(place: Path) -> None:
    (place / "run" / "report.txt").write_text("all is well")
    assert seal() == 5


def test_reports_in_english_and_for_other_readers_are_sealed(place: Path) -> None:
    assert main(["report", "run", "-f", "csv,oscal", "--lang", "en"]) == 0
    assert main(["report", "run", "-f", "html", "--reader", "leader"]) == 0
    assert seal() == 0
    assert main(["verify", "run", "--trust", "unit.pub"]) == 0


def test_a_marked_report_is_sealed_when_the_mark_is_named(place: Path) -> None:
    assert main(["report", "run", "-f", "docx", "--marking", "秘密★1年"]) == 0
    assert seal() == 5
    assert seal("--marking", "秘密★3年") == 5
    assert seal("--marking", "秘密★1年") == 0


def test_a_sealed_run_with_a_pdf_is_sealed_again(place: Path) -> None:
    assert seal() == 0
    (place / "run" / SEAL).unlink()
    assert seal() == 0


def test_the_worst_file_decides(place: Path) -> None:
    seal()
    (place / "run" / "report.csv").write_text("other")
    assert main(["verify", "run/report.html", "run/report.csv", "run/report.docx", "--trust", "unit.pub"]) == 5


def test_a_paper_copy_is_matched_by_its_short_code(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal()
    code = capsys.readouterr().out.split("短码 ")[1].split("\n")[0]
    assert main(["verify", "run/report.pdf", "--trust", "unit.pub", "--code", code.lower()]) == 0
    assert main(["verify", "run/report.pdf", "--trust", "unit.pub", "--code", "AAAA-BBBB-CCCC"]) == 5


def test_an_older_seal_put_back_is_found(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(place / "older", "20260101T000000Z-aaaa")
    seal_run(place / "older", key("sm2"), "2026-01-01T00:00:00Z")
    seal()
    assert main(["verify", "run", "--trust", "unit.pub", "--after", "older/result.json.seal"]) == 0
    assert main(["verify", "older", "--trust", "unit.pub", "--after", "run/result.json.seal"]) == 5
    assert "顶替" in capsys.readouterr().out


def test_a_revoked_key_is_not_trusted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal()
    main(["keys", "trust", "unit.pub", "--unit", UNIT])
    main(["keys", "trust", "unit.pub", "--unit", UNIT, "--revoked", "2026-12-31"])
    capsys.readouterr()
    assert main(["verify", "run/result.json"]) == 4
    assert "已作废" in capsys.readouterr().out


def test_trusting_again_lifts_no_revocation(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal()
    main(["keys", "trust", "unit.pub", "--unit", UNIT, "--revoked", "2026-06-01"])
    capsys.readouterr()
    assert main(["keys", "trust", "unit.pub", "--unit", UNIT]) == 2
    assert "--lift-revocation" in capsys.readouterr().err
    assert main(["verify", "run"]) == 4
    assert main(["keys", "trust", "unit.pub", "--unit", UNIT, "--lift-revocation"]) == 0
    assert main(["verify", "run"]) == 0


def test_sealing_again_replaces_the_seal(place: Path) -> None:
    assert seal() == seal() == 0
    assert main(["verify", "run", "--trust", "unit.pub"]) == 0


def test_verify_writes_nothing(place: Path) -> None:
    seal()
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    main(["verify", "run", "--trust", "unit.pub"])
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before


@pytest.mark.parametrize(
    "argv, code, word",
    [
        (["verify", "nothing.html"], 2, "nothing.html"),
        (["verify", "run"], 5, "没有签封"),
        (["verify", "run", "--trust", "nowhere"], 2, "没有信任文件夹或公钥 nowhere"),
        (["seal", "run"], 2, "--key"),
        (["seal", "run", "--key", "no-such"], 2, "no-such"),
        (["seal", "nothing", "--key", "unit.key", "--passphrase", "env:SQ_PASS"], 2, "nothing"),
        (["seal", "run", "--key", "unit.key", "--passphrase", "env:SQ_NONE"], 2, "SQ_NONE"),
        (["seal", "run", "--key", "unit.key", "--passphrase", "env:HOME"], 2, "口令打不开"),
        (["seal", "run/result.json", "--timestamp", "unit.pub"], 2, "unit.pub"),
        (["keys", "trust", "unit.pub"], 2, "--unit"),
        (["keys", "trust", "run/report.csv", "--unit", UNIT], 2, "report.csv"),
        (["keys", "new", "-o", "unit.key", "--passphrase", "env:SQ_PASS"], 2, "unit.key"),
        (["keys", "encrypt", "run/report.csv", "--to", "sealing.pub"], 2, "sealing.pub"),
        (["keys", "decrypt", "run/report.csv", "--key", "unit.key"], 2, "-o"),
    ],
)
def test_wrong_use_is_one_sentence(place: Path, capsys: pytest.CaptureFixture[str], argv: list[str], code: int, word: str) -> None:
    assert main(argv) == code
    said = capsys.readouterr()
    text = (said.out + said.err).strip()
    assert word in text and text.count("\n") == 0 and PASSPHRASE not in text


@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
def test_a_new_key_is_made_and_shown(place: Path, capsys: pytest.CaptureFixture[str], algorithm: str) -> None:
    assert main(["keys", "new", "--algorithm", algorithm, "--unit", "馆/01", "--passphrase", "env:SQ_PASS"]) == 0
    assert main(["keys", "show"]) == 0
    out = capsys.readouterr().out
    assert "不是经认证的商用密码产品" in out and "馆/01" in out and "sha256 " in out
    assert (place.parent / "home" / ".config" / "shiqu" / "keys" / f"01-{algorithm}.key").stat().st_mode & 0o777 == 0o600


def test_files_are_encrypted_and_opened_again(place: Path) -> None:
    main(["keys", "new", "--algorithm", "x25519", "-o", "me.key", "--passphrase", "env:SQ_PASS"])
    assert main(["keys", "encrypt", "run/report.csv", "--to", "me.pub"]) == 0
    before = (place / "run" / "report.csv").read_bytes()
    (place / "run" / "report.csv").unlink()
    assert main(["keys", "decrypt", "run/report.csv.age", "--key", "me.key", "--passphrase", "env:SQ_PASS"]) == 0
    assert (place / "run" / "report.csv").read_bytes() == before
    (place / "run" / "report.csv.age").write_bytes((place / "run" / "report.csv.age").read_bytes()[:-1])
    assert main(["keys", "decrypt", "run/report.csv.age", "--key", "me.key", "--passphrase", "env:SQ_PASS", "-o", "x"]) == 5
    assert not (place / "x").exists()


def test_the_seal_of_a_run_names_every_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal()
    (place / "run" / "report.xlsx").unlink()
    assert main(["verify", "run/" + SEAL]) == 5
    assert "report.xlsx" in capsys.readouterr().out


def test_a_report_sealed_alone_says_that_it_binds_no_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seal", "run/report.docx", "--key", "unit.key", "--passphrase", "env:SQ_PASS"]) == 0
    capsys.readouterr()
    assert main(["verify", "run/report.docx", "--trust", "unit.pub"]) == 0
    assert "扫描 未绑定" in capsys.readouterr().out
