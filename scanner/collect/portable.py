"""The one script, carried on a stick: the same composer writes it, the same frames are read from what it answers.

What would have to be masked here is masked on the target, before it is written down: evidence whose fact keeps only a digest or
some lines is not asked, and a stream editor hides what looks like a secret.
"""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from scanner.collect.clean import clean
from scanner.collect.compose import Script, Slot, compose
from scanner.collect.frames import Raw, Reading, read_frames
from scanner.collect.powershell import compose_powershell, plain
from scanner.errors import UseError
from scanner.facts.fact import spec_by_probe
from scanner.model.evidence import Evidence, Probe
from scanner.model.target import Kind

SCHEMA = "shiqu/answer/1"
MAX_ANSWER = 64 * 1024 * 1024
"""A larger answer is refused, in bytes."""


def write_script(probes: Sequence[Probe]) -> bytes:
    """The shell's script as a file. Probes of other kinds than ``sh`` and ``files``, and those that keep less than the whole, are left out."""
    asked = [probe for probe in probes if probe.via in ("sh", "files") and probe.keeps == "whole"]
    script = compose([Slot("", probe) for probe in asked], secrets.token_hex(16))
    head = json.dumps({"schema": SCHEMA, "token": script.token, "probes": [probe.id for probe in asked]}, separators=(",", ":"))
    masks = files("scanner.collect").joinpath("masks.sed").read_text("utf-8")
    lines = [
        "#!/bin/sh\n",
        f"printf '%s\\n' {shlex.quote(head)}\n",
        "printf 'HOST %s\\n' \"$(uname -n)\"\n",
        "{\n",
        script.text.decode(),
        f"}} 2>/dev/null </dev/null | sed -E {shlex.quote(masks)}\n",
    ]
    return "".join(lines).encode()


def write_powershell(probes: Sequence[Probe]) -> bytes:
    """The same for Windows: one PowerShell script."""
    asked = [probe for probe in probes if probe.via == "powershell" and probe.keeps == "whole"]
    token = secrets.token_hex(16)
    head = {"schema": SCHEMA, "kind": "windows", "token": token, "probes": [probe.id for probe in asked]}
    return compose_powershell(asked, token, json.dumps(head, separators=(",", ":")))


@dataclass(frozen=True, slots=True)
class Carried:
    """One answer that was brought back."""

    host: str
    """What the host calls itself."""
    kind: Kind
    """Of the two kinds of hosts that there are scripts for."""
    evidence: tuple[Evidence, ...]
    reading: Reading


def read_answer(data: bytes, name: str, brought: str) -> Carried:
    """Read one answer. ``brought`` is the time of reading, UTC. Raises UseError naming the file when it is not a whole answer."""
    try:
        line, _, rest = plain(data).partition(b"\n")
        second, _, body = rest.partition(b"\n")
        head = json.loads(line)
        token, ids = head["token"], head["probes"]
        kind: Kind = "windows" if head.get("kind") == "windows" else "linux"
        if head["schema"] != SCHEMA or not isinstance(token, str) or len(token) != 32 or not second.startswith(b"HOST "):
            raise ValueError("header")
        known = [spec_by_probe(probe).probe for probe in ids]
        if not all(kind in probe.kinds for probe in known):
            raise ValueError("probes")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UseError("portable-answer", file=name, detail=f"{type(error).__name__}: {error}"[:80]) from None
    host = "".join(char for char in second[5:].decode("utf-8", "replace") if char.isalnum() or char in "._-")[:64] or "host"
    script = Script(b"", token, tuple(Slot(host, probe) for probe in known))
    reading = read_frames(script, Raw(body, b"", None, "portable"), brought, 0.0)
    if not reading.complete:
        raise UseError("portable-answer", file=name, detail="Z")
    probes = {probe.id: probe for probe in known}
    return Carried(host, kind, tuple(clean(item, probes[item.probe]) for item in reading.evidence), reading)
