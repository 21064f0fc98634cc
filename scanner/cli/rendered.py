"""Is a report what its result gives? Renderers are pure, so a report is rendered again and compared byte for byte before it is sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from scanner.cli.output import EXTENSIONS, READERS, known_formats, read_result, render
from scanner.errors import KeepError, UseError
from scanner.ledger import pdf
from scanner.ledger.seal import RESULT

PREFIX = "report."
LANGUAGES = ("zh", "en")


def check_rendered(files: Sequence[Path], markings: Sequence[str]) -> None:
    """Every report beside a result is that result's, in one language and with no mark or one of these. Raises KeepError, UseError."""
    by_name = {path.name: path for path in files}
    reports = [path for name, path in by_name.items() if name.startswith(PREFIX)]
    if RESULT not in by_name or not reports:
        return
    result = read_result(by_name[RESULT])
    for path in reports:
        if not _is_rendered(path, result, [None, *markings]):
            raise KeepError("seal-not-rendered", file=path, result=by_name[RESULT])


def _is_rendered(path: Path, result: Mapping[str, Any], markings: Sequence[str | None]) -> bool:
    reader, name = _told(path.name)
    if name not in known_formats():
        return False
    data = _without_seal(path)
    return any(again == data for again in _again(name, result, reader, markings))


def _again(name: str, result: Mapping[str, Any], reader: str, markings: Sequence[str | None]) -> Iterator[bytes]:
    for marking, lang in product(markings, LANGUAGES):
        yield render(name, result, lang, reader, marking)


def _told(name: str) -> tuple[str, str]:
    """Reader and format that a file's name tells."""
    rest = name.removeprefix(PREFIX)
    head, _, tail = rest.partition(".")
    reader, ending = (head, tail) if head in READERS and tail else ("liaison", rest)
    return reader, next((form for form, known in EXTENSIONS.items() if known == ending), ending)


def _without_seal(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    return pdf.taken_apart(data)[0] if path.suffix.lower() == ".pdf" else data
