"""Other people's tools on the same hosts: pyinfra and ansible, each in a throw-away environment that is made here.

They ask the sixty commands of ``sixty.txt`` one by one, as they do; both are given what makes them fast (many at once, no fact
gathering, ansible's ``raw`` that copies no Python).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("pyinfra==3.10.0", "ansible-core==2.19.14")
COMMANDS = Path(__file__).with_name("sixty.txt")


@dataclass(frozen=True, slots=True)
class Took:
    """What one tool took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of the client and its children that it waited for."""
    answered: int
    """Answers that came back, of hosts × commands."""


def commands() -> list[str]:
    """The sixty commands. None may end with another status than 0: a tool must not stop for that."""
    return [f"{line}; true" for line in COMMANDS.read_text().split("\n") if line]


def environment(folder: Path) -> Path:
    """The folder of executables of an environment with both tools; made when it is not there."""
    programs = folder / "bin"
    if not (programs / "ansible-playbook").exists() or not (programs / "pyinfra").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(programs / "pip"), "install", "-q", "--disable-pip-version-check", *PACKAGES], check=True, stderr=subprocess.DEVNULL
        )
    return programs


def _timed(argv: Sequence[str], folder: Path, env: dict[str, str], seconds: float) -> tuple[float, float, str]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with (folder / "out.txt").open("wb") as out:
        subprocess.run(
            argv, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=seconds, check=False
        )
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used, (folder / "out.txt").read_text("utf-8", "replace")


PYINFRA = """
import json
from pyinfra import host
from pyinfra.facts.server import Command
with open("commands.json") as stream:
    asked = json.load(stream)
got = [host.get_fact(Command, command) for command in asked]
print("ANSWERED", len(got), flush=True)
"""


def pyinfra(programs: Path, addresses: Sequence[str], key: Path, known_hosts: Path, folder: Path, seconds: float) -> Took:
    """Sixty facts a host, all hosts at once."""
    folder.mkdir()
    data = {"ssh_user": "root", "ssh_key": str(key), "ssh_known_hosts_file": str(known_hosts), "ssh_strict_host_key_checking": "yes"}
    (folder / "inventory.py").write_text(f"hosts = {[(address, data) for address in addresses]!r}\n")
    (folder / "commands.json").write_text(json.dumps(commands()))
    (folder / "deploy.py").write_text(PYINFRA)
    argv = [str(programs / "pyinfra"), "-y", "--parallel", "50", "inventory.py", "deploy.py"]
    wall, cpu, text = _timed(argv, folder, dict(os.environ), seconds)
    return Took(wall, cpu, text.count("ANSWERED") * len(commands()))


CONFIG = """
[defaults]
forks = 50
host_key_checking = True
gathering = explicit
stdout_callback = minimal
retry_files_enabled = False
interpreter_python = /usr/bin/python3
[ssh_connection]
pipelining = True
usetty = False
control_path_dir = {folder}
ssh_args = -o ControlMaster=auto -o ControlPersist=20s -o UserKnownHostsFile={known} -o IdentitiesOnly=yes -o KexAlgorithms=curve25519-sha256
"""


def ansible(programs: Path, addresses: Sequence[str], key: Path, known_hosts: Path, folder: Path, seconds: float) -> Took:
    """One play of sixty ``raw`` tasks, fifty forks, connections kept."""
    folder.mkdir()
    inventory = {
        "all": {"hosts": {address: {} for address in addresses}, "vars": {"ansible_user": "root", "ansible_ssh_private_key_file": str(key)}}
    }
    (folder / "inventory.json").write_text(json.dumps(inventory))
    tasks = [{"raw": f"{{% raw %}}{command}{{% endraw %}}", "changed_when": False} for command in commands()]
    (folder / "play.json").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    (folder / "ansible.cfg").write_text(CONFIG.format(folder=folder / "cp", known=known_hosts))
    argv = [str(programs / "ansible-playbook"), "-i", "inventory.json", "play.json"]
    env = {**os.environ, "ANSIBLE_CONFIG": str(folder / "ansible.cfg"), "ANSIBLE_HOME": str(folder / "home"), "LC_ALL": "C.UTF-8"}
    wall, cpu, text = _timed(argv, folder, env, seconds)
    return Took(wall, cpu, text.count(" | SUCCESS") + text.count(" | CHANGED"))
