"""A hub's receipt beside a seal proves its time, when it is that seal's."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import KeepError
from scanner.ledger import receipt
from scanner.ledger.statement import RECEIPT, pack
from scanner.ledger.trust import Pin, Trust
from scanner.ledger.verify import open_seal, verify
from tests.ledger.bundle import SEAL, key, seal_run, trust, write_run


def with_receipt(path: Path, members: dict[str, bytes]) -> None:
    seal = open_seal(path)
    path.write_bytes(pack(seal.manifest, seal.signature, seal.key, {**seal.beside, **members}))


def test_a_receipt_of_a_trusted_hub_proves_the_time(run: Path) -> None:
    hub = key("sm2", 9)
    with_receipt(run / SEAL, receipt.make(open_seal(run / SEAL), hub, "2026-11-25T09:00:00Z"))
    held = Trust((*trust(key()).pins, Pin("hub", hub.public.pem.decode())))
    found = verify(run / "report.csv", held)
    assert (found.proven, found.proven_by) == ("2026-11-25T09:00:00Z", hub.public.fingerprint)
    assert verify(run / "report.csv", trust(key())).proven is None


def test_a_receipt_of_another_seal_is_refused(run: Path, tmp_path: Path) -> None:
    other = seal_run(write_run(tmp_path / "other", "20261125T061150Z-abcd"), key())
    with_receipt(run / SEAL, receipt.make(open_seal(other), key("sm2", 9), "2026-11-25T09:00:00Z"))
    with pytest.raises(KeepError, match="seal-proof"):
        verify(run / "report.csv", trust(key()))


def test_a_receipt_with_another_time_is_refused(run: Path) -> None:
    members = receipt.make(open_seal(run / SEAL), key("sm2", 9), "2026-11-25T09:00:00Z")
    members[RECEIPT[0]] = members[RECEIPT[0]].replace(b"2026-11-25", b"2025-11-25")
    with_receipt(run / SEAL, members)
    with pytest.raises(KeepError, match="seal-proof"):
        verify(run / "report.csv", trust(key()))
