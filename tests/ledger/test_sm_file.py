"""Files encrypted by SM2, SM4 and SM3: openssl and gmssl open ours and we theirs; what was changed does not open."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

import pytest
from gmssl import sm2 as gmssl_sm2
from gmssl import sm3 as gmssl_sm3
from gmssl import sm4 as gmssl_sm4
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.ledger import der, libcrypto
from scanner.ledger.keys import PrivateKey, new_key
from scanner.ledger.sm_file import END, VERSION, decrypt, encrypt
from tests.ledger.bundle import key

SIZES = [0, 1, 15, 16, 17, 70_001]


def plain_key() -> PrivateKey:
    """A key that gmssl can hold: it strips every leading 0 and 4 of a public key, not only the mark."""
    return next(made for made in iter(lambda: new_key("sm2"), None) if made.public.raw[1:].hex()[0] not in "04")


ME, YOU = plain_key(), new_key("sm2")
HELD = encrypt(b"secret" * 50, [YOU.public, ME.public])


def gmssl(one: PrivateKey) -> gmssl_sm2.CryptSM2:
    private = der.children(der.read(der.children(der.read(one.data))[2].body))[1].body.hex()
    return gmssl_sm2.CryptSM2(private_key=private, public_key=one.public.raw[1:].hex(), mode=1)


def sm4_counter(secret: bytes, data: bytes) -> bytes:
    """SM4 in counter mode out of gmssl's single blocks."""
    cipher = gmssl_sm4.CryptSM4(padding_mode=3)
    cipher.set_key(secret, gmssl_sm4.SM4_ENCRYPT)
    blocks = -(-len(data) // 16)
    stream = b"".join(bytes(cipher.one_round(cipher.sk, list(number.to_bytes(16, "big")))) for number in range(blocks))
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def hmac_sm3(secret: bytes, data: bytes) -> bytes:
    """HMAC out of gmssl's digest."""

    def sm3(text: bytes) -> bytes:
        return bytes.fromhex(gmssl_sm3.sm3_hash(list(text)))

    padded = secret.ljust(64, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in padded) + data)
    return sm3(bytes(byte ^ 0x5C for byte in padded) + inner)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back(size: int) -> None:
    data = os.urandom(size)
    held = encrypt(data, [YOU.public, ME.public, ME.public])
    assert decrypt(held, ME) == decrypt(held, YOU) == data
    assert held.count(b"\nto ") == 2


def test_gmssl_opens_what_we_encrypt() -> None:
    held = encrypt("档案目录".encode() * 9, [YOU.public, ME.public])
    head, body, mac = held[: held.index(END) + len(END)], held[held.index(END) + len(END) : -32], held[-32:]
    wrapped = base64.b64decode(head.split(b"\n")[2].split(b" ")[2])
    x, y, digest, text = der.children(der.read(wrapped))
    raw = der.number(x).to_bytes(32, "big") + der.number(y).to_bytes(32, "big") + digest.body + text.body
    secret = gmssl(ME).decrypt(raw)
    assert hmac.compare_digest(hmac_sm3(secret[16:], head + body), mac)
    assert sm4_counter(secret[:16], body) == "档案目录".encode() * 9


def test_we_open_what_gmssl_encrypts() -> None:
    secret = bytes(range(48))
    raw = gmssl(ME).encrypt(secret)
    numbers = der.integer(int.from_bytes(raw[:32], "big")) + der.integer(int.from_bytes(raw[32:64], "big"))
    wrapped = der.tlv(der.SEQUENCE, numbers, der.tlv(der.OCTETS, raw[64:96]), der.tlv(der.OCTETS, raw[96:]))
    name = ME.public.fingerprint.removeprefix("sha256:").encode()
    head = VERSION + b"to " + name + b" " + base64.b64encode(wrapped) + b"\n" + END
    body = sm4_counter(secret[:16], b"minutes")
    assert decrypt(head + body + hmac_sm3(secret[16:], head + body), ME) == b"minutes"


def test_a_stranger_opens_nothing() -> None:
    with pytest.raises(ValueError, match="recipient"):
        decrypt(encrypt(b"secret", [ME.public]), YOU)


def test_a_line_renamed_to_a_stranger_opens_nothing() -> None:
    names = [one.public.fingerprint.removeprefix("sha256:").encode() for one in (ME, YOU)]
    with pytest.raises(ValueError, match="changed"):
        decrypt(encrypt(b"secret", [ME.public]).replace(*names), YOU)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_file_does_not_open(data: st.DataObject) -> None:
    held = bytearray(HELD)
    place = data.draw(st.integers(0, len(held) - 1))
    held[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError):
        decrypt(bytes(held), ME)


@pytest.mark.parametrize(
    "cut", [lambda d: d[:-1], lambda d: d[:-33], lambda d: d + b"\0", lambda d: d[:80], lambda d: b"", lambda d: VERSION]
)
def test_a_cut_or_longer_file_does_not_open(cut) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        decrypt(cut(encrypt(b"s" * 100, [ME.public])), ME)


def test_a_recipient_cannot_be_taken_out_of_the_head() -> None:
    lines = encrypt(b"secret", [YOU.public, ME.public]).split(b"\n")
    with pytest.raises(ValueError, match="changed"):
        decrypt(b"\n".join([lines[0], *lines[2:]]), ME)


def test_nothing_of_the_file_stands_in_clear_and_no_two_are_alike() -> None:
    one, two = (encrypt(b"secret" * 100, [ME.public]) for _ in range(2))
    assert b"secret" not in one and one[-600:] != two[-600:]


@pytest.mark.parametrize("recipients", [[], [key().public], [new_key("x25519").public, ME.public]], ids=["none", "ed25519", "x25519"])
def test_nothing_is_encrypted_to_another_kind_of_key(recipients) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        encrypt(b"", recipients)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=160))
def test_no_bytes_unwrap(data: bytes) -> None:
    assert libcrypto.decrypt_sm2(ME.data, data) is None


def test_the_fingerprint_in_the_head_is_the_keys() -> None:
    assert hashlib.sha256(ME.public.spki).hexdigest().encode() in encrypt(b"", [ME.public])
