"""A hub that keeps nothing: what HTTP costs alone (``http``), and HTTP with signature, digests and every check of the content (``checked``).

``python -m bench.hub_floor http|checked COMMAND…``, the command as ``shiqu`` takes it. Started by :mod:`bench.hub`, never by people.
"""

from __future__ import annotations

import sys

from hub.intake.door import Door, Outcome
from hub.intake.reading import read_arrival
from scanner.cli.main import main

ANSWER = b"x" * 1500
"""As long as a receipt."""


def http(self: Door, data: bytes, source: str, by: int | None = None) -> Outcome:
    return Outcome("accepted", None, ANSWER, None)


def checked(self: Door, data: bytes, source: str, by: int | None = None) -> Outcome:
    with self._reading:
        read = read_arrival(data, source, f"account:{by}", hub=self._own.code, decrypt=self._own.encrypt)
    assert read.error is None
    return http(self, data, source, by)


if __name__ == "__main__":
    Door.accept = {"http": http, "checked": checked}[sys.argv.pop(1)]  # type: ignore[method-assign]
    main()
