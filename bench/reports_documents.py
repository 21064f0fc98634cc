"""Seconds, memory and size of PDF and DOCX: ``python -m bench.reports_documents [HOSTS] [CHECKS] [READER]`` (default 1000 × 200 liaison).

Each format is rendered by a process of its own from the result file, as ``shiqu report`` does.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure(file: Path, name: str, reader: str) -> dict[str, float | str]:
    import msgspec

    render = importlib.import_module(f"reports.{name}").render
    result = msgspec.json.decode(file.read_bytes())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, cpu = time.perf_counter(), time.process_time()
    data = render(result, reader=reader)
    return {
        "format": name,
        "reader": reader,
        "verdicts": len(result["verdicts"]),
        "seconds": round(time.perf_counter() - start, 2),
        "cpu": round(time.process_time() - cpu, 2),
        "mb": round(len(data) / 1e6, 2),
        "rss_before_mb": round(before / 1024),
        "rss_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        print(json.dumps(measure(Path(arguments[1]), arguments[2], arguments[3])))
        return
    from bench.reports_html import write

    hosts, checks, reader = (arguments + ["1000", "200", "liaison"][len(arguments) :])[:3]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        write(file, int(hosts), int(checks))
        for name in ("pdf", "docx"):
            subprocess.run([sys.executable, "-m", "bench.reports_documents", "--measure", str(file), name, reader], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
