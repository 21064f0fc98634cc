"""TLS of the hub's own, and certificates that clients must have."""

from __future__ import annotations

import http.client
import os
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scanner.cli.main import main
from tests.hub.served import Served, home_at
from tests.ledger.stub_hub import certificates


def asked(url: str, ca: Path, own: tuple[Path, Path] | None = None, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> int:
    context = ssl.create_default_context(cafile=str(ca))
    context.maximum_version = most
    if own is not None:
        context.load_cert_chain(*own)
    connection = http.client.HTTPSConnection(urlsplit(url).netloc, timeout=20, context=context)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        assert answer.getheader("strict-transport-security")
        return answer.status
    finally:
        connection.close()


def test_tls_and_certificates_of_clients(tmp_path: Path) -> None:
    home_at(tmp_path / "hub").database.close()
    tls = certificates(tmp_path / "tls")
    pair = ("--tls-cert", str(tls / "server.pem"), "--tls-key", str(tls / "server.key"))
    with Served(tmp_path / "hub", (*pair, "--tls-client-ca", str(tls / "ca.pem"))) as served:
        assert served.url.startswith("https://")
        assert asked(served.url, tls / "ca.pem", (tls / "server.pem", tls / "server.key")) == 200
        for own in (None, (tls / "other.pem", tls / "other.key")):
            with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
                asked(served.url, tls / "ca.pem", own)
        with pytest.raises(ssl.SSLCertVerificationError):
            asked(served.url, tls / "other.pem", (tls / "server.pem", tls / "server.key"))
        assert served.stop() == 0


def test_a_certificate_that_is_none_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home_at(tmp_path / "hub").database.close()
    monkeypatch.setenv("SQHUB_SECRET", os.environ["SQHUB_SECRET"])
    (tmp_path / "bad.pem").write_text("nothing")
    bad = str(tmp_path / "bad.pem")
    home = ["--home", str(tmp_path / "hub"), "--passphrase", "env:SQHUB_SECRET"]
    assert main(["hub", "serve", *home, "--port", "0", "--tls-cert", bad, "--tls-key", bad]) == 2
    assert "TLS" in capsys.readouterr().err
