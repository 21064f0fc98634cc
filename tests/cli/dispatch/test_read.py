"""`shiqu dispatch read` as a person uses it: receipts, notices, and what nobody trusts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.ledger.bulletin import alias_with
from scanner.ledger.envelope import START, make
from scanner.ledger.home import Home
from scanner.ledger.outbox import Outbox
from scanner.ledger.receipt import make as seal_receipt
from scanner.ledger.statement import unpack
from scanner.model.canonical import canonical, digest
from tests.cli.dispatch.post import HUB, MARK, came, dispatch, opened, read, receipt, rows
from tests.ledger.bundle import UNIT, key, seal_only
from tests.ledger.envelopes import CREATED, hazard


def test_one_of_a_stranger_is_shown_and_not_trusted(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    path = receipt(1, key("ed25519", 7))
    assert read(str(path)) == 4
    assert "没有记入台账" in capsys.readouterr().out and rows("receipt") == []


def test_a_receipt_of_nothing_that_was_sent_is_refused(unit: Path) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    assert read(str(receipt(1, envelope=digest(b"other")))) == 2
    assert read(str(receipt(1, sequence=2))) == 2
    assert rows("receipt") == []


def test_a_receipt_read_twice_is_kept_once(unit: Path) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    assert [read(str(receipt(1))), read(str(receipt(1)))] == [0, 0]
    assert len(rows("receipt")) == 1


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({"log": 7, "root": digest(b"fork"), "received": "2026-11-25T09:00:00Z"}, 5),
        ({"log": 6, "root": digest(b"back"), "received": "2026-11-25T09:00:00Z"}, 5),
        ({"log": 9, "root": digest(b"on"), "received": "2026-11-25T09:00:00Z"}, 0),
        ({"log": 9, "root": digest(b"on"), "received": "2026-11-25T07:00:00Z"}, 0),
    ],
)
def test_receipts_that_show_two_histories_of_the_hub_are_told(unit: Path, second: dict[str, Any], code: int) -> None:
    dispatch("one", "two", *MARK, "-o", ".")
    assert read(str(receipt(1))) == 0
    assert read(str(receipt(2, **second))) == code


def test_a_notice_is_noted_once_its_hazards_are_told_apart_and_gaps_show(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(unit / "shiqu-home")
    line = hazard("web01", "linux.ssh-root-login")
    home.write([("hazard", {"key": "h", "id": line["id"], "event": "registered", "run": "r", "line": line})])
    known = f"H-{alias_with(Outbox(home).alias_secret())(line['id'])}"
    path = came(
        "notice", {"number": "〔2026〕2号", "title": "整改通知", "deadline": "2026-12-31", "hazards": [known]}, 2, previous=digest(b"1")
    )
    assert read(str(path)) == 0
    out = capsys.readouterr().out
    assert "〔2026〕2号" in out and "2026-12-31" in out and f"{known} 即本单位隐患 {line['id']}（web01，linux.ssh-root-login）" in out
    assert "缺号：330100 发出的第 1 号没有收到" in out
    assert read(str(path)) == 0
    assert "台账里已有" in capsys.readouterr().out
    assert read(str(came("notice", {"title": "另一份"}, 2, previous=digest(b"1")))) == 5
    assert len(rows("incoming")) == 1


def test_only_json_of_known_names_is_written_and_only_when_asked(unit: Path) -> None:
    path = came("notice", {"title": "../../x", "number": "〔2026〕1号"})
    assert read(str(path)) == 0
    before = {item.name for item in unit.iterdir()}
    assert read(str(path), "-o", "out") == 0
    assert {item.name for item in unit.iterdir()} - before == {"out"}
    assert {item.name: item.read_bytes() for item in Path("out").iterdir()} == {
        "notice.json": canonical({"title": "../../x", "number": "〔2026〕1号"})
    }


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 100_000])
def test_a_notice_that_cannot_be_read_is_not_noted(unit: Path, text: bytes) -> None:
    data = make(
        "notice", "330100", UNIT, {"notice.json": text}, sequence=1, previous=START, created=CREATED, disclosure="figures", marking="", key=HUB,
    )  # fmt: skip
    Path("bad.shiqu").write_bytes(data)
    assert read("bad.shiqu") == 5
    assert rows("incoming") == []


def test_words_of_a_stranger_cannot_move_the_cursor(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(str(came("notice", {"title": "a\x1b[2Jb\u202e"}))) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_one_bad_file_does_not_keep_the_others_from_being_read(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    Path("bad.shiqu").write_bytes(b"bad")
    assert read("bad.shiqu", "a.shiqu") == 5
    out = capsys.readouterr().out
    assert "bad.shiqu: 不是通报件" in out and "密钥可信" in out


def test_the_hubs_receipt_is_laid_beside_the_seal_of_the_result(unit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = seal_only(unit / "one", key())
    beside = seal_receipt(unpack(path.read_bytes(), path), HUB, "2026-11-26T00:00:00Z")
    members = {"receipt.json": b"{}", **{f"seal.{name}": data for name, data in beside.items()}}
    Path("r.shiqu").write_bytes(
        make("receipt", "330100", UNIT, members, sequence=1, previous=START, created=CREATED, disclosure="figures", marking="", key=HUB)
    )
    assert main(["seal", "one", "--receipt", "r.shiqu"]) == 0
    assert main(["verify", "one", "--trust", str(tmp_path / "trust")]) == 0
    assert "2026-11-26T00:00:00Z" in capsys.readouterr().out


def test_after_a_backup_was_put_back_the_numbers_go_on_where_the_hub_is(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    shutil.copytree("shiqu-home", "backup")
    dispatch("two", *MARK, "-o", "b.shiqu")
    lost, answer = opened("b.shiqu").digest, receipt(2)
    doubtful = Path("doubtful.shiqu")
    doubtful.write_bytes(receipt(2, key("ed25519", 7)).read_bytes())
    receipt(2)
    shutil.rmtree("shiqu-home")
    shutil.move("backup", "shiqu-home")
    assert main(["dispatch", "resume", str(doubtful), "--trust", "../trust"]) == 5
    assert main(["dispatch", "resume", str(answer), "--trust", "../trust"]) == 0
    assert main(["dispatch", "resume", str(answer), "--trust", "../trust"]) == 0
    assert dispatch("two", *MARK, "--disclosure", "figures", "-o", "c.shiqu") == 0
    manifest = opened("c.shiqu").manifest
    assert (manifest["sequence"], manifest["previous"]) == (3, lost)
    capsys.readouterr()
    assert main(["dispatch", "list"]) == 0
    assert "1 件还没有回执" not in capsys.readouterr().out.splitlines()[1]
    assert main(["dispatch", "again", "2", "-o", "d.shiqu"]) == 5


def test_a_notice_that_was_withdrawn_says_so_and_why(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = came("notice", {"number": "示档〔2026〕1号", "title": "撤回：整改", "withdrawn": "写错了单位"})
    assert read(str(path)) == 0
    assert "已撤回，不再办理。原因：写错了单位" in capsys.readouterr().out
    assert rows("incoming")[0]["about"]["withdrawn"] == "写错了单位"
