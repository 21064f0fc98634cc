"""What ``--engine`` may name, and what it refuses before anything is sent."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scanner.engine.choice import PEMS, address_of, engine_named
from scanner.engine.local import Local
from scanner.errors import UseError


def folder(path: Path, key_mode: int = 0o600) -> Path:
    for name in PEMS:
        (path / name).write_text("x")
    (path / "key.pem").chmod(key_mode)
    return path


@pytest.mark.parametrize(
    "name", ["dask", "dask://", "dask://127.0.0.1", "tcp://127.0.0.1:1", "dask://127.0.0.1:1/x", "dask://127.0.0.1:99999", "ray"]
)
def test_what_is_no_engine_is_refused(name: str) -> None:
    with pytest.raises(UseError) as caught:
        engine_named(name, None)
    assert caught.value.code == "engine-unknown"


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(UseError) as caught:
        address_of("dask://me:geheim@127.0.0.1:1", None)
    assert caught.value.code == "engine-unknown" and "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["dask://192.0.2.1:8786", "dask://[2001:db8::1]:8786", "dask://0.0.0.0:8786", "dask://nowhere.invalid:8786"]
)
def test_off_loopback_there_are_certificates_or_nothing(name: str) -> None:
    with pytest.raises(UseError) as caught:
        address_of(name, None)
    assert caught.value.code == "engine-bare"


def test_certificates_make_the_address_an_encrypted_one(tmp_path: Path) -> None:
    found = address_of("dask://192.0.2.1:8786", str(folder(tmp_path)))
    assert found.dialled == "tls://192.0.2.1:8786" and found.shown == "dask://192.0.2.1:8786"
    assert address_of("dask://[::1]:8786", None).dialled == "tcp://[::1]:8786"


@pytest.mark.parametrize("name", PEMS)
def test_a_missing_certificate_is_named(name: str, tmp_path: Path) -> None:
    (folder(tmp_path) / name).unlink()
    with pytest.raises(UseError) as caught:
        address_of("dask://192.0.2.1:8786", str(tmp_path))
    assert caught.value.code == "engine-tls-missing" and caught.value.fields["file"].endswith(name)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UseError) as caught:
        address_of("dask://192.0.2.1:8786", str(folder(tmp_path, 0o640)))
    assert caught.value.code == "secret-file-open"


def test_local_needs_nothing() -> None:
    assert isinstance(engine_named("local", None), Local)


def test_without_dask_the_words_that_install_it_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UseError) as caught, engine_named("dask://127.0.0.1:1", None):
        raise AssertionError("entered")
    assert caught.value.code == "engine-missing"
