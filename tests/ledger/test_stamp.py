"""Time tokens of a local authority: what holds, what does not, and that openssl says the same."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.cli.main import main
from scanner.errors import KeepError
from scanner.ledger import stamp
from scanner.ledger.certificates import Certificate
from scanner.ledger.pkcs8 import unpem
from scanner.ledger.statement import TOKEN, pack
from scanner.ledger.trust import Pin, Trust
from scanner.ledger.verify import open_seal, verify
from tests.ledger.bundle import SEAL, TIME, key, seal_run, trust, write_run
from tests.ledger.tsa import Authority

SIGNATURE = b"the signature" * 5


@pytest.fixture(scope="module", params=["rsa", "ec", "sm2"])
def authority(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / request.param, request.param)


def pin(one: Authority, name: str = "root") -> Pin:
    return Pin("tsa", one.certificate(name))


@pytest.mark.parametrize("anchor", ["root", "tsa"])
def test_a_token_leads_to_the_pinned_certificate(authority: Authority, anchor: str) -> None:
    token = stamp.token_of(authority.reply(stamp.query(SIGNATURE)))
    found = stamp.check(token, SIGNATURE, [pin(authority, anchor)])
    assert (found.trusted, found.authority) == (True, "CN=Clock")
    assert found.time.startswith("20") and found.time.endswith("Z")


def test_openssl_reads_our_request(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "q").write_bytes(stamp.query(SIGNATURE))
    done = subprocess.run(["openssl", "ts", "-query", "-in", str(tmp_path / "q"), "-text"], capture_output=True, text=True, check=True)
    assert "Certificate required: yes" in done.stdout and "sha256" in done.stdout


def test_openssl_verifies_the_same_token(tmp_path: Path) -> None:
    one = Authority(tmp_path / "tsa")
    (tmp_path / "r").write_bytes(one.reply(stamp.query(SIGNATURE)))
    (tmp_path / "s").write_bytes(SIGNATURE)
    argv = ["openssl", "ts", "-verify", "-data", tmp_path / "s", "-in", tmp_path / "r", "-CAfile", one.folder / "root.pem"]
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 0


def test_an_authority_that_nobody_pinned_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    token = stamp.token_of(authority.reply(stamp.query(SIGNATURE)))
    assert not stamp.check(token, SIGNATURE, []).trusted
    assert not stamp.check(token, SIGNATURE, [pin(Authority(tmp_path / "other"))]).trusted


def test_a_token_over_another_signature_is_refused(authority: Authority) -> None:
    token = stamp.token_of(authority.reply(stamp.query(SIGNATURE)))
    with pytest.raises(ValueError, match="another signature"):
        stamp.check(token, SIGNATURE + b"x", [pin(authority)])


def test_a_chain_through_a_certificate_of_the_token(tmp_path: Path) -> None:
    one = Authority(tmp_path / "tsa", "ec", between=True)
    token = stamp.token_of(one.reply(stamp.query(SIGNATURE)))
    assert stamp.check(token, SIGNATURE, [pin(one)]).trusted


def test_a_changed_token_is_refused(authority: Authority) -> None:
    token = stamp.token_of(authority.reply(stamp.query(SIGNATURE)))
    place = token.index(b"20", token.index(b"\x18\x0f"))
    with pytest.raises(ValueError):
        stamp.check(token[:place] + b"19" + token[place + 2 :], SIGNATURE, [pin(authority)])


@settings(max_examples=150)
@given(st.data())
def test_a_token_with_one_other_byte_proves_nothing_else(data: st.DataObject) -> None:
    """Either it is refused, or what it says is what it said (bytes of certificates that nobody needed, say)."""
    one, token = TOKENS[0]
    held = bytearray(token)
    held[data.draw(st.integers(0, len(held) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = stamp.check(bytes(held), SIGNATURE, [pin(one)])
    except ValueError:
        return
    assert not found.trusted or found.time == stamp.check(token, SIGNATURE, [pin(one)]).time


TOKENS: list[tuple[Authority, bytes]] = []


@pytest.fixture(autouse=True, scope="module")
def _token(tmp_path_factory: pytest.TempPathFactory) -> None:
    one = Authority(tmp_path_factory.mktemp("tsa") / "one", "ec")
    TOKENS[:] = [(one, stamp.token_of(one.reply(stamp.query(SIGNATURE))))]


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_are_a_token(data: bytes) -> None:
    with pytest.raises(ValueError):
        stamp.check(stamp.token_of(data), SIGNATURE, [])


def test_a_refusal_is_no_token() -> None:
    with pytest.raises(ValueError, match="gave no token"):
        stamp.token_of(bytes.fromhex("30053003020102"))


def test_from_query_to_proven_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    one = Authority(tmp_path / "tsa", "ec")
    seal_run(write_run(tmp_path / "run"), key())
    (tmp_path / "unit.pub").write_bytes(key().public.pem)
    (tmp_path / "r.tsr").write_bytes(one.reply(stamp.query(open_seal(tmp_path / "run" / SEAL).signature)))
    assert main(["seal", "run", "--timestamp", "r.tsr"]) == 0
    main(["keys", "trust", "unit.pub", "--unit", "330100-001"])
    assert main(["verify", "run"]) == 0
    assert "时间未经第三方证明" in capsys.readouterr().out
    assert main(["keys", "trust", "tsa/root.pem", "--role", "tsa"]) == 0
    assert main(["verify", "run"]) == 0
    out = capsys.readouterr().out
    assert "第三方证明不晚于" in out and "时间未经第三方证明" not in out


def test_a_pdf_alone_carries_the_token_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = Authority(tmp_path / "tsa", "ec")
    seal_run(write_run(tmp_path / "run"), key())
    (tmp_path / "r.tsr").write_bytes(one.reply(stamp.query(open_seal(tmp_path / "run" / SEAL).signature)))
    assert main(["seal", "run", "--timestamp", "r.tsr"]) == 0
    shutil.copy("run/report.pdf", "alone.pdf")
    assert verify(Path("alone.pdf"), Trust((*trust(key()).pins, pin(one)))).proven is not None


def test_a_token_of_another_seal_is_not_laid_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seal_run(write_run(tmp_path / "run"), key())
    (tmp_path / "r.tsr").write_bytes(TOKENS[0][1])
    before = (tmp_path / "run" / SEAL).read_bytes()
    assert main(["seal", "run", "--timestamp", "r.tsr"]) == 5
    assert (tmp_path / "run" / SEAL).read_bytes() == before


def test_a_swapped_token_breaks_the_seal(tmp_path: Path) -> None:
    path = seal_run(write_run(tmp_path / "run"), key())
    seal = open_seal(path)
    path.write_bytes(pack(seal.manifest, seal.signature, seal.key, {**seal.beside, TOKEN: TOKENS[0][1]}))
    with pytest.raises(KeepError, match="seal-proof"):
        verify(tmp_path / "run" / "report.csv", trust(key()))


def test_a_certificate_for_another_use_stamps_no_time(tmp_path: Path) -> None:
    one = Authority(tmp_path / "tsa", "ec", usage="serverAuth")
    assert not Certificate(unpem("CERTIFICATE", one.certificate("tsa").encode())).stamps_time()


def test_a_revocation_is_measured_by_the_proven_time(tmp_path: Path) -> None:
    path = seal_run(write_run(tmp_path / "run"), key())
    seal = open_seal(path)
    one, token = TOKENS[0][0], stamp.token_of(TOKENS[0][0].reply(stamp.query(seal.signature)))
    path.write_bytes(pack(seal.manifest, seal.signature, seal.key, {**seal.beside, TOKEN: token}))
    proven = stamp.check(token, seal.signature, [pin(one)]).time
    late = Pin("unit", key().public.pem.decode(), "330100-001", revoked="2999-01-01")
    early = Pin("unit", key().public.pem.decode(), "330100-001", revoked=proven[:10])
    assert verify(tmp_path / "run" / "report.csv", Trust((late, pin(one)))).not_trusted is None
    assert verify(tmp_path / "run" / "report.csv", Trust((early, pin(one)))).not_trusted == "revoked"
    assert proven > TIME
