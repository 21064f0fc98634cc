"""A real Dask scheduler and worker processes on loopback, with their logs at hand. Nothing of them is left afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

DASK = str(Path(sys.executable).with_name("dask"))
QUIET = {"DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False", "DASK_LOGGING__DISTRIBUTED": "debug", "PYTHONWARNINGS": "ignore"}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def certificates(folder: Path) -> Path:
    """A throw-away CA and one certificate for all sides."""
    folder.mkdir()
    run = lambda *argv: subprocess.run(["openssl", *argv], check=True, capture_output=True, cwd=folder)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=sqengine-ca", "-days", "2",
        "-keyout", "ca.key", "-out", "ca.pem")  # fmt: skip
    run(
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=sqengine",
        "-keyout",
        "key.pem",
        "-out",
        "cert.csr",
    )
    run("x509", "-req", "-in", "cert.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-out", "cert.pem")
    (folder / "key.pem").chmod(0o600)
    return folder


class Stand:
    """A scheduler with workers. A context manager."""

    def __init__(self, workers: int = 2, tls: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        """``env`` is for workers alone."""
        self.folder = Path(tempfile.mkdtemp(prefix="sqengine-"))
        self.port = free_port()
        self.tls = tls
        self.url = f"dask://127.0.0.1:{self.port}"
        self.workers: list[subprocess.Popen[bytes]] = []
        self._env = {**os.environ, **QUIET, "TMPDIR": str(self.folder)}
        self._worker_env = dict(env or {})
        scheme = "tcp" if tls is None else "tls"
        self.scheduler = self._start(
            "scheduler", "scheduler", "--host", f"{scheme}://127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )
        self._wanted = workers

    def __enter__(self) -> Stand:
        self._wait(lambda: b"Scheduler at" in self.log("scheduler"))
        for _ in range(self._wanted):
            self.worker()
        self.joined(self._wanted)
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def worker(self, env: Mapping[str, str] | None = None, threads: int = 1) -> subprocess.Popen[bytes]:
        """One more worker process."""
        where = self.url.replace("dask", "tcp" if self.tls is None else "tls")
        name = f"worker{len(self.workers)}"
        found = self._start(name, "worker", where, "--no-nanny", "--nthreads", str(threads), "--no-dashboard", "--name", name,
                            "--local-directory", str(self.folder), env={**self._worker_env, **(env or {})})  # fmt: skip
        self.workers.append(found)
        return found

    def joined(self, count: int) -> None:
        """Wait until so many workers have registered since the start."""
        self._wait(lambda: self.log("scheduler").count(b"Register worker") >= count)

    def log(self, name: str) -> bytes:
        """What a process said."""
        with contextlib.suppress(OSError):
            return (self.folder / f"{name}.log").read_bytes()
        return b""

    @property
    def logs(self) -> bytes:
        """What all of them said."""
        return b"".join(path.read_bytes() for path in self.folder.glob("*.log"))

    def kill(self, number: int, how: int = signal.SIGKILL) -> None:
        """End one worker."""
        self.workers[number].send_signal(how)
        self.workers[number].wait()

    def _start(self, name: str, *argv: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        keys = ("--tls-ca-file", "ca.pem"), ("--tls-cert", "cert.pem"), ("--tls-key", "key.pem")
        tls = [part for option, file in keys for part in (option, str(self.tls / file))] if self.tls is not None else []
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [DASK, *argv, *tls], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**self._env, **(env or {})}, cwd="/"
            )

    def _wait(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > until or self.scheduler.poll() is not None:
                raise RuntimeError(self.logs.decode("utf-8", "replace")[-3000:])
            time.sleep(0.1)
