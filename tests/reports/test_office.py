"""LibreOffice opens DOCX and XLSX as they are: every page and every cell is there, and nothing had to be repaired."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pypdfium2
import pytest

from bench.office import compare
from reports import docx, xlsx
from reports.document.compose import compose
from reports.document.model import Heading, tidy
from scanner.ledger.pieces import compare as compare_pieces
from scanner.ledger.pieces import pieces
from tests.golden.make_result import small
from tests.reports.hostile import hostile
from tests.reports.test_html import _poison

pytestmark = pytest.mark.lab
MARK = "机密★10年"


def convert(folder: Path, *files: Path, to: str = "pdf") -> None:
    """One start of the office program for all files."""
    home = f"-env:UserInstallation=file://{folder}/home"
    argv = ["soffice", "--headless", "--norestore", home, "--convert-to", to, "--outdir", str(folder / "out"), *map(str, files)]
    subprocess.run(argv, check=True, capture_output=True, timeout=300)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Texts of the pages that the office program lays out, by reader; ``broken`` is a file that lost its end."""
    folder = tmp_path_factory.mktemp("office")
    made = {reader: docx.render(_poison(small()), reader=reader, marking=MARK) for reader in ("leader", "liaison")}
    made["broken"] = made["leader"][: len(made["leader"]) // 2]
    for name, data in made.items():
        (folder / f"{name}.docx").write_bytes(data)
    convert(folder, *(folder / f"{name}.docx" for name in made))
    return {
        file.stem: [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(file.read_bytes())]
        for file in (folder / "out").glob("*.pdf")
    }


def test_a_broken_file_is_refused_so_that_these_tests_can_fail(pages: dict[str, list[str]]) -> None:
    assert set(pages) == {"leader", "liaison"}


def test_a_leader_has_one_page_in_the_office_program(pages: dict[str, list[str]]) -> None:
    assert len(pages["leader"]) == 1


def test_the_contents_name_the_pages_on_which_the_titles_stand(pages: dict[str, list[str]]) -> None:
    texts = pages["liaison"]
    listed = {title.strip(): int(page) for title, page in re.findall(r"^(.{2,60}?)[ .…]*(\d+)\r?$", "\n".join(texts[3:8]), re.MULTILINE)}
    for title in ("1 概述", "4 验证测试与问题汇总", "8 整改建议", "附录 N 与两版模板的对照"):
        on = [number for number, text in enumerate(texts, 1) if re.search(rf"^{title}\r?$", text, re.MULTILINE)]
        assert listed.get(title) == on[-1], (title, listed)


def test_every_title_stands_in_its_order_and_no_page_is_empty_or_unmarked(pages: dict[str, list[str]]) -> None:
    texts = [squeezed(text) for text in pages["liaison"]]
    assert len(texts) > 10
    assert all(text.count(MARK) >= 2 and len(text) > 90 for text in texts)
    whole, at = "".join(texts), 0
    for block in compose(_poison(small()), "zh", "liaison", MARK).blocks:
        if isinstance(block, Heading):
            found = whole.find(squeezed(tidy(block.text)), at)
            assert found >= at, block.text
            at = found


def test_every_cell_of_the_workbook_shows_what_was_written(tmp_path: Path) -> None:
    found = compare(xlsx.render(hostile(), reader="annex"), tmp_path)
    assert found["different"] == 0
    assert int(str(found["cells"])) > 1000


def test_a_workbook_that_the_office_program_only_saved_again_shows_no_changed_cell(tmp_path: Path) -> None:
    file = tmp_path / "report.xlsx"
    file.write_bytes(xlsx.render(small(), reader="liaison"))
    convert(tmp_path, file, to="xlsx")
    found = compare_pieces(pieces(file.read_bytes()), pieces((tmp_path / "out" / "report.xlsx").read_bytes()))
    assert found and all(label.startswith("member|") for _, label in found)
