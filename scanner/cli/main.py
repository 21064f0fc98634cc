"""The command line: one file a family of commands; turns errors into exit codes and sentences."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import resource
import sys
from collections.abc import Sequence

import click

from scanner import __version__
from scanner.cli.words import say, sentence
from scanner.errors import ShiquError

FAMILIES = (
    *("scan", "judge", "report", "checks", "profiles", "portable", "inventory", "discover", "doctor", "init", "isolation"),
    *("hazards", "ledger", "keys", "seal", "verify"),
    *("gate", "attest", "waive", "diff", "schedule", "foreign", "dispatch"),
)
"""Modules of this package that hold ``COMMANDS``; imported when one of their commands is asked for, or for the list."""
PLUGINS = "shiqu.commands"


class Lazy(click.Group):
    """Imports a family when it is needed: ``shiqu judge`` starts no SSH library."""

    def _families(self) -> dict[str, click.Command]:
        found: dict[str, click.Command] = {}
        for family in FAMILIES:
            for command in importlib.import_module(f"scanner.cli.{family}").COMMANDS:
                found[command.name] = command
        for point in importlib.metadata.entry_points(group=PLUGINS):
            found[point.name] = point.load()
        return found

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._families())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in FAMILIES:
            for command in importlib.import_module(f"scanner.cli.{cmd_name}").COMMANDS:
                if command.name == cmd_name:
                    return command  # type: ignore[no-any-return]
        for point in importlib.metadata.entry_points(group=PLUGINS, name=cmd_name):
            return point.load()  # type: ignore[no-any-return]
        return self._families().get(cmd_name)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, help=say("cli.help"))
@click.version_option(__version__, prog_name="shiqu")
def cli() -> None:
    pass


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code. Never prints a traceback for a mistake of the user's."""
    os.umask(0o077)
    # numpy's threads for matrices, of which there are none here, turn idle for as long as it takes to start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # No core dump may hold a password.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    try:
        code = cli.main(args=list(argv) if argv is not None else None, prog_name="shiqu", standalone_mode=False)
    except click.exceptions.Exit as done:
        return int(done.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(say("cli.stopped"), err=True)
        return 130
    except click.ClickException as error:
        click.echo(say("cli.wrong-use", detail=error.format_message()), err=True)
        return 2
    except ShiquError as error:
        click.echo(sentence(error), err=True)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
