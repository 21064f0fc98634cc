"""Many hosts over SSH: shiqu against the plain OpenSSH client that feeds the same script, and against pyinfra and ansible.

``sudo .venv/bin/python -m bench.hosts [--hosts 50] [--jobs 16] [--rounds 3] [--peers FOLDER [--ansible-hosts 50]]``. Real sshd
processes in network namespaces of this machine, so the targets' CPU is part of the wall time: read ratios and the client's CPU
first. With ``--peers`` an environment with both tools is made in the folder and all of them ask the same sixty commands.
"""

from __future__ import annotations

import argparse
import os
import resource
import secrets
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from bench import peers
from scanner import flow
from scanner.collect import ssh
from scanner.collect.compose import Slot, compose
from scanner.collect.gather import Job, gather
from scanner.collect.login import Login
from scanner.ledger.shelf import write_shelf
from scanner.ledger.store import Store
from scanner.model.evidence import Probe
from scanner.model.target import Target
from scanner.rulebook.book import rulebook
from tests.labs.hosts import Lab


def cpu(who: int) -> float:
    """User and system seconds so far."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def ours(lab: Lab, jobs: int, folder: Path) -> tuple[float, float]:
    """(wall, client CPU) seconds of collecting and shelving every host."""
    targets = tuple(Target(id=host.name, kind="linux", address=host.address, login="ops") for host in lab.hosts)
    login = Login(name="ops", user="root", key=str(lab.key), known_hosts=str(lab.known_hosts))
    request = flow.Request(targets=targets, unit={}, systems=(), inventory={}, logins={"ops": login}, jobs=jobs)
    folder.mkdir()
    wall, used = time.perf_counter(), cpu(resource.RUSAGE_SELF)
    flow.collect(request, folder, lambda *_: None)
    return time.perf_counter() - wall, cpu(resource.RUSAGE_SELF) - used


def ours_sixty(lab: Lab, jobs: int, folder: Path) -> peers.Took:
    """The sixty commands the way shiqu asks: one script a host, every answer shelved."""
    probes = [Probe(f"bench.{number}", "sh", (command,)) for number, command in enumerate(peers.commands())]
    login = Login(name="ops", user="root", key=str(lab.key), known_hosts=str(lab.known_hosts))
    work = []
    for host in lab.hosts:
        slots = tuple(Slot(host.name, probe) for probe in probes)
        work.append(Job(target=Target(id=host.name, kind="linux", address=host.address), slots=slots, login=login, converse=ssh.converse))
    folder.mkdir()
    store, answered = Store(folder), 0
    wall, used = time.perf_counter(), cpu(resource.RUSAGE_SELF)
    for outcome in gather(work, jobs, lambda *_: None):
        store.add(outcome.job.target.id, {"reached": outcome.reached}, outcome.evidence)
        answered += sum(item.absent is None for item in outcome.evidence)
    write_shelf(folder / "shelf.zip", {}, store)
    return peers.Took(time.perf_counter() - wall, cpu(resource.RUSAGE_SELF) - used, answered)


def compare(lab: Lab, jobs: int, folder: Path, environment: Path, ansible_hosts: int, pyinfra_hosts: int) -> None:
    """The same sixty commands by everybody; a tool that was given fewer hosts is scaled up, and that is said."""
    programs = peers.environment(environment)
    total = len(lab.hosts)
    script = compose([Slot("x", Probe(f"bench.{n}", "sh", (c,))) for n, c in enumerate(peers.commands())], secrets.token_hex(16))
    (folder / "sixty.sh").write_bytes(script.text)
    mine = ours_sixty(lab, jobs, folder / "sixty")
    print(
        f"sixty commands, {total} hosts: shiqu {mine.wall:.2f} s wall, {mine.cpu / total * 1000:.0f} ms CPU a host, {mine.answered} answers"
    )
    plain = openssh(lab, jobs, folder / "sixty.sh")
    print(f"  openssh, same script: {plain[0]:.2f} s wall; shiqu / openssh {mine.wall / plain[0]:.2f}", flush=True)
    for name, tool, count in (("pyinfra", peers.pyinfra, pyinfra_hosts), ("ansible raw", peers.ansible, ansible_hosts)):
        addresses = [host.address for host in lab.hosts[:count]]
        took = tool(programs, addresses, lab.key, lab.known_hosts, folder / name.split()[0], 3600.0)
        scaled = took.wall * total / len(addresses)
        note = "" if len(addresses) == total else f" (scaled from {len(addresses)} hosts: {took.wall:.1f} s)"
        print(
            f"  {name}: {scaled:.1f} s wall{note}, {took.cpu / len(addresses) * 1000:.0f} ms CPU a host, "
            f"{took.answered} answers: {scaled / mine.wall:.1f} x shiqu's wall, {took.cpu / len(addresses) / (mine.cpu / total):.1f} x its CPU",
            flush=True,
        )


def openssh(lab: Lab, jobs: int, script: Path) -> tuple[float, float]:
    """(wall, client CPU) seconds of ``xargs -P ssh … sh -s`` with the same script."""
    options = f"-T -o BatchMode=yes -o KexAlgorithms=curve25519-sha256 -o UserKnownHostsFile={lab.known_hosts} -o IdentitiesOnly=yes -i {lab.key} -l root"
    hosts = "\n".join(host.address for host in lab.hosts)
    wall, used = time.perf_counter(), cpu(resource.RUSAGE_CHILDREN)
    command = f"ssh {options} {{}} sh -s < {script} > /dev/null 2>&1"
    subprocess.run(["xargs", "-P", str(jobs), "-I{}", "sh", "-c", command], input=hosts.encode(), check=True)
    return time.perf_counter() - wall, cpu(resource.RUSAGE_CHILDREN) - used


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="folder of the environment with pyinfra and ansible; made when it is not there")
    parser.add_argument("--pyinfra-hosts", type=int, default=50)
    parser.add_argument("--ansible-hosts", type=int, default=50)
    options = parser.parse_args()
    plan = flow.plan_for(flow.Request(targets=(Target(id="x", kind="linux"),), unit={}, systems=(), inventory={}))
    probes = plan.probes["x"]
    script = compose([Slot("x", probe) for probe in probes], os.urandom(16).hex())
    began = time.perf_counter()
    local = subprocess.run(["sh", "-s"], input=script.text, capture_output=True, check=True)
    used = cpu(resource.RUSAGE_CHILDREN)
    print(
        f"checks {len(rulebook().for_kind('linux'))}, probes {len(probes)}, script {len(script.text)} bytes, answer {len(local.stdout)} bytes"
    )
    print(f"target alone, one run: wall {time.perf_counter() - began:.3f} s, CPU {used:.3f} s")
    with tempfile.TemporaryDirectory() as name, Lab(Path(name), 30) as lab:
        folder = Path(name)
        (folder / "script.sh").write_bytes(script.text)
        for _ in range(options.hosts):
            lab.host()
        rows: list[tuple[float, float, float, float]] = []
        for number in range(options.rounds):
            mine = ours(lab, options.jobs, folder / f"run{number}")
            theirs = openssh(lab, options.jobs, folder / "script.sh")
            rows.append((*mine, *theirs))
            print(
                f"round {number}: shiqu {mine[0]:.2f} s wall, {mine[1] / options.hosts * 1000:.1f} ms CPU a host; openssh {theirs[0]:.2f} s wall",
                flush=True,
            )
        ratio = statistics.median(row[0] / row[2] for row in rows)
        print(f"median ratio of wall times, shiqu / openssh: {ratio:.2f}")
        print(f"median client CPU, shiqu: {statistics.median(row[1] for row in rows) / options.hosts * 1000:.1f} ms a host")
        if options.peers is not None:
            compare(lab, options.jobs, folder, options.peers.absolute(), options.ansible_hosts, options.pyinfra_hosts)
    print(f"peak memory of the client: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
