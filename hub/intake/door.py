"""The door: what is answered with a receipt is on the disk. Uploads that wait together share one transaction, and each gets its own answer."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from hub.intake import quarantine
from hub.intake.judging import CONFLICT, REFUSED
from hub.intake.keep import Kept, keep
from hub.intake.order_shape import KIND as ORDER
from hub.intake.reading import Arrival, read_arrival
from hub.intake.terms import Words
from hub.people import log
from hub.registry.own import Own
from hub.store.database import BROKEN_RULES, Database
from scanner.errors import KeepError, ShiquError, UseError
from scanner.ledger.envelope import is_encrypted

GROUP = 50
"""Uploads of one transaction."""
SMALL = 256 * 1024
"""Bytes of an upload that is read in a few milliseconds."""
DEFECTS = (*BROKEN_RULES, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
"""What a mistake of ours raises: it must not cost the others of a group their receipts."""
LOG = logging.getLogger("shiqu.hub")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one upload."""

    code: str
    """``accepted``, ``duplicate``, ``conflict`` or ``refused``."""
    envelope_id: int | None
    receipt: bytes | None
    """For what is kept, now or since earlier."""
    error: ShiquError | None
    """Why it is not."""


Orders = Callable[[Connection, Own, Arrival], Outcome]
"""What takes in an order of the hub above, in the transaction that is given. Raises UseError: why it is refused."""


@dataclass(slots=True)
class _Waiting:
    arrival: Arrival
    called: threading.Event = field(default_factory=threading.Event)
    """That it is done, or that it is this one's turn to carry."""
    done: bool = False
    outcome: Outcome | None = None
    trouble: BaseException | None = None


class Door:
    """Used by any number of threads. Whoever finds nobody carrying carries in all that wait, and then calls the next one to do so."""

    def __init__(self, own: Own, database: Database, orders: Orders | None = None) -> None:
        self._own, self._database, self._orders, self._words = own, database, orders, Words()
        self._queue: list[_Waiting] = []
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._carried = False
        """Whether somebody carries, or has been called to."""
        self.tally: Counter[str] = Counter()
        """Uploads since the start by what became of them."""

    def accept(self, data: bytes, source: str, by: int | None = None) -> Outcome:
        """Take an upload in or say why not. Raises KeepError when the database cannot keep it: then nothing was acknowledged."""
        actor = f"account:{by}" if by is not None else f"door:{source}"
        # Small ones one after the other: many threads that compute only take the interpreter from each other, and from the one that writes.
        with self._reading if len(data) <= SMALL and not is_encrypted(data) else nullcontext():
            arrival = read_arrival(data, source, actor, hub=self._own.code, decrypt=self._own.encrypt)
        if self._orders is not None and arrival.envelope is not None and arrival.envelope.manifest["kind"] == ORDER:
            return self._counted(self._ordered(arrival, self._orders))
        one = _Waiting(arrival)
        with self._lock:
            self._queue.append(one)
            mine, self._carried = not self._carried, True
        while True:
            if mine:
                self._turn()
            if one.done:
                break
            one.called.wait()
            one.called.clear()
            mine = not one.done
        if one.trouble is not None:
            raise one.trouble
        assert one.outcome is not None
        return self._counted(one.outcome)

    def _counted(self, outcome: Outcome) -> Outcome:
        with self._lock:
            self.tally[outcome.code] += 1
        return outcome

    def _ordered(self, arrival: Arrival, orders: Orders) -> Outcome:
        """Orders are few: each has a transaction of its own, and what is refused is put aside in another."""
        try:
            with self._database.writing() as connection:
                return orders(connection, self._own, arrival)
        except UseError as found:
            error = found
        except DEFECTS:
            LOG.exception("order %s of %s", arrival.file, arrival.actor)
            raise KeepError("hub-intake-broken") from None
        with self._database.writing() as connection:
            quarantine.put(connection, [quarantine.Refused(arrival, error, None)])
            log.write(
                connection, arrival.actor, "order.refused", None, {"file": arrival.file, "source": arrival.source, "code": error.code}
            )
        return Outcome(CONFLICT if error.code == "order-conflict" else REFUSED, None, None, error)

    def _turn(self) -> None:
        try:
            self._carry()
        finally:
            with self._lock:
                self._carried = bool(self._queue)
                if self._queue:
                    self._queue[0].called.set()

    def _carry(self) -> None:
        with self._lock:
            group, self._queue = self._queue[:GROUP], self._queue[GROUP:]
        try:
            self._commit(group)
        except DEFECTS:
            # One of them is something that no ruling foresaw: it alone shall fail.
            for one in group:
                self._alone(one)
        except ShiquError as trouble:
            for one in group:
                one.trouble = trouble
        finally:
            for one in group:
                one.trouble = one.trouble or (None if one.outcome is not None else KeepError("hub-intake-broken"))
                one.done = True
                one.called.set()

    def _alone(self, one: _Waiting) -> None:
        try:
            self._commit([one])
        except ShiquError as trouble:
            one.trouble = trouble
        except DEFECTS:
            LOG.exception("upload %s of %s", one.arrival.file, one.arrival.actor)
            one.trouble = KeepError("hub-intake-broken")

    def _commit(self, group: Sequence[_Waiting]) -> None:
        with self._database.writing() as connection:
            kept = keep(connection, self._own, [one.arrival for one in group], self._words)
        # Only here: the transaction is on the disk.
        for one, result in zip(group, kept, strict=True):
            one.outcome = _outcome(result)


def _outcome(kept: Kept) -> Outcome:
    if kept.ruling.code == REFUSED or kept.receipt is None:
        return Outcome(kept.ruling.code, None, None, kept.ruling.error)
    return Outcome(kept.ruling.code, kept.envelope_id, kept.receipt, kept.ruling.error)
