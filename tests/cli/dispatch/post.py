"""A unit and its hub, as the tests of `shiqu dispatch` play them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scanner.cli.main import main
from scanner.ledger.envelope import START, Envelope, make, open_envelope
from scanner.ledger.home import Home
from scanner.ledger.keys import new_key
from scanner.model.canonical import canonical, canonical_unchecked
from tests.ledger.bundle import UNIT
from tests.ledger.envelopes import CREATED, SHA, result

PASSPHRASE = "correct horse battery"
HUB = new_key("ed25519", "330100")
READER = new_key("x25519", "330100")
MARK = ("--marking", "工作秘密")


def write_result(folder: Path, number: str, **changes: Any) -> None:
    document = result()
    document["run"] |= {"id": number}
    folder.mkdir()
    (folder / "result.json").write_bytes(canonical_unchecked(document | changes))


def open_result(folder: Path) -> None:
    """A result that concerns nothing classified."""
    document = result()
    document["systems"] = document["systems"][:1]
    document["views"]["zones"] = {}
    write_result(folder, "20261126T061150Z-7f3d", systems=document["systems"], views=document["views"])


def dispatch(*more: str) -> int:
    return main(["dispatch", "make", "--key", "unit.key", "--passphrase", "env:SQ_PASS", *more])


def read(*more: str) -> int:
    return main(["dispatch", "read", "--trust", "../trust", *more])


def opened(name: str) -> Envelope:
    return open_envelope(Path(name).read_bytes())


def rows(kind: str) -> list[dict[str, Any]]:
    return [row.body for row in Home(Path("shiqu-home")).chain.rows() if row.kind == kind]


def receipt(number: int, by: Any = HUB, **changes: Any) -> Path:
    """What the hub answers to the envelope of that number."""
    envelope = next(body["digest"] for body in rows("dispatch") if body["sequence"] == number)
    said = {
        "schema": "shiqu/accepted/1",
        "envelope": envelope,
        "unit": UNIT,
        "sequence": number,
        "seal": "",
        "received": CREATED,
        "log": 7,
    }
    return came("receipt", {**said, "root": SHA, **changes}, number, by)


def came(kind: str, document: dict[str, Any], sequence: int = 1, by: Any = HUB, previous: str = START) -> Path:
    data = make(
        kind, "330100", UNIT, {f"{kind}.json": canonical(document)}, sequence=sequence, previous=previous, created=CREATED,
        disclosure="figures", marking="", key=by,
    )  # fmt: skip
    path = Path(f"{kind}-{sequence}.shiqu")
    path.write_bytes(data)
    return path
