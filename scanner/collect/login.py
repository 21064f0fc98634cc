"""What a transport needs to log in. Built by flow from the inventory; secrets live here and nowhere else, never in repr."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from scanner.errors import ReachError
from scanner.model.absent import Why
from scanner.secret import resolve_secret as resolve_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One login as the inventory names it: references and paths, no secret. This much may travel to the machine that asks."""

    name: str
    user: str | None = None
    key: str | None = None
    passphrase: str | None = None
    password: str | None = None
    known_hosts: str | None = None
    elevate: str = "none"
    elevate_password: str | None = None
    jump: Reference | None = None
    address: str | None = None
    port: int | None = None
    transport: str = "paramiko"
    ssh_config: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every reference to a secret, of the jump host's login too."""
        own = tuple(text for text in (self.passphrase, self.password, self.elevate_password) if text is not None)
        return own + (self.jump.secrets if self.jump is not None else ())

    def login(self, resolve: Callable[[str], str]) -> Login:
        """The login itself; ``resolve`` turns a reference into its secret."""

        def secret(reference: str | None) -> str | None:
            return None if reference is None else resolve(reference)

        return Login(
            name=self.name,
            user=self.user,
            key=self.key,
            passphrase=secret(self.passphrase),
            password=secret(self.password),
            known_hosts=self.known_hosts,
            elevate=self.elevate,
            elevate_password=secret(self.elevate_password),
            jump=self.jump.login(resolve) if self.jump is not None else None,
            address=self.address,
            port=self.port,
            transport=self.transport,
            ssh_config=self.ssh_config,
            reference=self,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One login with its secrets resolved."""

    name: str
    """Name in the inventory; the only part that evidence may show."""
    user: str | None = None
    key: str | None = None
    """Private key file, or a ``.pub`` file that names a key held by the agent."""
    passphrase: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    known_hosts: str | None = None
    """known_hosts file; None means the user's own and the system's."""
    elevate: str = "none"
    """``none``, ``sudo`` or ``su``."""
    elevate_password: str | None = field(default=None, repr=False)
    jump: Login | None = None
    address: str | None = None
    """For a jump host: where it stands."""
    port: int | None = None
    transport: str = "paramiko"
    """``paramiko`` or ``openssh``."""
    ssh_config: str | None = None
    reference: Reference | None = None
    """How it was named, for an engine that asks from elsewhere."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret of this login and of its jump host that a host may get to see."""
        own = tuple(secret for secret in (self.password, self.elevate_password, self.passphrase) if secret)
        return own + (self.jump.secrets if self.jump is not None else ())


class Attempts:
    """At most one failed login per account and run; a password never proven right is tried on one host alone first.

    A mistyped password of an account that many hosts share (LDAP, AD) would else fail once per host and lock the account.
    """

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._failed: set[tuple[str, str]] = set()
        self._state: dict[str, str] = {}

    def begin(self, login: Login, place: str) -> None:
        """Ask leave to try. Waits while another host is the first to try this password. Raises ReachError."""
        with self._lock:
            if (login.name, place) in self._failed:
                raise ReachError(Why.AUTH_FAILED, "tried once in this run already")
            if login.password is None and login.elevate_password is None:
                return
            while self._state.get(login.name) == "trying":
                self._lock.wait()
            if self._state.get(login.name) == "refused":
                raise ReachError(Why.AUTH_FAILED, f"login {login.name} was refused elsewhere in this run and never accepted: not tried")
            if login.name not in self._state:
                self._state[login.name] = "trying"

    def end(self, login: Login, place: str, accepted: bool | None) -> None:
        """Tell how it went: True accepted, False refused, None never came to it."""
        with self._lock:
            if accepted is False:
                self._failed.add((login.name, place))
            trying = self._state.get(login.name) == "trying"
            if accepted is True:
                self._state[login.name] = "proven"
            elif accepted is False and self._state.get(login.name) != "proven":
                self._state[login.name] = "refused"
            elif trying:
                del self._state[login.name]
            self._lock.notify_all()
