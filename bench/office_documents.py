"""Open report.docx in LibreOffice and look at what it lays out: ``python -m bench.office_documents [RESULT.json]`` (Debian: libreoffice-writer).

Without a result a made-up one is used in which every text is an attack. For every reader the file is converted to PDF by LibreOffice; counted are its
pages, pages without the secrecy mark, titles that are missing or out of order, and empty pages. A leader's report must have one page.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MARK = "机密★10年"


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text)


def laid_out(data: bytes, folder: Path) -> list[str]:
    """The text of every page."""
    import pypdfium2

    file = folder / "report.docx"
    file.write_bytes(data)
    argv = [
        "soffice",
        f"-env:UserInstallation=file://{folder}/home",
        "--headless",
        "--norestore",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(file),
    ]
    subprocess.run(argv, check=True, capture_output=True, timeout=600)
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument((folder / "report.pdf").read_bytes())]


def look(result: dict[str, Any], reader: str) -> dict[str, Any]:
    """Render, lay out and count."""
    from reports.document.compose import compose
    from reports.document.model import Heading, tidy
    from reports.docx import write

    document = compose(result, "zh", reader, MARK)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        pages = laid_out(write(document), Path(folder))
        seconds = time.perf_counter() - start
    text, at, missing = _plain("".join(pages)), 0, 0
    for block in document.blocks:
        if isinstance(block, Heading):
            found = text.find(_plain(tidy(block.text)), at)
            missing += found < 0
            at = max(at, found)
    return {
        "reader": reader,
        "pages": len(pages),
        "seconds": round(seconds, 1),
        "unmarked": sum(MARK not in _plain(page) for page in pages),
        "empty": sum(len(_plain(page)) < 90 for page in pages),
        "titles_missing": missing,
    }


def main(arguments: list[str]) -> int:
    from tests.golden.make_result import small
    from tests.reports.test_html import _poison

    result = json.loads(Path(arguments[0]).read_bytes()) if arguments else _poison(small())
    rows = [look(result, reader) for reader in ("leader", "liaison", "annex")]
    for row in rows:
        print(json.dumps(row))
    return int(rows[0]["pages"] != 1 or any(row["unmarked"] or row["empty"] or row["titles_missing"] for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
