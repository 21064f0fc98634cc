"""``python -m tests.hub.ops.forker HOME``: what ``shiqu hub serve`` runs, in a child that a SIGKILL ends and a parent that forks the next.

The parent has everything loaded, so that a test can kill often. It prints the number of each child; the child prints where it listens.
"""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

from hub.cli.serve import Place, run
from hub.registry.own import Own
from hub.store.database import Database
from hub.titles import installed
from hub.web import router


def main(home: Path) -> None:
    # All that a start would load first: the pages, and the titles of whatever is installed.
    router.load()
    installed()
    own = Own.load(home, "env:SQHUB_SECRET")
    url = own.database.url
    own.database.close()
    logging.basicConfig(stream=sys.stderr)
    port = 0
    for line in sys.stdin:
        port = int(line)
        child = os.fork()
        if child == 0:
            os._exit(run(replace(own, database=Database(url)), Place("127.0.0.1", port)))
        print(f"child {child}", flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
