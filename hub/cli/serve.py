"""``shiqu hub serve``: one process, one port; TLS here or at a proxy, or nobody but this machine."""

from __future__ import annotations

import gc
import ipaddress
import logging
import signal
import ssl
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import uvicorn

from hub.cli.options import HOME, PASSPHRASE, own, word
from hub.intake.door import Door
from hub.ops.unit_file import unit_file
from hub.ops.worker import Job, Worker
from hub.people import directory, signon
from hub.registry.own import Own
from hub.titles import installed
from hub.web.app import create_app
from hub.web.patience import Patient
from hub.work import incoming
from hub.work.clockwork import turn
from scanner.errors import UseError

GRACE_SECONDS = 20
MOST_AT_ONCE = 400
TURN_SECONDS = 60.0
"""Between two rounds of following up: campaigns, notices, escalation."""
SWITCH_SECONDS = 0.0005
GARBAGE = 10_000
"""New objects after which the youngest are searched for garbage."""
LOG = logging.getLogger("shiqu.hub")


@click.command("serve", help=word("hub.serve.help"))
@HOME
@PASSPHRASE
@click.option("--host", default="127.0.0.1", show_default=True, help=word("hub.serve.host"))
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True, help=word("hub.serve.port"))
@click.option("--tls-cert", "cert", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=word("hub.serve.cert"))
@click.option("--tls-key", "key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=word("hub.serve.key"))
@click.option("--tls-client-ca", "ca", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=word("hub.serve.client-ca"))
@click.option("--behind-proxy", "proxy", is_flag=True, help=word("hub.serve.proxy"))
@click.option("--name", "names", multiple=True, metavar="HOST", help=word("hub.serve.name"))
@click.option("--second", type=click.Choice(["admins", "all", "none"]), default="admins", show_default=True, help=word("hub.serve.second"))
@click.option("--systemd", is_flag=True, help=word("hub.serve.systemd"))
def serve(
    home: Path,
    reference: str,
    host: str,
    port: int,
    cert: Path | None,
    key: Path | None,
    ca: Path | None,
    proxy: bool,
    names: tuple[str, ...],
    second: str,
    systemd: bool,
) -> int:
    if (cert is None) != (key is None) or (ca is not None and cert is None):
        raise UseError("hub-serve-pair")
    if not _here(host) and cert is None and not proxy:
        raise UseError("hub-serve-open", host=host)
    if systemd:
        click.echo(unit_file(home, reference, ["--host", host, "--port", str(port)], cert, key, proxy=proxy), nl=False)
        return 0
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    place = Place(host, port, cert, key, ca, proxy)
    return run(own(home, reference), place, frozenset(name.casefold() for name in names), second, **_ways(home))


def _ways(home: Path) -> dict[str, Any]:
    """How people come in besides by an account of this hub, as its folder says. Raises UseError."""
    held, vouching = directory.read(home), signon.read(home)
    return {
        "directory": held.takes if held is not None else None,
        "signon": vouching,
        "ways": (("/oidc", "login.oidc"),) if vouching is not None else (),
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where the hub listens, and how people reach it."""

    host: str
    port: int
    cert: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    """Of the clients' certificates, where they must have one."""
    proxy: bool = False


def run(hub: Own, place: Place, names: frozenset[str] = frozenset(), second: str = "admins", **ways: Any) -> int:
    """Serve until SIGTERM or Ctrl-C. Raises UseError, KeepError."""
    # While only one thread runs: it imports whatever is installed.
    installed()
    app = create_app(
        hub,
        hub.database,
        door=Door(hub, hub.database, incoming.take),
        secure=place.cert is not None or place.proxy,
        hosts=names,
        second=second,
        **ways,
    )
    server = _Announced(_config(app, place))
    # uvicorn sends itself the signal once more when it is done: what comes after shall still be done.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    # Many threads that wait for a database more than they compute: the default makes each wait for its turn too long.
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is loaded by now stays: it is not searched for garbage again and again while envelopes make and drop thousands of objects.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 20)
    worker = Worker(hub.database, [Job(TURN_SECONDS, turn), Job(TURN_SECONDS, partial(incoming.pass_on, hub))])
    worker.start()
    try:
        server.run()
    finally:
        worker.stop()
        hub.database.close()
    return 0 if server.started else 5


class _Announced(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            place = self.servers[0].sockets[0].getsockname()
            scheme = "https" if self.config.is_ssl else "http"
            shown = f"[{place[0]}]" if ":" in place[0] else place[0]
            click.echo(word("hub.serve.listening", url=f"{scheme}://{shown}:{place[1]}/"))
            sys.stdout.flush()


def _config(app: Any, place: Place) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        host=place.host,
        port=place.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=place.proxy,
        forwarded_allow_ips="127.0.0.1,::1" if place.proxy else "",
        lifespan="off",
        loop="asyncio",
        http=Patient,
        ws="none",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=MOST_AT_ONCE,
        ssl_certfile=place.cert,
        ssl_keyfile=place.key,
        ssl_ca_certs=str(place.ca) if place.ca is not None else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if place.ca is not None else ssl.CERT_NONE,
    )
    try:
        config.load()
    except (ssl.SSLError, OSError) as error:
        raise UseError("hub-serve-certificate", file=place.cert or "?", detail=str(error)[:120]) from None
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


COMMANDS = (serve,)
