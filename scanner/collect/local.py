"""Transport ``local``: this machine, through the same script and the same frames."""

from __future__ import annotations

import os

from scanner.collect.converse import Call, elevated_command
from scanner.collect.frames import Raw
from scanner.collect.pipe import talk


def converse(call: Call) -> Raw:
    """Ask this machine. Root needs no sudo."""
    call.tell("login")
    login = None if os.geteuid() == 0 else call.login
    command, asks = elevated_command(login, call.script.token)
    argv = ["sh", "-s"] if command == "sh -s" else ["sh", "-c", command]
    password = login.elevate_password if login is not None and asks else None
    raw, _ = talk(call, argv, operator="local", elevated=command != "sh -s", password=password)
    return raw
