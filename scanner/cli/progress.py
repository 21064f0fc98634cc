"""Live progress: host, state, what is being asked. Plain lines when not a terminal, nothing when quiet."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any

import click

from scanner.cli.words import say

ROWS = 16
"""How many hosts the live picture shows at once: those at work, newest first."""


class Display:
    """A context manager whose ``tell`` is handed to the collector; safe to call from its threads."""

    def __init__(self, total: int, quiet: bool) -> None:
        self._total = total
        self._mode = "quiet" if quiet else "live" if sys.stderr.isatty() else "plain"
        self._lock = threading.Lock()
        self._running: dict[str, tuple[str, float]] = {}
        self._done = 0
        self._failed = 0
        self._live: Any = None

    def __enter__(self) -> Display:
        if self._mode == "live":
            from rich.console import Console
            from rich.live import Live

            # A target's name is text: no markup, no emoji, no colouring of its digits.
            console = Console(stderr=True, markup=False, emoji=False, highlight=False)
            self._live = Live(get_renderable=self._picture, console=console, refresh_per_second=5, transient=True)
            self._live.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)

    def tell(self, target: str, state: str, detail: str) -> None:
        """Take one message."""
        with self._lock:
            if state in ("done", "failed"):
                self._running.pop(target, None)
                self._done += 1
                self._failed += state == "failed"
                if self._mode == "plain":
                    words = say(
                        f"progress.{state}", target=target, why=say(f"why.{detail}") if detail else "", done=self._done, total=self._total
                    )
                    click.echo(words, err=True)
            else:
                since = self._running.get(target, ("", time.monotonic()))[1]
                self._running[target] = (detail, since)

    def _picture(self) -> Any:
        from rich.table import Table

        with self._lock:
            table = Table(
                title=say("progress.title", done=self._done, total=self._total, failed=self._failed),
                title_justify="left",
                box=None,
                pad_edge=False,
            )
            table.add_column(say("progress.host"), no_wrap=True)
            # Wide enough for every state, so that the picture does not jump.
            table.add_column(say("progress.state"), no_wrap=True, min_width=16)
            table.add_column("s", justify="right")
            now = time.monotonic()
            for target, (detail, since) in sorted(self._running.items(), key=lambda item: -item[1][1])[:ROWS]:
                word, _, rest = detail.partition(" ")
                state = say(f"progress.{word}") if word else ""
                table.add_row(target, f"{state} {rest}", f"{now - since:.0f}")
            return table
