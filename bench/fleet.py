"""A thousand targets in one run: ``sudo .venv/bin/python -m bench.fleet [--targets 1000] [--only GLOB]``. Prints peak memory.

Four real sshd in namespaces answer for every address of a network each, so that the targets are many and the machine is one.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from scanner import flow
from scanner.collect.login import Login
from scanner.model.target import Target
from tests.labs.hosts import Lab, run


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--targets", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=16)
    parser.add_argument("--only", default="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Lab(Path(name), 60) as lab:
        hosts = [lab.host() for _ in range(4)]
        kind, blob = (lab.folder / "host_key.pub").read_text().split()[:2]
        lines = []
        for number, host in enumerate(hosts):
            network = f"10.{214 + number}.0.0/16"
            run("ip", "-n", host.name, "route", "add", "local", network, "dev", "lo")
            run("ip", "route", "add", network, "via", host.address)
            lines.append(f"10.{214 + number}.* {kind} {blob}\n")
        lab.known_hosts.write_text("".join(lines))
        login = Login(name="ops", user="root", key=str(lab.key), known_hosts=str(lab.known_hosts))
        targets = tuple(
            Target(id=f"t{n}", kind="linux", address=f"10.{214 + n % 4}.{n // 250}.{n % 250 + 1}", login="ops")
            for n in range(options.targets)
        )
        system = {"id": "local", "name": "fleet", "grade": 3, "sag": "3", "holds": "unclassified", "profile": "gbt22239-l3"}
        request = flow.Request(
            targets=targets,
            unit={"code": "bench"},
            systems=(system,),
            inventory={},
            logins={"ops": login},
            only=(options.only,),
            jobs=options.jobs,
        )
        began = time.perf_counter()
        failed: list[str] = []
        shelf, _ = flow.collect(request, Path(name), lambda target, state, _why: failed.append(target) if state == "failed" else None)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{options.targets} targets, {len(failed)} failed, {time.perf_counter() - began:.0f} s, shelf {shelf.stat().st_size / 1e6:.1f} MB"
        )
        print(f"peak memory of collecting and shelving: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
