"""A catalogue in a real MariaDB: what is read, what is left alone by name, and that nothing at all is written or locked."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from scanner.collect.holdings.servers import read_server
from scanner.collect.holdings.servers.table import SqlTable
from scanner.collect.holdings.slices import cut
from scanner.collect.login import Login
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Group, Predicate, Standing, Unread
from scanner.facts.holdings.views import worked_out
from scanner.model.absent import Absent, Why

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mariadbd"), reason="needs root and MariaDB")]
PASSWORD = "Guard-der-Steine-7"
PREDICATE = Predicate("mj", frozenset({"公开", "1"}), ("tm",), ("密", "秘"))
SETUP = f"""
CREATE DATABASE archive CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE DATABASE hidden;
CREATE TABLE hidden.t (a int);
USE archive;
CREATE TABLE zd (code int PRIMARY KEY, label varchar(20)) ENGINE=InnoDB;
INSERT INTO zd VALUES (1, '公开'), (4, '机密');
CREATE TABLE wj (id int PRIMARY KEY AUTO_INCREMENT, dh varchar(40), mj varchar(10) COMMENT '密级', tm text, lvl int,
  `od``d %s` varchar(20), bin blob, FOREIGN KEY (lvl) REFERENCES zd (code)) ENGINE=InnoDB;
INSERT INTO wj (dh, mj, tm, lvl) SELECT concat('A-', seq), CASE seq % 4 WHEN 0 THEN '公开' WHEN 1 THEN '机密' WHEN 2 THEN NULL ELSE '' END,
  CASE WHEN seq % 10 = 2 THEN '关于机密★10年的报告' ELSE '一般题名' END, CASE WHEN seq % 2 = 0 THEN 1 ELSE 4 END FROM seq_1_to_10000;
INSERT INTO wj (dh, mj) VALUES ('B-1', '公开 '), ('B-2', 'mm'), ('B-3', 'MM');
CREATE TABLE gbk (dh varchar(20), tm varchar(40)) CHARACTER SET gbk ENGINE=MyISAM;
INSERT INTO gbk VALUES ('G-1', '机密★长期'), ('G-2', '一般');
CREATE TABLE latin (dh varchar(20), mj varchar(20), tm varchar(40)) CHARACTER SET latin1;
INSERT INTO latin VALUES ('L-1', X'B9ABBFAA', X'BBFAC3DC'), ('L-2', X'B9ABBFAA', 'x'), ('L-3', X'E5AF86', 'y');
CREATE TABLE bits (dh varchar(20), sfsm bit(1));
INSERT INTO bits VALUES ('B-1', b'1'), ('B-2', b'0'), ('B-3', b'0');
CREATE TABLE past (dh varchar(20), tm varchar(20)) WITH SYSTEM VERSIONING;
INSERT INTO past VALUES ('P-1', '机密');
UPDATE past SET tm = '甲';
CREATE VIEW over_wj AS SELECT tm FROM wj;
CREATE VIEW over_view AS SELECT a.tm FROM over_wj a, wj b, wj c WHERE a.tm = b.tm;
CREATE VIEW worked AS SELECT dh, CASE lvl WHEN 1 THEN '公开' WHEN 4 THEN '机密' END AS told FROM wj;
CREATE VIEW forever AS SELECT CAST(SLEEP(1000) AS CHAR) AS tm, '机密' AS mj;
CREATE SERVER far FOREIGN DATA WRAPPER mysql OPTIONS (HOST '203.0.113.9', DATABASE 'x');
CREATE USER ro@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT SELECT, SHOW VIEW ON archive.* TO ro@'127.0.0.1';
CREATE USER few@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT SELECT ON archive.zd TO few@'127.0.0.1';
CREATE USER admin@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO admin@'127.0.0.1';
"""


class Server:
    """One server in a folder of its own. A context manager: nothing is left of it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="shiqu-my-"))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        install = [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={self.data}",
            "--auth-root-authentication-method=socket",
            "--skip-test-db",
        ]
        subprocess.run(install, check=True, capture_output=True)

    def __enter__(self) -> Server:
        argv = ["mariadbd", "--no-defaults", "--user=root", f"--datadir={self.data}", f"--port={self.port}", "--bind-address=127.0.0.1"]
        argv += [f"--socket={self.folder}/s", f"--pid-file={self.folder}/pid", f"--log-error={self.folder}/log.err", "--log-warnings=4"]
        argv += ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--skip-name-resolve", "--general-log=1"]
        argv += [f"--general-log-file={self.folder}/general", "--max-connections=20"]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not (self.folder / "s").exists() or not (self.folder / "pid").exists():
            assert time.monotonic() < until and self.process.poll() is None, (self.folder / "log.err").read_text()
            time.sleep(0.2)
        with self.root() as connection, connection.cursor() as cursor:
            for statement in SETUP.split(";\n"):
                if statement.strip():
                    cursor.execute(statement)
        return self

    def root(self) -> pymysql.Connection:
        return pymysql.connect(unix_socket=f"{self.folder}/s", user="root", charset="utf8mb4", autocommit=True, ssl_disabled=True)

    def ask(self, statement: str) -> tuple[tuple[object, ...], ...]:
        with self.root() as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return tuple(cursor.fetchall())

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def read(server: Server, database: str = "archive", user: str = "ro", password: str = PASSWORD, seconds: float = 60) -> Iterator[Found]:
    url = f"mysql://127.0.0.1:{server.port}/{database}"
    return read_server(url, Login(name="dbro", user=user, password=password), time.monotonic() + seconds)


