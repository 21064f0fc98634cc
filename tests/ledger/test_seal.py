"""What is sealed verifies; what was changed afterwards is found and named."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from reports.pdf import render as render_pdf
from scanner.errors import KeepError, UseError
from scanner.ledger import pdf, receipt
from scanner.ledger.keys import PrivateKey
from scanner.ledger.pieces import compare, pieces
from scanner.ledger.seal import bindings, make
from scanner.ledger.sealzip import read, write
from scanner.ledger.statement import KEY, MANIFEST, PARTS, RECEIPT, SIGNATURE, pack, unpack
from scanner.ledger.trust import Pin, Trust, add_pin, read_trust, why_not
from scanner.ledger.verify import Changed, files_of, open_seal, verify
from scanner.model.canonical import canonical, canonical_unchecked, strict_loads
from tests.ledger.bundle import SEAL, TIME, UNIT, key, letter, paper, seal_run, small_result, table, trust, write_run

Edit = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("kept") / "run")
    seal_run(folder, key())
    return folder


@pytest.fixture
def run(kept: Path, tmp_path: Path) -> Path:
    """A sealed run that the test may spoil."""
    return Path(shutil.copytree(kept, tmp_path / "run"))


def edit(path: Path, change: Edit) -> Path:
    before = path.read_bytes()
    path.write_bytes(change(before))
    assert path.read_bytes() != before
    return path


def zipped(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info, change(info.filename, old.read(info)), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def json_edit(change: Callable[[dict], None]) -> Edit:  # type: ignore[type-arg]
    def edited(data: bytes) -> bytes:
        loaded = json.loads(data)
        change(loaded)
        return canonical_unchecked(loaded)

    return edited


# --- good ones


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


# --- changed ones: what is said


@pytest.mark.parametrize(
    "name, change, place",
    [
        ("report.csv", lambda data: data.replace(b"8.1.4.17,\xe7\xac\xa6", b"8.1.4.17,\xe4\xb8\x8d\xe7\xac\xa6"), ("changed", "line||18")),
        ("report.csv", lambda data: b"\n".join(line for line in data.split(b"\n") if b"8.1.4.9," not in line), ("missing", "line||10")),
        ("report.csv", lambda data: data.replace(b"L3-8.1.4.1,", b"L3-8.1.4.X,"), ("changed", "line||2")),
        ("report.xlsx", lambda _: table(cell="部分符合"), ("changed", "member|xl/sharedStrings.xml|")),
        ("report.xlsx", lambda data: zipped(data, lambda _, held: held.replace(b'<c r="B18"><v>17', b'<c r="B18"><v>71')), ("changed", "row|xl/worksheets/sheet1.xml|18")),
        ("report.docx", lambda _: letter("符合"), ("changed", "member|word/document.xml|")),
        ("report.pdf", lambda _: paper("NO"), ("changed", "object||4")),
        ("result.json", json_edit(lambda d: d["systems"][0]["findings"].pop(3)), ("missing", "entry|/systems/dams/findings/L3-8.1.1.3-a|")),
        ("result.json", json_edit(lambda d: d["verdicts"][7].update(status="not-applicable")), ("changed", "entry|/verdicts/")),
        ("result.json", json_edit(lambda d: d.update(gate="pass")), ("changed", "entry|/gate|")),
        ("result.json", json_edit(lambda d: d["verdicts"].reverse()), ("moved", "entry|/verdicts/")),
    ],
    ids=["cell-csv", "row-dropped-csv", "number-csv", "cell-xlsx", "number-xlsx", "word-docx", "word-pdf", "finding-dropped", "verdict", "gate", "reordered"],
)  # fmt: skip
def test_what_was_changed_is_named(run: Path, name: str, change: Edit, place: tuple[str, str]) -> None:
    path = edit(run / name, change)
    with pytest.raises(Changed, match="seal-changed") as raised:
        verify(path, trust(key()))
    assert raised.value.fields["file"] == str(path)
    how, label = raised.value.changes[0]
    assert (how, label.startswith(place[1])) == (place[0], True), raised.value.changes[:3]
    assert len(raised.value.changes) <= (1 if place[0] != "moved" else 300)


def test_an_edited_line_of_html_is_named(run: Path) -> None:
    path = edit(run / "report.html", lambda data: data.replace("示例市档案馆".encode(), "别的市档案馆".encode(), 1))
    with pytest.raises(Changed, match="seal-changed") as raised:
        verify(path, trust(key()))
    assert [how for how, _ in raised.value.changes] == ["changed"]


def test_swapped_reports_are_named(run: Path) -> None:
    one, two = run / "report.html", run / "report.annex.html"
    held = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(held)
    for path, other in ((one, two), (two, one)):
        with pytest.raises(KeepError, match="seal-swapped") as raised:
            verify(path, trust(key()))
        assert raised.value.fields["other"] == other.name


def test_the_seal_of_another_run_is_named(run: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "other", "20261125T061150Z-abcd", b"permitrootlogin yes\n")
    seal_run(other, key())
    shutil.copy(other / SEAL, run / SEAL)
    with pytest.raises(KeepError, match="seal-of-other-run") as raised:
        verify(run / "result.json", trust(key()))
    assert raised.value.fields["sealed"] == "20261125T061150Z-abcd"


def test_a_file_of_another_run_beside_its_own_seal_is_found(run: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "other", "20261125T061150Z-abcd", b"permitrootlogin yes\n")
    shutil.copy(other / "report.csv", run / "report.csv")
    with pytest.raises(KeepError, match="seal-of-other-run"):
        verify(run / "report.csv", trust(key()))


@pytest.mark.parametrize("name", ["report.csv", "report.html", "report.xlsx", "report.docx", "result.json", "shelf.zip"])
def test_a_truncated_file_is_named(run: Path, name: str) -> None:
    path = edit(run / name, lambda data: data[: len(data) * 2 // 3])
    with pytest.raises(KeepError, match="seal-truncated"):
        verify(path, trust(key()))


def test_a_missing_file_of_a_folder_is_named(run: Path) -> None:
    (run / "report.docx").unlink()
    with pytest.raises(KeepError, match="seal-file-missing") as raised:
        files_of(run)
    assert raised.value.fields["missing"] == "report.docx"


def test_a_file_that_nobody_sealed_is_named(run: Path) -> None:
    (run / "report.leader.html").write_text("all is well")
    with pytest.raises(KeepError, match="seal-unsealed"):
        files_of(run)
    with pytest.raises(KeepError, match="seal-missing"):
        verify(run / "report.leader.html", trust(key()))


def test_a_folder_without_a_seal_is_broken(run: Path) -> None:
    (run / SEAL).unlink()
    with pytest.raises(KeepError, match="seal-missing"):
        files_of(run)
    with pytest.raises(KeepError, match="seal-missing"):
        verify(run / "report.csv", trust(key()))


def test_seals_of_two_runs_in_one_folder_are_refused(run: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "other", "20261125T061150Z-abcd", b"permitrootlogin yes\n")
    seal_run(other, key())
    shutil.copy(other / SEAL, run / "other.seal")
    with pytest.raises(KeepError, match="seal-mixed-runs"):
        files_of(run)


def seal_alone(path: Path, by: PrivateKey) -> None:
    data = make("report", {path.name: path}, bindings([path], UNIT), by, TIME)
    path.with_name(path.name + ".seal").write_bytes(data)


@pytest.mark.parametrize("name", ["report.docx", "report.pdf"])
def test_a_report_of_another_run_with_its_own_good_seal_is_found(run: Path, name: str) -> None:
    (run / name).write_bytes(letter("符合") if name.endswith("docx") else paper("Yes"))
    seal_alone(run / name, key())
    with pytest.raises(KeepError, match="seal-swapped-seal"):
        files_of(run)
    with pytest.raises(KeepError, match="seal-"):
        verify(run / name, trust(key()))


def test_the_seal_of_the_run_counts_though_the_file_has_its_own(run: Path) -> None:
    (run / "report.docx").write_bytes(letter("符合"))
    seal_alone(run / "report.docx", key())
    with pytest.raises(KeepError, match="seal-swapped-seal") as raised:
        verify(run / "report.docx", trust(key()))
    assert raised.value.fields["seal"] == SEAL


def test_a_second_seal_that_agrees_is_no_harm(run: Path) -> None:
    seal_alone(run / "report.docx", key())
    assert {verify(path, trust(key())).not_trusted for path in files_of(run)} == {None}


def test_a_report_that_binds_no_run_is_not_of_the_folders_run(run: Path) -> None:
    (run / "report.leader.docx").write_bytes(letter("符合"))
    seal_alone(run / "report.leader.docx", key())
    with pytest.raises(KeepError, match="seal-not-of-run") as raised:
        files_of(run)
    assert raised.value.fields["file"] == str(run / "report.leader.docx")


# --- the seal itself


def resealed(path: Path, **members: bytes | None) -> None:
    """The seal with other members; None takes one out."""
    held = read(path.read_bytes())
    for name, data in members.items():
        wanted = {"manifest": MANIFEST, "key": KEY, "parts": PARTS, "ed25519": SIGNATURE["ed25519"], "sm2": SIGNATURE["sm2"]}[name]
        held.pop(wanted) if data is None else held.update({wanted: data})
    path.write_bytes(write(held))


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


# --- PDF


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


# --- trust


@pytest.mark.parametrize(
    "pin, proven, reason",
    [
        ({}, None, None),
        ({"unit": None}, None, None),
        ({"unit": "330100-002"}, None, "other-unit"),
        ({"since": "2026-11-26"}, None, "too-early"),
        ({"until": "2026-11-24"}, None, "too-late"),
        ({"since": "2026-11-25", "until": "2026-11-25"}, None, None),
        ({"revoked": "2026-12-01"}, None, "revoked"),
        ({"revoked": "2026-12-01"}, "2026-11-30T00:00:00Z", None),
        ({"revoked": "2026-12-01"}, "2026-12-01T00:00:00Z", "revoked"),
        ({"until": "2026-11-30"}, "2026-12-01T00:00:00Z", "too-late"),
    ],
)
def test_a_pin_reaches_as_far_as_it_says(pin: dict[str, str | None], proven: str | None, reason: str | None) -> None:
    held = Pin(**({"role": "unit", "key": key().public.pem.decode(), "unit": UNIT} | pin))  # type: ignore[arg-type]
    assert why_not([held], UNIT, TIME, proven) == reason


def test_a_revocation_holds_against_every_pin_of_the_key() -> None:
    pins = [Pin("unit", "k", None), Pin("unit", "k", UNIT, revoked="2026-01-01")]
    assert why_not(pins, UNIT, TIME, None) == "revoked"


def test_a_hub_key_seals_nothing_for_a_unit(run: Path) -> None:
    held = Trust((Pin("hub", key().public.pem.decode()),))
    assert verify(run / "report.csv", held).not_trusted == "unknown"


def test_pins_come_back_from_their_folder(tmp_path: Path) -> None:
    pins = {Pin("unit", key().public.pem.decode(), UNIT, "2026-01-01"), Pin("hub", key("sm2").public.pem.decode())}
    for pin in pins:
        add_pin(tmp_path, pin)
    assert set(read_trust(tmp_path).pins) == pins


@pytest.mark.parametrize("unit", [UNIT, None, "330100-002"])
@pytest.mark.parametrize("later", [None, "2026-12-01"])
def test_a_revocation_is_not_lifted_in_passing(tmp_path: Path, unit: str | None, later: str | None) -> None:
    old = Pin("unit", key().public.pem.decode(), UNIT, revoked="2026-06-01")
    add_pin(tmp_path, old)
    new = Pin("unit", old.key, unit, revoked=later)
    with pytest.raises(UseError, match="trust-revoked"):
        add_pin(tmp_path, new)
    assert read_trust(tmp_path).pins == (old,)
    add_pin(tmp_path, new, lift=True)
    assert read_trust(tmp_path).pins == (new,)


def test_a_revocation_is_brought_forward_and_another_key_is_free(tmp_path: Path) -> None:
    add_pin(tmp_path, Pin("unit", key().public.pem.decode(), UNIT, revoked="2026-06-01"))
    earlier = Pin("unit", key().public.pem.decode(), UNIT, revoked="2026-05-01")
    other = Pin("unit", key("sm2").public.pem.decode(), UNIT)
    add_pin(tmp_path, earlier)
    add_pin(tmp_path, other)
    assert set(read_trust(tmp_path).pins) == {earlier, other}


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"schema":"shiqu/trust/1","role":"unit","key":"x"}', '{"schema":"shiqu/trust/1","role":"root","key":""}']
)
def test_a_broken_pin_is_never_skipped(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UseError, match="trust-unreadable"):
        read_trust(tmp_path)


# --- sealing refuses


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


# --- receipts


def with_receipt(path: Path, members: dict[str, bytes]) -> None:
    seal = open_seal(path)
    path.write_bytes(pack(seal.manifest, seal.signature, seal.key, {**seal.beside, **members}))


def test_a_receipt_of_a_trusted_hub_proves_the_time(run: Path) -> None:
    hub = key("sm2", 9)
    with_receipt(run / SEAL, receipt.make(open_seal(run / SEAL), hub, "2026-11-25T09:00:00Z"))
    held = Trust((*trust(key()).pins, Pin("hub", hub.public.pem.decode())))
    found = verify(run / "report.csv", held)
    assert (found.proven, found.proven_by) == ("2026-11-25T09:00:00Z", hub.public.fingerprint)
    assert verify(run / "report.csv", trust(key())).proven is None


def test_a_receipt_of_another_seal_is_refused(run: Path, tmp_path: Path) -> None:
    other = seal_run(write_run(tmp_path / "other", "20261125T061150Z-abcd"), key())
    with_receipt(run / SEAL, receipt.make(open_seal(other), key("sm2", 9), "2026-11-25T09:00:00Z"))
    with pytest.raises(KeepError, match="seal-proof"):
        verify(run / "report.csv", trust(key()))


def test_a_receipt_with_another_time_is_refused(run: Path) -> None:
    members = receipt.make(open_seal(run / SEAL), key("sm2", 9), "2026-11-25T09:00:00Z")
    members[RECEIPT[0]] = members[RECEIPT[0]].replace(b"2026-11-25", b"2025-11-25")
    with_receipt(run / SEAL, members)
    with pytest.raises(KeepError, match="seal-proof"):
        verify(run / "report.csv", trust(key()))


# --- small parts


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
