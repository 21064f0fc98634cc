"""Two real PostgreSQL clusters, one hardened and one loose, asked through one read-only session each."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.collect import sql
from scanner.collect.login import Login
from scanner.collect.sql import ask_sql
from scanner.facts.database import POSTGRESQL_END_OF_LIFE
from scanner.facts.fact import all_specs
from scanner.model.absent import Why
from scanner.model.evidence import Evidence, Probe
from scanner.model.target import Target
from tests.labs.hosts import LONG, written
from tests.labs.judged import checks_of, judged

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0 or not BINARIES, reason="needs root and PostgreSQL")]
PASSWORD = "Guard-der-Steine-7"
GOOD_CONF = """
ssl = on
ssl_min_protocol_version = 'TLSv1.2'
listen_addresses = '127.0.0.1'
password_encryption = 'scram-sha-256'
log_connections = on
log_disconnections = on
log_statement = 'all'
log_line_prefix = '%m [%p] %u@%d %h %a '
logging_collector = on
log_directory = 'log'
log_filename = 'server.log'
log_file_mode = 0640
idle_session_timeout = '20min'
idle_in_transaction_session_timeout = '10min'
statement_timeout = '15min'
shared_preload_libraries = 'passwordcheck,auth_delay'
auth_delay.milliseconds = 100
archive_mode = on
archive_command = '/bin/true'
"""
BAD_CONF = """
ssl = off
listen_addresses = '*'
password_encryption = 'md5'
log_connections = off
log_disconnections = off
log_statement = 'none'
log_line_prefix = '%m '
logging_collector = on
log_directory = 'log'
log_filename = 'server.log'
log_file_mode = 0644
idle_session_timeout = 0
idle_in_transaction_session_timeout = 0
archive_mode = on
archive_command = '/bin/false'
"""
GOOD_HBA = "local all all peer\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
BAD_HBA = "local all all trust\nhost all all 192.0.2.0/24 trust\nhost all all 0.0.0.0/0 md5\n"
SETUP = {
    "good": f"""CREATE DATABASE archive; REVOKE CONNECT ON DATABASE archive FROM PUBLIC;
        CREATE ROLE ro LOGIN PASSWORD '{PASSWORD}'; GRANT pg_read_all_settings TO ro; GRANT CONNECT ON DATABASE archive TO ro;""",
    "bad": """CREATE DATABASE archive; CREATE ROLE app SUPERUSER LOGIN PASSWORD 'app'; CREATE ROLE dev LOGIN;
        GRANT pg_execute_server_program TO dev; GRANT CREATE ON SCHEMA public TO PUBLIC; CREATE TABLE t (x int); INSERT INTO t VALUES (1);""",
}


class Cluster:
    """One server in a folder of its own. A context manager: nothing is left of it."""

    def __init__(self, name: str, conf: str, hba: str, *, checksums: bool) -> None:
        self.name = name
        self.folder = Path(tempfile.mkdtemp(prefix=f"shiqu-pg-{name}-"))
        shutil.chown(self.folder, "postgres")
        self.data = self.folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        (self.folder / "pw").write_text(PASSWORD)
        (self.folder / "pw").chmod(0o644)
        extra = ["--data-checksums"] if checksums else []
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={self.folder}/pw", *extra)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{conf}\nport = {self.port}\nunix_socket_directories = '{self.folder}'\nfsync = off\n")
        (self.data / "pg_hba.conf").write_text(hba)
        self.certificate()

    def certificate(self) -> None:
        names = ["-keyout", str(self.data / "server.key"), "-out", str(self.data / "server.crt")]
        argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=lab", "-days", "2", *names]
        subprocess.run(argv, check=True, capture_output=True)
        for name in names[1::2]:
            shutil.chown(name, "postgres")
            Path(name).chmod(0o600)

    def run(self, program: str, *argv: str, before: tuple[str, ...] = ()) -> str:
        """Run one of PostgreSQL's own programs as its own account."""
        command = [*before, "runuser", "-u", "postgres", "--", str(BINARIES[-1] / program), *argv]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def __enter__(self) -> Cluster:
        # The loose one listens everywhere: in a network namespace of its own nobody can get there.
        before = ("unshare", "--net") if self.name == "bad" else ()
        self.run("pg_ctl", "-w", "-D", str(self.data), "-l", str(self.folder / "start.log"), "start", before=before)
        for statement in SETUP[self.name].split(";")[:-1]:
            self.psql(statement)
        return self

    def __exit__(self, *_: object) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def psql(self, statement: str) -> str:
        return self.run("psql", "-X", "-A", "-t", "-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-c", statement).strip()

    @property
    def log(self) -> str:
        return (self.data / "log" / "server.log").read_text()

    def counters(self) -> str:
        """What any write would move: rows written, the next transaction number, temporary files."""
        time.sleep(1.2)
        return self.psql(
            """SELECT sum(tup_inserted), sum(tup_updated), sum(tup_deleted), sum(temp_files),
            pg_snapshot_xmax(pg_current_snapshot()) FROM pg_stat_database WHERE datname IS NOT NULL"""
        )


