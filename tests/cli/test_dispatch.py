"""`shiqu dispatch` as a person uses it: made, numbered, read, answered, and nothing told that should not be."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import scanner.cli.dispatch
import scanner.ledger.envelope
from scanner.cli.main import main
from scanner.ledger import age
from scanner.ledger.bulletin import alias_with
from scanner.ledger.envelope import START, Envelope, make, open_envelope
from scanner.ledger.home import Home
from scanner.ledger.keys import new_key, write_key
from scanner.ledger.outbox import Outbox
from scanner.ledger.receipt import make as seal_receipt
from scanner.ledger.statement import unpack
from scanner.ledger.trust import Pin, add_pin
from scanner.model.canonical import canonical, canonical_unchecked, digest, strict_loads
from tests.ledger.bundle import UNIT, key, seal_only
from tests.ledger.envelopes import CREATED, SHA, hazard, result

PASSPHRASE = "correct horse battery"
HUB = new_key("ed25519", "330100")
MARK = ("--marking", "工作秘密")


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A unit's folder: a home with a ledger, a key, two results, and a trust folder that knows the unit and its hub."""
    monkeypatch.setenv("SQ_PASS", PASSPHRASE)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    folder = tmp_path / "unit"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Home(folder / "shiqu-home").write([("note", {"key": "note:1", "text": "x", "by": "x", "operator": "x"})])
    write_key(folder / "unit.key", key(), PASSPHRASE)
    write_key(folder / "reader.key", READER, PASSPHRASE)
    for name, run in (("one", "20261124T061150Z-7f3a"), ("two", "20261125T061150Z-7f3b")):
        write_result(folder / name, run)
    add_pin(tmp_path / "trust", Pin("unit", key().public.pem.decode(), UNIT))
    add_pin(tmp_path / "trust", Pin("hub", HUB.public.pem.decode()))
    return folder


READER = new_key("x25519", "330100")


def write_result(folder: Path, number: str, **changes: Any) -> None:
    document = result()
    document["run"] |= {"id": number}
    folder.mkdir()
    (folder / "result.json").write_bytes(canonical_unchecked(document | changes))


def dispatch(*more: str) -> int:
    return main(["dispatch", "make", "--key", "unit.key", "--passphrase", "env:SQ_PASS", *more])


def read(*more: str) -> int:
    return main(["dispatch", "read", "--trust", "../trust", *more])


def opened(name: str) -> Envelope:
    return open_envelope(Path(name).read_bytes())


def rows(kind: str) -> list[dict[str, Any]]:
    return [row.body for row in Home(Path("shiqu-home")).chain.rows() if row.kind == kind]


def receipt(number: int, by: Any = HUB, **changes: Any) -> Path:
    """What the hub answers to the envelope of that number."""
    envelope = next(body["digest"] for body in rows("dispatch") if body["sequence"] == number)
    said = {
        "schema": "shiqu/accepted/1",
        "envelope": envelope,
        "unit": UNIT,
        "sequence": number,
        "seal": "",
        "received": CREATED,
        "log": 7,
    }
    return came("receipt", {**said, "root": SHA, **changes}, number, by)


def came(kind: str, document: dict[str, Any], sequence: int = 1, by: Any = HUB, previous: str = START) -> Path:
    data = make(
        kind, "330100", UNIT, {f"{kind}.json": canonical(document)}, sequence=sequence, previous=previous, created=CREATED,
        disclosure="figures", marking="", key=by,
    )  # fmt: skip
    path = Path(f"{kind}-{sequence}.shiqu")
    path.write_bytes(data)
    return path


