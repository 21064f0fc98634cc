"""What was changed after sealing is found, and where is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scanner.errors import KeepError
from scanner.ledger.verify import Changed, verify
from tests.ledger.bundle import SEAL, key, letter, paper, seal_run, table, trust, write_run
from tests.ledger.spoil import Edit, edit, json_edit, zipped


@pytest.mark.parametrize(
    "name, change, place",
    [
        ("report.csv", lambda data: data.replace(b"8.1.4.17,\xe7\xac\xa6", b"8.1.4.17,\xe4\xb8\x8d\xe7\xac\xa6"), ("changed", "line||18")),
        ("report.csv", lambda data: b"\n".join(line for line in data.split(b"\n") if b"8.1.4.9," not in line), ("missing", "line||10")),
        ("report.csv", lambda data: data.replace(b"L3-8.1.4.1,", b"L3-8.1.4.X,"), ("changed", "line||2")),
        ("report.xlsx", lambda _: table(cell="部分符合"), ("changed", "cell|发现|C18")),
        ("report.xlsx", lambda data: zipped(data, lambda _, held: held.replace(b'<c r="B18"><v>17', b'<c r="B18"><v>71')), ("changed", "cell|发现|B18")),
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
