"""`shiqu dispatch send`: to a hub on loopback, through trouble, until its receipt is in the ledger."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.ledger import age, reply
from scanner.ledger.home import Home
from scanner.ledger.keys import new_key, write_key
from scanner.ledger.trust import Pin, add_pin
from scanner.model.canonical import canonical, canonical_unchecked
from tests.ledger.bundle import key
from tests.ledger.envelopes import result
from tests.ledger.stub_hub import CODE, Reply, certificates, door, receipt_for

PASSPHRASE = "correct horse battery"
HUB, READER = new_key("ed25519", CODE), new_key("x25519", CODE)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A unit's folder with one envelope in it, in clear and encrypted."""
    monkeypatch.setenv("SQ_PASS", PASSPHRASE)
    monkeypatch.setenv("SQ_TOKEN", "token-of-the-hub")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.setattr(reply, "FIRST_WAIT", 0.01)
    monkeypatch.chdir(tmp_path)
    Home(tmp_path / "shiqu-home").write([("note", {"key": "note:1", "text": "x", "by": "x", "operator": "x"})])
    (tmp_path / "result.json").write_bytes(canonical_unchecked(result()))
    write_key(tmp_path / "unit.key", key(), PASSPHRASE)
    add_pin(tmp_path / "trust", Pin("hub", HUB.public.pem.decode(), CODE))
    made = ["dispatch", "make", "result.json", "--key", "unit.key", "--passphrase", "env:SQ_PASS", "--marking", "工作秘密"]
    assert main([*made, "-o", "a.shiqu"]) == 0
    assert main([*made, "--encrypt-to", age.recipient_text(READER.public), "-o", "b.shiqu"]) == 0
    return tmp_path


def send(url: str, *more: str, file: str = "a.shiqu") -> int:
    return main(["dispatch", "send", url, file, "--trust", "trust", "--seconds", "5", *more])


def answered() -> int:
    return sum(row.kind == "receipt" for row in Home(Path("shiqu-home")).chain.rows())


def takes(_number: int, body: bytes) -> Reply:
    return 200, receipt_for(body, HUB, READER), {}


def test_over_tls_with_a_token_to_the_receipt_in_the_ledger(unit: Path, tls: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with door(takes, tls) as hub:
        assert send(hub.url, "--ca", str(tls / "ca.pem"), "--token", "env:SQ_TOKEN", "-o", ".") == 0
    assert hub.bodies == [Path("a.shiqu").read_bytes()]
    assert hub.headers[0]["Authorization"] == "Bearer token-of-the-hub"
    said = capsys.readouterr()
    assert "回执已记入台账" in said.out and "token-of-the-hub" not in said.out + said.err
    assert answered() == 1 and Path("a.receipt.shiqu").is_file()


def test_an_encrypted_one_is_answered_too(unit: Path) -> None:
    with door(takes) as hub:
        assert send(hub.url, file="b.shiqu") == 0
    assert answered() == 1


def test_trouble_is_tried_again_with_the_same_bytes(unit: Path) -> None:
    def answer(number: int, body: bytes) -> Reply:
        return (503, b"", {"Retry-After": "0"}) if number < 2 else takes(number, body)

    with door(answer) as hub:
        assert send(hub.url) == 0
    assert hub.bodies == [Path("a.shiqu").read_bytes()] * 3


def test_a_refusal_is_told_in_the_hubs_words_and_nothing_is_noted(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with door(lambda number, body: (409, canonical({"error": "x", "sentence": "编号冲突\x1b[2J"}), {})) as hub:
        assert send(hub.url) == 5
    said = capsys.readouterr().err
    assert "编号冲突" in said and "\x1b" not in said and answered() == 0


def test_a_hub_that_nobody_pinned_is_not_believed(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with door(lambda number, body: (200, receipt_for(body, key("ed25519", 9)), {})) as hub:
        assert send(hub.url) == 4
    assert "不可信" in capsys.readouterr().out and answered() == 0


def test_a_certificate_of_another_authority_stops_it_before_anything_is_sent(
    unit: Path, tls: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with door(takes, tls) as hub:
        assert send(hub.url, "--ca", str(tls / "other.pem")) == 5
    assert "证书核对不上" in capsys.readouterr().err and hub.bodies == []


def test_a_redirect_is_not_followed(unit: Path) -> None:
    with door(takes) as other, door(lambda number, body: (307, b"", {"Location": other.url})) as hub:
        assert send(hub.url) == 5
    assert other.bodies == []


def test_nothing_there_ends_with_a_sentence(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with door(takes) as hub:
        pass
    assert main(["dispatch", "send", hub.url, "a.shiqu", "--seconds", "0"]) == 5
    assert "没有报上" in capsys.readouterr().err


def test_what_is_no_envelope_is_not_sent(unit: Path) -> None:
    Path("x.shiqu").write_bytes(b"x")
    with door(takes) as hub:
        assert send(hub.url, file="x.shiqu") == 5
    assert hub.bodies == []


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nPK"]
)
def test_something_else_at_the_address_ends_with_a_sentence(unit: Path, said: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(1 << 20)
                line.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        assert main(["dispatch", "send", f"http://127.0.0.1:{server.getsockname()[1]}", "a.shiqu", "--seconds", "0"]) == 5
        thread.join()
    assert capsys.readouterr().err.strip() and answered() == 0
