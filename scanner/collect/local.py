"""Transport ``local``: this machine, through the same script and the same frames."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from scanner.collect.converse import Call, elevated_command
from scanner.collect.frames import Raw
from scanner.collect.pipe import talk

IDS = ("/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid")


def converse(call: Call) -> Raw:
    """Ask this machine. Root needs no sudo."""
    call.tell("login")
    login = None if os.geteuid() == 0 else call.login
    command, asks = elevated_command(login, call.script.token)
    argv = ["sh", "-s"] if command == "sh -s" else ["sh", "-c", command]
    password = login.elevate_password if login is not None and asks else None
    raw, _ = talk(call, argv, operator="local", elevated=command != "sh -s", password=password)
    return replace(raw, notes={**raw.notes, "machine": machine()})


def machine() -> str:
    """What tells this machine from every other one that is called local too; its own id is not told, and nothing else follows from it."""
    for name in IDS:
        try:
            held = Path(name).read_bytes()[:256].strip()
        except OSError:
            continue
        if held and held != b"uninitialized":
            return "machine " + hashlib.sha256(b"shiqu machine\0" + held).hexdigest()[:32]
    return "machine " + os.uname().nodename
