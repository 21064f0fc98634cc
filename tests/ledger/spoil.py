"""Ways in which the tests of seals spoil what was sealed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from scanner.ledger.keys import PrivateKey
from scanner.ledger.seal import bindings, make
from scanner.ledger.sealzip import read, write
from scanner.ledger.statement import KEY, MANIFEST, PARTS, SIGNATURE
from scanner.model.canonical import canonical_unchecked
from tests.ledger.bundle import TIME, UNIT

Edit = Callable[[bytes], bytes]


def edit(path: Path, change: Edit) -> Path:
    before = path.read_bytes()
    path.write_bytes(change(before))
    assert path.read_bytes() != before
    return path


def zipped(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info, change(info.filename, old.read(info)), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def json_edit(change: Callable[[dict], None]) -> Edit:  # type: ignore[type-arg]
    def edited(data: bytes) -> bytes:
        loaded = json.loads(data)
        change(loaded)
        return canonical_unchecked(loaded)

    return edited


def seal_alone(path: Path, by: PrivateKey) -> None:
    data = make("report", {path.name: path}, bindings([path], UNIT), by, TIME)
    path.with_name(path.name + ".seal").write_bytes(data)


def resealed(path: Path, **members: bytes | None) -> None:
    """The seal with other members; None takes one out."""
    held = read(path.read_bytes())
    for name, data in members.items():
        wanted = {"manifest": MANIFEST, "key": KEY, "parts": PARTS, "ed25519": SIGNATURE["ed25519"], "sm2": SIGNATURE["sm2"]}[name]
        held.pop(wanted) if data is None else held.update({wanted: data})
    path.write_bytes(write(held))
