"""A conversation with a child process (local shell, OpenSSH client): both streams drained, one deadline, killed as a group."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from collections.abc import Mapping, Sequence

from scanner.collect.converse import Call, Streams
from scanner.collect.frames import Raw
from scanner.errors import ReachError
from scanner.model.absent import Why


def talk(
    call: Call,
    argv: Sequence[str],
    *,
    operator: str,
    elevated: bool = False,
    password: str | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[Raw, int | None]:
    """Run ``argv``, feed the script, return the raw streams and the exit status (None when it had to be killed).

    With ``password`` the line goes first and the script follows the mark ``TOKEN O``. Raises ReachError when the program
    is not there.
    """
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=None if env is None else dict(env),
        )
    except OSError as error:
        raise ReachError(Why.DRIVER_MISSING, f"{argv[0]}: {error.strerror}") from None
    streams = Streams(call)
    try:
        timed_out = _pump(child, call, streams, password)
    finally:
        _end(child)
    raw = Raw(streams.stdout, streams.stderr, streams.why_cut(timed_out), operator, elevated)
    return raw, None if timed_out else child.returncode


def _pump(child: subprocess.Popen[bytes], call: Call, streams: Streams, password: str | None) -> bool:
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    go_mark = f"\n{call.script.token} O\n".encode()
    pending = memoryview(password.encode() + b"\n" if password is not None else call.script.text)
    waiting = password is not None
    with selectors.DefaultSelector() as selector:
        for stream in (child.stdin, child.stdout, child.stderr):
            os.set_blocking(stream.fileno(), False)
        selector.register(child.stdin, selectors.EVENT_WRITE)
        selector.register(child.stdout, selectors.EVENT_READ, streams.out)
        selector.register(child.stderr, selectors.EVENT_READ, streams.err)
        readers = 2
        while readers:
            if call.remaining <= 0:
                return True
            for key, _ in selector.select(min(call.remaining, 5.0)):
                if key.data is None:
                    try:
                        pending = pending[os.write(key.fd, pending[:65536]) :]
                    except (BrokenPipeError, ConnectionResetError):
                        pending = pending[:0]
                        waiting = False
                    if not pending:
                        selector.unregister(key.fileobj)
                        if not waiting:
                            child.stdin.close()
                    continue
                data = os.read(key.fd, 65536)
                if not data:
                    selector.unregister(key.fileobj)
                    readers -= 1
                    continue
                key.data(data)
                if waiting and key.data == streams.err and b"try again" in data.lower():
                    waiting = False
                    child.stdin.close()
                if waiting and go_mark in b"\n" + streams.stdout:
                    waiting = False
                    pending = memoryview(call.script.text)
                    selector.register(child.stdin, selectors.EVENT_WRITE)
                if streams.over:
                    return False
    try:
        child.wait(max(0.1, min(call.remaining, 5.0)))
    except subprocess.TimeoutExpired:
        return True
    return False


def _end(child: subprocess.Popen[bytes]) -> None:
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None and not stream.closed:
            try:
                stream.close()
            except BrokenPipeError:
                continue
    if child.poll() is None:
        try:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait(0.5)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
