"""Jobs on a real Dask cluster: the same answers as here, one failed login at most, nothing secret in the scheduler."""

from __future__ import annotations

import re
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from scanner.collect.compose import Slot
from scanner.collect.gather import Job, Outcome
from scanner.collect.holdings import neighbours
from scanner.collect.holdings.meter import Counting
from scanner.collect.jobs import make_job
from scanner.collect.login import Reference
from scanner.engine import cluster
from scanner.engine.choice import address_of
from scanner.engine.cluster import Cluster
from scanner.engine.local import Local
from scanner.errors import KeepError, UseError
from scanner.facts.fact import spec_by_probe
from scanner.model.absent import Why
from scanner.model.target import Target
from scanner.rulebook.book import rulebook
from tests.engine.door import Door
from tests.engine.stand import Stand, certificates

pytestmark = pytest.mark.lab
SECRET = "Zq8-vw-geheim-31"
LOGIN = Reference(name="dbro", user="ro", password="env:SQENGINE_SECRET")
DATABASES = 5
ROOT = Path(__file__).parents[2]


def job(name: str, url: str, reference: Reference | None = None) -> Job:
    rulebook()
    slot = Slot(name, spec_by_probe("holdings.stores").probe)
    login = reference.login(lambda _: "") if reference is not None else None
    return make_job(Target(id=name, kind="catalogue", url=url, zone="lan"), (slot,), login, {})


def silent(*_: str) -> None:
    """Progress that nobody looks at."""


def plain(outcome: Outcome) -> tuple[object, ...]:
    """An outcome without what clocks say."""
    said = tuple(re.sub(rb'"(?:seconds|limit)":[^,}]+', b"", item.stdout) for item in outcome.evidence)
    return outcome.job.target.id, said, outcome.absent, outcome.reached, outcome.operator, tuple(item.absent for item in outcome.evidence)


def on(stand: Stand, jobs: list[Job]) -> list[Outcome]:
    with Cluster(address_of(stand.url, str(stand.tls) if stand.tls else None)) as entered:
        return list(entered.run(jobs, 4, silent))


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> list[Job]:
    folder = tmp_path_factory.mktemp("engine")
    for number in range(DATABASES):
        with sqlite3.connect(folder / f"{number}.db") as base:
            base.execute("CREATE TABLE wj (dh TEXT, tm TEXT, mj TEXT)")
            rows = [(f"01-{n}", f"关于某事的题名{n}", "机密" if n % (number + 2) else "公开") for n in range(1500)]
            base.executemany("INSERT INTO wj VALUES (?, ?, ?)", rows)
        base.close()
    files = folder / "files"
    files.mkdir()
    for number in range(3):
        (files / f"{number}.csv").write_text(
            "档号,题名,密级\n" + "".join(f"02-{n},题名{n},{'秘密' if n % 3 else '公开'}\n" for n in range(500))
        )
    stores = [f"sqlite://{folder}/{number}.db" for number in range(DATABASES)]
    return [job(f"c{n}", url) for n, url in enumerate([*stores, f"file:{files}/", f"sqlite://{folder}/none.db"])]


@pytest.fixture(scope="module")
def here(catalogues: list[Job]) -> list[tuple[object, ...]]:
    return sorted(map(plain, Local().run(catalogues, 2, silent)))


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    with Stand(env={"SQENGINE_SECRET": SECRET}) as stand:
        yield stand


def test_a_cluster_answers_what_this_machine_answers(stand: Stand, catalogues: list[Job], here: list[tuple[object, ...]]) -> None:
    assert sorted(map(plain, on(stand, catalogues))) == here
    assert b'"path":"none.db"' in str(here[-1][1]).encode() and all(item[3] for item in here)


def test_a_refused_password_is_given_once_by_all_workers_together(stand: Stand) -> None:
    with Door("refuse") as door:
        got = on(stand, [job(f"d{n}", f"{door.url}/d{n}", LOGIN) for n in range(5)])
        assert door.given == [SECRET]
    assert {item.absent.why for item in got if item.absent is not None} == {Why.AUTH_FAILED} and len(got) == 5


def memory_of(pid: int) -> bytes:
    """All that a process could write into."""
    found = bytearray()
    with open(f"/proc/{pid}/mem", "rb", 0) as memory, open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            area, mode = line.split()[:2]
            begin, end = (int(part, 16) for part in area.split("-"))
            if mode.startswith("rw") and "[v" not in line:
                try:
                    memory.seek(begin)
                    found += memory.read(end - begin)
                except OSError:
                    continue
    return bytes(found)


def test_no_secret_was_in_the_scheduler_or_in_any_log(stand: Stand) -> None:
    """After the passwords of the test above: the workers knew them, and nobody else."""
    memory = memory_of(stand.scheduler.pid)
    assert b"dbro" in memory or b"shiqu-" in memory, "the scheduler's memory was read"
    assert SECRET.encode() not in stand.logs
    assert SECRET.encode() not in memory


