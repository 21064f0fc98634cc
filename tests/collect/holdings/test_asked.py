"""Servers that take a password, as the gatherer asks them: an account refused once is left alone, and no defect quotes a record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from scanner.collect.compose import Slot
from scanner.collect.gather import Hearing, Job, run_job
from scanner.collect.login import Attempts, Login
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Evidence, Probe
from scanner.model.target import Kind, Target

PROBE = Probe("holdings.stores", "holdings", ("count",), kinds=("catalogue", "database"))
LOGIN = Login(name="ro", user="app", password="x")


def job(url: str, ask: Callable[[], Absent | None], kind: Kind = "catalogue") -> Job:
    target = Target(id=url, kind=kind, url=url)

    def answer(_hearing: Hearing) -> list[Evidence]:
        absent = ask()
        return [
            Evidence(target=url, probe=PROBE.id, stdout=b"" if absent is not None else b"{}", absent=absent, started="2026-01-01T00:00:00Z")
        ]

    return Job(target=target, slots=(Slot(url, PROBE),), login=LOGIN, ask=answer, seconds=30)


@pytest.mark.parametrize("kind", ["catalogue", "database"])
def test_a_refused_account_is_not_tried_again(kind: Kind) -> None:
    attempts, tried = Attempts(), []

    def refuse() -> Absent:
        tried.append(1)
        return Absent(Why.AUTH_FAILED, "refused at login")

    for url in ("mysql://192.0.2.1/a", "mysql://192.0.2.1/b", "mysql://192.0.2.2/c"):
        outcome = run_job(job(url, refuse, kind), attempts, lambda *_: None)
        assert not outcome.reached and outcome.absent is not None and outcome.absent.why is Why.AUTH_FAILED
    assert len(tried) == 1


def test_a_good_account_is_used_everywhere() -> None:
    attempts, tried = Attempts(), []
    for url in ("mysql://192.0.2.1/a", "mysql://192.0.2.1/b", "mysql://192.0.2.2/c"):
        assert run_job(job(url, lambda: tried.append(1)), attempts, lambda *_: None).reached
    assert len(tried) == 3


def test_a_defect_says_no_more_than_its_kind() -> None:
    def fail() -> Absent:
        raise KeyError("关于某某的机密报告")

    outcome = run_job(job("mysql://192.0.2.1/a", fail), Attempts(), lambda *_: None)
    assert outcome.absent is not None and outcome.absent.why is Why.DEFECT and outcome.absent.detail == "KeyError"


def test_nobody_waits_for_a_count_to_learn_that_the_password_is_good() -> None:
    """The second store of a server is asked while the first is still counted, but not before the first login was accepted."""
    attempts, first_in, go_on = Attempts(), threading.Event(), threading.Event()
    order: list[str] = []

    def first(hearing: Hearing) -> list[Evidence]:
        first_in.set()
        time.sleep(0.2)
        order.append("accepted")
        hearing.entered(True)
        assert go_on.wait(10)
        return [Evidence(target="a", probe=PROBE.id, stdout=b"{}")]

    def second(_: Hearing) -> list[Evidence]:
        order.append("second")
        go_on.set()
        return [Evidence(target="b", probe=PROBE.id, stdout=b"{}")]

    jobs = [
        Job(target=Target(id=name, kind="catalogue", url=f"mysql://192.0.2.1/{name}"), slots=(Slot(name, PROBE),), login=LOGIN, ask=ask)
        for name, ask in (("a", first), ("b", second))
    ]
    thread = threading.Thread(target=run_job, args=(jobs[0], attempts, lambda *_: None))
    thread.start()
    assert first_in.wait(10)
    assert run_job(jobs[1], attempts, lambda *_: None).reached
    thread.join(10)
    assert order == ["accepted", "second"] and not thread.is_alive()


def test_two_stores_of_one_server_fail_once_though_both_are_asked_at_once() -> None:
    attempts, tried = Attempts(), []

    def refuse() -> Absent:
        tried.append(1)
        time.sleep(0.2)
        return Absent(Why.AUTH_FAILED, "refused at login")

    threads = [threading.Thread(target=run_job, args=(job(f"mysql://192.0.2.1/{n}", refuse), attempts, lambda *_: None)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(tried) == 1
