"""A count that is killed midway goes on table by table and file by file: the same counts, nothing read twice that was read whole."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from scanner.collect.gather import Hearing
from scanner.collect.holdings.files.apart import Apart
from scanner.collect.holdings.files.walk import Entry
from scanner.collect.holdings.scan import ask_holdings
from scanner.collect.login import Login
from scanner.facts.fact import spec_by_probe
from scanner.model.target import Target
from tests.labs.test_postgresql import BINARIES, GOOD_CONF, GOOD_HBA, PASSWORD, Cluster

pytestmark = pytest.mark.lab
ROOT = Path(__file__).parents[2]
TABLES = ("aj", "b1", "b2", "b3", "b4")
COUNT = """
import sys, time
from pathlib import Path
from types import MappingProxyType
from tests.labs.test_holdings_resume import counted
counted(sys.argv[1], Path(sys.argv[2]), sys.argv[3] or None)
"""


def counted(url: str, folder: Path | None, password: str | None) -> bytes:
    """The counts of one target without what clocks say."""
    login = Login(name="dbro", user="ro", password=password) if password else None
    target = Target(id="c", kind="catalogue", url=url, zone="lan")
    (evidence,) = ask_holdings(target, login, [spec_by_probe("holdings.stores").probe], Hearing(time.monotonic() + 300), None, folder)
    assert evidence.absent is None
    return re.sub(rb'"(?:seconds|limit|finished)":[^,}]+', b"", evidence.stdout)


def kill_midway(url: str, folder: Path, password: str, enough: Callable[[str], bool]) -> str:
    """Count in a process of its own and kill it as soon as the notes hold enough; returns the notes."""
    child = subprocess.Popen([sys.executable, "-c", COUNT, url, str(folder), password], cwd=ROOT)
    until = time.monotonic() + 120
    while child.poll() is None and time.monotonic() < until:
        text = "".join(path.read_text() for path in folder.glob("counting-*.jsonl"))
        if enough(text):
            break
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()
    (notes,) = folder.glob("counting-*.jsonl")
    assert child.returncode == -signal.SIGKILL, "it was over before it could be killed"
    assert notes.stat().st_mode & 0o077 == 0
    return notes.read_text()


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    if os.geteuid() != 0 or not BINARIES:
        pytest.skip("needs root and PostgreSQL")
    with Cluster("good", GOOD_CONF, GOOD_HBA, checksums=False) as cluster:
        cluster.psql("CREATE DATABASE held ENCODING 'UTF8' TEMPLATE template0")
        where = ("-h", str(cluster.folder), "-p", str(cluster.port), "-U", "postgres", "-d", "held")
        for name in TABLES:
            title = "ajtm" if name == "aj" else "tm"
            cluster.run("psql", "-X", *where, "-c", f"CREATE TABLE {name} (dh text PRIMARY KEY, {title} text, mj text, nd text)")
            level = "'公开'" if name == "aj" else "CASE WHEN n % 7 = 0 THEN '机密' ELSE '公开' END"
            number = "'1-01-' || n" if name == "aj" else f"'1-01-' || n % 4000 || '-{name}' || n"
            cluster.run("psql", "-X", *where, "-c", f"INSERT INTO {name} SELECT {number}, '关于某号事项的请示' || n, {level}, '1999' "
                        f"FROM generate_series(1, {4000 if name == 'aj' else 40000}) n; ANALYZE {name}")  # fmt: skip
        cluster.run("psql", "-X", *where, "-c", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ro")
        yield cluster


def passes(cluster: Cluster, since: int) -> list[str]:
    """Tables over which a cursor was opened for all that may be classified."""
    time.sleep(0.3)
    return re.findall(r'DECLARE shiqu_\d+ [^\n]*? FROM "public"\."(\w+)" WHERE \(', cluster.log[since:])


def test_postgresql_goes_on_with_the_table_it_was_at(server: Cluster, tmp_path: Path) -> None:
    url = f"postgresql://127.0.0.1:{server.port}/held"
    start = len(server.log)
    whole = counted(url, None, PASSWORD)
    assert sorted(passes(server, start)) == sorted(TABLES)
    assert int(re.findall(rb'"inverted":(\d+)', whole)[0]) > 100, whole[:1500]
    notes = kill_midway(url, tmp_path, PASSWORD, lambda text: text.count('"state"') >= 2)
    noted = set(re.findall(r'"path":"held#(\w+)"', notes))
    assert 2 <= len(noted) < len(TABLES)
    assert "事项" not in notes
    start = len(server.log)
    assert counted(url, tmp_path, PASSWORD) == whole
    assert sorted(passes(server, start)) == sorted(set(TABLES) - noted)
    assert not list(tmp_path.glob("counting-*"))


def test_a_folder_goes_on_with_the_file_it_was_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, run = tmp_path / "files", tmp_path / "run"
    files.mkdir()
    run.mkdir()
    for number in range(12):
        rows = "".join(f"01-{number}-{n},关于{n}号事项的通知,{'机密' if n % 5 else '公开'}\n" for n in range(6000))
        (files / f"{number:02d}.csv").write_text("档号,题名,密级\n" + rows)
    whole = counted(f"file:{files}/", None, None)
    notes = kill_midway(f"file:{files}/", run, "", lambda text: text.count('"lines"') >= 3)
    noted = set(re.findall(r'"path":"(\d\d\.csv)"', notes))
    assert 3 <= len(noted) < 12 and "事项" not in notes
    (files / "00.csv").touch()
    opened: list[str] = []
    inner = Apart.file

    def seen(apart: Apart, entry: Entry, further: Mapping[str, object] = MappingProxyType({})) -> object:
        opened.append(entry.shown)
        return inner(apart, entry, further)

    monkeypatch.setattr(Apart, "file", seen)
    assert counted(f"file:{files}/", run, None) == whole
    # One that was touched since is read again.
    assert set(opened) == {f"{number:02d}.csv" for number in range(12)} - noted | {"00.csv"}
    assert len(opened) == len(set(opened))
