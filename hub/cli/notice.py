"""``shiqu hub notice list|show|issue|withdraw|paper|remind|word|rulebook``."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.acting import AS, acting, settle
from hub.cli.options import HOME, PASSPHRASE, own, word
from hub.clock import today
from hub.days import day
from hub.words import language, say
from hub.work import closing, issuing, notices, numbers, papers, reminders, sending, withdrawing
from scanner.errors import KeepError


@click.group("notice", help=word("hub.notice.help"))
def notice() -> None:
    pass


@notice.command("list", help=word("hub.notice.list"))
@click.option("--state", default="", help=word("notice.state"))
@HOME
@PASSPHRASE
@AS
def listed(state: str, home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.reading() as connection:
        found = notices.listed(connection, acting(connection, hub, code), state=state)
    for one in found:
        click.echo(f"{one.id}  {_line(one)}")
    if not found:
        click.echo(word("hub.work.none"))
    return 0


@notice.command("show", help=word("hub.notice.show"))
@click.argument("number", type=int)
@HOME
@PASSPHRASE
@AS
def show(number: int, home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.reading() as connection:
        one = notices.find(connection, acting(connection, hub, code), number)
    click.echo(_line(one))
    for text in one.body["text"]:
        click.echo(f"  {text}")
    for line in one.body["demand"]["hazards"]:
        click.echo(f"  {line['code']}  {say('hazard.level.' + line['level'], language())}  {line['check']}  {line['target']}")
    if one.answer:
        click.echo(f"  {say('notice.replied', language())}")
        for text in one.answer.splitlines():
            # It was written elsewhere: nothing in it steers this terminal.
            click.echo("    " + "".join(char if char.isprintable() else "·" for char in text))
    for reason in closing.reasons(one):
        click.echo(f"  {say(f'proof.{reason.code}', language())} {reason.hazard}".rstrip())
    return 0


@notice.command("issue", help=word("hub.notice.issue"))
@click.argument("number", type=int)
@HOME
@PASSPHRASE
@AS
def issue(number: int, home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.writing() as connection:
        told = issuing.issue(connection, hub, acting(connection, hub, code), number)
    click.echo(word("hub.work.issued", number=told))
    return 0


@notice.command("withdraw", help=word("hub.notice.withdraw"))
@click.argument("number", type=int)
@click.option("--why", default="", help=word("notice.why"))
@HOME
@PASSPHRASE
@AS
def withdraw(number: int, why: str, home: Path, reference: str, code: str) -> int:
    settle(home, reference, code, lambda connection, hub, sight: withdrawing.withdraw(connection, hub, sight, number, why))
    click.echo(word("done.notice-withdrawn"))
    return 0


@notice.command("paper", help=word("hub.notice.paper"))
@click.argument("number", type=int)
@click.option("--wording", type=click.Choice((papers.INTERNAL, papers.MASKED)), default=papers.MASKED, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help=word("hub.work.file"))
@HOME
@PASSPHRASE
@AS
def paper(number: int, wording: str, output: Path, home: Path, reference: str, code: str) -> int:
    hub, lang = own(home, reference), language()
    with hub.database.reading() as connection:
        one = notices.find(connection, acting(connection, hub, code), number)
    told = one.number or say("notice.state.draft", lang)
    said = issuing.plain(one, told, day(one.issued) or today(), one.where)
    write(output, papers.docx(papers.letter(said, wording, lang), lang))
    click.echo(str(output))
    return 0


@notice.command("remind", help=word("reminder.send"))
@HOME
@PASSPHRASE
@AS
def remind(home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    told = sending.in_steps(
        hub.database, lambda connection, most: reminders.remind(connection, hub, acting(connection, hub, code), today(), most)
    )
    for number in told:
        click.echo(word("hub.work.issued", number=number))
    if not told:
        click.echo(word("hub.work.none"))
    return 0


@notice.command("word", help=word("notice.word"))
@click.argument("text")
@HOME
@PASSPHRASE
@AS
def set_word(text: str, home: Path, reference: str, code: str) -> int:
    settle(home, reference, code, lambda connection, _, sight: numbers.set_word(connection, sight, text))
    click.echo(word("done.notice-word"))
    return 0


@notice.command("rulebook", help=word("hub.notice.rulebook"))
@click.argument("digest")
@HOME
@PASSPHRASE
@AS
def rulebook(digest: str, home: Path, reference: str, code: str) -> int:
    hub = own(home, reference)
    with hub.database.writing() as connection:
        closing.declare_rulebook(connection, acting(connection, hub, code), digest)
        known = closing.rulebooks(connection)
    for one in known:
        click.echo(one)
    return 0


def write(path: Path, data: bytes) -> None:
    """Raises KeepError."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise KeepError("file-write", file=path, detail=error.strerror or error) from None


def _line(one: notices.Notice) -> str:
    late = f"  {say('view.days', language(), count=one.late)}" if one.late else ""
    upper = f"  {say('order.upper', language())} {one.body['upper']['name']}" if one.sender else ""
    return (
        f"{one.number}  {one.title}  {one.where.name}  {one.deadline}  {say(f'notice.state.{one.state}', language())}{late}{upper}".strip()
    )


COMMANDS = (notice,)
