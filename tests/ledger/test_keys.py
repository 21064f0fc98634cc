"""Keys rest encrypted, and openssl and gmssl understand what we sign, both ways."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from gmssl import sm2 as gmssl_sm2
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import UseError
from scanner.ledger import der, pkcs8, sm2
from scanner.ledger.keys import PrivateKey, PublicKey, new_key, read_private, read_public, read_public_unit, write_key
from tests.conftest import STRONG
from tests.ledger.bundle import key

PASSPHRASE = "石渠 correct horse"
MESSAGE = b'{"schema":"shiqu/seal/1"}'
DIGEST = {"ed25519": [], "sm2": ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]}


def openssl(*argv: str | Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, argv)], input=data, capture_output=True, check=False)


@pytest.fixture(scope="module", params=["ed25519", "sm2"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PrivateKey]:
    path = tmp_path_factory.mktemp("keys") / "unit.key"
    write_key(path, key(request.param), PASSPHRASE)
    return path, key(request.param)


def test_a_key_comes_back_with_its_unit(written: tuple[Path, PrivateKey]) -> None:
    path, made = written
    assert read_private(path, PASSPHRASE) == made


def test_openssl_opens_our_key_file(written: tuple[Path, PrivateKey]) -> None:
    path, made = written
    done = openssl("pkey", "-in", path, "-passin", "stdin", "-pubout", "-outform", "DER", data=PASSPHRASE.encode() + b"\n")
    assert done.stdout == made.public.spki, done.stderr


def test_openssl_prints_our_fingerprint(written: tuple[Path, PrivateKey]) -> None:
    path, made = written
    done = openssl("pkey", "-pubin", "-in", path.with_suffix(".pub"), "-outform", "DER")
    assert "sha256:" + hashlib.sha256(done.stdout).hexdigest() == made.public.fingerprint


def test_openssl_verifies_what_we_sign(written: tuple[Path, PrivateKey], tmp_path: Path) -> None:
    path, made = written
    (tmp_path / "m").write_bytes(MESSAGE)
    (tmp_path / "s").write_bytes(made.sign(MESSAGE))
    argv = ["pkeyutl", "-verify", "-pubin", "-inkey", path.with_suffix(".pub"), "-rawin", "-in", tmp_path / "m", "-sigfile", tmp_path / "s"]
    assert openssl(*argv, *DIGEST[made.public.algorithm]).returncode == 0


def test_we_verify_what_openssl_signs(written: tuple[Path, PrivateKey], tmp_path: Path) -> None:
    path, made = written
    (tmp_path / "m").write_bytes(MESSAGE)
    argv = ["pkeyutl", "-sign", "-inkey", path, "-passin", "stdin", "-rawin", "-in", tmp_path / "m", "-out", tmp_path / "s"]
    done = openssl(*argv, *DIGEST[made.public.algorithm], data=PASSPHRASE.encode() + b"\n")
    assert done.returncode == 0, done.stderr
    assert made.public.verifies((tmp_path / "s").read_bytes(), MESSAGE)
    assert not made.public.verifies((tmp_path / "s").read_bytes(), MESSAGE + b" ")


@pytest.mark.parametrize("algorithm", ["ED25519", "SM2"])
def test_a_key_file_of_openssl_is_read(algorithm: str, tmp_path: Path) -> None:
    path = tmp_path / "own.key"
    argv = ["genpkey", "-algorithm", algorithm, "-aes256", "-pass", "stdin", "-out", path]
    assert openssl(*argv, data=PASSPHRASE.encode() + b"\n").returncode == 0
    path.chmod(0o600)
    made = read_private(path, PASSPHRASE)
    assert made.public.verifies(made.sign(MESSAGE), MESSAGE)


def gmssl_key() -> PrivateKey:
    """A key that gmssl can hold: it strips every leading 0 and 4 of a public key, not only the mark."""
    return next(made for made in iter(lambda: new_key("sm2"), None) if made.public.raw[1:].hex()[0] not in "04")


def test_gmssl_verifies_what_we_sign() -> None:
    made = gmssl_key()
    r, s = (der.number(item) for item in der.children(der.read(made.sign(MESSAGE))))
    other = gmssl_sm2.CryptSM2(private_key="", public_key=made.public.raw[1:].hex())
    assert other.verify_with_sm3(f"{r:064x}{s:064x}", MESSAGE)


def test_we_verify_what_gmssl_signs() -> None:
    made = gmssl_key()
    private = der.children(der.read(der.children(der.read(made.data))[2].body))[1].body.hex()
    text = gmssl_sm2.CryptSM2(private_key=private, public_key=made.public.raw[1:].hex()).sign_with_sm3(MESSAGE)
    signature = der.tlv(der.SEQUENCE, der.integer(int(text[:64], 16)), der.integer(int(text[64:], 16)))
    assert made.public.verifies(signature, MESSAGE)
    assert not made.public.verifies(signature, MESSAGE + b"\n")


def test_the_example_of_the_standard_verifies() -> None:
    public = bytes.fromhex(
        "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    signature = der.tlv(der.SEQUENCE, der.integer(r), der.integer(s))
    assert sm2.verify(sm2.point(public), b"message digest", signature)
    assert not sm2.verify(sm2.point(public), b"message digesT", signature)


@settings(max_examples=60)
@given(st.binary(max_size=90))
def test_no_bytes_verify_as_a_signature(data: bytes) -> None:
    assert not key("sm2").public.verifies(data, MESSAGE)
    assert not key("ed25519").public.verifies(data, MESSAGE)


@pytest.mark.parametrize("r, s", [(0, 1), (1, 0), (sm2.N, 1), (1, sm2.N), (1, sm2.N - 1)])
def test_numbers_out_of_range_do_not_verify(r: int, s: int) -> None:
    signature = der.tlv(der.SEQUENCE, der.integer(r), der.integer(s))
    assert not key("sm2").public.verifies(signature, MESSAGE)


def test_a_longer_form_of_a_signature_does_not_verify() -> None:
    signature = key("sm2").sign(MESSAGE)
    assert not key("sm2").public.verifies(signature + b"\0", MESSAGE)
    assert not key("sm2").public.verifies(b"\x30\x81" + signature[1:], MESSAGE)


def test_a_point_beside_the_curve_is_no_key() -> None:
    spki = bytearray(key("sm2").public.spki)
    spki[-1] ^= 1
    with pytest.raises(ValueError, match="curve"):
        PublicKey(bytes(spki))


def test_the_private_half_is_never_shown() -> None:
    made = key()
    assert made.data.hex() not in repr(made) and repr(made.data) not in repr(made)


def test_a_key_file_is_private_and_holds_no_plain_key(written: tuple[Path, PrivateKey]) -> None:
    path, made = written
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes() and made.data not in path.read_bytes()


@pytest.mark.parametrize(
    "change, code",
    [
        (lambda path: path.chmod(0o644), "key-open"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"ENCRYPTED PRIVATE", b"PRIVATE")), "key-not-encrypted"),
        (lambda path: path.write_bytes(path.read_bytes()[:-40]), "key-unreadable"),
        (lambda path: path.write_bytes(path.read_bytes() * 2), "key-unreadable"),
        (lambda path: path.unlink(), "file-unreadable"),
    ],
    ids=["open", "plain", "truncated", "twice", "gone"],
)
def test_a_bad_key_file_is_refused_by_name(change, code: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "unit.key"
    write_key(path, key(), PASSPHRASE)
    change(path)
    with pytest.raises(UseError, match=code) as raised:
        read_private(path, PASSPHRASE)
    assert str(path) in str(raised.value)


def test_a_wrong_passphrase_is_named_and_not_shown(written: tuple[Path, PrivateKey]) -> None:
    with pytest.raises(UseError, match="key-passphrase") as raised:
        read_private(written[0], "something else altogether")
    assert "something else" not in str(raised.value)


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UseError, match="key-passphrase-short"):
        write_key(tmp_path / "unit.key", key(), "short")


@pytest.mark.parametrize("name", ["unit.key", "unit.pub"])
def test_a_key_file_is_never_overwritten(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("kept")
    with pytest.raises(UseError, match="key-exists"):
        write_key(tmp_path / "unit.key", key(), PASSPHRASE)
    assert (tmp_path / name).read_text() == "kept"


def test_who_guesses_a_passphrase_derives_600_000_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pkcs8, "ROUNDS", STRONG)
    file = pkcs8.encrypt(b"\x30\x00", PASSPHRASE)
    assert STRONG == 600_000 and der.integer(STRONG) in file
    assert pkcs8.decrypt(file, PASSPHRASE) == b"\x30\x00"


def test_a_file_that_derives_for_ever_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pkcs8, "ROUNDS", pkcs8.MAX_ROUNDS + 1)
    monkeypatch.setattr(pkcs8, "_derive", lambda *_given: b"\0" * 32)
    path = tmp_path / "unit.key"
    write_key(path, key(), PASSPHRASE)
    with pytest.raises(UseError, match="key-unreadable"):
        read_private(path, PASSPHRASE)


def test_a_key_for_encryption_seals_nothing() -> None:
    made = new_key("x25519")
    with pytest.raises(UseError, match="key-not-for-signing"):
        made.sign(MESSAGE)
    assert not made.public.verifies(b"\0" * 64, MESSAGE)


def test_a_public_key_file_names_its_unit(written: tuple[Path, PrivateKey]) -> None:
    assert read_public_unit(written[0].with_suffix(".pub")) == (written[1].public, "330100-001")


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_der_reads_or_refuses(data: bytes) -> None:
    try:
        node = der.read(data)
    except ValueError:
        return
    assert der.tlv(node.tag, node.body) == data


def test_a_public_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", tmp_path / "k")
    openssl("pkey", "-in", tmp_path / "k", "-pubout", "-out", tmp_path / "k.pub")
    with pytest.raises(UseError, match="key-unreadable"):
        read_public(tmp_path / "k.pub")