@pytest.fixture(scope="module")
def good() -> Iterator[Cluster]:
    with Cluster("good", GOOD_CONF, GOOD_HBA, checksums=True) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def bad() -> Iterator[Cluster]:
    with Cluster("bad", BAD_CONF, BAD_HBA, checksums=False) as cluster:
        yield cluster


def probes() -> list[Probe]:
    return [spec.probe for spec in all_specs() if spec.probe.id.startswith("postgresql.")]


def ask(
    url: str, user: str = "postgres", password: str = PASSWORD, asked: list[Probe] | None = None, seconds: float = 30
) -> list[Evidence]:
    target = Target(id="lab", kind="database", url=url)
    login = Login(name="dbro", user=user, password=password)
    return ask_sql(target, login, probes() if asked is None else asked, time.monotonic() + seconds)


def near(cluster: Cluster, database: str = "archive") -> str:
    return f"postgresql://127.0.0.1:{cluster.port}/{database}"


def through_socket(cluster: Cluster, database: str = "postgres") -> str:
    return f"postgresql://:{cluster.port}/{database}?host={cluster.folder}"


def test_hardened(good: Cluster) -> None:
    verdicts = judged(ask(near(good)), "postgresql.")
    expected = dict.fromkeys(verdicts, "met") | {"postgresql.backup": "awaits-person"} | version_expected(good)
    assert {key: (v.status.value, v.observed, v.detail) for key, v in verdicts.items() if v.status != expected[key]} == {}
    assert len(verdicts) == len(checks_of("postgresql.")) >= 20


def test_loose(bad: Cluster) -> None:
    # The archiver tries three times, a second apart, before it counts a failure.
    bad.psql("SELECT pg_switch_wal()")
    until = time.monotonic() + LONG
    while bad.psql("SELECT failed_count > 0 FROM pg_stat_archiver") != "t" and time.monotonic() < until:
        time.sleep(0.3)
    verdicts = judged(ask(through_socket(bad)), "postgresql.")
    # Statements may be recorded outside the server: only a person can say that they are not.
    expected = dict.fromkeys(verdicts, "unmet") | {"postgresql.statement-audit": "awaits-person"} | version_expected(bad)
    assert {key: (v.status.value, v.observed, v.detail) for key, v in verdicts.items() if v.status != expected[key]} == {}


def version_expected(cluster: Cluster) -> dict[str, str]:
    major = int(cluster.psql("SHOW server_version_num")) // 10000
    end = POSTGRESQL_END_OF_LIFE.get(major)
    today = datetime.now(UTC).date().isoformat()
    return {"postgresql.supported-version": "unknown" if end is None else "met" if today <= end else "unmet"}


def test_nothing_was_written(good: Cluster, bad: Cluster) -> None:
    for cluster, url in ((good, near(good)), (bad, through_socket(bad))):
        before = cluster.counters()
        assert all(item.absent is None for item in ask(url))
        assert cluster.counters() == before
    said = re.findall(r" shiqu LOG:  statement: (\S+)", good.log)
    assert len(said) > 20 and set(said) <= {"SHOW", "SELECT", "BEGIN", "SAVEPOINT", "RELEASE"}


def test_the_session_itself_is_over_tls(good: Cluster) -> None:
    (server,) = [item for item in ask(near(good)) if item.probe == "postgresql.server"]
    assert b'"tls":true' in server.stdout and b'"tls_version":"TLSv1.3"' in server.stdout


def test_the_servers_own_limits_are_seen_not_ours(good: Cluster) -> None:
    (settings,) = [item for item in ask(near(good)) if item.probe == "postgresql.settings"]
    assert b'"name":"statement_timeout","pending":false,"source":"session","value":"900000"' in settings.stdout


def test_a_wrong_password_fails_once(good: Cluster) -> None:
    before = good.log.count("password authentication failed")
    evidence = ask(near(good), password="wrong-wrong-wrong")
    assert written(lambda: good.log.count("password authentication failed") - before) == 1
    assert {item.absent.why for item in evidence if item.absent is not None} == {Why.AUTH_FAILED} and len(evidence) == len(probes())
    assert "wrong-wrong" not in repr(evidence) + good.log


def test_a_poor_account_loses_only_what_it_may_not_see(good: Cluster) -> None:
    got = {item.probe: item.absent.why if item.absent is not None else None for item in ask(near(good), user="ro")}
    denied = {"postgresql.hba", "postgresql.hba-loaded", "postgresql.role-secrets"}
    assert {name for name, why in got.items() if why is Why.NO_PERMISSION} == denied
    assert {why for name, why in got.items() if name not in denied} == {None}


