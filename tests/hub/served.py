"""A hub that is served by a process of its own, as people run it; and what a client does that wants its receipt."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hub.clock import later, now
from hub.people import accounts, sessions
from hub.registry.own import Own, Settings, found
from tests.hub.post import HUB

SECRET = "dragon-gate-of-the-stone-canal"
STARTED = re.compile(r"(https?://[0-9.]+:\d+)/")


def home_at(folder: Path, url: str = "") -> Own:
    """A hub in a folder."""
    os.environ["SQHUB_SECRET"] = SECRET
    return found(folder, Settings(HUB, url), name="示例省局", rank="province", division="330000", algorithm="ed25519", passphrase=SECRET)


def token(own: Own, role: str = "province", name: str = "sender", act: str = "upload") -> str:
    """Of an account at the root of the tree."""
    with own.database.writing() as connection:
        account = accounts.add(connection, "system", name, f"人{name}", role, HUB, password="石渠阁里藏书万卷-9Xk", at=now())
        return sessions.new_token(connection, account, "test", [act], later(now(), 30 * 86400)[:10], now())


def quiet_port() -> int:
    """A free port below those that clients are given: one that calls a port where nobody listens may else be given that very port, and call itself."""
    # Far from where another process of the same tests begins, whose number is the next.
    for port in range(20000 + 61 * os.getpid() % 5000, 30000):
        with socket.socket() as held:
            try:
                held.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


@dataclass
class Served:
    """One process after the other for one folder."""

    home: Path
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    module: tuple[str, ...] = ("scanner.cli.main",)
    """What is run, and what it is told before the command."""
    process: subprocess.Popen[str] | None = None
    url: str = ""

    def start(self) -> str:
        """Start it and wait until it listens; the log goes beside the folder."""
        argv = [*self.before, sys.executable, "-P", "-m", *self.module, "hub", "serve", "--home", str(self.home)]
        argv += ["--passphrase", "env:SQHUB_SECRET", "--port", str(urlsplit(self.url).port or quiet_port()), *self.options]
        environment = {**os.environ, "SQHUB_SECRET": SECRET, **self.environment}
        with self.home.with_suffix(".log").open("a") as log:
            self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said = STARTED.search(line)
            if said:
                self.url = said[1]
                return self.url
        raise AssertionError(self.home.with_suffix(".log").read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def __enter__(self) -> Served:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGKILL)


@dataclass
class Forked:
    """The same, from a parent that has everything loaded: killing it costs a fork and no start."""

    home: Path
    parent: subprocess.Popen[str] | None = None
    child: int = 0
    url: str = ""

    def start(self) -> str:
        if self.parent is None:
            argv = [sys.executable, "-m", "tests.hub.ops.forker", str(self.home)]
            environment = {**os.environ, "SQHUB_SECRET": SECRET}
            with self.home.with_suffix(".log").open("a") as log:
                self.parent = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        assert self.parent.stdin is not None and self.parent.stdout is not None
        self.parent.stdin.write(f"{urlsplit(self.url).port or quiet_port()}\n")
        self.parent.stdin.flush()
        self.child, listening = 0, False
        while not (self.child and listening):
            line = self.parent.stdout.readline()
            assert line, self.home.with_suffix(".log").read_text()
            said = STARTED.search(line)
            if line.startswith("child "):
                self.child = int(line.split()[1])
            elif said:
                self.url, listening = said[1], True
        return self.url

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.parent is not None and self.parent.stdout is not None
        assert self.child > 0, "it is not running"
        os.kill(self.child, number)
        while self.parent.stdout.readline() not in ("gone\n", ""):
            pass
        self.child = 0
        return 0

    def close(self) -> None:
        """End the parent, and the child that a failed test has left."""
        if self.child > 0:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.child, signal.SIGKILL)
        if self.parent is not None and self.parent.stdin is not None and self.parent.stdout is not None:
            self.parent.stdin.close()
            self.parent.wait(30)
            self.parent.stdout.close()


def post(url: str, data: bytes, bearer: str, seconds: float = 20) -> tuple[int, bytes]:
    """One upload. Raises OSError or HTTPException when nobody answers."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=seconds)
    try:
        connection.request("POST", "/api/v1/envelopes", data, {"Authorization": f"Bearer {bearer}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def get(url: str, path: str, bearer: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {bearer}"} if bearer else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def until_receipt(served: Served | Forked, data: bytes, bearer: str, deadline: float, seen: Counter[str] | None = None) -> bytes:
    """Upload until it is answered with a receipt, whatever happens meanwhile; ``seen`` counts the answers."""
    seen = Counter() if seen is None else seen
    while time.monotonic() < deadline:
        try:
            status, body = post(served.url, data, bearer, 10)
        except (OSError, http.client.HTTPException) as error:
            seen[type(error).__name__] += 1
            time.sleep(0.05)
            continue
        seen[str(status)] += 1
        if status == 200:
            return body
        assert status in (503, 507), (status, body)
        time.sleep(0.05)
    raise AssertionError("no receipt in time")