def holder(stand: Stand, url: str) -> int:
    """The worker that holds a connection to a door."""
    port = urlsplit(url).port
    for number, worker in enumerate(stand.workers):
        lines = psutil.Process(worker.pid).net_connections("tcp") if worker.poll() is None else []
        if any(line.raddr and line.raddr.port == port for line in lines):
            return number
    raise AssertionError("no worker talks to the door")


def test_a_worker_that_ends_while_it_logs_in_costs_no_second_failure(stand: Stand) -> None:
    """Nobody knows whether the password was refused: it is not given again, neither there nor elsewhere."""
    before = len(stand.workers)
    with Door("hang") as door:

        def kill() -> None:
            assert door.asked.wait(60)
            stand.kill(holder(stand, door.url))

        killer = threading.Thread(target=kill)
        killer.start()
        got = on(stand, [job(f"d{n}", f"{door.url}/d{n}", LOGIN) for n in range(3)])
        killer.join()
        assert door.given == [SECRET]
    assert not any(item.reached for item in got) and len(got) == 3
    assert {item.absent.why for item in got if item.absent is not None} <= {Why.INTERRUPTED, Why.AUTH_FAILED}
    stand.worker()
    stand.joined(before + 1)


def test_a_killed_worker_loses_nothing_and_doubles_nothing(stand: Stand, catalogues: list[Job], here: list[tuple[object, ...]]) -> None:
    before = len(stand.workers)
    with Cluster(address_of(stand.url, None)) as entered:
        outcomes = entered.run(catalogues, 4, silent)
        got = [next(outcomes)]
        stand.kill(next(number for number, worker in enumerate(stand.workers) if worker.poll() is None))
        got += outcomes
    assert sorted(map(plain, got)) == here
    stand.worker()
    stand.joined(before + 1)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> list[Job]:
    """A database of several tables and a folder of many files: both are cut into parts."""
    folder = tmp_path_factory.mktemp("large")
    with sqlite3.connect(folder / "large.db") as base:
        for name, title, rows in (("aj", "ajtm", 3000), ("jn1", "tm", 210_000), ("jn2", "tm", 420_000), ("zd", "tm", 30)):
            key = "id INTEGER PRIMARY KEY, " if name == "jn2" else ""
            base.execute(f"CREATE TABLE {name} ({key}dh TEXT, {title} TEXT, mj TEXT, nd TEXT)")
            number = "'1-01-' || n" if name == "aj" else f"'1-01-' || (n % 3000) || '-{name}' || n"
            level = "'公开'" if name == "aj" else "CASE n % 50 WHEN 7 THEN '机密' WHEN 8 THEN '秘密★10年' ELSE '公开' END"
            base.execute(f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows}) "
                         f"INSERT INTO {name} (dh, {title}, mj, nd) SELECT {number}, '关于某事的题名' || n, {level}, '1999' FROM c")  # fmt: skip
    base.close()
    files = folder / "files"
    files.mkdir()
    for number in range(1100):
        (files / f"{number:04d}.csv").write_text(f"档号,题名,密级\n02-{number},关于某事的题名,{'秘密' if number % 3 else '公开'}\n")
    # One that a dictionary beside it explains, in a folder of its own.
    (files / "sub").mkdir()
    (files / "sub/字段说明.csv").write_text("字段,名称,说明\nC01,档号,\nC02,题名,\nC03,密级,1=公开；2=机密\n")
    (files / "sub/data.csv").write_text("C01,C02,C03\n" + "".join(f"03-{n:06d},关于某事的题名{n},{1 + n % 2}\n" for n in range(30_000)))
    assert (files / "sub/data.csv").stat().st_size > neighbours.LARGE
    return [job("base", f"sqlite://{folder}/large.db"), job("files", f"file:{files}/")]


@pytest.fixture(scope="module")
def large_here(large: list[Job]) -> list[tuple[object, ...]]:
    found = sorted(map(plain, Local().run(large, 2, silent)))
    assert int(re.findall(r'"inverted":(\d+)', str(found))[0]) > 100
    assert '"counts":{"C":15000,"D":0,"N":15000,"R":0,"U":0}' in str(found)
    return found


def test_a_large_store_is_counted_in_parts_and_adds_up_the_same(
    stand: Stand, large: list[Job], large_here: list[tuple[object, ...]]
) -> None:
    told: set[int] = set()

    def tell(_target: str, _state: str, detail: str) -> None:
        counting = Counting.read(detail)
        if counting is not None and counting.unit == "parts":
            told.add(counting.total)

    with Cluster(address_of(stand.url, None)) as entered:
        got = list(entered.run(large, 4, tell))
    assert sorted(map(plain, got)) == large_here
    # Two tables, one of them in three slices; the folder's files in three.
    assert told == {5, 3}, told


