"""``shiqu dispatch fetch``: what waits at the hub for this unit, over the network; to be read by ``dispatch read``."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import click

from scanner.cli.output import write_whole
from scanner.cli.words import say
from scanner.collect.upload import Came, get, post
from scanner.errors import KeepError
from scanner.ledger.envelope import LIMIT, is_encrypted, open_envelope
from scanner.ledger.reply import DOWN, MAX_ANSWER, MAX_LIST, PATH, Answer, Waiting, headers_with, place_of, refused, tls_context, waiting_in
from scanner.secret import resolve_secret

MAX_FILE = LIMIT + LIMIT // 512


@click.command("fetch", help=say("dispatch.fetch.help"))
@click.argument("url", metavar="URL")
@click.option("--ca", default=None, metavar="FILE", help=say("dispatch.ca"))
@click.option("--token", "reference", required=True, metavar="REF", help=say("dispatch.token"))
@click.option("--all", "everything", is_flag=True, help=say("dispatch.fetch.all"))
@click.option("-o", "--output", required=True, metavar="DIR", help=say("dispatch.fetch.output"))
def fetch_command(url: str, ca: str | None, reference: str, everything: bool, output: str) -> int:
    place, context = place_of(url).removesuffix(PATH) + DOWN, tls_context(ca)
    headers, folder = headers_with(resolve_secret(reference, say("dispatch.ask-token"))), Path(output)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeepError("file-write", file=folder, detail=error.strerror or error) from None
    listed = _asked(lambda: get(place + ("?all=1" if everything else ""), headers, context, MAX_LIST + 1))
    if len(listed) > MAX_LIST:
        raise KeepError("reply-no-list")
    found = waiting_in(listed)
    for one in found:
        data = _asked(lambda one=one: post(f"{place}/{one.digest}", b"", headers, context, MAX_FILE + 1))  # type: ignore[misc]
        write_whole(folder / one.name, _same(one, data))
        click.echo(say("dispatch.fetched", file=folder / one.name))
    click.echo(say("dispatch.fetch.counted", count=len(found), dir=folder))
    return 0


def _same(one: Waiting, data: bytes) -> bytes:
    """What came is what was listed; of an encrypted one only its reader can tell. Raises KeepError."""
    if len(data) > MAX_FILE:
        raise KeepError("dispatch-large", size=f"{len(data) / 1048576:.1f}", limit=LIMIT >> 20)
    if not is_encrypted(data) and open_envelope(data).digest != one.digest:
        raise KeepError("reply-other", sequence=one.sequence)
    return data


def _asked(ask: Callable[[], Came]) -> bytes:
    """The body of a good answer. Raises KeepError."""
    try:
        status, body, _ = ask()
    except ssl.SSLCertVerificationError as error:
        raise KeepError("dispatch-tls", detail=str(error.verify_message)[:120]) from None
    except OSError as error:
        raise KeepError("dispatch-unfetched", detail=(error.strerror or type(error).__name__)[:120]) from None
    if status != 200:
        raise refused(Answer(status, body[:MAX_ANSWER]))
    return body
