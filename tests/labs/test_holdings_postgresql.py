"""A catalogue in a real PostgreSQL: what is read, what is left alone by name, and that nothing at all is written or locked."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator

import pytest

from scanner.collect.holdings.servers import read_server
from scanner.collect.holdings.servers.table import SqlTable
from scanner.collect.holdings.slices import cut
from scanner.collect.login import Login
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Group, Predicate, Standing, Unread
from scanner.facts.holdings.views import worked_out
from scanner.model.absent import Absent, Why
from tests.labs.test_postgresql import BINARIES, GOOD_CONF, GOOD_HBA, PASSWORD, Cluster

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0 or not BINARIES, reason="needs root and PostgreSQL")]
PREDICATE = Predicate("mj", frozenset({"公开", "1"}), ("tm",), ("密", "秘"))
SETUP = """
CREATE TABLE zd (code int PRIMARY KEY, label text);
INSERT INTO zd VALUES (1, '公开'), (4, '机密');
CREATE TABLE wj (id serial PRIMARY KEY, dh varchar(40), mj varchar(10), tm text, lvl int REFERENCES zd, "100%" text, bin bytea);
COMMENT ON COLUMN wj.mj IS '密级';
INSERT INTO wj (dh, mj, tm, lvl) SELECT 'A-' || n, CASE n % 4 WHEN 0 THEN '公开' WHEN 1 THEN '机密' WHEN 2 THEN NULL ELSE '' END,
  CASE WHEN n % 10 = 2 THEN '关于机密★10年的报告' ELSE '一般题名' END, CASE WHEN n % 2 = 0 THEN 1 ELSE 4 END FROM generate_series(1, 10000) n;
CREATE SCHEMA other;
CREATE TABLE other."Wj %s" (a text, b text) PARTITION BY LIST (a);
CREATE TABLE other.part1 PARTITION OF other."Wj %s" FOR VALUES IN ('x');
CREATE TABLE other.part2 PARTITION OF other."Wj %s" DEFAULT;
INSERT INTO other."Wj %s" VALUES ('x', '密'), ('y', 'z');
CREATE TABLE parent (tm text);
CREATE TABLE child () INHERITS (parent);
INSERT INTO parent VALUES ('甲'); INSERT INTO child VALUES ('乙');
CREATE VIEW over_wj AS SELECT tm FROM wj;
CREATE VIEW cross_forever AS SELECT a.tm FROM wj a, wj b, wj c, wj d;
CREATE VIEW forever AS SELECT pg_sleep(1000)::text AS tm, '机密'::text AS mj;
CREATE FUNCTION danger() RETURNS text LANGUAGE sql AS 'SELECT ''机密''';
CREATE VIEW calls AS SELECT danger() AS tm;
CREATE MATERIALIZED VIEW kept AS SELECT dh, mj, tm FROM wj WHERE id < 100;
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '203.0.113.9', dbname 'x');
CREATE FOREIGN TABLE abroad (tm text) SERVER far;
CREATE FOREIGN DATA WRAPPER another;
CREATE SERVER elder FOREIGN DATA WRAPPER another OPTIONS (dbserver '//10.9.8.7:1521/ORCL');
CREATE FUNCTION linked() RETURNS SETOF record LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM dblink(''host=10.9.8.6 password=x dbname=y'', ''SELECT 1'') AS t(a int); END';
CREATE TABLE secret_table (tm text);
CREATE TABLE hidden (tm text); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; INSERT INTO hidden VALUES ('甲');
CREATE TABLE empty ();
GRANT SELECT ON ALL TABLES IN SCHEMA public, other TO ro; GRANT USAGE ON SCHEMA other TO ro; REVOKE SELECT ON secret_table FROM ro;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with Cluster("good", GOOD_CONF, GOOD_HBA, checksums=False) as cluster:
        for statement in SETUP.split(";\n"):
            psql(cluster, statement)
        psql(cluster, "ANALYZE")
        yield cluster


