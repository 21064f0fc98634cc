"""Lines of a document that call the tables below them those of one level, up to the next such line."""

from __future__ import annotations

from scanner.facts.holdings.leftover import SHORT_LINE, Heading, heading


class Above:
    """The lines before a table, one after another."""

    def __init__(self) -> None:
        self._heading: Heading | None = None
        self._text = ""

    def line(self, text: str) -> None:
        """One more line."""
        found = heading(text.strip()) if 0 < len(text.strip()) <= SHORT_LINE else None
        if found is not None and (found.level is not None or (self._heading is not None and found.ends(self._heading))):
            self._heading, self._text = (found, text.strip()) if found.level is not None else (None, "")

    @property
    def caption(self) -> list[list[str | None]]:
        """What now stands above a table, as a row of it."""
        return [[self._text]] if self._text else []
