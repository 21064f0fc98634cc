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
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from scanner.collect.gather import Job, Outcome, Progress, failed, gather, now_text
from scanner.collect.holdings.meter import Counting, Meter
from scanner.collect.holdings.notes import Notes
from scanner.collect.holdings.parts import Part
from scanner.collect.holdings.scan import notes_of
from scanner.collect.jobs import asked_here
from scanner.collect.login import Attempts
from scanner.engine import worker
from scanner.engine.choice import Address
from scanner.engine.permits import Desk, topic_of
from scanner.engine.wire import Installed, Reply, Stage, installed, outcome_of, pack_task, task_of, unpack_reply
from scanner.errors import KeepError, UseError
from scanner.model.absent import Absent, Why

CONNECT_SECONDS = 10.0
WORKER_SECONDS = 30.0
"""How long a scheduler without workers is waited for."""
LOOK_SECONDS = 1.0
"""Between two looks at which workers are there."""
ALONE_SECONDS = 60.0
"""How long a run whose last worker has gone waits for another one."""
RESULT_SECONDS = 60.0
"""How long a finished result is waited for: the worker that holds it may end just then, and another one begins anew."""
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


@dataclass(slots=True)
class _Store:
    """A catalogue on its way: it is looked at first, and counted in parts where that is worth it."""

    as_of: str
    notes: Notes
    meter: Meter
    open: int = 0
    """Parts that are still away."""


