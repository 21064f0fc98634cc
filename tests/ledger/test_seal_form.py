"""A seal has one form only: stripped, downgraded, forged and re-packed ones are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.errors import KeepError
from scanner.ledger.sealzip import read, write
from scanner.ledger.verify import files_of, open_seal, verify
from scanner.model.canonical import canonical
from tests.ledger.bundle import SEAL, key, seal_run, trust
from tests.ledger.spoil import Edit, edit, resealed, zipped


def test_a_stripped_signature_is_named(run: Path) -> None:
    resealed(run / SEAL, ed25519=None)
    with pytest.raises(KeepError, match="seal-stripped"):
        verify(run / "report.csv", trust(key()))


@pytest.mark.parametrize("as_sm2", [True, False])
def test_another_algorithm_than_the_stated_one_is_refused(run: Path, as_sm2: bool) -> None:
    seal = open_seal(run / SEAL)
    if as_sm2:
        resealed(run / SEAL, ed25519=None, sm2=seal.signature)
    else:
        resealed(run / SEAL, sm2=key("sm2").sign(seal.manifest))
    with pytest.raises(KeepError, match="seal-downgraded"):
        verify(run / "report.csv", trust(key(), key("sm2")))


def test_a_forged_statement_is_refused(run: Path) -> None:
    manifest = open_seal(run / SEAL).manifest.replace(b'"unit":"330100-001"', b'"unit":"330100-002"')
    resealed(run / SEAL, manifest=manifest)
    with pytest.raises(KeepError, match="seal-forged"):
        verify(run / "report.csv", trust(key()))


def test_another_key_in_the_seal_is_refused(run: Path) -> None:
    seal = open_seal(run / SEAL)
    resealed(run / SEAL, key=key(number=1).public.pem, ed25519=key(number=1).sign(seal.manifest))
    with pytest.raises(KeepError, match="seal-other-key"):
        verify(run / "report.csv", trust(key()))


def test_everything_sealed_anew_by_a_stranger_is_never_trusted(run: Path) -> None:
    edit(run / "report.csv", lambda data: data.replace(b"L3", b"L4"))
    seal_run(run, key(number=1))
    assert {verify(path, trust(key())).not_trusted for path in files_of(run)} == {"unknown"}


def test_a_statement_that_is_not_canonical_is_refused_though_signed(run: Path) -> None:
    seal = open_seal(run / SEAL)
    loose = json.dumps(json.loads(seal.manifest), sort_keys=True).encode()
    resealed(run / SEAL, manifest=loose, ed25519=key().sign(loose))
    with pytest.raises(KeepError, match="seal-form"):
        verify(run / "report.csv", trust(key()))


@pytest.mark.parametrize("change", [{"more": 1}, {"schema": "shiqu/seal/2"}, {"algorithm": "none"}, {"files": {}, "kind": "x"}])
def test_a_statement_of_another_shape_is_refused_though_signed(run: Path, change: dict[str, object]) -> None:
    seal = open_seal(run / SEAL)
    manifest = canonical(json.loads(seal.manifest) | change)
    resealed(run / SEAL, manifest=manifest, ed25519=key().sign(manifest))
    with pytest.raises(KeepError, match="seal-form"):
        verify(run / "report.csv", trust(key()))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\0",
        lambda data: b"\0" + data,
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"PK\x05\x06", b"PK\x06\x06"),
        lambda data: data[:-2] + b"\x04\x00abcd",
        lambda data: write(dict(reversed(read(data).items()))),
        lambda data: zipped(data, lambda _, held: held),
        lambda data: write(read(data) | {"more.txt": b""}),
        lambda data: b"",
        lambda data: b"PK\x03\x04" + b"\xff" * 26,
    ],
    ids=["trailing", "prefix", "cut", "half", "zip64", "comment", "reordered", "rezipped", "member-more", "empty", "garbage"],
)
def test_a_seal_has_one_form_only(run: Path, change: Edit) -> None:
    edit(run / SEAL, change)
    with pytest.raises(KeepError, match=r"seal-form|seal-stripped"):
        verify(run / "report.csv", trust(key()))


def test_a_seal_without_its_list_of_pieces_is_refused(run: Path) -> None:
    resealed(run / SEAL, parts=None)
    with pytest.raises(KeepError, match="seal-form"):
        verify(run / "report.csv", trust(key()))


def test_a_statement_that_contradicts_its_result_is_refused(run: Path) -> None:
    seal = open_seal(run / SEAL)
    manifest = canonical(json.loads(seal.manifest) | {"run": "20270101T000000Z-ffff"})
    resealed(run / SEAL, manifest=manifest, ed25519=key().sign(manifest))
    with pytest.raises(KeepError, match="seal-contradicts"):
        verify(run / "result.json", trust(key()))
