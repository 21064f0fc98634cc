"""What an envelope discloses, and to whom: nothing leaves that should not."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.ledger import age
from scanner.ledger.keys import new_key, write_key
from scanner.model.canonical import digest, strict_loads
from tests.cli.dispatch.post import MARK, PASSPHRASE, dispatch, open_result, opened, read, rows, write_result
from tests.ledger.bundle import key, seal_only
from tests.ledger.envelopes import hazard, result


@pytest.mark.parametrize("level", ["figures", "masked"])
def test_nothing_of_a_catalogue_target_or_person_leaves(unit: Path, level: str) -> None:
    canary = "绝密档案题名金丝雀"
    document = result()
    for verdict in document["verdicts"]:
        verdict |= {"observed": {"value": canary}, "detail": canary}
    document["hazards"] = [hazard(canary, "linux.ssh-root-login")]
    document["targets"][0] |= {"id": canary, "address": canary}
    write_result(unit / "canary", "20261126T061150Z-7f3c", **{key: document[key] for key in ("verdicts", "hazards", "targets")})
    assert dispatch("canary", *MARK, "--disclosure", level, "-o", "a.shiqu") == 0
    text = Path("a.shiqu").read_bytes().decode("utf-8", "replace")
    assert [canary[at : at + 4] for at in range(len(canary) - 3) if canary[at : at + 4] in text] == []
    told = opened("a.shiqu").members["bulletin.json"].decode()
    assert [name for name in ("web01", "192.0.2", "lan:internet", "张三") if name in told] == []


def test_a_run_that_concerns_classified_matters_needs_a_mark_and_never_leaves_whole(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch("one", "-o", "a.shiqu") == 2
    assert "密级标志要由人定" in capsys.readouterr().err
    assert dispatch("one", *MARK, "--disclosure", "full", "-o", "a.shiqu") == 2
    assert "不能以全文" in capsys.readouterr().err
    assert not Path("a.shiqu").exists() and rows("dispatch") == []


def test_a_full_one_holds_the_result_and_its_seal(unit: Path) -> None:
    open_result(unit / "open")
    seal_only(unit / "open", key())
    assert dispatch("open", "--disclosure", "full", "-o", "a.shiqu") == 0
    members = opened("a.shiqu").members
    assert members["result.json"] == (unit / "open" / "result.json").read_bytes()
    assert members["result.json.seal"] == (unit / "open" / "result.json.seal").read_bytes()
    bulletin = strict_loads(members["bulletin.json"])
    assert bulletin["result"] == digest(members["result.json"]) and bulletin["run"]["seal"].startswith("sha256:")
    assert read("a.shiqu") == 0


def test_a_seal_of_another_result_stops_it(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal_only(unit / "one", key())
    (unit / "two" / "result.json.seal").write_bytes((unit / "one" / "result.json.seal").read_bytes())
    assert dispatch("two", *MARK, "-o", "a.shiqu") == 5
    assert capsys.readouterr().err and rows("dispatch") == []


def test_an_encrypted_one_is_read_with_the_readers_key(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch("one", *MARK, "--encrypt-to", "reader.pub", "-o", "a.shiqu") == 0
    assert Path("a.shiqu").read_bytes().startswith(age.VERSION)
    assert read("a.shiqu") == 5
    assert "加密的" in capsys.readouterr().out
    assert read("a.shiqu", "--key", "reader.key", "--passphrase", "env:SQ_PASS") == 0


def test_one_encrypted_to_an_sm2_key_is_read_with_it(unit: Path) -> None:
    write_key(unit / "sm2.key", new_key("sm2", "330100"), PASSPHRASE)
    assert dispatch("one", *MARK, "--encrypt-to", "sm2.pub", "-o", "a.shiqu") == 0
    assert read("a.shiqu", "--key", "sm2.key", "--passphrase", "env:SQ_PASS") == 0