def tables(found: list[Found]) -> dict[str, SqlTable]:
    return {source.name: source for item in found if isinstance(item, Group) for source in item.sources if isinstance(source, SqlTable)}


def test_a_table_is_asked(server: Server) -> None:
    for item in read(server):
        if not isinstance(item, Group):
            continue
        got = tables([item])
        wj = got["wj"]
        assert wj.place.path == "archive#wj" and wj.key == ("id",) and wj.references == {"lvl": ("zd", "code")}
        assert [(c.name, c.comment, c.kind) for c in wj.columns if c.comment] == [("mj", "密级", "text")]
        # A collation would make one of the last three of any two.
        assert wj.histogram("mj", 10) == {"公开": 2500, "机密": 2500, None: 2500, "": 2500, "公开 ": 1, "mm": 1, "MM": 1}
        assert wj.histogram("lvl", 10) == {"1": 5000, "4": 5000, None: 3}
        assert isinstance(wj.histogram("dh", 10), Absent)
        rows = list(wj.candidates(["dh", "mj", "tm", "od`d %s", "bin"], PREDICATE))
        assert len(rows) == 2500 + 1000 + 3 and wj.passed == wj.total == 10003
        assert {row[1] for row in rows} == {"机密", "公开", None, "公开 ", "mm", "MM"}
        assert len(list(wj.candidates(["id"], Predicate("lvl", frozenset({"1"}), (), ())))) == 5000
        assert sum(1 for _ in wj.rows(["dh"])) == wj.passed == 10003 and wj.sample(["dh"], 2) == [("A-1",), ("A-2",)]
        assert list(got["gbk"].candidates(["dh", "tm"], Predicate(None, frozenset(), ("tm",), ("密",)))) == [("G-1", "机密★长期")]
        assert got["gbk"].passed == 2
        found = list(got["latin"].candidates(["dh", "mj", "tm"], Predicate("mj", frozenset({"公开"}), ("tm",), ("密",))))
        assert found == [("L-1", "公开", "机密"), ("L-3", "密", "y")]
        # A bit is a number, not a character that nobody sees.
        assert got["bits"].histogram("sfsm", 10) == {"1": 1, "0": 2}
        assert list(got["bits"].candidates(["dh", "sfsm"], Predicate("sfsm", frozenset({"0"}), (), ()))) == [("B-1", "1")]
        assert list(got["past"].rows(["tm"])) in ([("机密",), ("甲",)], [("甲",), ("机密",)])
        got["forever"].seconds = 1
        with pytest.raises(ReachError) as caught:
            list(got["forever"].rows(["tm"]))
        assert caught.value.absent.why is Why.TIMED_OUT and got["zd"].total == 2


def test_what_is_left_out_has_a_name_and_a_reason(server: Server) -> None:
    found = list(read(server, user="admin"))
    assert not [item for item in found if isinstance(item, Unread)]
    (standing,) = [item for item in found if isinstance(item, Standing)]
    assert sorted(standing.storage["views"]) == ["archive.over_view", "archive.over_wj", "archive.worked"]
    # What a view that is not run makes of a column explains it.
    texts = [text for item in found if isinstance(item, Group) for text in item.views]
    assert [(one.column, dict(one.words)) for text in texts for one in worked_out(text)] == [("lvl", {"1": "公开", "4": "机密"})]
    assert {"kind": "foreign-server", "where": "203.0.113.9"} in standing.custody["elsewhere"]
    assert standing.storage["unseen"] == [] and standing.storage["at_rest"]["state"] == "off"
    assert standing.storage["file"]["owner"] == 0
    (poor,) = [item for item in read(server) if isinstance(item, Standing)]
    assert "tables" in {item["what"] for item in poor.storage["unseen"]}


def test_tables_that_the_account_is_not_told_of_are_told(server: Server) -> None:
    (few,) = [item for item in read(server, user="few") if isinstance(item, Unread)]
    assert (few.place.path, few.why) == ("archive", Why.NO_PERMISSION)
    assert not [item for item in read(server) if isinstance(item, Unread)]
    assert [item.place.path for item in read(server, database="") if isinstance(item, Unread)] == ["*"]


def test_every_database_where_none_is_named(server: Server) -> None:
    found = list(read(server, database="", user="admin"))
    assert [item.name for item in found if isinstance(item, Group)] == ["archive", "hidden"]


