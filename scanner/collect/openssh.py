"""Transport ``openssh``: the OpenSSH client as a child process, for jump hosts, agents, smart cards and old devices.

Chosen per login (``transport: openssh``) or when the server offers only what paramiko lacks.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

from scanner.collect.converse import Call, elevated_command
from scanner.collect.frames import Raw
from scanner.collect.hostkeys import known_hosts_files
from scanner.collect.login import Login
from scanner.collect.pipe import talk
from scanner.collect.sshroute import route
from scanner.errors import ReachError
from scanner.model.absent import Why

OLD = (
    "KexAlgorithms=+diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
    "HostKeyAlgorithms=+ssh-rsa",
    "PubkeyAcceptedAlgorithms=+ssh-rsa",
    "Ciphers=+aes128-cbc,3des-cbc",
)
"""What only devices of another age offer; used when the server has nothing better, and told in the operator field."""
# What the client says when it never came to a session: (words on stderr, reason). First match wins.
_COMPLAINTS = (
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", Why.HOST_KEY_CHANGED),
    ("revoked", Why.HOST_KEY_CHANGED),
    ("Host key verification failed", Why.HOST_KEY_UNKNOWN),
    ("host key is known for", Why.HOST_KEY_UNKNOWN),
    ("Permission denied", Why.AUTH_FAILED),
    ("Too many authentication failures", Why.AUTH_FAILED),
    ("", Why.UNREACHABLE),
)


def converse(call: Call, old: bool = False) -> Raw:
    """Ask one host through the client. Raises ReachError."""
    login = call.login or Login(name="")
    if login.elevate_password is not None and login.password is not None and login.jump is not None and login.jump.password is not None:
        raise ReachError(Why.DRIVER_MISSING, "a jump host with a password needs the paramiko transport")
    place = f"{call.target.address}:{call.target.port or 22}"
    command, asks = elevated_command(login, call.script.token)
    call.tell("connecting")
    call.attempts.begin(login, place)
    accepted: bool | None = None
    try:
        for method in ("password", "keyboard-interactive") if login.password is not None else ("publickey",):
            raw, failed = _once(call, login, method, command, asks, old)
            if not failed or not _only_asks(raw.stderr):
                break
        if failed:
            raise _refusal(raw.stderr)
        accepted = True
        return raw
    except ReachError as error:
        accepted = False if error.absent.why is Why.AUTH_FAILED else None
        raise
    finally:
        call.attempts.end(login, place, accepted)


def _once(call: Call, login: Login, method: str, command: str, asks: bool, old: bool) -> tuple[Raw, bool]:
    """One run of the client by one way of logging in, and whether it never came to a session."""
    host = call.target.address or ""
    with _asking(login) as env:
        argv = [*arguments(login, host, call.target.port or 22, call, old, method), "--", host, command]
        operator = f"{login.name}@openssh{'-old-algorithms' if old else ''}"
        password = login.elevate_password if asks else None
        raw, status = talk(call, argv, operator=operator, elevated=command != "sh -s", password=password, env=env)
    # 255 is the client's own word only when the script never spoke: a remote command may end with 255 too.
    return raw, call.script.token.encode() not in raw.stdout and status == 255


def _only_asks(stderr: bytes) -> bool:
    """Whether the server takes no password as such but asks for it: then nothing was spent, and it may be answered.

    Offering both at once would spend a refused password twice.
    """
    last = stderr.strip().rpartition(b"\n")[2]
    ways = last.partition(b"Permission denied (")[2].partition(b")")[0].split(b",")
    return b"keyboard-interactive" in ways and b"password" not in ways


def arguments(login: Login, host: str, port: int, call: Call, old: bool, method: str = "publickey") -> list[str]:
    """The client's argument list up to the host. Everything is an option with its value: no text of an inventory stands alone."""
    password = login.password is not None
    known = " ".join(str(path) for path in known_hosts_files(login.known_hosts))
    options = {
        "BatchMode": "no" if password else "yes",
        "NumberOfPasswordPrompts": "1",
        "PreferredAuthentications": method,
        "StrictHostKeyChecking": "yes",
        "UpdateHostKeys": "no",
        "UserKnownHostsFile": known,
        "ConnectTimeout": str(max(1, min(10, int(call.remaining)))),
        "ServerAliveInterval": "15",
        "ServerAliveCountMax": "2",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "PermitLocalCommand": "no",
        "ControlPath": "none",
        "RequestTTY": "no",
        "RemoteCommand": "none",
        "ClearAllForwardings": "yes",
        "Tunnel": "no",
        "KnownHostsCommand": "none",
        "VerifyHostKeyDNS": "no",
        "CanonicalizeHostname": "no",
        "LogLevel": "ERROR",
        "User": login.user or "root",
        "Port": str(port),
    }
    options |= _whither(login, host, port, call)
    if not old:
        options["KexAlgorithms"] = "^curve25519-sha256"
    if login.key is not None:
        options["IdentitiesOnly"] = "yes"
        options["IdentityFile"] = str(Path(login.key).expanduser())
    if login.jump is not None:
        # Spelt out: ProxyJump's own child would know neither our known_hosts nor that it must not ask for a password.
        hop = replace(login.jump, password=None, jump=None)
        options["ProxyCommand"] = shlex.join(
            [*arguments(hop, hop.address or "", hop.port or 22, call, False), "-W", "[%h]:%p", "--", hop.address or ""]
        )
    argv = ["ssh", "-T", "-F", str(Path(login.ssh_config).expanduser()) if login.ssh_config else "none"]
    for key, value in options.items():
        argv += ["-o", f"{key}={value}"]
    return argv + [word for option in OLD if old for word in ("-o", option)]


