"""Declarations: what is not said is never read as said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import read, spec_of
from scanner.facts.site import Declared, Form
from scanner.facts.site.words import dated, day, named
from scanner.model.absent import Absent
from scanner.model.canonical import canonical
from scanner.model.evidence import Answer
from scanner.rulebook.yaml_lines import load_file

EXAMPLE = Path(__file__).parents[2] / "profiles" / "site.example.yaml"
PLAIN = st.none() | st.booleans() | st.integers(-5, 10**6) | st.text(max_size=8)
ANY = st.recursive(PLAIN, lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(max_size=6), s, max_size=4), max_leaves=8)
KEYS = ("responsible", "liaison", "admins", "systems", "emergency", "backups", "logs")


def form_of(form: Any) -> Form | Absent:
    return read(spec_of(Form), Answer(canonical({"form": form, "as_of": "2026-11-24T00:00:00Z"})))


def test_the_untouched_example_declares_nothing() -> None:
    form = form_of(load_file(EXAMPLE))
    assert isinstance(form, Form)
    assert (form.responsible, form.liaison, form.plan.text, form.filings["dams"].text) == ("", "", "", "")
    assert not any(form.admins.values())


@settings(deadline=None, max_examples=200)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, ANY)))
def test_any_form(form: dict[str, Any]) -> None:
    found = form_of(form)
    assert isinstance(found, Form | Absent)
    if isinstance(found, Form):
        assert "backups" in form or found.backups is None
        assert "logs" in form or found.log_days is None


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60) | ANY.map(lambda v: canonical({"as_of": "2026-11-24", "zones": v, "systems": v})))
def test_any_declaration(data: bytes) -> None:
    assert isinstance(read(spec_of(Declared), Answer(data)), Declared | Absent)


def test_words() -> None:
    assert day("2026-02-29") is None and day("2024-02-29") is not None and day("２０２４-02-28") is None and day("2024-2-8") is None
    assert [named(text) for text in ("待定", " XXX ", "--", "李明")] == ["", "", "", "李明"]
    assert dated("无", "x").state == "none" and dated(None, "x").state == "silent" and dated([], "x").state == "unclear"
