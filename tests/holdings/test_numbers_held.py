"""What is held of record numbers is bounded, told when it is too much, and the same from a note."""

from __future__ import annotations

import pytest

from scanner.collect.holdings import volumes
from scanner.collect.holdings.copies import Copies
from scanner.collect.holdings.survey import Known, Survey, know
from scanner.facts.holdings.record import Decision
from tests.holdings.memory import Memory

SECRET = Decision("C", "level", "机密")


def known(name: str) -> Known:
    return know(Memory(name, ["dh", "tm", "mj", "ajh"], [("A-1", "案卷题名", "公开", "1")]), Survey(), {})


@pytest.mark.parametrize(("distinct", "full"), [(15, False), (200, True)])
def test_more_numbers_than_are_held_are_told_and_the_same_ones_are_none(distinct: int, full: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "MOST", 40)
    held, again, source = volumes.Volumes(True, b"salt"), volumes.Volumes(True, b"salt"), known("aj")
    held.start(source)
    for number in range(400):
        held.note(source, [f"A-1-{number % distinct}"], None, SECRET)
    assert held.inverted(source) == 1
    again.restore(source, held.state(source))
    assert (held.full, again.full) == (full, full) and again.inverted(source) == 1


def test_titles_are_held_only_where_something_may_be_a_copy() -> None:
    source = known("wj")
    for wanted in (True, False):
        held = Copies(wanted)
        held.forget(source)
        held.note(source, "城东片区改造会议纪要", SECRET)
        assert held.worth(known("wj_tmp")) is False and bool(held._titles) is wanted
