"""Probes of one host composed into one POSIX script, fed to ``sh -s`` in one round trip.

Marks carry a random token per conversation, so that no answer can forge the next one's frame. On stdout::

    TOKEN H <version> <uid> <epoch seconds>      once, first
    TOKEN B <n> … TOKEN R <n> <exit> … TOKEN E <n>   one per probe; R may stand anywhere between B and E (it is cut out)
    TOKEN P <n>                                  the probe needs root and this shell is not root
    TOKEN S <exit>                               the file reader ended
    TOKEN Z                                      the script came to its end

stderr has B and E marks alone. Nothing is written on the target: no temporary file, no here-document.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from scanner.model.evidence import Probe

STDERR_BYTES = 262_144
"""Byte limit of stderr for the whole script, on the target's side; what is more is drained and lost."""
FILES_SECONDS = 30
"""Time limit of the file reader, in seconds, for all files together."""
_READER = files("scanner.collect").joinpath("reader.awk").read_text("utf-8")
_PREAMBLE = files("scanner.collect").joinpath("preamble.sh").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Slot:
    """One probe put on behalf of one target; its place in the script is its index."""

    target: str
    probe: Probe

    @property
    def limit(self) -> int:
        """Byte limit of the frame's body: contents of files come back with a mark before every line."""
        return self.probe.max_bytes * 2 + 8192 if self.probe.via == "files" else self.probe.max_bytes


@dataclass(frozen=True, slots=True)
class Script:
    """A composed script."""

    text: bytes
    token: str
    slots: tuple[Slot, ...]

    @property
    def max_bytes(self) -> int:
        """How much stdout an honest target can send, in bytes."""
        return sum(slot.limit + 256 for slot in self.slots) + 4096

    @property
    def seconds(self) -> float:
        """The sum of the probes' own limits: an upper bound for an honest target."""
        return float(sum(slot.probe.seconds + 2 for slot in self.slots if slot.probe.via == "sh") + FILES_SECONDS + 5)


def compose(slots: Sequence[Slot], token: str) -> Script:
    """Compose the script. ``token`` is random, lower-case hexadecimal. Raises ValueError for probes that no shell can put."""
    parts = [_PREAMBLE.replace("@TOKEN@", token)]
    reader: list[str] = []
    for index, slot in enumerate(slots):
        if slot.probe.via == "sh":
            parts.append(_shell_part(index, slot.probe))
        elif slot.probe.via == "files":
            reader.append(_files_part(index, slot.probe))
        else:
            raise ValueError(f"{slot.probe.id}: no shell can put a {slot.probe.via} probe")
    if reader:
        # The reader goes first: it is the cheapest and answers most.
        parts.insert(1, "set --\n" + "".join(reader) + f'files {shlex.quote(_READER)} "$@"\n')
    parts.append(f"printf '\\n%s Z\\n' \"$T\"\n}} 2>&1 >&3 | {{ head -c {STDERR_BYTES}; cat >/dev/null; }} >&2\nexit 0\n")
    return Script("".join(parts).encode(), token, tuple(slots))


def _shell_part(index: int, probe: Probe) -> str:
    run = f"ask {index} {probe.seconds} {probe.max_bytes + 1} {shlex.quote(probe.ask[0])}\n"
    return f"if root {index}; then {run.rstrip()}; fi\n" if probe.root else run


def _files_part(index: int, probe: Probe) -> str:
    lines = [f"set -- \"$@\" '@{index} {probe.max_bytes}'\n"]
    for pattern in probe.ask:
        # Unquoted on purpose: the target's shell expands the glob; everything but the glob characters is quoted.
        lines.append(f'for f in {_quote_glob(pattern)}; do look {shlex.quote(pattern)}; set -- "$@" "$l"; done\n')
    body = "".join(lines)
    return f"if root {index}; then\n{body}fi\n" if probe.root else body


def _quote_glob(pattern: str) -> str:
    if not pattern.startswith("/"):
        raise ValueError(f"not an absolute path: {pattern!r}")
    return "".join(char if char in "*?[]" or char.isalnum() or char in "/._-" else shlex.quote(char) for char in pattern)
