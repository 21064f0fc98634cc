"""A PDF carries its seal inside; what was appended, cut or put in its place is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scanner.errors import KeepError
from scanner.ledger import pdf
from scanner.ledger.statement import pack
from scanner.ledger.verify import open_seal, verify
from scanner.model.canonical import canonical
from tests.ledger.bundle import SEAL, key, paper, trust
from tests.ledger.spoil import Edit, edit


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"breach", b"breacH"),
        lambda data: data + b"\n1 0 obj\n<< /Type /Catalog /Pages 9 0 R >>\nendobj\n",
        lambda data: data.replace(b"/AF [", b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >> /AF ["),
        lambda data: data[:-20],
        lambda data: data.replace(b"(shiqu.seal)", b"(shiqu.sea1)"),
    ],
    ids=["text", "appended", "action-in-our-section", "truncated", "attachment-name"],
)
def test_a_changed_pdf_is_refused_alone_and_beside_its_seal(run: Path, tmp_path: Path, change: Edit) -> None:
    path = edit(run / "report.pdf", change)
    alone = tmp_path / "alone.pdf"
    shutil.copy(path, alone)
    for one in (path, alone):
        with pytest.raises(KeepError, match="seal-"):
            verify(one, trust(key()))


@pytest.mark.parametrize("folder", ["run", "elsewhere"])
def test_a_pdf_that_was_appended_to_under_a_new_name_is_called_changed(run: Path, tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "copy.pdf"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((run / "report.pdf").read_bytes() + b"\n% more\n")
    with pytest.raises(KeepError, match="seal-inside-broken"):
        verify(path, trust(key()))


def test_a_pdf_that_holds_the_seal_of_another_is_refused(run: Path, tmp_path: Path) -> None:
    inside = pdf.taken_apart((run / "report.pdf").read_bytes())[1]
    assert inside is not None
    other = pdf.embedded(paper("Yes"), inside)
    assert other is not None
    (tmp_path / "other.pdf").write_bytes(other)
    with pytest.raises(KeepError, match="seal-"):
        verify(tmp_path / "other.pdf", trust(key()))


def test_a_pdf_with_another_seal_inside_than_beside_is_refused(run: Path) -> None:
    seal = open_seal(run / SEAL)
    later = canonical(json.loads(seal.manifest) | {"time": "2026-11-26T00:00:00Z"})
    document = pdf.taken_apart((run / "report.pdf").read_bytes())[0]
    other = pdf.embedded(document, pack(later, key().sign(later), key().public, {}))
    assert other is not None
    (run / "report.pdf").write_bytes(other)
    with pytest.raises(KeepError, match="seal-inside-other"):
        verify(run / "report.pdf", trust(key()))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"%PDF-1.7\n",
        paper().replace(b"/Pages 2", b"/AF [] /Pages 2"),
        paper().replace(b"/Size 6", b"/Size 6 /Encrypt 9 0 R"),
        paper()[:-9],
    ],
    ids=["empty", "head", "attachments-already", "encrypted", "no-end"],
)
def test_a_pdf_without_a_safe_place_keeps_its_seal_outside(document: bytes) -> None:
    assert pdf.embedded(document, b"seal") is None