def test_from_result_to_receipt(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch("one", *MARK, "-o", "a.shiqu") == 0
    assert "第 1 号" in capsys.readouterr().out
    assert read("a.shiqu") == 0
    out = capsys.readouterr().out
    assert "签名有效，密钥可信" in out and "CH4 局域网与外网未物理隔离：确认命中" in out and "工作秘密" in out
    assert main(["dispatch", "list"]) == 0
    assert "还没有回执" in capsys.readouterr().out
    assert read(str(receipt(1))) == 0
    assert "回执已记入台账" in capsys.readouterr().out
    assert main(["dispatch", "list"]) == 0
    assert f"330100 已于 {CREATED} 收到" in capsys.readouterr().out
    assert main(["ledger", "verify"]) == 0


def test_numbers_follow_and_name_the_one_before(unit: Path) -> None:
    assert dispatch("one", "two", *MARK, "-o", ".") == 0
    first, second = opened(f"{UNIT}-000001.shiqu"), opened(f"{UNIT}-000002.shiqu")
    assert (first.manifest["sequence"], first.manifest["previous"]) == (1, START)
    assert (second.manifest["sequence"], second.manifest["previous"]) == (2, first.digest)


def test_the_same_content_keeps_its_number_and_its_bytes(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    dispatch("two", *MARK, "-o", "b.shiqu")
    assert dispatch("one", *MARK, "-o", "again.shiqu") == 0
    assert "编号不变" in capsys.readouterr().out
    assert Path("again.shiqu").read_bytes() == Path("a.shiqu").read_bytes()
    assert main(["dispatch", "again", "2", "-o", "c.shiqu"]) == 0
    assert Path("c.shiqu").read_bytes() == Path("b.shiqu").read_bytes()
    assert len(rows("dispatch")) == 2


def test_another_level_of_disclosure_is_another_envelope(unit: Path) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    dispatch("one", *MARK, "--disclosure", "figures", "-o", "b.shiqu")
    assert opened("b.shiqu").manifest["sequence"] == 2


def forked(work: Callable[[], int]) -> int:
    """Run in a child process; returns its id."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(work())
        finally:
            os._exit(99)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dies(*_: object) -> None:
    os._exit(9)


PLACES = {
    "before the copy": (Outbox, "_keep"),
    "between copy and row": (Home, "write"),
    "between row and file": (scanner.cli.dispatch, "_write"),
}


@pytest.mark.parametrize("place", PLACES)
def test_whoever_is_killed_in_between_asks_again_and_no_number_is_skipped_or_used_twice(unit: Path, place: str) -> None:
    def work() -> int:
        setattr(*PLACES[place], dies)
        return dispatch("one", *MARK, "-o", "lost.shiqu")

    assert ended(forked(work)) == 9 and not Path("lost.shiqu").exists()
    numbered = {body["sequence"]: body["file"] for body in rows("dispatch")}
    assert list(numbered) == ([1] if place == "between row and file" else [])
    assert dispatch("one", *MARK, "-o", "a.shiqu") == 0
    assert dispatch("two", *MARK, "-o", "b.shiqu") == 0
    assert [opened(name).manifest["sequence"] for name in ("a.shiqu", "b.shiqu")] == [1, 2]
    assert digest(Path("a.shiqu").read_bytes()) == numbered.get(1, digest(Path("a.shiqu").read_bytes()))


def test_several_at_once_never_share_a_number(unit: Path) -> None:
    levels = [(name, level) for name in ("one", "two") for level in ("figures", "masked")]
    held = [
        forked(lambda name=name, level=level: dispatch(name, *MARK, "--disclosure", level, "-o", f"{name}.{level}.shiqu"))  # type: ignore[misc]
        for name, level in levels
    ]
    assert [ended(one) for one in held] == [0, 0, 0, 0]
    made = [opened(f"{name}.{level}.shiqu").manifest for name, level in levels]
    assert sorted(manifest["sequence"] for manifest in made) == [1, 2, 3, 4]
    copies = {path.stem for path in Path("shiqu-home/dispatch").glob("*.shiqu")}
    assert copies == {body["file"][7:] for body in rows("dispatch")}


def test_files_are_their_owners_only(unit: Path) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    for path in (Path("a.shiqu"), Path("shiqu-home/alias.key"), *Path("shiqu-home/dispatch").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_copy_that_was_changed_is_not_sent_again(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    next(Path("shiqu-home/dispatch").iterdir()).write_bytes(b"x")
    assert dispatch("one", *MARK, "-o", "b.shiqu") == 5
    assert "底件" in capsys.readouterr().err and not Path("b.shiqu").exists()


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


def open_result(folder: Path) -> None:
    """A result that concerns nothing classified."""
    document = result()
    document["systems"] = document["systems"][:1]
    document["views"]["zones"] = {}
    write_result(folder, "20261126T061150Z-7f3d", systems=document["systems"], views=document["views"])


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


def test_a_result_too_large_says_what_to_do(unit: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    open_result(unit / "open")
    monkeypatch.setattr(scanner.ledger.envelope, "LIMIT", scanner.ledger.envelope.MAX_MANIFEST + 100_000)
    assert dispatch("open", "--disclosure", "full", "-o", "a.shiqu") == 2
    assert "请改用 --disclosure masked" in capsys.readouterr().err
    assert dispatch("open", "--disclosure", "masked", "-o", "a.shiqu") == 0


def test_another_units_key_makes_nothing(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_key(unit / "other.key", new_key("ed25519", "330100-002"), PASSPHRASE)
    assert main(["dispatch", "make", "one", *MARK, "--key", "other.key", "--passphrase", "env:SQ_PASS", "-o", "a.shiqu"]) == 2
    assert "330100-002" in capsys.readouterr().err


def test_a_run_without_a_unit_is_not_sent(unit: Path) -> None:
    document = result()
    write_result(unit / "nobody", "20261126T061150Z-7f3e", run=document["run"] | {"unit": {}})
    assert dispatch("nobody", *MARK, "-o", "a.shiqu") == 2


def test_a_misspelt_addressee_begins_no_second_numbering(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch("one", *MARK, "--to", "330100", "-o", "a.shiqu") == 0
    assert dispatch("two", *MARK, "-o", "b.shiqu") == 0
    assert opened("b.shiqu").manifest["to"] == "330100" and opened("b.shiqu").manifest["sequence"] == 2
    assert dispatch("two", *MARK, "--to", "330101", "-o", "c.shiqu") == 2
    assert "--first" in capsys.readouterr().err
    assert dispatch("two", *MARK, "--to", "330101", "--first", "-o", "c.shiqu") == 0
    assert opened("c.shiqu").manifest["sequence"] == 1


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
