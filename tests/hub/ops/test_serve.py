from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.registry.own import Own
from hub.store import tables as t
from scanner.cli.main import main
from scanner.ledger.envelope import open_envelope
from tests.hub.post import Sender, register
from tests.hub.served import Served, get, home_at, post, token


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    made = home_at(tmp_path_factory.mktemp("served") / "hub")
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def unit(own: Own) -> Sender:
    return register(own.database, "330102-001")


@pytest.fixture(scope="module")
def bearer(own: Own) -> str:
    return token(own)


@pytest.fixture(scope="module")
def served(own: Own, unit: Sender, bearer: str) -> Iterator[Served]:
    home = Path(own.database.url.removeprefix("sqlite:///")).parent
    with Served(home) as held:
        yield held
        assert held.stop() == 0, "it stops in order"


def test_an_upload_is_answered_with_its_receipt_and_folded(served: Served, own: Own, unit: Sender, bearer: str) -> None:
    data = unit.report()
    status, body = post(served.url, data, bearer)
    receipt = open_envelope(body)
    assert (status, receipt.manifest["previous"]) == (200, open_envelope(data).digest)
    assert post(served.url, data, bearer) == (200, body)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with own.database.reading() as connection:
            if connection.execute(sa.select(sa.func.count()).select_from(t.tier)).scalar_one():
                return
        time.sleep(0.1)
    raise AssertionError("nothing was folded")


def test_refusals_say_why(served: Served, unit: Sender, bearer: str) -> None:
    status, body = post(served.url, b"nonsense", bearer)
    said = json.loads(body)
    assert (status, said["code"], said["error"]) == (422, "refused", "dispatch-form") and said["sentence"]


def test_nobody_uploads_without_a_token(served: Served, unit: Sender) -> None:
    assert post(served.url, unit.report(), "made-up")[0] == 401


def test_more_than_the_cap_is_not_read(served: Served, bearer: str) -> None:
    assert post(served.url, bytes(40 * 1024 * 1024), bearer)[0] == 413


def test_health_and_metrics(served: Served, own: Own, bearer: str) -> None:
    assert get(served.url, "/healthz") == (200, '{"status":"ok"}')
    assert get(served.url, "/metrics")[0] == 401 and get(served.url, "/metrics", bearer)[0] == 403
    status, said = get(served.url, "/metrics", token(own, "admin-system", "keeper", "config"))
    assert status == 200 and "shiqu_hub_envelopes 1\n" in said and 'uploads_total{outcome="accepted"} 1' in said
    assert "330102" not in said


@pytest.mark.parametrize(
    "options", [["--host", "0.0.0.0"], ["--host", "::"], ["--host", "hub.example"], ["--tls-key", __file__], ["--tls-client-ca", __file__]]
)
def test_nothing_listens_beyond_this_machine_without_tls(tmp_path: Path, options: list[str]) -> None:
    assert main(["hub", "serve", "--home", str(tmp_path), *options]) == 2


def test_the_systemd_unit_names_this_very_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["hub", "serve", "--home", str(tmp_path / "a b"), "--systemd", "--port", "9443", "--host", "0.0.0.0", "--behind-proxy"]) == 0
    )
    said = capsys.readouterr().out
    assert f"ExecStart={sys.executable} -P -m scanner.cli.main hub serve --home '{tmp_path}/a b'" in said
    assert "--port 9443 --behind-proxy" in said and "NoNewPrivileges=yes" in said
    (tmp_path / "shiqu-hub.service").write_text(said)
    if Path("/usr/bin/systemd-analyze").exists():
        done = subprocess.run(
            ["systemd-analyze", "verify", str(tmp_path / "shiqu-hub.service")], capture_output=True, text=True, check=False
        )
        assert "Unknown" not in done.stderr and "Invalid" not in done.stderr
