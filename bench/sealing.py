"""Sealing and verifying a large result: ``python -m bench.sealing [HOSTS CHECKS]``. Prints CPU seconds and the peak of memory."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from scanner.ledger.verify import verify
from scanner.model.canonical import canonical_unchecked
from tests.golden.make_large import large
from tests.ledger.bundle import key, seal_only, trust


def main(hosts: int, checks: int) -> None:
    with tempfile.TemporaryDirectory(prefix="shiqu-bench-") as name:
        folder = Path(name)
        result = json.loads(json.dumps(large(hosts, checks)).replace("\\udcff", ""))
        (folder / "result.json").write_bytes(canonical_unchecked(result))
        del result
        for algorithm in ("ed25519", "sm2"):
            start = time.process_time()
            seal_only(folder, key(algorithm))
            sealed = time.process_time()
            verify(folder / "result.json", trust(key(algorithm)))
            done = time.process_time()
            size = (folder / "result.json").stat().st_size / 1e6
            print(
                f"{algorithm}: {hosts * checks:,} verdicts, {size:.0f} MB: sealed in {sealed - start:.1f} s CPU, verified in {done - sealed:.1f} s CPU"
            )
            (folder / "result.json.seal").unlink()
        print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB, the making of the result included")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (1000, 200))
