"""Seconds and memory of rendering report.html: ``python -m bench.reports_html [HOSTS] [CHECKS]`` (default 1000 × 200).

The result is written as canonical JSON by one process and rendered from that file by another, as ``shiqu report`` does,
so that the memory measured is that of a renderer.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def write(file: Path, hosts: int, checks: int) -> None:
    from reports.json_file import render
    from tests.golden.make_large import large

    file.write_bytes(render(large(hosts, checks)))


def measure(file: Path) -> dict[str, float]:
    import msgspec

    from reports.html import render

    start = time.perf_counter()
    result = msgspec.json.decode(file.read_bytes())
    decoded = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu = time.process_time()
    page = render(result)
    done = time.perf_counter()
    return {
        "verdicts": len(result["verdicts"]),
        "json_mb": round(file.stat().st_size / 1e6, 1),
        "decode_s": round(decoded - start, 2),
        "render_s": round(done - decoded, 2),
        "render_cpu_s": round(time.process_time() - cpu, 2),
        "page_mb": round(len(page) / 1e6, 1),
        "static_mb": round(len(page.split(b'id="data"')[0]) / 1e6, 2),
        "rss_before_mb": round(before / 1024),
        "rss_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--write"]:
        write(Path(arguments[1]), int(arguments[2]), int(arguments[3]))
    elif arguments[:1] == ["--measure"]:
        print(json.dumps(measure(Path(arguments[1]))))
    else:
        hosts, checks = (arguments + ["1000", "200"][len(arguments) :])[:2]
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "result.json")
            subprocess.run([sys.executable, "-m", "bench.reports_html", "--write", file, hosts, checks], check=True)
            subprocess.run([sys.executable, "-m", "bench.reports_html", "--measure", file], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
