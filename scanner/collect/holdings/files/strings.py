"""Many strings held as bytes in one piece: a tenth of what single objects take."""

from __future__ import annotations

from array import array

from scanner.errors import ReachError
from scanner.model.absent import Why

MAX_BYTES = 96 * 1024 * 1024


class Strings:
    """Append, then read by number."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def add(self, text: str) -> None:
        """One more; more than fits into memory is refused."""
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))
        if len(self._bytes) > MAX_BYTES:
            raise ReachError(Why.TRUNCATED, f"shared strings larger than {MAX_BYTES} bytes")

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            raise IndexError(number)
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode("utf-8", "surrogatepass")
