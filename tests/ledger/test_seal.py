"""What is sealed verifies; what does not belong together is not sealed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest

from reports.pdf import render as render_pdf
from scanner.errors import KeepError, UseError
from scanner.ledger import pdf
from scanner.ledger.keys import PrivateKey
from scanner.ledger.pieces import compare, pieces
from scanner.ledger.seal import bindings, make
from scanner.ledger.statement import pack, unpack
from scanner.ledger.trust import Trust
from scanner.ledger.verify import Changed, files_of, open_seal, verify
from scanner.model.canonical import strict_loads
from tests.ledger.bundle import SEAL, TIME, UNIT, key, paper, seal_run, small_result, trust, write_run
from tests.ledger.spoil import edit, json_edit, zipped


@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
def test_every_file_of_a_sealed_run_verifies(algorithm: str, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    seal_run(folder, key(algorithm))
    found = [verify(path, trust(key(algorithm))) for path in files_of(folder)]
    assert len(found) == 8
    assert {(one.not_trusted, one.name == one.path.name) for one in found} == {(None, True)}


def test_an_unknown_key_is_intact_and_not_trusted(run: Path) -> None:
    assert verify(run / "report.csv", Trust()).not_trusted == "unknown"


def test_a_renamed_file_is_still_the_sealed_one(run: Path) -> None:
    (run / "report.csv").rename(run / "审计.csv")
    assert verify(run / "审计.csv", trust(key())).name == "report.csv"


def test_the_same_run_gives_the_same_seal(tmp_path: Path) -> None:
    one, two = (seal_run(write_run(tmp_path / name), key()).read_bytes() for name in "12")
    assert one == two


def test_a_pdf_carries_its_seal_by_itself(run: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.pdf"
    shutil.copy(run / "report.pdf", alone)
    assert verify(alone, trust(key())).not_trusted is None


@pytest.mark.parametrize("kind", ["table", "stream", "report"])
def test_a_sealed_pdf_opens_whole_and_shows_the_attachment(kind: str, tmp_path: Path) -> None:
    document = paper(stream=kind == "stream") if kind != "report" else render_pdf(small_result(), lang="zh", reader="leader")
    sealed = pdf.embedded(document, b"PK the seal")
    assert sealed is not None and pdf.taken_apart(sealed) == (document, b"PK the seal")
    opened = pypdfium2.PdfDocument(sealed)
    assert (len(opened), opened.count_attachments()) == (len(pypdfium2.PdfDocument(document)), 1)
    assert bytes(opened.get_attachment(0).get_data()) == b"PK the seal"
    assert b"/ID" in sealed[len(document) :]
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    done = subprocess.run(["qpdf", "--check", tmp_path / "sealed.pdf"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_statement_binds_the_run(kept: Path) -> None:
    statement = open_seal(kept / SEAL).statement
    result = strict_loads((kept / "result.json").read_bytes())
    assert (statement.run, statement.unit, statement.shelf) == (result["run"]["id"], UNIT, result["run"]["shelf"])
    assert (statement.rulebook, statement.time) == (result["run"]["rulebook"], TIME)
    assert set(statement.profiles) == {system["profile"]["id"] for system in result["systems"]}


def test_a_result_that_lost_a_verdict_is_not_sealed(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    edit(folder / "result.json", json_edit(lambda d: d["verdicts"].pop(5)))
    with pytest.raises(KeepError, match="seal-incomplete"):
        seal_run(folder, key())


def test_a_result_of_another_shelf_is_not_sealed(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    edit(folder / "result.json", json_edit(lambda d: d["run"].update(shelf="sha256:" + "0" * 64)))
    with pytest.raises(KeepError, match="seal-shelf-foreign"):
        seal_run(folder, key())


def test_a_report_of_another_run_is_not_sealed_along(tmp_path: Path) -> None:
    folder, other = write_run(tmp_path / "run"), write_run(tmp_path / "other", "20261125T061150Z-abcd")
    shutil.copy(other / "report.html", folder / "report.html")
    with pytest.raises(KeepError, match="seal-of-other-run"):
        seal_run(folder, key())


def test_a_damaged_shelf_is_not_sealed(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    edit(folder / "shelf.zip", lambda data: zipped(data, lambda _, held: held.replace(b"permitrootlogin no", b"permitrootlogin NO")))
    with pytest.raises(KeepError, match="shelf-broken"):
        seal_run(folder, key())


def test_a_key_of_another_unit_seals_no_result(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    stranger = PrivateKey(key().public, key().data, "330100-999")
    with pytest.raises(UseError, match="seal-other-unit"):
        bindings([folder / "result.json"], stranger.unit)


def test_a_single_report_is_sealed_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(b"a,b\n")
    data = make("report", {"report.csv": path}, bindings([path], UNIT), key(), TIME)
    path.with_name("report.csv.seal").write_bytes(data)
    assert verify(path, trust(key())).seal.statement.run is None


def test_pieces_of_many_rows_stay_few() -> None:
    found = pieces(b"\n".join(str(n).encode() for n in range(100_000)))
    assert len(found) <= 30_000
    assert compare(found, found) == []


@pytest.mark.parametrize(
    "flood", [b"\n", b'<row r="1">', b"1 0 obj ", b"PK\x03\x04", b"{", b"["], ids=["lines", "rows", "objects", "zip", "braces", "lists"]
)
def test_a_flood_of_starts_makes_few_pieces(flood: bytes) -> None:
    for head in (b"", b"%PDF-1.7\n", b"{"):
        assert len(pieces(head + flood * 300_000)) <= 30_001


def test_a_file_that_grew_out_of_proportion_is_not_taken_apart(run: Path) -> None:
    path = edit(run / "report.csv", lambda data: data + b"\n" * 3_000_000)
    with pytest.raises(Changed, match="seal-changed") as raised:
        verify(path, trust(key()))
    assert raised.value.changes == []


def test_a_seal_unpacks_to_what_was_packed(kept: Path) -> None:
    data = (kept / SEAL).read_bytes()
    seal = unpack(data, SEAL)
    assert pack(seal.manifest, seal.signature, seal.key, seal.beside) == data
