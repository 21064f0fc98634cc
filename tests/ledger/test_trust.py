"""Whose key counts, how far, and that a revocation holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import UseError
from scanner.ledger.trust import Pin, Trust, add_pin, read_trust, why_not
from scanner.ledger.verify import verify
from tests.ledger.bundle import TIME, UNIT, key


@pytest.mark.parametrize(
    "pin, proven, reason",
    [
        ({}, None, None),
        ({"unit": None}, None, None),
        ({"unit": "330100-002"}, None, "other-unit"),
        ({"since": "2026-11-26"}, None, "too-early"),
        ({"until": "2026-11-24"}, None, "too-late"),
        ({"since": "2026-11-25", "until": "2026-11-25"}, None, None),
        ({"revoked": "2026-12-01"}, None, "revoked"),
        ({"revoked": "2026-12-01"}, "2026-11-30T00:00:00Z", None),
        ({"revoked": "2026-12-01"}, "2026-12-01T00:00:00Z", "revoked"),
        ({"until": "2026-11-30"}, "2026-12-01T00:00:00Z", "too-late"),
    ],
)
def test_a_pin_reaches_as_far_as_it_says(pin: dict[str, str | None], proven: str | None, reason: str | None) -> None:
    held = Pin(**({"role": "unit", "key": key().public.pem.decode(), "unit": UNIT} | pin))  # type: ignore[arg-type]
    assert why_not([held], UNIT, TIME, proven) == reason


def test_a_revocation_holds_against_every_pin_of_the_key() -> None:
    pins = [Pin("unit", "k", None), Pin("unit", "k", UNIT, revoked="2026-01-01")]
    assert why_not(pins, UNIT, TIME, None) == "revoked"


def test_a_hub_key_seals_nothing_for_a_unit(run: Path) -> None:
    held = Trust((Pin("hub", key().public.pem.decode()),))
    assert verify(run / "report.csv", held).not_trusted == "unknown"


def test_pins_come_back_from_their_folder(tmp_path: Path) -> None:
    pins = {Pin("unit", key().public.pem.decode(), UNIT, "2026-01-01"), Pin("hub", key("sm2").public.pem.decode())}
    for pin in pins:
        add_pin(tmp_path, pin)
    assert set(read_trust(tmp_path).pins) == pins


@pytest.mark.parametrize("unit", [UNIT, None, "330100-002"])
@pytest.mark.parametrize("later", [None, "2026-12-01"])
def test_a_revocation_is_not_lifted_in_passing(tmp_path: Path, unit: str | None, later: str | None) -> None:
    old = Pin("unit", key().public.pem.decode(), UNIT, revoked="2026-06-01")
    add_pin(tmp_path, old)
    new = Pin("unit", old.key, unit, revoked=later)
    with pytest.raises(UseError, match="trust-revoked"):
        add_pin(tmp_path, new)
    assert read_trust(tmp_path).pins == (old,)
    add_pin(tmp_path, new, lift=True)
    assert read_trust(tmp_path).pins == (new,)


def test_a_revocation_is_brought_forward_and_another_key_is_free(tmp_path: Path) -> None:
    add_pin(tmp_path, Pin("unit", key().public.pem.decode(), UNIT, revoked="2026-06-01"))
    earlier = Pin("unit", key().public.pem.decode(), UNIT, revoked="2026-05-01")
    other = Pin("unit", key("sm2").public.pem.decode(), UNIT)
    add_pin(tmp_path, earlier)
    add_pin(tmp_path, other)
    assert set(read_trust(tmp_path).pins) == {earlier, other}


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"schema":"shiqu/trust/1","role":"unit","key":"x"}', '{"schema":"shiqu/trust/1","role":"root","key":""}']
)
def test_a_broken_pin_is_never_skipped(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UseError, match="trust-unreadable"):
        read_trust(tmp_path)