def psql(cluster: Cluster, statement: str, database: str = "archive") -> str:
    where = ("-h", str(cluster.folder), "-p", str(cluster.port), "-U", "postgres", "-d", database)
    return cluster.run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", *where, "-c", statement).strip()


def url(cluster: Cluster, database: str = "archive") -> str:
    return f"postgresql://127.0.0.1:{cluster.port}/{database}"


def read(cluster: Cluster, database: str = "archive", user: str = "ro", password: str = PASSWORD, seconds: float = 60) -> Iterator[Found]:
    login = Login(name="dbro", user=user, password=password)
    return read_server(url(cluster, database), login, time.monotonic() + seconds)


def tables(found: list[Found]) -> dict[str, SqlTable]:
    return {source.name: source for item in found if isinstance(item, Group) for source in item.sources if isinstance(source, SqlTable)}


def test_a_table_is_asked(server: Cluster) -> None:
    for item in read(server):
        if not isinstance(item, Group):
            continue
        got = tables([item])
        wj = got["wj"]
        assert wj.place.path == "archive#wj" and wj.key == ("id",) and wj.references == {"lvl": ("zd", "code")}
        assert [(c.name, c.comment, c.kind) for c in wj.columns if c.comment] == [("mj", "密级", "text")]
        assert wj.histogram("mj", 10) == {"公开": 2500, "机密": 2500, None: 2500, "": 2500}
        assert wj.histogram("lvl", 10) == {"1": 5000, "4": 5000}
        assert isinstance(wj.histogram("dh", 10), Absent)
        rows = list(wj.candidates(["dh", "mj", "tm", "100%", "bin"], PREDICATE))
        assert len(rows) == 2500 + 1000 and wj.passed == wj.total == 10000
        assert {row[1] for row in rows} == {"机密", "公开", None} and all(row[1] == "机密" or "密" in (row[2] or "") for row in rows)
        assert len(list(wj.candidates(["id"], Predicate("lvl", frozenset({"1"}), (), ())))) == 5000
        assert len(list(wj.candidates(["id"], Predicate(None, frozenset(), ("100%", "bin"), ("密",))))) == 0
        assert sum(1 for _ in wj.rows(["dh"])) == wj.passed == 10000 and wj.sample(["dh"], 3) == [("A-1",), ("A-2",), ("A-3",)]
        assert got["Wj %s"].place.path == "archive#other.Wj %s" and got["Wj %s"].total == 2 and "part1" not in got
        assert list(got["Wj %s"].candidates(["b"], Predicate(None, frozenset(), ("b",), ("密",)))) == [("密",)]
        assert got["parent"].total == got["child"].total == 1
        assert got["kept"].place.lineage == ("view", "cache") and got["kept"].place.copy_of == "archive#wj" and got["kept"].total == 99
        assert got["empty"].total == 0 and list(got["empty"].rows([])) == []
        # One table's refusal costs no other one anything.
        for name, why in (("hidden", Why.NO_PERMISSION), ("forever", Why.TIMED_OUT)):
            got[name].seconds = 1
            with pytest.raises(ReachError) as caught:
                list(got[name].rows(["tm"]))
            assert caught.value.absent.why is why
            assert got["zd"].total == 2 and len(list(got["zd"].rows(["label"]))) == 2


