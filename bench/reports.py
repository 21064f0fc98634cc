"""Seconds and memory of every report format for a large run, beside ``oscap xccdf generate report``.

``python -m bench.reports [HOSTS] [CHECKS] [FORMAT[:READER]…]`` (default 1000 × 200, all, the liaison's). The result is written as canonical JSON by one process; every
format is rendered from that file by a process of its own, as ``shiqu report`` does, so that the memory measured is that of a renderer.
oscap (Debian: openscap-scanner), when it is installed, renders a made-up XCCDF result of as many rules as there are checks, one host:
its report cannot hold more hosts than one. Compared are seconds per finding.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FORMATS = ("html", "docx", "pdf", "xlsx", "csv", "json", "oscal", "sarif", "junit", "hdf")
XCCDF = "http://checklists.nist.gov/xccdf/1.2"


def write(file: Path, hosts: int, checks: int) -> None:
    from reports.json_file import render
    from tests.golden.make_large import large

    file.write_bytes(render(large(hosts, checks)))


def measure(file: Path, name: str) -> dict[str, object]:
    from importlib.metadata import entry_points

    from scanner.cli.output import read_result

    form, _, reader = name.partition(":")
    renderer = next(point for point in entry_points(group="shiqu.reports") if point.name == form).load()
    start = time.perf_counter()
    result = read_result(file)
    decoded, before, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    data = renderer(result) if form == "json" else renderer(result, lang="zh", reader=reader or "liaison")
    done = time.perf_counter()
    return {
        "format": name,
        "verdicts": len(result["verdicts"]),
        "decode_s": round(decoded - start, 2),
        "render_s": round(done - decoded, 2),
        "render_cpu_s": round(time.process_time() - cpu, 2),
        "file_mb": round(len(data) / 1e6, 1),
        "rss_decoded_mb": round(before / 1024),
        "rss_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "us_per_finding": round(1e6 * (done - start) / len(result["verdicts"]), 1),
    }


def xccdf(rules: int) -> str:
    """A benchmark and one test result of it: seven rules of ten pass."""
    outcomes = ("pass",) * 7 + ("fail", "error", "notapplicable")
    named = [f"xccdf_org.example_rule_check-{n:04d}" for n in range(rules)]
    body = "".join(
        f'<Rule id="{name}" severity="medium" selected="true"><title>check {n}</title><description>What is looked at in check {n}.</description>'
        f"<rationale>Why it matters.</rationale><fixtext>How it is mended.</fixtext></Rule>"
        for n, name in enumerate(named)
    )
    results = "".join(
        f'<rule-result idref="{name}" severity="medium" time="2026-11-24T06:14:02"><result>{outcomes[n % 10]}</result></rule-result>'
        for n, name in enumerate(named)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Benchmark xmlns="{XCCDF}" id="xccdf_org.example_benchmark_bench" resolved="1" xml:lang="en-US">'
        '<status date="2026-11-24">draft</status><title>bench</title><description>bench</description><version>1</version>'
        f'<Group id="xccdf_org.example_group_all"><title>all</title>{body}</Group>'
        '<TestResult id="xccdf_org.example_testresult_bench" start-time="2026-11-24T06:11:50" end-time="2026-11-24T06:14:02" version="1">'
        '<benchmark href="#bench"/><title>bench</title><target>host-0000</target><target-address>192.0.2.1</target-address>'
        f'{results}<score system="urn:xccdf:scoring:default" maximum="100">70</score></TestResult></Benchmark>'
    )


def peer(folder: Path, rules: int) -> dict[str, object] | None:
    if shutil.which("oscap") is None:
        return None
    source, target = folder / "xccdf.xml", folder / "oscap.html"
    source.write_text(xccdf(rules), "utf-8")
    start = time.perf_counter()
    subprocess.run(["oscap", "xccdf", "generate", "report", "--output", str(target), str(source)], check=True, capture_output=True)
    wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "format": "oscap html",
        "verdicts": rules,
        "render_s": round(wall, 2),
        "file_mb": round(target.stat().st_size / 1e6, 1),
        "rss_peak_mb_of_all_children": round(used.ru_maxrss / 1024),
        "us_per_finding": round(1e6 * wall / rules, 1),
    }


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--write"]:
        write(Path(arguments[1]), int(arguments[2]), int(arguments[3]))
        return
    if arguments[:1] == ["--measure"]:
        print(json.dumps(measure(Path(arguments[1]), arguments[2])))
        return
    hosts, checks = (arguments[:2] + ["1000", "200"][len(arguments[:2]) :])[:2]
    with tempfile.TemporaryDirectory() as folder:
        beside = peer(Path(folder), int(checks))
        if beside is not None:
            print(json.dumps(beside))
        file = str(Path(folder) / "result.json")
        subprocess.run([sys.executable, "-m", "bench.reports", "--write", file, hosts, checks], check=True)
        for name in arguments[2:] or FORMATS:
            subprocess.run([sys.executable, "-m", "bench.reports", "--measure", file, name], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