def test_a_worker_killed_amid_parts_costs_nothing(
    stand: Stand, large: list[Job], large_here: list[tuple[object, ...]], tmp_path: Path
) -> None:
    """Also: what came of the parts before rests in the run's own folder, and ends with the target."""
    before = len(stand.workers)
    noted: list[int] = []

    def tell(_target: str, _state: str, detail: str) -> None:
        counting = Counting.read(detail)
        if counting is not None and counting.unit == "parts" and counting.done and not noted:
            noted.append(sum(path.stat().st_size for path in tmp_path.glob("counting-*")))
            stand.kill(next(number for number, worker in enumerate(stand.workers) if worker.poll() is None))

    with Cluster(address_of(stand.url, None)) as entered:
        got = list(entered.run([replace(item, folder=tmp_path) for item in large], 4, tell))
    assert sorted(map(plain, got)) == large_here
    assert noted and noted[0] > 0 and not list(tmp_path.glob("counting-*"))
    stand.worker()
    stand.joined(before + 1)


def test_a_run_whose_last_worker_is_gone_ends_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.engine.cluster.ALONE_SECONDS", 2.0)
    with Stand(workers=1) as stand, Door("hang") as door, Cluster(address_of(stand.url, None)) as cluster:
        outcomes = cluster.run([job("d", f"{door.url}/d", Reference(name="dbro", user="ro", password="env:HOME"))], 4, silent)
        killer = threading.Thread(target=lambda: door.asked.wait(60) and stand.kill(0))
        killer.start()
        with pytest.raises(KeepError, match="engine-alone"):
            list(outcomes)
        killer.join()


def test_a_worker_without_the_secret_says_so(stand: Stand) -> None:
    with Door("refuse") as door:
        (got,) = on(stand, [job("d", f"{door.url}/d", Reference(name="other", user="ro", password="env:SQENGINE_OTHER"))])
        assert door.given == []
    assert got.absent is not None and got.absent.why is Why.NOT_DECLARED and "SQENGINE_OTHER" in got.absent.detail


def test_a_worker_with_another_rulebook_is_refused_by_name(stand: Stand, tmp_path: Path, catalogues: list[Job]) -> None:
    """A plug-in that only one worker has changes its rulebook."""
    shutil.copytree(ROOT / "tests" / "plugin_example" / "shiqu_example", tmp_path / "shiqu_example")
    info = tmp_path / "shiqu_example-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shiqu-example\nVersion: 0\n")
    (info / "entry_points.txt").write_text("[shiqu.checks]\nexample = shiqu_example\n")
    before = len(stand.workers)
    stranger = stand.worker({"PYTHONPATH": str(tmp_path)})
    stand.joined(before + 1)
    with pytest.raises(UseError) as caught:
        on(stand, catalogues)
    assert caught.value.code == "engine-rulebook" and caught.value.fields["worker"].startswith("tcp://127.0.0.1:")
    # One that joins later refuses by itself.
    (theirs,) = {caught.value.fields["theirs"]}
    assert theirs != caught.value.fields["ours"]
    stranger.kill()
    stranger.wait()


def test_certificates_are_asked_for_on_both_sides(
    tmp_path: Path, catalogues: list[Job], here: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 3.0)
    with Stand(1, certificates(tmp_path / "tls")) as stand:
        with pytest.raises(UseError) as caught, Cluster(address_of(stand.url, None)):
            raise AssertionError("it let us in without a certificate")
        assert caught.value.code == "engine-unreachable"
        with pytest.raises(UseError) as caught, Cluster(address_of(stand.url, str(certificates(tmp_path / "other")))):
            raise AssertionError("it let us in with a certificate of another CA")
        assert caught.value.code == "engine-unreachable"
        monkeypatch.undo()
        assert sorted(map(plain, on(stand, catalogues[-2:]))) == here[-2:]


def test_a_lost_scheduler_is_told_and_what_came_before_stays(catalogues: list[Job]) -> None:
    with Stand(1) as stand, Cluster(address_of(stand.url, None)) as entered:
        outcomes = entered.run(catalogues, 4, silent)
        assert next(outcomes).reached
        stand.scheduler.kill()
        with pytest.raises(KeepError) as caught:
            list(outcomes)
        assert caught.value.code == "engine-lost"


def test_a_secret_that_a_person_types_is_refused(stand: Stand) -> None:
    with pytest.raises(UseError) as caught:
        on(stand, [job("d", "postgresql://127.0.0.1:1/d", Reference(name="typed", user="ro", password="ask"))])
    assert caught.value.code == "engine-ask" and caught.value.fields["login"] == "typed"
