"""Transport ``paramiko``: one connection, one login attempt, one exec, one script on stdin."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import paramiko
from paramiko.pkey import UnknownKeyType
from paramiko.ssh_exception import AuthenticationException, BadAuthenticationType, IncompatiblePeer, SSHException

from scanner.collect.converse import Call, Streams, elevated_command
from scanner.collect.frames import Raw
from scanner.collect.hostkeys import KnownHosts, fingerprint, known_hosts_files
from scanner.collect.login import Attempts, Login
from scanner.errors import ReachError
from scanner.model.absent import Why

CONNECT_SECONDS = 10.0
KEX = (
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha256",
)
"""Key exchanges offered, cheapest first; paramiko's own names."""
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


class Lacking(Exception):
    """The server offers only algorithms that paramiko lacks: the OpenSSH client has to do it."""


def _known(named: str | None) -> KnownHosts:
    """Read once per state of the files, not once per host."""
    paths = tuple(path for path in known_hosts_files(named) if path.is_file())
    return _read_known(paths, tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


@lru_cache(maxsize=16)
def _read_known(paths: tuple[Path, ...], _state: tuple[tuple[int, int], ...]) -> KnownHosts:
    return KnownHosts(paths)


def converse(call: Call) -> Raw:
    """Ask one host. Raises ReachError, or Lacking when another transport has to try."""
    login = call.login or Login(name="")
    with _connected(call, login) as transport:
        return _exec(call, login, transport)


@contextlib.contextmanager
def _connected(call: Call, login: Login) -> Iterator[paramiko.Transport]:
    address, port = call.target.address or "", call.target.port or 22
    call.tell("connecting")
    with contextlib.ExitStack() as stack:
        if login.jump is not None:
            sock = _through(stack, call, login.jump, address, port)
        else:
            sock = _dial(call.place(address), port, min(CONNECT_SECONDS, call.remaining))
            stack.callback(sock.close)
        yield _session(stack, sock, address, port, login, call)


def _session(stack: contextlib.ExitStack, sock: Any, address: str, port: int, login: Login, call: Call) -> paramiko.Transport:
    try:
        transport = paramiko.Transport(sock)
        stack.callback(transport.close)
        transport.banner_timeout = transport.handshake_timeout = min(15.0, max(1.0, call.remaining))
        transport.auth_timeout = min(20.0, max(1.0, call.remaining))
        known = _known(login.known_hosts)
        _prefer(transport, [kind for kind, _ in known.keys_of(address, port)])
        transport.start_client(timeout=min(20.0, max(1.0, call.remaining)))
        key = transport.get_remote_server_key()
        known.verify(address, port, key.get_name(), key.asbytes())
        transport.set_keepalive(15)
        call.tell("login")
        _log_in(transport, login, f"{address}:{port}", call.attempts)
    except IncompatiblePeer:
        raise Lacking from None
    except AuthenticationException as error:
        raise ReachError(Why.AUTH_FAILED, f"login {login.name}: {type(error).__name__}") from None
    except (SSHException, OSError, EOFError) as error:
        raise ReachError(Why.UNREACHABLE, _printable(str(error) or type(error).__name__)) from None
    return transport


def _dial(address: str, port: int, seconds: float) -> socket.socket:
    try:
        return socket.create_connection((address, port), max(0.1, seconds))
    except TimeoutError:
        raise ReachError(Why.UNREACHABLE, f"{address}:{port}: no answer within {seconds:.0f} s") from None
    except OSError as error:
        raise ReachError(Why.UNREACHABLE, f"{address}:{port}: {error.strerror or error}") from None


def _through(stack: contextlib.ExitStack, call: Call, jump: Login, address: str, port: int) -> Any:
    """A channel through the jump host, whose key is verified like any other."""
    hop, hop_port = jump.address or "", jump.port or 22
    sock = _dial(call.place(hop), hop_port, min(CONNECT_SECONDS, call.remaining))
    stack.callback(sock.close)
    transport = _session(stack, sock, hop, hop_port, jump, call)
    try:
        return transport.open_channel(
            "direct-tcpip", (call.place(address), port), ("127.0.0.1", 0), timeout=min(CONNECT_SECONDS, max(1.0, call.remaining))
        )
    except (SSHException, OSError, EOFError) as error:
        raise ReachError(Why.UNREACHABLE, f"{address}:{port} through {hop}: {_printable(str(error))}") from None


def _prefer(transport: paramiko.Transport, kinds: list[str]) -> None:
    """Ask for the host key types that are known, so that a second key of the host is no false alarm; cheap key exchange first."""
    options = transport.get_security_options()
    options.kex = [name for name in KEX if name in options.kex] + [name for name in options.kex if name not in KEX and "-cert" not in name]
    wanted = {"rsa-sha2-512", "rsa-sha2-256"} if "ssh-rsa" in kinds else set()
    wanted |= set(kinds)
    types = [kind for kind in options.key_types if kind in wanted]
    if types:
        options.key_types = types


def _log_in(transport: paramiko.Transport, login: Login, place: str, attempts: Attempts) -> None:
    user = login.user or "root"
    attempts.begin(login, place)
    accepted: bool | None = None
    try:
        if login.key is not None:
            transport.auth_publickey(user, _private_key(login))
        elif login.password is not None:
            _password(transport, user, login.password)
        else:
            transport.auth_publickey(user, _only_agent_key())
        accepted = transport.is_authenticated()
        if not accepted:
            raise ReachError(Why.AUTH_FAILED, f"login {login.name}: the server wants a further step")
    except AuthenticationException:
        accepted = False
        raise
    finally:
        attempts.end(login, place, accepted)


def _password(transport: paramiko.Transport, user: str, password: str) -> None:
    try:
        transport.auth_none(user)
    except BadAuthenticationType as error:
        allowed = error.allowed_types
    else:
        return
    if "password" in allowed:
        transport.auth_password(user, password, fallback=False)
    elif "keyboard-interactive" in allowed:
        transport.auth_interactive(user, _answerer(password))
    else:
        raise ReachError(Why.AUTH_FAILED, f"the server takes only {', '.join(allowed)}: no attempt was made")


def _answerer(password: str) -> Any:
    given = False

    def answer(_title: str, _instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        # One hidden prompt gets the password, once; a host that asks for more (or in the clear) gets nothing.
        nonlocal given
        if not prompts:
            return []
        if len(prompts) > 1 or prompts[0][1] or given:
            raise AuthenticationException("the server asks for more than one hidden answer")
        given = True
        return [password]

    return answer


def _only_agent_key() -> Any:
    keys = _agent_keys()
    if len(keys) != 1:
        raise ReachError(Why.AUTH_FAILED, f"no key or password given and the agent holds {len(keys)} keys: no attempt was made")
    return keys[0]


def _agent_keys() -> list[Any]:
    return list(paramiko.Agent().get_keys())


def _private_key(login: Login) -> Any:
    path = Path(login.key or "").expanduser()
    try:
        if path.suffix == ".pub":
            wanted = path.read_text("utf-8").split()[1]
            for key in _agent_keys():
                if key.get_base64() == wanted:
                    return key
            raise ReachError(Why.AUTH_FAILED, f"the agent does not hold {path.name}: no attempt was made")
        return paramiko.PKey.from_path(path, (login.passphrase or "").encode() or None)  # type: ignore[arg-type]
    except ReachError:
        raise
    except (OSError, ValueError, TypeError, IndexError, SSHException, UnknownKeyType) as error:
        raise ReachError(Why.AUTH_FAILED, f"key file {path.name}: {type(error).__name__}: no attempt was made") from None


def _exec(call: Call, login: Login, transport: paramiko.Transport) -> Raw:
    command, asks = elevated_command(login, call.script.token)
    try:
        channel = transport.open_session(timeout=min(CONNECT_SECONDS, max(1.0, call.remaining)))
        channel.settimeout(max(1.0, call.remaining))
        channel.exec_command(command)
        streams = Streams(call)
        timed_out = _pump(call, login, channel, streams, asks)
    except (SSHException, OSError, EOFError) as error:
        raise ReachError(Why.UNREACHABLE, f"session: {_printable(str(error) or type(error).__name__)}") from None
    key = transport.get_remote_server_key()
    notes = {
        "host_key": f"{key.get_name()} {fingerprint(key.asbytes())}",
        "server": _printable(transport.remote_version),
        "cipher": str(getattr(transport, "remote_cipher", "")),
        "mac": str(getattr(transport, "remote_mac", "")),
    }
    operator = f"{login.name}@paramiko"
    return Raw(streams.stdout, streams.stderr, streams.why_cut(timed_out), operator, command != "sh -s", notes)


def _pump(call: Call, login: Login, channel: paramiko.Channel, streams: Streams, asks: bool) -> bool:
    """Feed the script, drain both streams; True when the deadline passed first."""
    pending = memoryview((login.elevate_password or "").encode() + b"\n" if asks else call.script.text)
    waiting = asks
    go_mark = f"\n{call.script.token} O\n".encode()
    shut = False
    while True:
        if waiting and go_mark in b"\n" + streams.stdout:
            waiting, pending = False, memoryview(call.script.text)
        if waiting and b"try again" in streams.stderr.lower():
            waiting = False
        while pending and channel.send_ready():
            pending = pending[channel.send(bytes(pending[:32768])) :]
        if not pending and not waiting and not shut:
            channel.shutdown_write()
            shut = True
        moved = False
        while channel.recv_ready() and not streams.over:
            streams.out(channel.recv(65536))
            moved = True
        while channel.recv_stderr_ready():
            streams.err(channel.recv_stderr(65536))
            moved = True
            if call.remaining <= 0:
                break
        if streams.over:
            return False
        if call.remaining <= 0:
            return True
        if moved:
            continue
        if (channel.eof_received and channel.exit_status_ready()) or channel.closed:
            if not channel.recv_ready() and not channel.recv_stderr_ready():
                return False
            continue
        with contextlib.suppress(OSError, ValueError):
            select.select([channel], [], [], min(0.25, call.remaining))
        if not channel.active:
            time.sleep(0.01)


def _printable(text: str) -> str:
    """What a server said, safe for a terminal and short."""
    return "".join(char if char.isprintable() else "?" for char in text)[:200]
