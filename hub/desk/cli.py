"""``shiqu desk``: the unit's own web, on loopback."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import click

from hub.words import language, say
from scanner.errors import KeepError, UseError

EXTRA = ("fastapi", "starlette", "uvicorn", "multipart", "jinja2")


@click.command("desk", help=say("desk.help", language()))
@click.option("--dir", "folder", default=".", show_default=True, metavar="DIR", help=say("desk.dir", language()))
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help=say("desk.port", language()))
def desk(folder: str, port: int) -> int:
    try:
        import uvicorn

        from hub.desk.app import Desk, create_app
        from hub.desk.place import place_at
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise UseError("hub-extra-missing", module=error.name) from None
    place = place_at(Path(folder))
    # Bound before the link is printed: nobody else can sit at the port that it names.
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
    except OSError as error:
        raise KeepError("desk-port", port=port, detail=error.strerror or error) from None
    with door:
        one = Desk(place, door.getsockname()[1])
        click.echo(say("desk.open", language(), link=one.link, folder=place.folder))
        config = uvicorn.Config(create_app(one), log_level="warning", access_log=False, server_header=False, date_header=True)
        # The server ends its answers at Ctrl-C and then says it once more: that is how a desk is closed.
        try:
            with contextlib.suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[door])
        finally:
            one.work.close()
    click.echo(say("desk.closed", language()))
    return 0