def test_rows_passed_over_are_those_that_the_server_scanned(server: Cluster) -> None:
    """No COUNT is sent, and the number is right while others write, delete and roll back."""
    psql(server, "CREATE TABLE busy AS SELECT n AS id, CASE WHEN n % 7 = 0 THEN '密' ELSE 'x' END AS tm FROM generate_series(1, 3000) n")
    psql(server, "DELETE FROM busy WHERE id <= 100; GRANT SELECT ON busy TO ro")
    psql(server, "BEGIN; INSERT INTO busy SELECT n, '密' FROM generate_series(1, 500) n; ROLLBACK")
    start = len(server.log)
    for item in read(server):
        if isinstance(item, Group):
            rows = tables([item])["busy"].candidates(["id"], Predicate(None, frozenset(), ("tm",), ("密",)))
            first = next(rows)
            psql(server, "INSERT INTO busy SELECT n, '密' FROM generate_series(9000, 9999) n")
            got = [first, *rows]
            assert len(got) == 3000 // 7 - 100 // 7 and tables([item])["busy"].passed == 2900
            assert tables([item])["busy"].total == 2900
            assert len(list(tables([item])["busy"].candidates(["id"], Predicate(None, frozenset(), ("tm",), ("密",))))) == len(got)
    assert 'COUNT(*) FROM "public"."busy"' not in server.log[start:]
    psql(server, "DROP TABLE busy")


def test_what_is_left_out_has_a_name_and_a_reason(server: Cluster) -> None:
    found = list(read(server))
    left = {item.place.path: item.why for item in found if isinstance(item, Unread)}
    assert left == {"archive#abroad": Why.NOT_ASKED, "archive#calls": Why.NOT_ASKED, "archive#secret_table": Why.NO_PERMISSION}
    (standing,) = [item for item in found if isinstance(item, Standing)]
    assert standing.storage["views"] == ["public.cross_forever", "public.over_wj"]
    assert standing.storage["tls"] == {"session": True, "version": "TLSv1.3", "server": "on"}
    led = [item for item in standing.custody["elsewhere"] if item["kind"] in ("foreign-server", "dblink")]
    assert sorted((item["kind"], item["where"]) for item in led) == [
        ("dblink", "10.9.8.6"), ("foreign-server", "10.9.8.7"), ("foreign-server", "203.0.113.9"),
    ]  # fmt: skip
    assert not [item for item in standing.storage["unseen"] if item["what"] not in ("subscription",)], standing.storage["unseen"]


def test_nothing_is_written(server: Cluster) -> None:
    before = server.counters()
    for item in read(server):
        if isinstance(item, Group):
            wj = tables([item])["wj"]
            wj.histogram("mj", 10), list(wj.candidates(["dh", "tm"], PREDICATE)), list(wj.rows(["dh"]))
    assert server.counters() == before
    said = set(re.findall(r" ro@archive .*?(?:statement|execute <unnamed>):\s+(\S+)", server.log))
    assert said <= {"SHOW", "SELECT", "START", "SAVEPOINT", "SET", "RELEASE", "DECLARE", "FETCH", "CLOSE", "ROLLBACK"}


def test_a_write_in_the_session_is_refused_by_the_server(server: Cluster) -> None:
    """Not asked by the scanner: this test puts the question itself, into the scanner's own session."""
    for item in read(server, user="postgres"):
        if isinstance(item, Group):
            session = tables([item])["zd"].session
            session.turn(None)
            with pytest.raises(ReachError) as caught:
                session.all("INSERT INTO public.zd VALUES (9, 'x')")
            assert caught.value.absent.detail.startswith("25006")
    assert psql(server, "SELECT count(*) FROM zd") == "2"