def test_nothing_is_written_and_only_reading_is_said(server: Server) -> None:
    ask = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Handler_write', 'Innodb_rows_inserted', 'Com_insert', 'Com_update', 'Com_delete', 'Innodb_rows_updated')"
    files = {p: p.stat().st_mtime_ns for p in (server.data / "archive").iterdir()}
    before = dict(server.ask(ask)) | {"Handler_write": 0}
    start = len((server.folder / "general").read_text("utf-8", "replace"))
    for item in read(server):
        if isinstance(item, Group):
            wj = tables([item])["wj"]
            wj.histogram("mj", 10), list(wj.candidates(["dh", "tm"], PREDICATE)), list(wj.rows(["dh"]))
    said = (server.folder / "general").read_text("utf-8", "replace")[start:]
    words = {line.split("Query\t", 1)[1].split()[0] for line in said.split("\n") if "Query\t" in line}
    assert words <= {"SET", "SELECT", "SHOW", "ROLLBACK", "START"}, words
    assert dict(server.ask(ask)) | {"Handler_write": 0} == before
    assert {p: p.stat().st_mtime_ns for p in (server.data / "archive").iterdir()} == files


def test_a_write_in_the_session_is_refused_by_the_server(server: Server) -> None:
    """Not asked by the scanner: this test puts the question itself, into the scanner's own session."""
    for item in read(server, user="admin"):
        if isinstance(item, Group):
            session = tables([item])["zd"].session
            session.turn(None)
            with pytest.raises(ReachError) as caught:
                session.all("INSERT INTO archive.zd VALUES (9, 'x')")
            assert caught.value.absent.detail.startswith("1792")
    assert server.ask("SELECT COUNT(*) FROM archive.zd") == ((2,),)


def test_another_session_is_not_held_up(server: Server) -> None:
    for item in read(server):
        if isinstance(item, Group):
            got = tables([item])
            rows = got["wj"].candidates(["dh"], PREDICATE)
            next(rows)
            # Rows may be written while they are read, and the table may be changed once the next one is.
            server.ask("INSERT INTO archive.wj (dh) VALUES ('Z')")
            server.ask("DELETE FROM archive.wj WHERE dh = 'Z'")
            rows.close()
            assert got["zd"].total == 2
            server.ask("SET lock_wait_timeout = 3, innodb_lock_wait_timeout = 3")
            server.ask("ALTER TABLE archive.wj COMMENT 'later'")
            assert got["wj"].total == 10003


def test_a_wrong_password_fails_once(server: Server) -> None:
    before = (server.folder / "log.err").read_text().count("Access denied")
    (item,) = read(server, password="wrong-wrong")
    time.sleep(0.5)
    assert isinstance(item, Unread) and item.why is Why.AUTH_FAILED and "wrong" not in item.detail
    assert (server.folder / "log.err").read_text().count("Access denied") == before + 1


def test_a_missing_driver_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pymysql", None)
    (item,) = read(server)
    assert isinstance(item, Unread) and item.why is Why.DRIVER_MISSING and item.detail == "pip install pymysql"


def test_a_table_is_cut_by_its_key(server: Server) -> None:
    """Slices bring the same rows as the whole, and pass over as many."""
    for item in read(server):
        if isinstance(item, Group) and "wj" in tables([item]):
            wj = tables([item])["wj"]
            whole = sorted(wj.candidates(["dh", "mj", "tm"], PREDICATE), key=str)
            bounds = cut(wj, wj.total or 0, 3000)
            parts = [wj.slice(one) for one in bounds]
            assert (
                len(parts) >= 3
                and sorted((row for part in parts for row in part.candidates(["dh", "mj", "tm"], PREDICATE)), key=str) == whole
            )
            assert sum(part.passed for part in parts) == wj.passed and all(part.passed for part in parts)
            assert sum(part.total or 0 for part in parts) == wj.total


def test_a_table_with_a_key_that_keeps_its_past_and_what_is_said_of_it(server: Server) -> None:
    with server.root() as connection, connection.cursor() as cursor:
        for statement in (
            "CREATE DATABASE kept CHARACTER SET utf8mb4",
            "CREATE TABLE kept.wj (id int PRIMARY KEY, tm varchar(20)) WITH SYSTEM VERSIONING COMMENT '本表均为机密'",
            "INSERT INTO kept.wj VALUES (1, '机密'), (2, '乙')",
            "UPDATE kept.wj SET tm = '甲' WHERE id = 1",
            "GRANT SELECT ON kept.* TO ro@'127.0.0.1'",
        ):
            cursor.execute(statement)
    for item in read(server, database="kept"):
        if isinstance(item, Group):
            wj = tables([item])["wj"]
            assert wj.key == ("id",) and sorted(wj.rows(["tm"])) == [("乙",), ("机密",), ("甲",)]
            assert item.around == {"kept#wj": (("line", "本表均为机密"),)}
