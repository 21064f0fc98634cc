"""A full disk and a database that is away: told as such, nothing acknowledged, and all well once they are mended."""

from __future__ import annotations

import http.client
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from hub.store import tables as t
from tests.hub.post import register
from tests.hub.postgres import POSSIBLE, Server
from tests.hub.served import Served, get, home_at, post, token

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "sqhubS", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_507_and_passes(small: Path) -> None:
    own = home_at(small / "hub")
    unit, bearer = register(own.database, "330102-001"), token(own)
    own.database.close()
    with Served(small / "hub") as served:
        assert post(served.url, unit.report(), bearer)[0] == 200
        with (small / "filler").open("wb", buffering=0) as filler:
            while True:
                try:
                    filler.write(bytes(4096))
                except OSError:
                    break
        held = []
        for _ in range(60):
            held.append(unit.report())
            status, body = post(served.url, held[-1], bearer)
            if status != 200:
                break
        assert status == 507, body
        assert get(served.url, "/healthz")[0] == 200, "reading goes on"
        assert post(served.url, b"rubbish", bearer)[0] == 507, "nothing is refused that cannot be put aside with its reason"
        (small / "filler").unlink()
        for data in held:
            assert post(served.url, data, bearer)[0] == 200
        assert post(served.url, b"rubbish", bearer)[0] == 422
        assert served.stop() == 0
    with own.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(t.envelope)).scalar_one() == len(held) + 1
    own.database.close()


@pytest.mark.skipif(not POSSIBLE, reason="needs PostgreSQL")
def test_a_database_that_is_away_is_503_and_comes_back(tmp_path: Path) -> None:
    with Server() as server:
        own = home_at(tmp_path / "hub", server.url())
        unit, bearer = register(own.database, "330102-001"), token(own)
        own.database.close()
        with Served(tmp_path / "hub") as served:
            first, second = unit.report(), unit.report()
            assert post(served.url, first, bearer)[0] == 200
            server.stop("fast")
            connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=20)
            connection.request("POST", "/api/v1/envelopes", second, {"Authorization": f"Bearer {bearer}"})
            answer = connection.getresponse()
            assert (answer.status, answer.getheader("Retry-After")) == (503, "10")
            assert b"postgres" not in answer.read()
            connection.close()
            assert get(served.url, "/healthz") == (503, '{"status":"down"}')
            server.start()
            assert post(served.url, second, bearer)[0] == 200
            assert post(served.url, first, bearer)[0] == 200
            assert served.stop() == 0
