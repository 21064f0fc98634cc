"""The hub's own threads: what one step stumbles over ends no thread."""

from __future__ import annotations

import threading

import pytest

from hub.ops.worker import Job, Worker
from hub.registry.own import Own
from hub.store.database import Database
from scanner.errors import KeepError, UseError


@pytest.mark.parametrize("trouble", [KeepError("hub-database", detail="x"), UseError("notice-report"), ValueError("x"), KeyError("x")])
def test_a_job_that_fails_once_is_done_again(trouble: Exception, hub: Own, caplog: pytest.LogCaptureFixture) -> None:
    again, times = threading.Event(), 0

    def run(_database: Database) -> None:
        nonlocal times
        times += 1
        if times == 1:
            raise trouble
        again.set()

    worker = Worker(hub.database, [Job(0.01, run)])
    worker.start()
    assert again.wait(60)
    worker.stop()
    assert "job: " in caplog.text
