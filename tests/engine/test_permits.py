"""Leave to log in, as the machine that holds the run gives it: in any order of messages, one failure at most."""

from __future__ import annotations

import threading
import time
from typing import Any

from scanner.engine.permits import Desk


class Said:
    """A desk whose answers are noted."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[str, str]] = {}
        self.desk = Desk(self.answers.__setitem__)

    def begin(self, call: str, serial: int = 0, worker: str = "w", place: str = "p", spends: bool = True) -> threading.Thread:
        message: dict[str, Any] = {
            "call": call,
            "job": 0,
            "serial": serial,
            "worker": worker,
            "login": "ro",
            "place": place,
            "spends": spends,
        }
        thread = threading.Thread(target=self.desk.begin, args=(message,), daemon=True)
        thread.start()
        thread.join(0.2)
        return thread

    def end(self, call: str, accepted: bool | None) -> None:
        self.desk.end({"call": call, "accepted": accepted})
        time.sleep(0.1)


def test_a_password_is_tried_on_one_host_first() -> None:
    said = Said()
    said.begin("a", 1)
    second = said.begin("b", 2, place="q")
    assert said.answers == {"a": ("", "")} and second.is_alive()
    said.end("a", True)
    second.join(5)
    assert said.answers["b"] == ("", "")


def test_a_refused_password_is_given_to_nobody_else() -> None:
    said = Said()
    said.begin("a", 1)
    said.begin("b", 2, place="q")
    said.end("a", False)
    assert said.answers["b"][0] == "auth-failed"


def test_a_worker_that_is_gone_counts_as_a_failure_where_it_tried() -> None:
    said = Said()
    said.begin("a", 1, "gone")
    waiting = said.begin("b", 2, "there", "q")
    said.desk.present({"there"})
    waiting.join(5)
    assert said.answers["b"][0] == "auth-failed"
    said.begin("c", 1, "there")
    assert said.answers["c"][0] == "interrupted"


def test_a_task_that_runs_again_before_anybody_looked_counts_the_same() -> None:
    said = Said()
    said.begin("a", 1, "gone")
    said.begin("b", 1, "there")
    assert said.answers["b"][0] == "interrupted"


def test_a_proven_password_is_lost_on_that_host_alone() -> None:
    said = Said()
    said.begin("a", 1)
    said.end("a", True)
    said.begin("b", 2, "gone", "q")
    said.desk.present({"w"})
    said.begin("c", 3, place="r")
    said.begin("d", 2, place="q")
    assert said.answers["c"] == ("", "") and said.answers["d"][0] == "interrupted"


def test_a_key_may_be_offered_again() -> None:
    said = Said()
    said.begin("a", 1, "gone", spends=False)
    said.desk.present({"there"})
    said.begin("b", 1, "there", spends=False)
    assert said.answers["b"] == ("", "")


def test_leave_for_a_worker_that_died_waiting_goes_to_the_next() -> None:
    said = Said()
    said.begin("a", 1, "one")
    dead = said.begin("b", 2, "dead", "q")
    said.desk.present({"one"})
    said.end("a", None)
    dead.join(5)
    said.begin("c", 3, "one", "r")
    assert "b" not in said.answers and said.answers["c"] == ("", "")


def test_parts_of_one_store_log_in_side_by_side() -> None:
    said = Said()
    said.begin("a", 1, "one")
    said.end("a", True)
    said.begin("b", 2, "one")
    said.begin("c", 3, "two")
    said.end("b", True)
    said.end("c", True)
    said.begin("d", 4, "two")
    assert set(said.answers.values()) == {("", "")}
