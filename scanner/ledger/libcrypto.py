"""The system's libcrypto (OpenSSL 3), for what must not be done with Python's integers: making SM2 keys, signing, wrapping and unwrapping."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_void_p
from functools import cache

from scanner.errors import UseError
from scanner.ledger.sm2 import IDENTITY

NAMES = ("libcrypto.so.3", "libcrypto.so.4")
_BYTES = POINTER(c_ubyte)
_SIGNATURES: dict[str, tuple[object, tuple[object, ...]]] = {
    "EVP_PKEY_CTX_new_from_name": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_keygen_init": (c_int, (c_void_p,)),
    "EVP_PKEY_generate": (c_int, (c_void_p, POINTER(c_void_p))),
    "EVP_PKEY2PKCS8": (c_void_p, (c_void_p,)),
    "i2d_PKCS8_PRIV_KEY_INFO": (c_int, (c_void_p, POINTER(_BYTES))),
    "PKCS8_PRIV_KEY_INFO_free": (None, (c_void_p,)),
    "i2d_PUBKEY": (c_int, (c_void_p, POINTER(_BYTES))),
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_new": (c_void_p, (c_void_p, c_void_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_set1_id": (c_int, (c_void_p, c_char_p, c_int)),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (c_void_p, c_void_p)),
    "EVP_sm3": (c_void_p, ()),
    "EVP_DigestSignInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestSign": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "d2i_PUBKEY": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "EVP_PKEY_encrypt_init": (c_int, (c_void_p,)),
    "EVP_PKEY_encrypt": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_PKEY_decrypt_init": (c_int, (c_void_p,)),
    "EVP_PKEY_decrypt": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "CRYPTO_free": (None, (c_void_p, c_char_p, c_int)),
}


@cache
def _library() -> ctypes.CDLL:
    """Raises UseError when no library knows SM2."""
    for name in NAMES:
        try:
            library = ctypes.CDLL(name)
            for function, (result, arguments) in _SIGNATURES.items():
                found = getattr(library, function)
                found.restype, found.argtypes = result, arguments
        except (OSError, AttributeError):
            continue
        return library
    raise UseError("sm2-library")


def new_sm2_key() -> tuple[bytes, bytes]:
    """(PKCS#8, SubjectPublicKeyInfo) of a new key, both DER. Raises UseError."""
    lib = _library()
    context = lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    if not context:
        raise UseError("sm2-library")
    key = c_void_p()
    try:
        if lib.EVP_PKEY_keygen_init(context) != 1 or lib.EVP_PKEY_generate(context, byref(key)) != 1:
            raise UseError("sm2-library")
    finally:
        lib.EVP_PKEY_CTX_free(context)
    try:
        info = lib.EVP_PKEY2PKCS8(key)
        private = _encoded(lib.i2d_PKCS8_PRIV_KEY_INFO, info)
        lib.PKCS8_PRIV_KEY_INFO_free(info)
        return private, _encoded(lib.i2d_PUBKEY, key)
    finally:
        lib.EVP_PKEY_free(key)


def sign_sm2(private: bytes, message: bytes) -> bytes:
    """The DER signature over the message with SM3 and the default identity. Raises UseError."""
    lib = _library()
    with _loaded(private) as key:
        context, digest = lib.EVP_PKEY_CTX_new(key, None), lib.EVP_MD_CTX_new()
        try:
            lib.EVP_MD_CTX_set_pkey_ctx(digest, context)
            held, size = ctypes.create_string_buffer(128), c_size_t(128)
            done = (
                lib.EVP_PKEY_CTX_set1_id(context, IDENTITY, len(IDENTITY)) == 1
                and lib.EVP_DigestSignInit(digest, None, lib.EVP_sm3(), None, key) == 1
                and lib.EVP_DigestSign(digest, held, byref(size), message, len(message)) == 1
            )
            if not done:
                raise UseError("sm2-library")
            return held.raw[: size.value]
        finally:
            lib.EVP_MD_CTX_free(digest)
            lib.EVP_PKEY_CTX_free(context)


def encrypt_sm2(public: bytes, message: bytes) -> bytes:
    """The message for the holder of a key (SubjectPublicKeyInfo), as the DER of GB/T 35276. Raises UseError."""
    with _loaded(public, "d2i_PUBKEY") as key:
        made = _transformed("encrypt", key, message)
    if made is None:
        raise UseError("sm2-library")
    return made


def decrypt_sm2(private: bytes, text: bytes) -> bytes | None:
    """What :func:`encrypt_sm2` wrapped; None for what was not made for this key. Raises UseError."""
    with _loaded(private) as key:
        return _transformed("decrypt", key, text)


def _transformed(what: str, key: int, data: bytes) -> bytes | None:
    lib = _library()
    context = lib.EVP_PKEY_CTX_new(key, None)
    try:
        size, step = c_size_t(0), getattr(lib, f"EVP_PKEY_{what}")
        if getattr(lib, f"EVP_PKEY_{what}_init")(context) != 1 or step(context, None, byref(size), data, len(data)) != 1:
            return None
        held = ctypes.create_string_buffer(size.value)
        return held.raw[: size.value] if step(context, held, byref(size), data, len(data)) == 1 else None
    finally:
        lib.EVP_PKEY_CTX_free(context)


@contextmanager
def _loaded(encoded: bytes, by: str = "d2i_AutoPrivateKey") -> Iterator[int]:
    lib = _library()
    key = getattr(lib, by)(None, byref(c_char_p(encoded)), len(encoded))
    if not key:
        raise UseError("sm2-library")
    try:
        yield key
    finally:
        lib.EVP_PKEY_free(key)


def _encoded(function: object, held: object) -> bytes:
    lib = _library()
    out = _BYTES()
    size = function(held, byref(out))  # type: ignore[operator]
    if size <= 0:
        raise UseError("sm2-library")
    data = ctypes.string_at(out, size)
    lib.CRYPTO_free(out, b"", 0)
    return data
