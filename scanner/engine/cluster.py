"""An existing Dask cluster as the place where jobs run.

Tasks are names and data; workers call :func:`scanner.engine.worker.run` of their own installed package. What comes back is decoded as
data, never as code. The run's store on this machine is the ledger: a task that a dead worker held is run again by another one, and
what this machine has kept is not asked again, with whatever engine the run is resumed.
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from scanner.collect.gather import Job, Outcome, Progress, failed, gather, now_text
from scanner.collect.jobs import asked_here
from scanner.collect.login import Attempts
from scanner.engine import worker
from scanner.engine.choice import Address
from scanner.engine.permits import Desk, topic_of
from scanner.engine.wire import Installed, Reply, installed, outcome_of, pack_task, task_of, unpack_reply
from scanner.errors import KeepError, UseError
from scanner.model.absent import Absent, Why

CONNECT_SECONDS = 10.0
WORKER_SECONDS = 30.0
"""How long a scheduler without workers is waited for."""
LOOK_SECONDS = 1.0
"""Between two looks at which workers are there."""
SILENT_SECONDS = 15.0
"""A scheduler that does not answer for so long is lost."""
DETAIL = 2000
"""Characters of a worker's progress that are taken."""
ASK = "ask"
"""Reference of a secret that a person types: nobody sits at a worker."""


@dataclass(slots=True)
class Cluster:
    """A scheduler that somebody started, and its workers."""

    address: Address
    _client: Any = None

    def __enter__(self) -> Cluster:
        """Connect, and look whether every worker has what this machine has. Raises UseError; nothing was asked then."""
        self._client = _connected(self.address)
        try:
            _same(self._client, self.address)
        except UseError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        _silently(self._client.close)

    def run(self, jobs: Sequence[Job], workers: int, progress: Progress) -> Iterator[Outcome]:
        """Yield outcomes as they come; what only this machine can ask is asked here meanwhile."""
        away = [job for job in jobs if not asked_here(job.target)]
        for job in away:
            _typed(job)
        flight = _Flight(self._client, self.address, away, progress)
        flight.start()
        yield from gather([job for job in jobs if asked_here(job.target)], workers, progress, Attempts())
        yield from flight.outcomes()


def _typed(job: Job) -> None:
    reference = job.login.reference if job.login is not None else None
    if reference is not None and ASK in reference.secrets:
        raise UseError("engine-ask", login=reference.name)


def _connected(address: Address) -> Any:
    """A client of the scheduler. Raises UseError."""
    try:
        from distributed import Client, Security
    except ImportError:
        raise UseError("engine-missing", name=address.shown) from None
    for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm", "tornado.application"):
        # What it has to say is said in our own sentences.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    security = None
    if address.tls is not None:
        files = {"tls_ca_file": "ca.pem", "tls_client_cert": "cert.pem", "tls_client_key": "key.pem"}
        security = Security(require_encryption=True, **{key: str(address.tls / name) for key, name in files.items()})
    try:
        with warnings.catch_warnings():
            # Another release of Dask is no fault as long as it answers; another release of ours is refused by name.
            warnings.simplefilter("ignore")
            return Client(address.dialled, timeout=CONNECT_SECONDS, security=security, set_as_default=False, name="shiqu",
                          serializers=["dask", "msgpack"], deserializers=["dask", "msgpack"])  # fmt: skip
    except (OSError, TimeoutError, ValueError) as error:
        raise UseError("engine-unreachable", name=address.shown, detail=type(error).__name__) from None


def _same(client: Any, address: Address) -> None:
    """Every worker has what this machine has installed. Raises UseError naming the first that has not."""
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError:
        raise UseError("engine-idle", name=address.shown, seconds=int(WORKER_SECONDS)) from None
    for where, found in sorted(client.run(worker.identity, on_error="return").items()):
        if not isinstance(found, bytes):
            raise UseError("engine-worker", worker=where, detail=type(found).__name__)
        _refuse_other(where, msgspec.json.decode(found, type=Installed))