def test_locks_are_the_weakest_and_short(server: Cluster) -> None:
    def held() -> str:
        return psql(server, "SELECT DISTINCT mode, relation::regclass::text FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                            "WHERE application_name = 'shiqu' AND locktype = 'relation' AND relation >= 16384")  # fmt: skip

    for item in read(server):
        if isinstance(item, Group):
            got = tables([item])
            rows = got["wj"].candidates(["dh"], PREDICATE)
            next(rows)
            assert set(held().split("\n")) <= {"AccessShareLock|wj", "AccessShareLock|wj_pkey"} and "wj" in held()
            rows.close()
            assert got["zd"].total == 2
            assert "wj" not in held()
            # Nothing is in the way of a writer or of a change of the table.
            psql(server, "BEGIN; ALTER TABLE wj ADD COLUMN later int; ROLLBACK")


def test_a_locked_table_is_left_by_name(server: Cluster) -> None:
    started = threading.Event()

    def hold() -> None:
        started.set()
        psql(server, "BEGIN; LOCK TABLE parent IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(6); ROLLBACK")

    for item in read(server):
        if isinstance(item, Group):
            thread = threading.Thread(target=hold)
            thread.start()
            started.wait()
            time.sleep(1)
            with pytest.raises(ReachError) as caught:
                _ = tables([item])["parent"].total
            assert caught.value.absent.why is Why.TIMED_OUT and tables([item])["zd"].total == 2
            thread.join()


def test_every_database_where_none_is_named(server: Cluster) -> None:
    found = list(read(server, database=""))
    assert {item.name for item in found if isinstance(item, Group)} == {"archive", "postgres"}
    instances = {source.place.container["instance"] for item in found if isinstance(item, Group) for source in item.sources}
    assert len(instances) == 1 and next(iter(instances)).startswith("postgresql:7")


def test_a_wrong_password_fails_once(server: Cluster) -> None:
    before = server.log.count("password authentication failed")
    (item,) = read(server, database="", password="wrong-wrong")
    time.sleep(1)
    assert isinstance(item, Unread) and item.why is Why.AUTH_FAILED
    assert server.log.count("password authentication failed") == before + 1


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_bytes_of_an_encoding_that_is_none_of_chinese(encoding: str, server: Cluster) -> None:
    old = f"old_{encoding.lower()}"
    psql(server, f"CREATE DATABASE {old} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", "postgres")
    psql(server, f"CREATE TABLE wj (dh text, tm text); GRANT SELECT ON wj TO ro; GRANT CONNECT ON DATABASE {old} TO ro", old)
    for number, cell in enumerate(("机密★长期".encode("gb18030"), "机密★长期".encode(), b"plain")):
        psql(server, f"INSERT INTO wj VALUES ('A-{number}', convert_from('\\x{cell.hex()}', '{encoding}'))", old)
    asked = []
    for item in read(server, database=old):
        if isinstance(item, Group):
            wj = tables([item])["wj"]
            asked = list(wj.candidates(["dh", "tm"], Predicate(None, frozenset(), ("tm",), ("密",))))
            assert [cell for (cell,) in wj.rows(["tm"])] == ["机密★长期", "机密★长期", "plain"]
    assert asked == [("A-0", "机密★长期"), ("A-1", "机密★长期")]


def test_what_views_work_out(server: Cluster) -> None:
    """A view that is not run explains the codes below it; one that is not understood is named."""
    psql(server, "CREATE DATABASE worked TEMPLATE template0", "postgres")
    psql(
        server,
        "CREATE TABLE wj (dh text, lv int); CREATE VIEW a AS SELECT dh, CASE lv WHEN 2 THEN '机密' ELSE '公开' END AS mj FROM wj",
        "worked",
    )
    psql(
        server,
        "CREATE VIEW b AS SELECT dh, CASE WHEN abs(lv) > 2 THEN '机密' END AS mj FROM wj; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ro",
        "worked",
    )
    found = list(read(server, database="worked"))
    (group,) = [item for item in found if isinstance(item, Group)]
    assert [(one.column, one.words) for text in group.views for one in worked_out(text)] == [("lv", (("2", "机密"),))]
    assert [item.place.path for item in found if isinstance(item, Unread)] == ["worked#b"]


def test_what_is_said_of_a_table(server: Cluster) -> None:
    psql(server, "CREATE DATABASE told TEMPLATE template0", "postgres")
    psql(server, "CREATE TABLE wj (dh text); COMMENT ON TABLE wj IS '本表均为机密'; GRANT SELECT ON wj TO ro", "told")
    (group,) = [item for item in read(server, database="told") if isinstance(item, Group)]
    assert group.around == {"told#wj": (("line", "本表均为机密"),)}


def test_a_table_is_cut_by_its_key(server: Cluster) -> None:
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
