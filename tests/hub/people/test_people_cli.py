"""The register, accounts and the log from the command line."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from hub.cli.options import reading, writing
from hub.people import accounts, log, passwords
from hub.registry import own, reached
from hub.store.tables import log as table
from scanner.cli.main import main
from scanner.ledger.envelope import make
from scanner.ledger.keys import new_key, read_private
from scanner.model.canonical import canonical
from scanner.model.dispatch import ACCEPTED

PASSPHRASE = "a long passphrase"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHIQU_HUB_HOME", str(tmp_path / "hub"))
    monkeypatch.delenv("SHIQU_LANG", raising=False)
    made = own.found(
        tmp_path / "hub", own.Settings("330100", ""), name="市局", rank="city", division="", algorithm="ed25519", passphrase=PASSPHRASE
    )
    made.database.close()
    return tmp_path / "hub"


def run(*argv: str) -> tuple[int, str]:
    """Exit code and what was said."""
    codes: list[int] = []
    runner = CliRunner()
    with runner.isolation() as (out, error, _):
        codes.append(main(["hub", *argv]))
        said = out.getvalue() + error.getvalue()
    return codes[0], said.decode()


def test_units_are_registered_listed_moved_and_retired(home: Path) -> None:
    assert run("unit", "add", "330101", "--name", "东县局", "--parent", "330100", "--rank", "county")[0] == 0
    assert run("unit", "add", "330102", "--name", "西县局", "--parent", "330100", "--rank", "county")[0] == 0
    assert run("unit", "add", "330101-001", "--name", "东县馆", "--parent", "330101")[0] == 0
    assert run("unit", "move", "330101-001", "330102")[0] == 0
    code, said = run("unit", "list")
    assert code == 0 and re.search(r"^  330102  西县局  县\S*  0 把密钥\n    330101-001  东县馆  报送单位  0 把密钥$", said, re.M)
    assert run("unit", "retire", "330101-001")[0] == 0
    with reading(home) as connection:
        told = connection.execute(sa.select(table.c.action).order_by(table.c.n)).scalars().all()
    assert told == ["unit.add", "unit.add", "unit.add", "unit.move", "unit.retire"]


def test_a_mistake_is_one_sentence_and_changes_nothing(home: Path) -> None:
    code, said = run("unit", "add", "x", "--name", "馆", "--parent", "nobody")
    assert (code, said) == (2, "没有登记单位 nobody：请先运行 shiqu hub unit add 登记\n")


def test_keys_are_pinned_and_revoked(home: Path, tmp_path: Path) -> None:
    public = new_key("ed25519").public
    (tmp_path / "u.pub").write_bytes(public.pem)
    assert run("unit", "key", "330100", str(tmp_path / "u.pub"), "--since", "2026-01-01")[0] == 0
    code, said = run("unit", "key", "330100", "--revoke", public.fingerprint, "--since", "2026-06-01")
    assert code == 0 and "2026-06-01" in said
    with reading(home) as connection:
        assert reached.kept(connection) == "2026-06-01"
    assert run("unit", "key", "330100")[0] == 2
    assert run("unit", "key", "330100", "--revoke", "sha256:0")[0] == 2


def test_the_template_with_one_more_row_is_imported(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "u.xlsx"
    assert run("unit", "template", "-o", str(path))[0] == 0
    assert run("unit", "template", "-o", str(path))[0] == 2, "nothing is overwritten"
    book = openpyxl.load_workbook(path)
    book["单位"].append(["330101", "东县局", "330100", "county"])
    book.save(path)
    code, said = run("unit", "import", str(path))
    assert code == 0 and said == "新登记 1 个单位，更新 0 个；系统 0 个，密钥 0 把\n"


def test_the_three_administrators_are_three_people(home: Path) -> None:
    code, said = run("account", "first", "--system", "wang=王五", "--security", "li=李四", "--audit", "zhao=李 四")
    assert code == 2 and "三个人" in said
    with reading(home) as connection:
        assert accounts.listed(connection, "/1/") == []
    code, said = run("account", "first", "--system", "wang=王五", "--security", "li=李四", "--audit", "zhao=赵六")
    found = re.findall(r"^\S+管理员  (\S+)  (\S+)$", said, re.M)
    assert code == 0 and [name for name, _ in found] == ["wang", "li", "zhao"]
    with reading(home) as connection:
        assert passwords.matches(accounts.hash_of(connection, "li"), found[1][1])
        assert not any(password in str(connection.execute(sa.select(table)).fetchall()) for _, password in found)
    assert run("account", "first", "--system", "a1=甲", "--security", "b1=乙", "--audit", "c1=丙")[0] == 2


def test_an_administrator_holds_no_other_role(home: Path) -> None:
    run("account", "first", "--system", "wang=王五", "--security", "li=李四", "--audit", "zhao=赵六")
    assert run("account", "add", "wang2", "--full-name", "王五", "--role", "city", "--unit", "330100")[0] == 2
    assert run("account", "add", "qian", "--full-name", "钱七", "--role", "city", "--unit", "330100")[0] == 0
    assert run("account", "disable", "qian")[0] == 0
    assert "停用" in run("account", "list")[1]


def test_the_log_is_verified_against_receipts(home: Path, tmp_path: Path) -> None:
    run("unit", "add", "330101", "--name", "东县局", "--parent", "330100", "--rank", "county")
    with reading(home) as connection:
        head = log.head(connection)
    key = read_private(home / own.SIGN, PASSPHRASE)
    said = {
        "schema": ACCEPTED,
        "envelope": "sha256:0",
        "unit": "u",
        "sequence": 1,
        "seal": "",
        "received": head.at,
        "log": head.n,
        "root": head.root,
    }
    data = make(
        "receipt", "330100", "u", {"receipt.json": canonical(said)}, sequence=1, previous="sha256:" + "0" * 64, created=head.at, disclosure="figures",
        marking="", key=key,
    )  # fmt: skip
    (tmp_path / "r.shiqu").write_bytes(data)
    code, told = run("verify-log", str(tmp_path / "r.shiqu"))
    assert code == 0 and head.root in told
    with writing(home) as connection:
        connection.execute(table.delete())
        connection.execute(log.meta.update().where(log.meta.c.name == log.FRONTIER).values(value="[]"))
    code, told = run("verify-log", str(tmp_path / "r.shiqu"))
    assert code == 5 and "第 1 条缺失" in told
    assert run("verify-log")[0] == 0, "without the receipt nobody could tell"
