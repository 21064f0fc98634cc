"""Many threads that read their first envelopes at the same moment, as after every start of a busy hub: none of them brings the process down."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, sys, threading
from hub.intake.reading import read_arrival
from hub.intake.summary import check_summary
from scanner.ledger.envelope import open_envelope
from scanner.model.canonical import canonical
from tests.hub.post import Sender, bulletin

data = Sender("u").seal(bulletin("u")) if len(sys.argv) == 1 else open(sys.argv[1], "rb").read()
"""
RACE = """
sys.setswitchinterval(1e-6)
summary = canonical({"schema": "shiqu/summary/1", "unit": "u", "registered": 1, "periods": {"now": {}}})
broken = 0
for _ in range(40):
    child = os.fork()
    if child == 0:
        start = threading.Barrier(8)
        def go():
            start.wait()
            assert read_arrival(data, "http", "x", hub="h", decrypt=None).error is None
            check_summary(summary, "u")
        threads = [threading.Thread(target=go) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        os._exit(0)
    broken += os.waitpid(child, 0)[1] != 0
print(broken)
"""


def test_the_first_envelopes_of_many_threads_crash_nothing(tmp_path: object) -> None:
    # The envelope is made elsewhere: what made it has read it too, and that would settle what is tested here.
    path = f"{tmp_path}/envelope"
    make = PROGRAM + f"open({path!r}, 'wb').write(data)"
    subprocess.run([sys.executable, "-c", make], check=True)
    done = subprocess.run([sys.executable, "-c", PROGRAM + RACE, path], check=True, capture_output=True, text=True)
    assert done.stdout == "0\n"
