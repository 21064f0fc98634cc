"""Live progress: host, state, what is being asked; of catalogues where the count is, rows, rate and what is left.

Plain lines when not a terminal, nothing when quiet.
"""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any

import click

from scanner.cli.words import printable, say
from scanner.collect.holdings.meter import Counting

PLAIN_SECONDS = 30.0
"""Between two plain lines about one count."""
PATH = 36
"""Characters of a container's path that are shown: its end says more than its beginning."""
ROWS = 16
"""How many hosts the live picture shows at once: those at work, newest first."""


class Display:
    """A context manager whose ``tell`` is handed to the collector; safe to call from its threads."""

    def __init__(self, total: int, quiet: bool) -> None:
        self._total = total
        self._mode = "quiet" if quiet else "live" if sys.stderr.isatty() else "plain"
        self._lock = threading.Lock()
        self._running: dict[str, tuple[str, float]] = {}
        self._spoke: dict[str, float] = {}
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
                self._plain(target, detail, since)

    def _plain(self, target: str, detail: str, since: float) -> None:
        """A long count is worth a line now and then; a short one is not."""
        counting = Counting.read(detail) if self._mode == "plain" else None
        now = time.monotonic()
        if counting is not None and now - self._spoke.get(target, since) >= PLAIN_SECONDS:
            self._spoke[target] = now
            click.echo(say("progress.count-line", target=target, count=counted(counting)), err=True)

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
                table.add_row(target, _state(detail), f"{now - since:.0f}")
            return table


def _state(detail: str) -> str:
    counting = Counting.read(detail)
    if counting is not None:
        return counted(counting)
    word, _, rest = detail.partition(" ")
    return f"{say(f'progress.{word}')} {rest}" if word else " "


def counted(now: Counting) -> str:
    """One count in a line: container, rows, share, rate, time left."""
    path = now.path if len(now.path) <= PATH else "…" + now.path[1 - PATH :]
    amount = _bytes if now.unit == "bytes" else _number
    words = [printable(path), say("progress.rows", rows=_number(now.rows))]
    if now.total:
        words.append(say("progress.share", done=amount(now.done), total=amount(now.total), percent=f"{100 * now.done / now.total:.0f}"))
    if now.rate >= 1:
        words.append(say("progress.rate", rate=amount(int(now.rate))))
    if now.left is not None:
        words.append(say("progress.left", time=_clock(now.left)))
    return "  ".join(words)


def _number(value: int) -> str:
    return f"{value:,}"


def _bytes(value: int) -> str:
    size, unit = float(value), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