def _whither(login: Login, host: str, port: int, call: Call) -> dict[str, str]:
    """Where the scope was judged to lead, and nowhere else; the host's key is still looked up under the name that was written."""
    if call.pins is None:
        return {}
    way = route(str(Path(login.ssh_config).expanduser()), host, login.user or "root", port) if login.ssh_config else None
    options = {"HostName": call.place(host)}
    known_as = way.known_as if way is not None else host
    if known_as != options["HostName"]:
        # An alias is looked up as it stands: the client adds no port to it.
        options["HostKeyAlias"] = known_as if port == 22 else f"[{known_as}]:{port}"
    if way is None or not way.jumps:
        options["ProxyCommand"] = "none"
    return options


@contextlib.contextmanager
def _asking(login: Login) -> Iterator[dict[str, str]]:
    """An environment in which the client asks our helper for the password: through a pipe in a private folder, never argv or environ."""
    env = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK")}
    env["LC_ALL"] = "C"
    if login.password is None:
        yield env
        return
    with tempfile.TemporaryDirectory(prefix="shiqu-") as folder, as_file(files("scanner.collect").joinpath("askpass.sh")) as script:
        fifo = Path(folder) / "answer"
        os.mkfifo(fifo, 0o600)
        helper = Path(folder) / "askpass"
        helper.write_bytes(script.read_bytes())
        helper.chmod(0o700)
        env |= {"SSH_ASKPASS": str(helper), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":", "SHIQU_ANSWER": str(fifo)}
        feeder = threading.Thread(target=_feed, args=(fifo, login.password), daemon=True)
        feeder.start()
        try:
            yield env
        finally:
            # Free a feeder whose reader never came.
            with contextlib.suppress(OSError):
                os.close(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK))
            feeder.join(1.0)


def _feed(fifo: Path, password: str) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(fifo, os.O_WRONLY)
        try:
            os.write(descriptor, password.encode() + b"\n")
        finally:
            os.close(descriptor)


def _refusal(stderr: bytes) -> ReachError:
    text = "".join(char if char.isprintable() else " " for char in stderr.decode("utf-8", "replace")).strip()
    why = next(why for words, why in _COMPLAINTS if words in text)
    return ReachError(why, text[-200:])
