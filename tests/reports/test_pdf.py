"""report.pdf: the same bytes anywhere, its mark and number on every page, fonts inside, and nothing in it acts."""

import copy
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from reports.document.model import Column, Document, Figure, Heading, Para, Table, tidy
from reports.document.typeset import covered
from reports.pdf import render, write
from tests.golden.make_result import HOSTILE, small
from tests.reports.test_html import _poison

FONTS = Path(__file__).parents[2] / "reports" / "fonts"
MARKUP = '#import "/etc/passwd": * #sys.inputs.data $x^2$ *bold* _it_ @ref <label> `raw` \\ #{1+1} // comment /* = heading [[link]] https://192.0.2.66/'


def document(*blocks: Any, marking: str | None = None, dense: bool = False) -> Document:
    words = {"page": "第 {page} 页 / 共 {pages} 页", "contents-update": "", "blank": ""}
    return Document("题", "zh", "s", "页眉", "R1", marking, "2026-11-24T06:14:02Z", blocks, words, dense)


def pages(data: bytes) -> list[str]:
    file = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_range() for page in file]


def facts(data: bytes, tmp_path: Path, tool: str, *options: str) -> str:
    file = tmp_path / "report.pdf"
    file.write_bytes(data)
    return subprocess.run([tool, *options, str(file)], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def liaison() -> bytes:
    return render(small(), marking="机密★10年")


def test_same_bytes_in_another_process_under_another_clock_and_home(liaison: bytes, tmp_path: Path) -> None:
    code = "import sys; from reports.pdf import render; from tests.golden.make_result import small; sys.stdout.buffer.write(render(small(), marking='机密★10年'))"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TZ": "Asia/Shanghai",
        "SOURCE_DATE_EPOCH": "1",
        "TYPST_FONT_PATHS": "/usr/share/fonts",
        "LC_ALL": "C",
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], env=environment, capture_output=True, check=True)
    assert done.stdout == liaison


def test_mark_and_number_stand_on_every_page(liaison: bytes) -> None:
    texts = pages(liaison)
    assert len(texts) > 10
    for number, text in enumerate(texts, 1):
        assert text.count("机密★10年") >= 2
        assert re.search(f"第 *{number} *页 */ *共 *{len(texts)} *页", text)


def test_an_undecided_mark_stands_on_every_page() -> None:
    assert all(text.count("密级待定") >= 2 for text in pages(render(small(), reader="leader")))


def test_it_is_tagged_outlined_dated_and_without_scripts(liaison: bytes, tmp_path: Path) -> None:
    said = facts(liaison, tmp_path, "pdfinfo")
    assert re.search("Tagged: +yes", said) and re.search("JavaScript: +no", said) and "示例市档案馆 网络安全合规自查报告" in said
    assert re.search("CreationDate: .*Nov 24 .* 2026", said)
    outline = [entry.get_title() for entry in pypdfium2.PdfDocument(liaison).get_toc()]
    assert "8 整改建议" in outline and "附录 N 与两版模板的对照" in outline


def test_it_declares_the_forms_for_archives_and_for_readers_who_cannot_see(liaison: bytes) -> None:
    assert b"<pdfaid:part>3<" in liaison and b"<pdfaid:conformance>A<" in liaison and b"<pdfuaid:part>1<" in liaison


def test_all_fonts_are_inside_and_are_the_packaged_ones(liaison: bytes, tmp_path: Path) -> None:
    rows = [line.split() for line in facts(liaison, tmp_path, "pdffonts").splitlines()[2:]]
    assert {row[0].split("+")[1] for row in rows} == {"ShiquSansSC-Bold-Identity-H", "ShiquSerifSC-Regular-Identity-H", "DejaVuSansMono"}
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in rows)


