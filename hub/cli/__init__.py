"""``shiqu hub …``: one file a family of commands. Imports nothing of the extra until a command runs, so that one without it can be told."""

from __future__ import annotations

import importlib
from typing import Any

import click

from hub.words import language, say
from scanner.errors import UseError

FAMILIES: dict[str, str] = {
    "account": "account",
    "advisory": "advisory",
    "backup": "backup",
    "campaign": "campaign",
    "export": "export",
    "import": "imports",
    "init": "init",
    "notice": "notice",
    "serve": "serve",
    "table": "export_views",
    "turn": "campaign",
    "unit": "unit",
    "upgrade": "init",
    "verify-log": "verify_log",
}
"""Command to the module of this package that holds it."""


class Lazy(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(FAMILIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in FAMILIES:
            return None
        try:
            module: Any = importlib.import_module(f"hub.cli.{FAMILIES[cmd_name]}")
        except ModuleNotFoundError as error:
            raise UseError("hub-extra-missing", module=error.name) from None
        commands: tuple[click.Command, ...] = module.COMMANDS
        return next(command for command in commands if command.name == cmd_name)


@click.group("hub", cls=Lazy, help=say("hub.help", language()))
def hub() -> None:
    pass
