"""Leave to log in, asked from afar: at most one failed login per account and run, however many machines ask and however they end.

A worker asks before it dials and tells how it went. When it ends in between nobody knows whether a password was refused, so that
account is not tried there again in this run.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.collect.login import Attempts, Login
from scanner.errors import ReachError
from scanner.model.absent import Why

WAIT = "3600s"
"""How long a worker waits for leave: another machine may be trying the same password on a host that does not answer."""
LOST = "the worker ended while it was logging in; this login is not tried there again in this run"


@dataclass(frozen=True, slots=True)
class Post:
    """Messages from a worker's job to the run's own machine. They hold names only."""

    run: str
    job: int
    serial: int
    """Of the task; the same when it runs again because a worker ended."""
    worker: str
    log: Callable[[str, Any], None]

    def send(self, what: str, **fields: Any) -> None:
        """Send one message; they arrive in their order."""
        self.log(topic_of(self.run), {"what": what, "job": self.job, "serial": self.serial, "worker": self.worker, **fields})


def topic_of(run: str) -> str:
    """Name under which a run's messages go."""
    return f"shiqu-{run}"


class FarAttempts(Attempts):
    """The worker's side."""

    def __init__(self, post: Post) -> None:
        super().__init__()
        self._post = post
        self._calls: dict[tuple[str, str], str] = {}

    def begin(self, login: Login, place: str) -> None:
        """Ask the run's own machine for leave. Raises ReachError."""
        from distributed import Variable

        call = f"shiqu-{self._post.run}-{secrets.token_hex(8)}"
        spends = login.password is not None or login.elevate_password is not None
        self._calls[login.name, place] = call
        self._post.send("begin", call=call, login=login.name, place=place, spends=spends)
        answer = Variable(call)
        try:
            why, detail = answer.get(timeout=WAIT)
        except TimeoutError:
            raise ReachError(Why.TIMED_OUT, "nobody gave leave to log in") from None
        answer.delete()
        if why:
            raise ReachError(Why(why), detail)

    def end(self, login: Login, place: str, accepted: bool | None) -> None:
        """Tell how it went."""
        self._post.send("end", call=self._calls.pop((login.name, place), ""), accepted=accepted)


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave that was given and not yet told back."""

    serial: int
    worker: str
    login: Login
    place: str


@dataclass(slots=True)
class Desk:
    """The side of the run's own machine. ``answer(call, (why, detail))`` carries the word to the worker."""

    answer: Callable[[str, tuple[str, str]], None]
    _attempts: Attempts = field(default_factory=Attempts)
    _open: dict[str, Leave] = field(default_factory=dict)
    _lost: set[tuple[str, str]] = field(default_factory=set)
    _asking: set[str] = field(default_factory=set)
    """Workers that ever asked."""
    _gone: set[str] = field(default_factory=set)
    """Those of them that are not there any more."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, message: Mapping[str, Any]) -> None:
        """Give leave or refuse it. May wait while another host is the first to try a password: call it in a thread of its own."""
        login = Login(name=str(message["login"]), password="" if message["spends"] else None)
        leave = Leave(int(message["serial"]), str(message["worker"]), login, str(message["place"]))
        self._close(lambda held: held.serial == leave.serial and (held.login.name, held.place) == (login.name, leave.place))
        said = ("", "")
        try:
            with self._lock:
                self._asking.add(leave.worker)
                if (login.name, leave.place) in self._lost:
                    raise ReachError(Why.INTERRUPTED, LOST)
            self._attempts.begin(login, leave.place)
        except ReachError as error:
            said = (error.absent.why.value, error.absent.detail)
        else:
            with self._lock:
                gone = leave.worker in self._gone
                if not gone:
                    self._open[str(message["call"])] = leave
            if gone:
                self._attempts.end(login, leave.place, None)
                return
        self.answer(str(message["call"]), said)

    def end(self, message: Mapping[str, Any]) -> None:
        """A worker tells how a login went."""
        with self._lock:
            leave = self._open.pop(str(message["call"]), None)
        if leave is not None:
            accepted = message["accepted"]
            self._attempts.end(leave.login, leave.place, accepted if isinstance(accepted, bool) else None)

    def present(self, workers: Collection[str]) -> None:
        """Close what workers left open that are not there any more."""
        with self._lock:
            self._gone |= self._asking - set(workers)
        self._close(lambda held: held.worker not in workers)

    def _close(self, over: Callable[[Leave], bool]) -> None:
        with self._lock:
            ended = [(call, held) for call, held in self._open.items() if over(held)]
            for call, held in ended:
                del self._open[call]
                if held.login.password is not None:
                    self._lost.add((held.login.name, held.place))
        for _, held in ended:
            self._attempts.end(held.login, held.place, False if held.login.password is not None else None)
