"""Answers brought back on a stick: every one keeps a name of its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanner.cli.portable import apart


def test_a_made_up_name_never_takes_another_hosts() -> None:
    assert apart(["a", "a", "a-1"]) == ["a-2", "a-3", "a-1"]
    assert apart(["a", "b"]) == ["a", "b"]
    assert apart(["a-1", "a-1", "a", "a"]) == ["a-1-1", "a-1-2", "a-1", "a-2"]


@given(st.lists(st.sampled_from(["a", "a-1", "a-2", "a-1-1", "b"]), max_size=12))
def test_as_many_names_as_answers(names: list[str]) -> None:
    ids = apart(names)
    assert len(set(ids)) == len(names)
    assert all(new == name for new, name in zip(ids, names, strict=True) if names.count(name) == 1)
