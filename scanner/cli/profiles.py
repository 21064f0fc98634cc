"""``shiqu profiles list|show|coverage``."""

from __future__ import annotations

import click

from scanner.cli.words import language, say
from scanner.errors import UseError
from scanner.model.control import Profile
from scanner.rulebook.book import rulebook
from scanner.rulebook.profiles import coverage, profiles


def _find(profile_id: str) -> Profile:
    found = profiles().get(profile_id)
    if found is None:
        raise UseError("profile-unknown", id=profile_id, known=", ".join(sorted(profiles())))
    return found


@click.group("profiles", help=say("profiles.help"))
def profiles_() -> None:
    pass


@profiles_.command("list", help=say("profiles.list"))
def list_() -> int:
    for profile in profiles().values():
        click.echo(f"{profile.id:16} {len(profile.controls):4}  {getattr(profile.title, language())}")
    return 0


@profiles_.command("show", help=say("profiles.show"))
@click.argument("profile_id")
def show(profile_id: str) -> int:
    profile = _find(profile_id)
    for control in profile.controls:
        click.echo(f"{control.id}  {control.layer} / {control.control_point}  [{control.verify}]  {getattr(control.text, language())}")
        for check in control.checks:
            click.echo(f"    {check}")
    return 0


@profiles_.command("coverage", help=say("profiles.coverage"))
@click.argument("profile_ids", nargs=-1)
def cover(profile_ids: tuple[str, ...]) -> int:
    head = (say("profiles.automatic"), say("profiles.with-help"), say("profiles.attestation"), say("profiles.total"))
    for profile in [_find(name) for name in profile_ids] or [p for p in profiles().values() if p.level is not None]:
        click.echo(f"{profile.id}  {getattr(profile.title, language())}")
        for row in coverage(profile, rulebook()):
            counts = (row.automatic, row.with_help, row.attestation, row.total)
            click.echo("  " + row.layer + "  " + "  ".join(f"{name} {count}" for name, count in zip(head, counts, strict=True)))
    return 0


profiles_.name = "profiles"
COMMANDS = [profiles_]
