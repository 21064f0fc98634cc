"""Open report.xlsx in LibreOffice and compare what it shows, cell by cell: ``python -m bench.office [RESULT.json]`` (Debian: libreoffice-calc).

Without a result a made-up one is used in which every text is an attack. Every sheet is exported as comma-separated text by LibreOffice, with formulas
computed, and compared with what openpyxl reads; a file that had to be repaired, or a text that was taken for a formula, would differ.
"""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

EXPORT = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
"""Comma, double quote, UTF-8, all sheets, cells as they are shown."""


def same(value: Any, text: str) -> bool:
    """A number may be shown with fewer digits; a text may not differ at all."""
    if isinstance(value, float):
        return math.isclose(value, float(text), rel_tol=1e-4)
    return ("" if value is None else str(value)) == text


def compare(data: bytes, folder: Path) -> dict[str, object]:
    import openpyxl

    file = folder / "report.xlsx"
    file.write_bytes(data)
    home = f"-env:UserInstallation=file://{folder}/home"
    start = time.perf_counter()
    argv = ["soffice", "--headless", "--norestore", home, "--convert-to", EXPORT, "--outdir", str(folder / "out"), str(file)]
    subprocess.run(argv, check=True, capture_output=True, timeout=900)
    seconds = time.perf_counter() - start
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    cells = different = 0
    for name in book.sheetnames:
        with (folder / "out" / f"report-{name}.csv").open(encoding="utf-8", newline="") as shown:
            theirs = list(csv.reader(shown))
        for mine, other in zip(book[name].iter_rows(values_only=True), theirs, strict=True):
            other += [""] * (len(mine) - len(other))
            cells += len(mine)
            different += sum(not same(value, text) for value, text in zip(mine, other, strict=True))
    return {"sheets": len(book.sheetnames), "cells": cells, "different": different, "seconds": round(seconds, 1)}


def main(arguments: list[str]) -> int:
    from reports.xlsx import render
    from scanner.cli.output import read_result
    from tests.reports.hostile import hostile

    result = read_result(Path(arguments[0])) if arguments else hostile()
    with tempfile.TemporaryDirectory() as folder:
        found = compare(render(result, reader="annex"), Path(folder))
    print(json.dumps(found))
    return 1 if found["different"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