def question(text: str, seconds: int = 5, max_bytes: int = 10_000, via: str = "sql") -> Probe:
    return Probe(f"lab.{abs(hash((text, max_bytes, via)))}", via, (text,), seconds=seconds, max_bytes=max_bytes, kinds=("database",))


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (question("SELECT pg_sleep(9)", seconds=1), Why.TIMED_OUT),
        (question("SELECT generate_series(1, 6000)", max_bytes=1_000_000), Why.TRUNCATED),
        (question("SELECT repeat('x', 30000) AS x"), Why.TRUNCATED),
        (question("SELECT nothing FROM nowhere"), Why.COMMAND_MISSING),
        (question("SHOW no_such_setting"), Why.COMMAND_MISSING),
        (question("SELECT set_config('transaction_read_only', 'off', false), pg_current_xact_id()"), Why.COMMAND_FAILED),
        (question("DELETE FROM pg_class"), Why.NOT_ASKED),
        (question("SELECT 1; COMMIT"), Why.NOT_ASKED),
        (question("SELECT 1", via="sh"), Why.NOT_ASKED),
    ],
    ids=lambda value: value.ask[0][:20] if isinstance(value, Probe) else str(value),
)
def test_one_bad_question_costs_one_answer(good: Cluster, asked: Probe, why: Why) -> None:
    after = question("SELECT 1 AS one")
    first, second = ask(near(good), asked=[asked, after])
    assert first.absent is not None and first.absent.why is why, first
    assert second.absent is None and second.stdout == b'{"one":1}\n'


def test_what_a_read_only_transaction_lets_through_is_rolled_back(good: Cluster) -> None:
    """Before version 16 large objects may be made in one; ours is never committed."""
    ask(near(good), asked=[question("SELECT lo_create(4711)")])
    assert good.psql("SELECT count(*) FROM pg_largeobject_metadata") == "0"


def test_a_session_that_is_not_read_only_is_refused(good: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_one", lambda *_: "off")
    assert {item.absent.why for item in ask(near(good)) if item.absent is not None} == {Why.NOT_ASKED}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://127.0.0.1:1/x", Why.UNREACHABLE),
        ("mysql://127.0.0.1/x", Why.DRIVER_MISSING),
        ("postgresql://a:b@127.0.0.1/x", Why.NOT_ASKED),
        ("postgresql://127.0.0.1/x?passfile=/etc/shadow", Why.NOT_ASKED),
        ("postgresql:///x", Why.NOT_DECLARED),
        ("", Why.NOT_DECLARED),
    ],
)
def test_places_that_are_not_asked(url: str, why: Why) -> None:
    evidence = ask(url)
    assert len(evidence) == len(probes())
    assert {item.absent.why for item in evidence if item.absent is not None} == {why}


def test_no_such_database(good: Cluster) -> None:
    evidence = ask(near(good, "nowhere"))
    assert {item.absent.why for item in evidence if item.absent is not None} == {Why.UNREACHABLE}


def test_a_server_that_falls_silent_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []
        thread = threading.Thread(target=lambda: held.append(listener.accept()[0]), daemon=True)
        thread.start()
        began = time.monotonic()
        evidence = ask(f"postgresql://127.0.0.1:{listener.getsockname()[1]}/x", seconds=3)
        assert time.monotonic() - began < LONG
        assert {item.absent.why for item in evidence if item.absent is not None} == {Why.UNREACHABLE}
        for line in held:
            line.close()


def test_a_long_answer_is_ended_in_time(good: Cluster) -> None:
    began = time.monotonic()
    evidence = ask(near(good), asked=[question("SELECT pg_sleep(120)", seconds=120), question("SELECT 2 AS two")], seconds=3)
    assert time.monotonic() - began < LONG
    assert [item.absent.why for item in evidence if item.absent is not None] == [Why.TIMED_OUT, Why.TIMED_OUT]


def test_a_server_that_freezes_midway_is_cut_off(good: Cluster) -> None:
    frozen: list[int] = []

    def freeze() -> None:
        until = time.monotonic() + LONG
        while not frozen and time.monotonic() < until:
            found = good.psql("SELECT pid FROM pg_stat_activity WHERE application_name = 'shiqu' AND query LIKE '%pg_sleep%'")
            frozen.extend(int(pid) for pid in found.split())
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)

    thread = threading.Thread(target=freeze)
    thread.start()
    began = time.monotonic()
    evidence = ask(
        near(good),
        asked=[question("SELECT 1 AS one"), question("SELECT pg_sleep(120)", seconds=120), question("SELECT 2 AS two")],
        seconds=5,
    )
    took = time.monotonic() - began
    thread.join()
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    assert frozen and took < LONG
    assert [None if item.absent is None else item.absent.why for item in evidence] == [None, Why.TIMED_OUT, Why.TIMED_OUT]
