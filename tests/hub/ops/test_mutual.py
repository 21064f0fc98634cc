"""Hub to hub by mutual TLS, through a real nginx with the configuration that the manual prints, and without one."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from hub.registry.own import Own, Settings, found
from hub.store.tables import envelope, outgoing
from scanner.cli.main import main
from scanner.ledger.trust import Pin, add_pin
from tests.hub.post import register
from tests.hub.served import SECRET, Served, home_at, quiet_port, token
from tests.ledger.stub_hub import certificates

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
MANUAL = Path(__file__).parents[3] / "docs" / "hub_operations.md"
PEOPLE, HUBS = 0, 1


@dataclass
class Line:
    """A province and a county that reports to it."""

    folder: Path
    province: Own
    county: Own

    def up(self, url: str, *options: str) -> int:
        """What the county's keeper types."""
        words = ["hub", "export", "up", "--home", str(self.folder / "county"), "--passphrase", "env:SQHUB_SECRET", "--send", url]
        return main(
            [*words, "--ca", str(self.folder / "tls/ca.pem"), "--token", f"file:{self.folder / 'token'}", "--seconds", "0", *options]
        )

    def certificate(self, name: str) -> tuple[str, ...]:
        return "--certificate", str(self.folder / f"tls/{name}.pem"), str(self.folder / f"tls/{name}.key")

    def kept(self) -> int:
        """Summaries that the province has."""
        with self.province.database.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(envelope)).scalar_one())

    def answered(self) -> list[bool]:
        with self.county.database.reading() as connection:
            return [bool(one) for one in connection.execute(sa.select(outgoing.c.answered)).scalars()]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setenv("SQHUB_SECRET", SECRET)
    certificates(tmp_path / "tls")
    province = home_at(tmp_path / "province")
    settings = Settings("330102", "")
    county = found(tmp_path / "county", settings, name="县局", rank="county", division="330102", algorithm="ed25519", passphrase=SECRET)
    register(province.database, "330102", rank="county", key=county.sign, role="hub")
    add_pin(tmp_path / "county/trust", Pin("hub", province.sign.public.pem.decode()))
    (tmp_path / "token").write_text(token(province))
    (tmp_path / "token").chmod(0o600)
    yield Line(tmp_path, province, county)
    county.database.close()
    province.database.close()


def printed(tls: Path, behind: str, ports: list[int]) -> str:
    """The configuration of the manual, for this machine."""
    (block,) = re.findall(r"```nginx\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{ports[PEOPLE]} ssl"),
        ("listen 8444 ssl", f"listen 127.0.0.1:{ports[HUBS]} ssl"),
        ("server_name hub.example", "server_name 127.0.0.1"),
        ("http://127.0.0.1:8443", behind),
        ("/etc/shiqu-hub/hubs-ca.pem", str(tls / "ca.pem")),
        ("/etc/shiqu-hub/hub.pem", str(tls / "server.pem")),
        ("/etc/shiqu-hub/hub.key", str(tls / "server.key")),
    ):
        assert old in block, old
        block = block.replace(old, new)
    return block


@contextmanager
def proxy(folder: Path, behind: str) -> Iterator[list[str]]:
    """nginx in front; the addresses for people and for hubs."""
    first = quiet_port()
    ports = [first + 7, first + 8]
    place = folder / "nginx"
    place.mkdir()
    temporary = "".join(f"{name}_temp_path {place}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    settings = f"daemon off; master_process off; pid {place}/pid; error_log {place}/error.log; events {{}}\n"
    (place / "conf").write_text(f"{settings}http {{ access_log off; {temporary}\n{printed(folder / 'tls', behind, ports)} }}\n", "utf-8")
    with subprocess.Popen([NGINX, "-p", str(place), "-c", str(place / "conf")], stderr=subprocess.PIPE) as child:
        try:
            end = time.monotonic() + 30
            while not (place / "pid").exists() or not (place / "pid").read_text():
                assert child.poll() is None and time.monotonic() < end, (place / "error.log").read_text()
                time.sleep(0.05)
            yield [f"https://127.0.0.1:{port}" for port in ports]
        finally:
            child.terminate()


def test_a_county_with_its_certificate_reports_and_nobody_without_one(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    with (
        Served(line.folder / "province", ("--behind-proxy", "--name", "127.0.0.1")) as served,
        proxy(line.folder, served.url) as (people, hubs),
    ):
        for own in ((), line.certificate("other")):
            assert line.up(hubs, *own) != 0
            assert (line.kept(), line.answered()) == (0, [False]), "it waits to be sent again"
        assert line.up(hubs, *line.certificate("server")) == 0
        assert "已有上级回执" in capsys.readouterr().out
        assert (line.kept(), line.answered()) == (1, [True])
        with httpx.Client(verify=ssl.create_default_context(cafile=str(line.folder / "tls/ca.pem")), trust_env=False) as browser:
            answer = browser.get(f"{people}/login")
            assert answer.status_code == 200 and answer.headers["strict-transport-security"] and "Secure" in answer.headers["set-cookie"]
            token_ = re.search(r'name="csrf" value="([^"]*)"', answer.text)
            assert token_
            form = {"csrf": token_[1], "name": "x", "password": "y"}
            # Headers that a visitor makes up: the proxy writes its own.
            lie = {"origin": people, "x-forwarded-for": "203.0.113.9"}
            assert browser.post(f"{people}/login", data=form, headers=lie).status_code == 401
            assert browser.post(f"{people}/login", data=form, headers={"origin": "https://evil.example"}).status_code == 403
            assert browser.get(f"{people}/login", headers={"host": "evil.example"}).status_code == 421
        with line.province.database.reading() as connection:
            assert connection.exec_driver_sql("select who from attempt").scalars().all() == ["127.0.0.1"]
        assert served.stop() == 0


def test_the_hub_itself_asks_for_the_certificate_where_no_proxy_does(line: Line) -> None:
    tls = line.folder / "tls"
    pair = ("--tls-cert", str(tls / "server.pem"), "--tls-key", str(tls / "server.key"), "--tls-client-ca", str(tls / "ca.pem"))
    with Served(line.folder / "province", pair) as served:
        for own in ((), line.certificate("other")):
            assert line.up(served.url, *own) != 0
        assert (line.kept(), line.answered()) == (0, [False])
        assert line.up(served.url, *line.certificate("server")) == 0
        assert (line.kept(), line.answered()) == (1, [True])
