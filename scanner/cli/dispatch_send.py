"""``shiqu dispatch send``: over the network to the hub, until its receipt is there."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli.dispatch_read import keep_receipt, read_file, trust_at
from scanner.cli.keeping import home_option
from scanner.cli.output import write_whole
from scanner.cli.words import say
from scanner.collect.upload import post
from scanner.ledger.envelope import is_encrypted, open_envelope
from scanner.ledger.home import home_for
from scanner.ledger.reply import MAX_ANSWER, Answer, acknowledged, deliver, headers_with, place_of, tls_context, wait_asked
from scanner.secret import resolve_secret


@click.command("send", help=say("dispatch.send.help"))
@click.argument("url", metavar="URL")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@home_option
@click.option("--ca", default=None, metavar="FILE", help=say("dispatch.ca"))
@click.option("--trust", "trusted", default=None, metavar="DIR", help=say("dispatch.trust"))
@click.option("--token", "reference", default=None, metavar="REF", help=say("dispatch.token"))
@click.option("--seconds", type=click.FloatRange(0, 86_400), default=300, show_default=True, help=say("dispatch.seconds"))
@click.option("-o", "--output", default=None, metavar="DIR", help=say("dispatch.receipts"))
def send_command(
    url: str,
    files: tuple[str, ...],
    inventory: str | None,
    ca: str | None,
    trusted: str | None,
    reference: str | None,
    seconds: float,
    output: str | None,
) -> int:
    place, context = place_of(url), tls_context(ca)
    home = home_for(Path(inventory) if inventory is not None else None)
    trust = trust_at(trusted)
    headers = headers_with(resolve_secret(reference, say("dispatch.ask-token")) if reference is not None else None)
    # All are looked at before the first is sent.
    held = [(Path(name), data, _digest(data)) for name in files for data in (read_file(Path(name)),)]
    worst = 0
    for path, data, sent in held:

        def once(data: bytes = data) -> Answer:
            status, body, told = post(place, data, headers, context, MAX_ANSWER)
            return Answer(status, body, wait_asked(told))

        answer = deliver(once, seconds)
        found = acknowledged(answer, trust, sent)
        if output is not None:
            write_whole(Path(output) / f"{path.stem}.receipt{path.suffix}", answer)
        click.echo(f"{path}: " + keep_receipt(found, home))
        worst = max(worst, 0 if found.not_trusted is None else 4)
    return worst


def _digest(data: bytes) -> str | None:
    """Of the envelope; None for an encrypted one, whose receipt is then looked up in the ledger. Raises KeepError for what is no envelope."""
    return None if is_encrypted(data) else open_envelope(data).digest
