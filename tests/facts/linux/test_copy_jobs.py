"""Destinations of scheduled copies: found by a shell and an awk on the target, and nothing else of a line comes back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scanner.facts.linux.copy_jobs import _ASK, CopyJobs
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer

LINES = {
    "0 2 * * * root rsync -a /data/ backup@198.51.100.7:/pool/ --password-file=/root/pw": {("rsync", "198.51.100.7")},
    "0 2 * * * root scp /data/a.db nas-2:/pool/": {("scp", "nas-2")},
    "0 2 * * * root rsync -a /data/ rsync://mirror.example/x": {("rsync", "mirror.example")},
    "0 2 * * * root rsync -a /data/ 192.0.2.30::module": {("rsync", "192.0.2.30")},
    "0 2 * * * root curl -u me:geheim -T /data/x https://bucket.oss-cn-hangzhou.aliyuncs.com/k": {
        ("curl", "bucket.oss-cn-hangzhou.aliyuncs.com")
    },
    "0 2 * * * root pg_dump -h 192.0.2.11 archive > /backup/x": {("pg_dump", "192.0.2.11")},
    "0 2 * * * root tar cf /backup/x /data": set(),
    "# rsync -a /data/ backup@198.51.100.9:/pool/": set(),
    "MAILTO=root@example.org": set(),
    "0 2 * * * root /usr/bin/echo 12:30 rsync": set(),
}


def asked(folder: Path, text: str, script: str = "") -> CopyJobs | Absent:
    cron = folder / "cron.d"
    cron.mkdir(exist_ok=True)
    (cron / "job").write_text(text + "\n", "utf-8")
    ask = (
        _ASK.replace("/etc/cron.d/*", f"{cron}/*")
        .replace("/etc/", "/nowhere/")
        .replace("/var/spool/", "/nowhere/")
        .replace("/root/", "/nowhere/")
    )
    if script:
        (folder / "copy.sh").write_text(script, "utf-8")
    run = subprocess.run(["sh", "-c", ask], capture_output=True, check=False)
    return CopyJobs.read(Answer(run.stdout, run.stderr, run.returncode))


@pytest.mark.parametrize("line", LINES)
def test_hosts_of_one_line(line: str, tmp_path: Path) -> None:
    found = asked(tmp_path, line)
    assert isinstance(found, CopyJobs)
    assert {(job.tool, job.host) for job in found.jobs} == LINES[line]


def test_nothing_but_the_host_comes_back(tmp_path: Path) -> None:
    found = asked(tmp_path, "\n".join(LINES))
    assert isinstance(found, CopyJobs)
    assert not any(word in str(found) for word in ("geheim", "password-file", "pool", "backup@"))


def test_a_script_that_a_job_calls_is_looked_into(tmp_path: Path) -> None:
    found = asked(tmp_path, f"0 2 * * * root {tmp_path}/copy.sh", "#!/bin/sh\nrsync -a /data/ x@198.51.100.8:/y\n")
    assert isinstance(found, CopyJobs)
    assert [(job.host, job.where) for job in found.jobs] == [("198.51.100.8", f"{tmp_path}/copy.sh")]


def test_a_cut_answer_is_absent() -> None:
    found = CopyJobs.read(Answer(b"== places\n|rsync 198.51.100.7 /etc/crontab\n", b"", 0))
    assert isinstance(found, Absent) and found.why is Why.COMMAND_FAILED
