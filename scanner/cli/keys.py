"""``shiqu keys``: make keys, show their fingerprints, and say whose keys count."""

from __future__ import annotations

import re
from pathlib import Path

import click

from scanner.cli.encrypting import decrypt_command, encrypt_command
from scanner.cli.key_files import SUFFIX, config_folder, grouped, passphrase
from scanner.cli.words import say
from scanner.errors import KeepError, UseError
from scanner.ledger.age import recipient_text
from scanner.ledger.keys import ALGORITHMS, MAX_FILE, PublicKey, new_key, read_public_unit, write_key
from scanner.ledger.trust import ROLES, Pin, add_pin, read_trust

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("keys", help=say("keys.help"))
def keys() -> None:
    pass


@keys.command("new", help=say("keys.new.help"))
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default="ed25519", show_default=True, help=say("keys.algorithm"))
@click.option("--unit", default="", metavar="CODE", help=say("keys.unit"))
@click.option("-o", "--output", default=None, metavar="FILE", help=say("keys.output"))
@click.option("--passphrase", "reference", default="ask", metavar="REF", help=say("keys.passphrase"))
def new(algorithm: str, unit: str, output: str | None, reference: str) -> int:
    path = Path(output) if output is not None else config_folder("keys") / (_name(unit, algorithm) + SUFFIX)
    if not path.suffix:
        path = path.with_suffix(SUFFIX)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeepError("file-write", file=path.parent, detail=error.strerror or error) from None
    key = new_key(algorithm, unit)
    write_key(path, key, passphrase(reference, twice=True))
    click.echo(say("keys.made", file=path, public=path.with_suffix(".pub")))
    _show(path.with_suffix(".pub"), key.public, unit)
    click.echo(say("keys.next" if algorithm != "x25519" else "keys.next-encrypt", public=path.with_suffix(".pub")))
    click.echo(say("keys.no-certification"))
    return 0


@keys.command("show", help=say("keys.show.help"))
@click.argument("files", nargs=-1, metavar="[FILE]…")
def show(files: tuple[str, ...]) -> int:
    paths = [Path(name) for name in files] or sorted(config_folder("keys").glob("*.pub"))
    if not paths:
        click.echo(say("keys.none", dir=config_folder("keys")))
    for path in paths:
        public = path.with_suffix(".pub") if path.suffix == SUFFIX else path
        _show(public, *read_public_unit(public))
    click.echo(say("keys.no-certification"))
    return 0


@keys.command("trust", help=say("keys.trust.help"))
@click.argument("public", required=False, metavar="[PUB]")
@click.option("--unit", default=None, metavar="CODE", help=say("keys.trust.unit"))
@click.option("--any-unit", is_flag=True, help=say("keys.trust.any"))
@click.option("--role", type=click.Choice(ROLES), default="unit", show_default=True, help=say("keys.trust.role"))
@click.option("--since", type=DAY, default=None, metavar="YYYY-MM-DD", help=say("keys.trust.since"))
@click.option("--until", type=DAY, default=None, metavar="YYYY-MM-DD", help=say("keys.trust.until"))
@click.option("--revoked", type=DAY, default=None, metavar="YYYY-MM-DD", help=say("keys.trust.revoked"))
@click.option("--lift-revocation", "lift", is_flag=True, help=say("keys.trust.lift"))
@click.option("--trust", "folder", default=None, metavar="DIR", help=say("keys.trust.dir"))
def trust(
    public: str | None,
    unit: str | None,
    any_unit: bool,
    role: str,
    since: object,
    until: object,
    revoked: object,
    lift: bool,
    folder: str | None,
) -> int:
    place = Path(folder) if folder is not None else config_folder("trust")
    if public is None:
        return _list(place)
    if role == "unit" and revoked is None and (unit is None) != any_unit:
        raise UseError("trust-unit-needed")
    text = _authority(Path(public)) if role == "tsa" else read_public_unit(Path(public))[0].pem.decode()
    days = [str(day)[:10] if day is not None else None for day in (since, until, revoked)]
    pin = Pin(role, text, unit, *days)
    path = add_pin(place, pin, lift=lift)
    who = unit or say("keys.trust.every-unit")
    click.echo(
        say("keys.trusted" if revoked is None else "keys.revoked", file=path, unit=who, role=say(f"keys.role.{role}"), day=days[2] or "-")
    )
    if role != "tsa":
        click.echo("  " + grouped(pin.fingerprint))
        click.echo(say("keys.compare"))
    return 0


keys.add_command(encrypt_command)
keys.add_command(decrypt_command)


def _list(place: Path) -> int:
    pins = read_trust(place).pins if place.is_dir() else ()
    if not pins:
        click.echo(say("keys.trust.none", dir=place))
    for pin in pins:
        click.echo(
            say(
                "keys.trust.line",
                role=say(f"keys.role.{pin.role}"),
                unit=pin.unit or say("keys.trust.every-unit"),
                since=pin.since or "…",
                until=pin.until or "…",
                revoked=pin.revoked or "-",
            )
        )
        if pin.role != "tsa":
            click.echo("  " + grouped(pin.fingerprint))
    return 0


def _show(path: Path, key: PublicKey, unit: str) -> None:
    click.echo(say("keys.line", file=path, algorithm=say(f"keys.algorithm.{key.algorithm}"), unit=unit or "-"))
    click.echo("  " + grouped(key.fingerprint))
    if key.algorithm == "x25519":
        click.echo("  " + recipient_text(key))


def _name(unit: str, algorithm: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", unit).strip("-.")
    return "-".join(part for part in (plain or "shiqu", algorithm) if part)


def _authority(path: Path) -> str:
    """The certificate of a time-stamping authority in PEM. Raises UseError."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    found = re.search(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----", data[:MAX_FILE])
    if found is None:
        raise UseError("key-unreadable", file=path, detail="CERTIFICATE")
    return found[0].decode("ascii") + "\n"


COMMANDS = [keys]