def _refuse_other(where: str, theirs: Installed) -> None:
    ours = installed()
    if theirs != ours:
        same_book = theirs.rulebook == ours.rulebook
        raise UseError(
            "engine-readers" if same_book else "engine-rulebook",
            worker=where,
            release=theirs.release,
            theirs=(theirs.readers if same_book else theirs.rulebook)[:19],
            own=ours.release,
            ours=(ours.readers if same_book else ours.rulebook)[:19],
        )


class _Flight:
    """The tasks of one run while they are away."""

    def __init__(self, client: Any, address: Address, jobs: Sequence[Job], progress: Progress) -> None:
        self._client, self._address, self._jobs, self._progress = client, address, jobs, progress
        self._run = secrets.token_hex(6)
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._desk = Desk(self._answer)
        self._futures: dict[int, Any] = {}

    def start(self) -> None:
        """Send every task."""
        self._client.subscribe_topic(topic_of(self._run), self._heard)
        for number, job in enumerate(self._jobs):
            future = self._client.submit(worker.run, pack_task(task_of(self._run, number, job)), key=f"shiqu-{self._run}-{number}", pure=False)
            self._futures[number] = future
            future.add_done_callback(lambda ended, number=number: self._done.put((number, ended)))

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what comes back. Raises KeepError when the scheduler is lost: what was yielded is kept, the rest can be resumed."""
        while self._futures:
            try:
                number, future = self._done.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                self._look()
                continue
            job = self._jobs[number]
            outcome = self._outcome(job, future)
            del self._futures[number]
            future.release()
            self._progress(job.target.id, "done" if outcome.reached else "failed", outcome.absent.why if outcome.absent is not None else "")
            yield outcome

    def _outcome(self, job: Job, future: Any) -> Outcome:
        if future.status not in ("finished", "error"):
            raise KeepError("engine-lost", name=self._address.shown)
        if future.status == "error":
            return failed(job, Absent(Why.DEFECT, f"worker: {type(future.exception()).__name__}"), now_text(), 0.0)
        reply = self._reply(future)
        if reply.installed is not None:
            _refuse_other(reply.worker, reply.installed)
        try:
            return outcome_of(job, reply)
        except ValueError as error:
            return failed(job, Absent(Why.GARBLED, f"worker: {error}"), now_text(), 0.0)

    def _reply(self, future: Any) -> Reply:
        try:
            return unpack_reply(future.result(timeout=SILENT_SECONDS * 4))
        except (OSError, TimeoutError):
            raise KeepError("engine-lost", name=self._address.shown) from None
        except (ValueError, TypeError) as error:
            return Reply(worker=str(type(error).__name__))

    def _look(self) -> None:
        """Which workers are there; whether the scheduler is."""
        try:
            there = self._client.scheduler_info()["workers"] if self._client.status == "running" else None
        except (OSError, TimeoutError):
            there = None
        if there is None:
            raise KeepError("engine-lost", name=self._address.shown)
        self._desk.present(there)

    def _heard(self, event: tuple[Any, Mapping[str, Any]]) -> None:
        """A message of a worker; called in the client's own loop, which must not wait."""
        message = event[1]
        what = message.get("what")
        if what == "begin":
            threading.Thread(target=self._desk.begin, args=(message,), daemon=True, name="shiqu-leave").start()
        elif what == "end":
            self._desk.end(message)
        elif what == "tell" and message.get("job") in self._futures:
            self._progress(self._jobs[message["job"]].target.id, "asking", str(message.get("detail", ""))[:DETAIL])

    def _answer(self, call: str, said: tuple[str, str]) -> None:
        from distributed import Variable

        _silently(lambda: Variable(call, client=self._client).set(list(said)))


def _silently(act: Callable[[], Any]) -> None:
    """The scheduler may be gone already; that is told where it matters."""
    try:
        act()
    except (OSError, TimeoutError, RuntimeError):
        return
