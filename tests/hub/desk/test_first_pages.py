"""The first pages of a fresh desk asked for at the same moment: reading results and ledgers in threads brings nothing down."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.golden.make_result import small

RACE = """
import json, os, sys, threading
from hub.desk.place import check_result
from scanner.ledger.home import check_hazard
result = json.load(open(sys.argv[1]))
sys.setswitchinterval(1e-6)
broken = 0
for _ in range(40):
    child = os.fork()
    if child == 0:
        start = threading.Barrier(8)
        def go():
            start.wait()
            check_result(result)
            for line in result.get("hazards", []):
                try: check_hazard(line)
                except ValueError: pass
        threads = [threading.Thread(target=go) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        os._exit(0)
    broken += os.waitpid(child, 0)[1] != 0
print(broken)
"""


def test_the_first_results_of_many_threads_crash_nothing(tmp_path: object) -> None:
    path = f"{tmp_path}/result.json"
    with open(path, "w") as stream:
        stream.write(json.dumps(small()).replace("\\udcff", "?"))
    done = subprocess.run([sys.executable, "-c", RACE, path], check=True, capture_output=True, text=True)
    assert done.stdout == "0\n"