class _Flight:
    """The tasks of one run while they are away."""

    def __init__(self, client: Any, address: Address, jobs: Sequence[Job], progress: Progress) -> None:
        self._client, self._address, self._jobs, self._progress = client, address, jobs, progress
        self._run = secrets.token_hex(6)
        self._done: queue.SimpleQueue[tuple[str, int, Stage, Any]] = queue.SimpleQueue()
        self._desk = Desk(self._answer)
        self._futures: dict[str, Any] = {}
        self._stores: dict[int, _Store] = {}
        self._serial = 0
        self._manned = time.monotonic()
        """When a worker was last seen."""

    def start(self) -> None:
        """Send every job."""
        self._client.subscribe_topic(topic_of(self._run), self._heard)
        for number, job in enumerate(self._jobs):
            if job.target.kind == "catalogue":
                as_of = now_text()[:10]
                store = _Store(
                    as_of, notes_of(job.folder, job.target, as_of), Meter(partial(self._progress, job.target.id, "asking"), "parts")
                )
                self._stores[number] = store
                self._send(number, "plan", store.notes.rows())
            else:
                self._send(number, "job", ())

    def _send(self, number: int, stage: Stage, rows: Iterable[bytes], part: Part | None = None) -> None:
        as_of = self._stores[number].as_of if number in self._stores else ""
        notes = tuple(row.decode() for row in rows)
        serial = self._serial = self._serial + 1
        task = task_of(self._run, number, serial, self._jobs[number], stage=stage, part=part, as_of=as_of, notes=notes)
        key = f"shiqu-{self._run}-{number}-{stage}-{serial}"
        self._futures[key] = self._client.submit(worker.run, pack_task(task), key=key, pure=False)
        self._await(key, number, stage)

    def _await(self, key: str, number: int, stage: Stage) -> None:
        self._futures[key].add_done_callback(lambda ended: self._done.put((key, number, stage, ended)))

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what comes back. Raises KeepError when the scheduler is lost: what was yielded is kept, the rest can be resumed."""
        while self._futures:
            try:
                key, number, stage, future = self._done.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                self._look()
                continue
            reply = self._reply(future)
            if reply is None:
                # A lost result calls back at once, and again and again.
                again = threading.Timer(LOOK_SECONDS / 4, self._await, (key, number, stage))
                again.daemon = True
                again.start()
                continue
            del self._futures[key]
            future.release()
            if stage == "part":
                self._part(number, reply)
            elif stage == "plan" and isinstance(reply, Reply) and reply.parts:
                self._cut(number, reply)
            else:
                yield self._over(number, reply)

    def _cut(self, number: int, reply: Reply) -> None:
        """Send the parts of a large store."""
        store = self._stores[number]
        self._note(store, reply)
        store.open = len(reply.parts)
        store.meter.expect(len(reply.parts))
        for part in reply.parts:
            self._send(number, "part", (store.notes.head(),), part)

    def _part(self, number: int, reply: Reply | Absent) -> None:
        """A part came back, or was lost: what is missing is counted with the whole."""
        store = self._stores[number]
        rows = self._note(store, reply)
        store.open -= 1
        store.meter.passed(1, rows)
        if not store.open:
            self._send(number, "whole", store.notes.rows())

    def _note(self, store: _Store, reply: Reply | Absent) -> int:
        try:
            return store.notes.note(reply.rows) if isinstance(reply, Reply) else 0
        except (ValueError, KeyError, TypeError):
            return 0

    def _over(self, number: int, reply: Reply | Absent) -> Outcome:
        job = self._jobs[number]
        try:
            outcome = failed(job, reply, now_text(), 0.0) if isinstance(reply, Absent) else outcome_of(job, reply)
        except ValueError as error:
            outcome = failed(job, Absent(Why.GARBLED, f"worker: {error}"), now_text(), 0.0)
        if number in self._stores:
            self._stores.pop(number).notes.close()
        self._progress(job.target.id, "done" if outcome.reached else "failed", outcome.absent.why if outcome.absent is not None else "")
        return outcome

    def _reply(self, future: Any) -> Reply | Absent | None:
        """What a worker answered, or why it did not; None when the answer was lost with a worker and is on its way again.

        Raises KeepError when the scheduler is lost, UseError for a refusal.
        """
        if future.status in ("pending", "lost"):
            return None
        if future.status == "error":
            return Absent(Why.DEFECT, f"worker: {type(future.exception()).__name__}")
        if future.status != "finished":
            raise KeepError("engine-lost", name=self._address.shown)
        try:
            reply = unpack_reply(future.result(timeout=RESULT_SECONDS))
        except TimeoutError:
            self._look()
            return None
        except (OSError, CancelledError):
            raise KeepError("engine-lost", name=self._address.shown) from None
        except (ValueError, TypeError) as error:
            return Absent(Why.GARBLED, f"worker: {type(error).__name__}")
        if reply.installed is not None:
            _refuse_other(reply.worker, reply.installed)
        return reply

    def _look(self) -> None:
        """Which workers are there; whether the scheduler is."""
        try:
            there = self._client.scheduler_info()["workers"] if self._client.status == "running" else None
        except (OSError, TimeoutError):
            there = None
        if there is None:
            raise KeepError("engine-lost", name=self._address.shown)
        if there:
            self._manned = time.monotonic()
        elif time.monotonic() - self._manned > ALONE_SECONDS:
            raise KeepError("engine-alone", name=self._address.shown, seconds=int(ALONE_SECONDS))
        self._desk.present(there)

    def _heard(self, event: tuple[Any, Mapping[str, Any]]) -> None:
        """A message of a worker; called in the client's own loop, which must not wait."""
        message = event[1]
        what = message.get("what")
        if what == "begin":
            threading.Thread(target=self._desk.begin, args=(message,), daemon=True, name="shiqu-leave").start()
        elif what == "end":
            self._desk.end(message)
        elif what == "tell" and message.get("job") in range(len(self._jobs)):
            self._told(message["job"], str(message.get("detail", ""))[:DETAIL])

    def _told(self, number: int, detail: str) -> None:
        """Progress of a worker. Of a store in parts the parts are counted here, and a worker only says where it is."""
        store = self._stores.get(number)
        counting = Counting.read(detail)
        if store is not None and store.open and counting is not None:
            store.meter.at(counting.path)
        else:
            self._progress(self._jobs[number].target.id, "asking", detail)

    def _answer(self, call: str, said: tuple[str, str]) -> None:
        from distributed import Variable

        _silently(lambda: Variable(call, client=self._client).set(list(said)))


def _silently(act: Callable[[], Any]) -> None:
    """The scheduler may be gone already; that is told where it matters."""
    try:
        act()
    except (OSError, TimeoutError, RuntimeError):
        return
