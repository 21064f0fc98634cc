"""A real nginx, hardened and loose, each in its own process and network namespace; our reader against ``nginx -T``."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.collect.compose import Slot, compose
from scanner.collect.frames import Raw, read_frames
from scanner.facts import middleware
from scanner.facts.fact import read, spec_of
from scanner.facts.middleware.nginx_parser import Tree
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Evidence
from tests.labs.judged import judged

SHELLS = [["sh"], ["bash"], *([["busybox", "sh"]] if shutil.which("busybox") else [])]
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("nginx") is None, reason="needs root and nginx"),
]
CERTIFICATE = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=lab", "-days", "2")
TEMP = "".join(f"{name}_temp_path {{here}}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
HEAD = "pid {here}/pid;\nevents {{}}\n"
GOOD = (
    "user www-data;\nerror_log {here}/error.log warn;\n"
    + HEAD
    + "http {{\n"
    + TEMP
    + """
  include {here}/http.d/*.conf;
  log_format full '$time_iso8601 $remote_addr "$request" $status';
  access_log {here}/access.log full;
  server {{ listen 127.0.0.2:8080; listen 192.0.2.1:80; return 301 https://$host$request_uri; }}
  include "{here}/sites enabled/*";
}}
"""
)
GOOD_FILES = {
    "http.d/hard.conf": "server_tokens off; # not the version\nssl_protocols TLSv1.2 TLSv1.3;\ninclude {here}/headers.conf;\n"
    "ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384;\nclient_max_body_size 50m;\n",
    "http.d/empty.conf": "",
    "headers.conf": "add_header X-Content-Type-Options nosniff always;add_header X-Frame-Options DENY;\n"
    'add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;',
    "sites enabled/archive": """server {{
    listen 192.0.2.1:443 ssl; server_name archive.example;
    ssl_certificate {here}/crt; ssl_certificate_key {here}/key;
    location / {{ root /srv; }}
    location /x {{ add_header Cache-Control "no-store"; include {here}/headers.conf; alias /srv/x; }}
    location = /status {{ stub_status; allow 127.0.0.1; deny all; }}
    location /api {{ proxy_set_header Authorization "Basic c2VjcmV0OnNlY3JldA=="; proxy_pass http://127.0.0.1:9; }}
}}
""",
}
BAD = (
    "user root;\nerror_log /dev/null emerg;\n"
    + HEAD
    + "http {{\n"
    + TEMP
    + """
  log_format thin '$request';
  access_log {here}/access.log thin;
  ssl_ciphers ALL;
  client_max_body_size 0;
  server {{
    listen 192.0.2.1:80; listen 192.0.2.1:443 ssl; ssl_certificate {here}/crt; ssl_certificate_key {here}/key;
    ssl_protocols TLSv1 TLSv1.2;
    location / {{ root /srv; autoindex on; access_log off; }}
    location /pictures {{ alias /srv/pictures/; }}
    location /status {{ stub_status; }}
  }}
}}
"""
)
EXPECTED = {
    "nginx.access-log", "nginx.alias-traversal", "nginx.autoindex", "nginx.client-limits", "nginx.error-log", "nginx.log-format",
    "nginx.plaintext", "nginx.security-headers", "nginx.server-tokens", "nginx.status-page", "nginx.tls-ciphers",
    "nginx.tls-protocols", "nginx.worker-user",
}  # fmt: skip


class House:
    """One configuration and what is asked of it."""

    def __init__(self, folder: Path, main: str, files: dict[str, str]) -> None:
        self.folder = folder
        for name, text in {"nginx.conf": main, **files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(here=folder))
        subprocess.run(
            [*CERTIFICATE, "-keyout", str(folder / "key"), "-out", str(folder / "crt")],
            check=True,
            capture_output=True,
        )

    def ask(self, then: str = "", shell: tuple[str, ...] = ("sh",), start: bool = True) -> Evidence:
        """Start nginx in namespaces of its own, put the probe as a scan would, and let everything die."""
        script = compose((Slot("lab", spec_of(middleware.Nginx).probe),), secrets.token_hex(16))
        begin = f"ip link set lo up; ip address add 192.0.2.1/32 dev lo; nginx -c {self.folder}/nginx.conf || exit 9; sleep 0.5\n"
        seen = self.folder.parent / "seen"
        seen.write_bytes(b"")
        look = f"(cd {self.folder}; find . ! -name access.log -printf '%p %T@ %C@ %s\\n' | sort >>{seen})"
        outer = f"{begin if start else ''}{then}\n{look}\n{' '.join(shell)} -s\n{look}"
        done = subprocess.run(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "sh", "-c", outer],
            input=script.text,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        lines = seen.read_text().split("\n")[:-1]
        assert lines[: len(lines) // 2] == lines[len(lines) // 2 :] != [], "the probe changed something"
        (evidence,) = read_frames(script, Raw(done.stdout, done.stderr), "2026-01-01T00:00:00Z", 0.0).evidence
        return evidence


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    yield House(tmp_path_factory.mktemp("good") / "house", GOOD, GOOD_FILES)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    yield House(tmp_path_factory.mktemp("bad") / "house", BAD, {})


@pytest.mark.parametrize("shell", SHELLS, ids=lambda words: words[0])
def test_hardened(good: House, shell: list[str]) -> None:
    verdicts = judged([good.ask(shell=tuple(shell))], "nginx.")
    assert set(verdicts) == EXPECTED
    assert {key: (v.status, v.observed) for key, v in verdicts.items() if v.status != "met"} == {}


@pytest.mark.parametrize("shell", SHELLS, ids=lambda words: words[0])
def test_loose(bad: House, shell: list[str]) -> None:
    verdicts = judged([bad.ask(shell=tuple(shell))], "nginx.")
    assert {key: (v.status, v.detail) for key, v in verdicts.items() if v.status != "unmet"} == {}
    assert set(verdicts) == EXPECTED


def test_edited_but_not_reloaded(good: House) -> None:
    verdicts = judged([good.ask(then=f"sleep 3; touch {good.folder}/headers.conf")], "nginx.")
    assert {v.status for v in verdicts.values()} == {"awaits-person"}


def test_a_secret_in_a_header_stays_on_the_host(good: House) -> None:
    answer = good.ask().stdout
    assert b"c2VjcmV0" not in answer and b'proxy_set_header Authorization "[masked]";' in answer


def test_the_reader_sees_what_nginx_prints(good: House) -> None:
    """Every file that ``nginx -T`` dumps, and the same directives."""
    evidence = good.ask()
    fact = read(spec_of(middleware.Nginx), Answer(evidence.stdout, b"", evidence.exit))
    assert isinstance(fact, middleware.Nginx) and fact.doubt == ""
    dump = subprocess.run(
        ["unshare", "--net", "sh", "-c", f"ip link set lo up; ip address add 192.0.2.1/32 dev lo; nginx -T -c {good.folder}/nginx.conf"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    parts = re.split(r"^# configuration file (.*):\n", dump, flags=re.MULTILINE)[1:]
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    assert len(files) == 5
    whole = Tree(files, frozenset(), str(good.folder)).whole(f"{good.folder}/nginx.conf")

    def shape(items: object) -> object:
        return [(i.name, i.args if "Basic" not in str(i.args) else i.args[:1], i.where, i.block and shape(i.block.items)) for i in items]  # type: ignore[attr-defined]

    ours = list(fact.mains[0].items)
    assert str(shape(whole)) == re.sub(r"\('Authorization', '\[masked\]'\)", "('Authorization',)", str(shape(ours)))


def test_a_hidden_nginx_of_another_user_is_not_looked_into(good: House) -> None:
    """Anybody may name a process so that root would print a file for them."""
    fake = "perl -e '$0 = \"nginx: master process /usr/sbin/nginx -c /etc/shadow\"; sleep 20'"
    evidence = good.ask(then=f"runuser -u nobody -- {fake} & sleep 1", start=False)
    assert b"/etc/shadow" not in evidence.stdout.split(b"== files")[1] and b"root:" not in evidence.stdout
    fact = read(spec_of(middleware.Nginx), Answer(evidence.stdout, b"", evidence.exit))
    assert isinstance(fact, middleware.Nginx) and "another nginx" in fact.doubt


def test_no_nginx_at_all(good: House) -> None:
    hide = "for f in /usr/sbin/nginx /usr/local/sbin/nginx; do [ -e $f ] && mount --bind /dev/null $f; done"
    probe = spec_of(middleware.Nginx).probe
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", f"{hide}\n{probe.ask[0]}"], capture_output=True, check=False
    )
    fact = read(spec_of(middleware.Nginx), Answer(done.stdout, done.stderr, done.returncode))
    assert isinstance(fact, Absent) and fact.why is Why.NOT_PRESENT, fact
