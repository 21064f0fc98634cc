"""`shiqu dispatch fetch`: only what was listed is written, under names of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.ledger.envelope import encrypted, open_envelope
from scanner.ledger.keys import new_key
from tests.ledger.envelopes import envelope
from tests.ledger.stub_hub import Reply, certificates, door

NOTICE = envelope(kind="notice", members={"notice.json": b"{}"})
DIGEST = open_envelope(NOTICE).digest
SECRET = encrypted(NOTICE, [new_key("x25519").public])


def line(**changes: Any) -> dict[str, Any]:
    return {"code": "330100-001", "kind": "notice", "sequence": 1, "digest": DIGEST, "created": "", "sent": "", "size": 1} | changes


def fetch(listed: Any, data: bytes = NOTICE, *more: str) -> tuple[int, list[str]]:
    def answer(number: int, _body: bytes) -> Reply:
        return 200, json.dumps(listed).encode() if number == 0 else data, {}

    with door(answer) as hub:
        code = main(["dispatch", "fetch", hub.url, "--token", "env:SQ_TOKEN", "-o", "in", *more])
    assert all(headers["Authorization"] == "Bearer t" for headers in hub.headers)
    return code, hub.paths


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQ_TOKEN", "t")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)


def written() -> list[str]:
    return sorted(path.name for path in Path("in").iterdir())


def test_what_waits_is_fetched_and_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch([line()]) == (0, ["/api/v1/down", f"/api/v1/down/{DIGEST}"])
    assert written() == [f"notice-000001-{DIGEST[7:19]}.shiqu"]
    assert main(["dispatch", "read", f"in/{written()[0]}"]) == 4
    assert "通知" in capsys.readouterr().out


def test_an_encrypted_one_is_fetched_as_it_is() -> None:
    assert fetch([line()], SECRET)[0] == 0
    assert (Path("in") / written()[0]).read_bytes() == SECRET


def test_what_was_fetched_before_is_asked_for_on_request() -> None:
    assert fetch([], NOTICE, "--all") == (0, ["/api/v1/down?all=1"])
    assert written() == []


@pytest.mark.parametrize(
    "listed",
    [
        {},
        [1],
        [line(kind="../../x")],
        [line(kind="script")],
        [line(digest="sha256:../../../etc/passwd")],
        [line(digest="x")],
        [line(sequence=0)],
        [line(sequence="1")],
        [line(sequence=2**60)],
    ],
)
def test_a_list_that_is_none_fetches_nothing(listed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, paths = fetch(listed)
    assert (code, len(paths), written()) == (5, 1, [])
    assert "什么都没有取回" in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"", b"x", envelope(), NOTICE[:-1], envelope(kind="notice", members={"notice.json": b"[]"})])
def test_something_else_than_was_listed_is_not_written(data: bytes) -> None:
    assert fetch([line()], data)[0] == 5
    assert written() == []


def test_a_refusal_and_another_authority_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tls = certificates(tmp_path / "tls")
    command = ["--token", "env:SQ_TOKEN", "-o", "in"]
    with door(lambda number, body: (403, b'{"sentence":"no right"}', {}), tls) as hub:
        assert main(["dispatch", "fetch", hub.url, "--ca", str(tls / "ca.pem"), *command]) == 5
        assert "no right" in capsys.readouterr().err
        assert main(["dispatch", "fetch", hub.url, "--ca", str(tls / "other.pem"), *command]) == 5
    assert "证书核对不上" in capsys.readouterr().err and len(hub.paths) == 1
    assert main(["dispatch", "fetch", hub.url, "--ca", str(tls / "ca.pem"), *command]) == 5
    assert "没有取到" in capsys.readouterr().err