def test_the_contents_name_the_pages(liaison: bytes) -> None:
    texts = pages(liaison)
    contents = "".join(text for text in texts if "目录" in text[:60] or ". . . ." in text)
    wanted = next(number for number, text in enumerate(texts, 1) if re.search(r"^8 整改建议\r?$", text, re.MULTILINE))
    assert re.search(rf"8 整改建议[ .]+{wanted}\b", contents)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_leader_gets_one_page(lang: str) -> None:
    result = small()
    assert len(pages(render(result, lang=lang, reader="leader"))) == 1
    first = result["systems"][0]
    result["systems"] = [
        copy.deepcopy(first) | {"id": f"s{n}", "name": f"第 {n} 个数字档案馆系统的很长很长很长很长的名称" * 4} for n in range(30)
    ]
    result["run"]["unit"]["name"] = "某某省某某市某某县档案馆" * 20
    assert len(pages(render(result, lang=lang, reader="leader"))) == 1


def test_a_long_table_repeats_its_head() -> None:
    table = Table([Column("甲列头"), Column("乙")], [[f"行{n}", "x"] for n in range(200)], "表题")
    texts = pages(write(document(table)))
    assert len(texts) > 3 and all("甲列头" in text for text in texts)
    assert sum(text.count("行") for text in texts) == 200


@pytest.mark.parametrize("reader", ["leader", "liaison", "annex"])
def test_hostile_text_is_only_text(reader: str, tmp_path: Path) -> None:
    data = render(_poison(small()), reader=reader)
    said = "".join(pages(data))
    assert "{{7*7}}" in said and "\x1b" not in said and "\u202e" not in said
    assert facts(data, tmp_path, "pdfinfo", "-url").strip().splitlines()[1:] == []
    assert re.search("JavaScript: +no", facts(data, tmp_path, "pdfinfo"))


def test_markup_of_the_typesetter_is_only_text() -> None:
    blocks = [Heading(1, MARKUP, "1"), Para(MARKUP), Table([Column(MARKUP)], [[MARKUP]], MARKUP)]
    said = re.sub(r"[\r\n ]", "", "".join(pages(write(document(*blocks)))))
    assert said.count(MARKUP.replace(" ", "")) == 5


def test_no_text_leaves_the_page() -> None:
    rows = [["x" * 9000, "/a" * 900, "sha256:" + "f" * 64], ["甲" * 3000, "W" * 400, HOSTILE * 20]]
    file = pypdfium2.PdfDocument(write(document(Para("y" * 3000), Table([Column("一"), Column("二", 0.4), Column("三")], rows))))
    for page in file:
        width, height = page.get_size()
        text = page.get_textpage()
        for at in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(at)
            assert min(left, bottom) >= 0 and right <= width and top <= height


def test_a_digest_is_copied_without_a_break() -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    assert digest in pages(write(document(Para(digest))))[0]


def test_a_character_without_a_glyph_is_named() -> None:
    assert "〔U+2A6A5〕" in pages(write(document(Para("人名 \U0002a6a5 一二"))))[0]


def test_the_list_of_characters_is_that_of_the_fonts() -> None:
    known = set.intersection(*(set(TTFont(file).getBestCmap()) for file in FONTS.glob("*.otf")))
    assert covered() == {chr(code) for code in known} | {"\u200b"}
    assert covered() >= set("龘丂喆堃㛃鿍") - {"丂", "鿍", "龘"} | set("机密★绝秘①√≠【】")


def test_the_fonts_have_every_character_of_our_own_texts() -> None:
    root = Path(__file__).parents[2]
    files = [file for folder in ("reports", "checks", "profiles") for file in (root / folder).rglob("*.yaml")]
    assert len(files) > 100
    assert not set("".join(file.read_text("utf-8") for file in files)) - covered() - set("\n\t")


def test_a_picture_has_words_for_those_who_cannot_see_it(liaison: bytes) -> None:
    from reports.document.compose import compose

    captions = [tidy(block.caption) for block in compose(small(), "zh", "liaison", None).blocks if isinstance(block, Figure)]
    said = re.sub(r"[\r\n ]", "", "".join(pages(liaison)))
    assert captions and all(re.sub(" ", "", caption) in said for caption in captions)
