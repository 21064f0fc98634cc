"""No four characters of any title in anything that a run leaves: reports of every format and reader, result, shelf, notes, streams, temporary files."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.words import catalogue as words
from scanner.ledger.pack import unpack
from scanner.ledger.shelf import Shelf
from scanner.model.evidence import Answer
from tests.collect.holdings.files import make
from tests.holdings.catalogues import backups, places, write
from tests.holdings.formats import everything
from tests.holdings.test_catalogues import pieces

READERS = ("annex",)
"""The one that shows most; the others show parts of it."""


def formats() -> list[str]:
    """Every registered renderer."""
    from importlib.metadata import entry_points

    return sorted({point.name for point in entry_points(group="shiqu.reports")})


def texts_of(name: str, data: bytes) -> Iterator[str]:
    """Every text in a file: members of packages, text of pages, bytes in both encodings."""
    if data[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            for info in package.infolist():
                yield info.filename
                yield from texts_of(info.filename, package.read(info))
    elif data[:5] == b"%PDF-":
        yield subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True).stdout.decode("utf-8", "replace")
    yield data.decode("utf-8", "replace")
    yield data.decode("gb18030", "replace")
    text = data.decode("utf-8", "replace")
    if "\\u" in text:
        yield re.sub(r"\\u([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), text)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], list[str]]:
    """The output folder of a run over every format, all titles, and what was said on the streams."""
    root = tmp_path_factory.mktemp("titles")
    store, out, temporary, home = root / "data", root / "out", root / "temporary", root / "home"
    for folder in (store, temporary, home):
        folder.mkdir()
    made = everything(store / "files", 777)
    generated, titles = places(778)
    generated = [place for place in generated if place.path in ("mixed.db", "index.db", "opaque.db", "one/mixed_gbk.csv")]
    write(store / "bases", generated)
    backups(store / "backups", 779)
    book = root / "inventory.yaml"
    book.write_text(
        f"""
unit: {{code: "330100-001", name: 示例市档案馆}}
scope: {{allow: ["file:{store}/**", "sqlite:{store}/**"], authorised_by: tests, until: 2099-12-31}}
zones: {{lan: {{kind: lan, networks: [192.0.2.0/24]}}}}
systems:
  - {{id: dams, name: s, grade: 3, zone: lan, targets: [
      {{id: files, kind: catalogue, url: "file:{store}/files/"}}, {{id: bases, kind: catalogue, url: "file:{store}/bases/"}},
      {{id: one, kind: catalogue, url: "sqlite:///{store}/bases/mixed.db"}},
      {{id: bak, kind: catalogue, url: "file:{store}/backups/broken/", backup: {{of: bases}}}}]}}
""",
        "utf-8",
    )
    shiqu = str(Path(sys.executable).with_name("shiqu"))
    environment = {**os.environ, "TMPDIR": str(temporary), "HOME": str(home), "SHIQU_HOME": str(home / "shiqu-home")}
    said = []
    for argv in (
        ["scan", "-i", str(book), "-p", "all", "-o", str(out), "--format", "html,json"],
        *(
            ["report", str(out / "result.json"), "-f", ",".join(formats()), "--reader", reader, "-o", str(out / reader)]
            for reader in READERS
        ),
    ):
        run = subprocess.run([shiqu, *argv], capture_output=True, text=True, check=False, timeout=600, env=environment, cwd=root)
        assert run.returncode in (0, 1, 4), run.stderr
        said += [run.stdout, run.stderr]
    shutil.rmtree(store)
    return root, [*made.titles, *titles], said


def test_every_format_of_every_reader_was_written(left: tuple[Path, list[str], list[str]]) -> None:
    root, _, _ = left
    for reader in READERS:
        assert len(list((root / "out" / reader).iterdir())) >= len(formats())


def test_no_four_characters_of_any_title_are_left(left: tuple[Path, list[str], list[str]]) -> None:
    root, titles, said = left
    wanted = pieces(titles) - pieces([text for pair in words().values() for text in pair.values()])
    assert len(wanted) > 5000
    found: dict[str, set[str]] = {}
    texts = [("streams", text) for text in said]
    for path in sorted(root.rglob("*")):
        texts.append((str(path), path.name))
        if path.is_file():
            texts += [(str(path.relative_to(root)), text) for text in texts_of(path.name, path.read_bytes())]
    shelf = Shelf(root / "out/shelf.zip")
    answers = [unpack(shelf.object(key))[1] for _, _, key, _ in shelf.records()]
    texts += [("shelf", answer.text) for answer in answers if isinstance(answer, Answer)]
    assert sum("shiqu/holdings/1" in text for name, text in texts if name == "shelf") == 4
    shelf.close()
    for name, text in texts:
        here = {text[at : at + 4] for at in range(len(text) - 3)} & wanted
        if here:
            found.setdefault(name, set()).update(sorted(here)[:5])
    assert found == {}


def test_a_title_would_be_seen() -> None:
    title = "关于某地水利工程的报告"
    for data in (
        title.encode(),
        title.encode("gb18030"),
        ascii(title).encode(),
        make.packed({"in.zip": make.packed({"a": title})}),
        make.pdf([title]),
    ):
        assert any(title in text for text in texts_of("a", data))


def test_nothing_is_left_in_temporary_folders(left: tuple[Path, list[str], list[str]]) -> None:
    assert [path.name for path in (left[0] / "temporary").iterdir()] == []
