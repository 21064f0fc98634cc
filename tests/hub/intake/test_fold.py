"""The roll-up that is kept must be the roll-up that would be computed, whatever came when and whatever died in between."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.intake import fold, judging
from hub.intake.door import Door
from hub.intake.order import ordered
from hub.registry import units
from hub.registry.own import Own
from hub.store import tables as t
from scanner.model.result import STATUSES
from tests.hub.post import HUB, Sender, alias, bulletin, hazard, register

MET, UNMET = STATUSES.index("met"), STATUSES.index("unmet")


def tables(own: Own) -> dict[str, dict[Any, int]]:
    """Tier and item without what has come back to zero."""
    with own.database.reading() as connection:
        return {
            table.name: {tuple(row[:-1]): row[-1] for row in connection.execute(sa.select(table)) if row[-1]} for table in (t.tier, t.item)
        }


def tier(own: Own, code: str, period: str = "now") -> dict[str, int]:
    with own.database.reading() as connection:
        statement = sa.select(t.tier.c.part, t.tier.c.count).join(t.unit, t.unit.c.id == t.tier.c.region_id)
        return {
            part: count for part, count in connection.execute(statement.where(t.unit.c.code == code, t.tier.c.period == period)) if count
        }


def items(own: Own, code: str) -> dict[tuple[str, int], int]:
    with own.database.reading() as connection:
        statement = (
            sa.select(t.term.c.text, t.item.c.outcome, t.item.c.count)
            .join(t.term, t.term.c.id == t.item.c.term_id)
            .join(t.unit, t.unit.c.id == t.item.c.region_id)
        )
        return {(text, outcome): count for text, outcome, count in connection.execute(statement.where(t.unit.c.code == code)) if count}


def country(own: Own) -> list[Sender]:
    """One city, two counties, three units."""
    with own.database.writing() as connection:
        units.add(connection, "C", "市", HUB, rank="city", since="2020-01-01")
        units.add(connection, "K1", "县", "C", rank="county", since="2020-01-01")
        units.add(connection, "K2", "县", "C", rank="county", since="2020-01-01")
    return [register(own.database, code, parent) for code, parent in (("u1", "K1"), ("u2", "K1"), ("u3", "K2"))]


def test_a_report_counts_in_every_region_above_its_unit(hub: Own) -> None:
    one, two, three = country(hub)
    door = Door(hub, hub.database)
    for sender in (one, two, three):
        door.accept(sender.report(core="confirmed", hazards=[hazard(1), hazard(2, "closed")]), "http")
    fold.fold_all(hub.database)
    for code, count in (("u1", 1), ("K1", 2), ("K2", 1), ("C", 3), (HUB, 3)):
        found = tier(hub, code)
        assert (found["units"], found["gate:fail"], found["core:CH4:confirmed"], found["core:CH1:not_tested"]) == (count,) * 4
        assert (found["family:linux:met"], found["layer:8.1.4:compliant"], found["hazard:high:closed"], found["risk:RC1"]) == (
            2 * count,
            count,
            count,
            count,
        )
        assert found == tier(hub, code, "2026-02")
        assert items(hub, code)["linux.check-0", 0] == count


def test_a_retired_unit_counts_no_more_and_the_months_that_it_reported_in_stay(hub: Own) -> None:
    one, two, _ = country(hub)
    door = Door(hub, hub.database)
    for sender in (one, two):
        door.accept(sender.report(core="cleared", hazards=[hazard(1)]), "http")
    fold.fold_all(hub.database)
    before = tier(hub, "C", "2026-02")
    with hub.database.writing() as connection:
        units.retire(connection, "u1", "2026-03-01")
    fold.fold_all(hub.database)
    assert tier(hub, "u1") == {} == items(hub, "u1")
    for code in ("K1", "C", HUB):
        assert (tier(hub, code)["units"], tier(hub, code)["core:CH4:cleared"], tier(hub, code)["hazard:high:registered"]) == (1, 1, 1)
        assert items(hub, code)["linux.check-0", 0] == 1
    assert tier(hub, "C", "2026-02") == before
    kept = tables(hub)
    fold.rebuild(hub.database)
    assert tables(hub) == kept


def test_a_newer_report_replaces_what_the_older_one_added(hub: Own) -> None:
    one, *_ = country(hub)
    door = Door(hub, hub.database)
    door.accept(one.report(hazards=[hazard(1)]), "http")
    fold.fold_all(hub.database)
    door.accept(
        one.report(finished="2026-03-05T00:00:00Z", statuses=("met",), results=("compliant",), hazards=[hazard(1, "closed")]), "http"
    )
    fold.fold_all(hub.database)
    assert items(hub, "C") == items(hub, "u1") == {("linux.check-0", 3): 1, ("L3-8.1.4.0", 0): 1}
    assert (tier(hub, "C")["hazard:high:closed"], "hazard:high:registered" in tier(hub, "C")) == (1, False)
    assert tier(hub, "C", "2026-02")["hazard:high:registered"] == 1, "the month that is over stays as it was"


def test_what_runs_of_two_profiles_both_looked_at_counts_once_as_the_newer_saw_it(hub: Own) -> None:
    one, *_ = country(hub)
    door = Door(hub, hub.database)
    door.accept(one.report(profiles=("a",), statuses=("unmet", "unmet", "met"), results=("noncompliant",)), "http")
    door.accept(one.report(finished="2026-02-05T00:00:00Z", profiles=("b",), statuses=("met", "unmet"), results=("compliant",)), "http")
    fold.fold_all(hub.database)
    for code in ("u1", "K1", HUB):
        # check-2 was looked at by the first run only: it stands as that run saw it.
        assert items(hub, code) == {("linux.check-0", MET): 1, ("linux.check-1", UNMET): 1, ("linux.check-2", MET): 1, ("L3-8.1.4.0", 0): 1}
        found = tier(hub, code)
        assert (found["units"], found["targets"], found["layer:8.1.4:compliant"]) == (1, 1, 1)
        assert (found["family:linux:met"], found["family:linux:unmet"], found["severity:high"]) == (1, 1, 1)
        assert "layer:8.1.4:noncompliant" not in found


def test_a_third_profile_leaves_and_the_older_word_counts_again(hub: Own) -> None:
    """Nothing of what a newer run stood for is lost or left behind when it is replaced itself."""
    one, *_ = country(hub)
    door = Door(hub, hub.database)
    door.accept(one.report(profiles=("a",), statuses=("unmet",)), "http")
    door.accept(one.report(finished="2026-02-05T00:00:00Z", profiles=("b",), statuses=("met",)), "http")
    fold.fold_all(hub.database)
    door.accept(one.report(finished="2026-02-06T00:00:00Z", profiles=("b",), statuses=()), "http")
    fold.fold_all(hub.database)
    assert items(hub, "C")["linux.check-0", UNMET] == 1 and ("linux.check-0", MET) not in items(hub, "C")


def test_runs_about_different_systems_add_up(hub: Own) -> None:
    one, *_ = country(hub)
    door = Door(hub, hub.database)
    door.accept(one.report(profiles=("a",)), "http")
    other = bulletin(one.code, finished="2026-02-05T00:00:00Z", profiles=("b",), statuses=("unmet",))
    other["systems"][0]["id"] = alias("S", 2)
    other["verdicts"] = [(alias("T", 2), *line[1:]) for line in other["verdicts"]]
    other["findings"] = [(alias("S", 2), *line[1:]) for line in other["findings"]]
    door.accept(one.seal(other, created="2026-02-05T00:00:00Z"), "http")
    fold.fold_all(hub.database)
    found = tier(hub, HUB)
    assert (found["units"], found["targets"], found["family:linux:unmet"], found["layer:8.1.4:compliant"]) == (1, 2, 2, 2)
    assert items(hub, HUB)["linux.check-0", UNMET] == 2


def test_what_was_counted_before_there_were_groups_is_taken_back_as_it_was_counted(hub: Own) -> None:
    one, *_ = country(hub)
    door = Door(hub, hub.database)
    door.accept(one.report(profiles=("a",), statuses=("unmet",)), "http")
    door.accept(one.report(finished="2026-02-05T00:00:00Z", profiles=("b",), statuses=("met",)), "http")
    fold.fold_all(hub.database)
    with hub.database.writing() as connection:
        # As an older release left it: both runs' rows, and a list without groups.
        connection.execute(sa.update(t.counted).values(envelopes="[1,2]"))
        for row in connection.execute(sa.select(t.item).where(t.item.c.outcome == MET)).all():
            check = connection.execute(sa.select(t.term.c.text).where(t.term.c.id == row.term_id)).scalar_one()
            if check == "linux.check-0":
                connection.execute(sa.insert(t.item).values(region_id=row.region_id, term_id=row.term_id, outcome=UNMET, count=1))
        controls = sa.select(t.term.c.id).where(t.term.c.kind == "control").scalar_subquery()
        connection.execute(sa.update(t.item).where(t.item.c.term_id.in_(controls)).values(count=2))
        connection.execute(sa.insert(t.queue).values(envelope_id=2))
    fold.fold_all(hub.database)
    kept = tables(hub)
    fold.rebuild(hub.database)
    assert tables(hub) == kept


def test_a_unit_that_moves_takes_its_figures_along(hub: Own) -> None:
    one, *_ = country(hub)
    Door(hub, hub.database).accept(one.report(), "http")
    fold.fold_all(hub.database)
    with hub.database.writing() as connection:
        units.move(connection, "u1", "K2")
    fold.fold_all(hub.database)
    assert tier(hub, "K1") == {} and items(hub, "K1") == {}
    assert tier(hub, "K2") == tier(hub, "C") and items(hub, "K2") == items(hub, "C")


def test_summaries_of_hubs_below_count_the_last_one_only(hub: Own) -> None:
    below = register(hub.database, "330100", rank="city", role="hub")
    door = Door(hub, hub.database)
    for count in (3, 5):
        said = {
            "schema": "shiqu/summary/1",
            "unit": "330100",
            "registered": count + 4,
            "periods": {"now": {"units": count, "gate:fail": count}},
        }
        assert door.accept(below.seal(said, kind="summary"), "folder").code == "accepted"
    fold.fold_all(hub.database)
    assert tier(hub, HUB) == {"registered": 9, "units": 5, "gate:fail": 5}


def test_a_fold_that_dies_is_done_again_as_if_it_had_not_begun(hub: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, _ = country(hub)
    door = Door(hub, hub.database)
    door.accept(one.report(), "http")
    door.accept(two.report(), "http")
    with monkeypatch.context() as patched:
        patched.setattr(fold, "_remember", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            fold.fold(hub.database)
    assert tables(hub) == {"tier": {}, "item": {}}
    fold.fold_all(hub.database)
    before = tables(hub)
    with hub.database.writing() as connection:
        numbers = connection.execute(sa.select(t.envelope.c.id)).scalars().all()
        connection.execute(sa.insert(t.queue), [{"envelope_id": number} for number in numbers])
    fold.fold_all(hub.database)
    assert tables(hub) == before, "done twice is done once"


STATUS = st.sampled_from(["met", "unmet", "unknown", "not-applicable", "awaits-person"])
REPORT = st.fixed_dictionaries(
    {
        "who": st.integers(0, 2),
        "month": st.integers(1, 4),
        "statuses": st.lists(STATUS, max_size=3),
        "results": st.lists(st.sampled_from(["compliant", "noncompliant", "insufficient"]), max_size=2),
        "profiles": st.sampled_from([("a",), ("b",), ("a", "b")]),
        "core": st.sampled_from(["not_tested", "confirmed", "cleared"]),
        "hazards": st.lists(
            st.tuples(st.integers(0, 2), st.sampled_from(["registered", "closed"])), max_size=2, unique_by=lambda one: one[0]
        ),
        "narrowed": st.booleans(),
    }
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(REPORT, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_what_is_kept_is_what_would_be_computed(hub: Own, reports: list[dict[str, Any]], random_: random.Random) -> None:
    wipe(hub)
    senders = country(hub)
    door = Door(hub, hub.database)
    files = []
    for said in reports:
        changed = {key: value for key, value in said.items() if key not in ("who", "month", "hazards")}
        hazards = [hazard(number, state) for number, state in said["hazards"]]
        sender = senders[said["who"]]
        content = bulletin(sender.code, finished=f"2026-0{said['month']}-03T00:00:00Z", hazards=hazards, **changed)
        files.append(sender.seal(content, created=content["run"]["finished"]))
    random_.shuffle(files)
    for data in files:
        assert door.accept(data, "http").code == "accepted"
        if random_.random() < 0.5:
            fold.fold(hub.database)
        if random_.random() < 0.2:
            with hub.database.writing() as connection:
                units.move(connection, "u1", random_.choice(["K2", "K1", "C"]))
    fold.fold_all(hub.database)
    kept = tables(hub)
    fold.rebuild(hub.database)
    assert tables(hub) == kept
    assert kept["item"] == counted_by_hand(hub)


def counted_by_hand(own: Own) -> dict[Any, int]:
    """Rows of the standing envelopes, of each check and target the newest one, counted in Python over the path of their unit."""
    found: Counter[Any] = Counter()
    with own.database.reading() as connection:
        paths = dict(connection.execute(sa.select(t.unit.c.id, t.unit.c.path)).all())
        standing = set(connection.execute(sa.select(t.standing.c.envelope_id)).scalars())
        newest: dict[Any, Any] = {}
        rank: dict[int, int] = {}
        for unit in paths:
            lines = [row.line for number, row in judging.rows_of(connection, [unit]) if row.kind == "report"]
            rank.update({line.id: place for place, line in enumerate(ordered(lines))})
        for row in connection.execute(sa.select(t.result)).all():
            key = row.unit_id, row.sort, row.term_id, row.where_id
            if row.envelope_id in standing and (key not in newest or rank[newest[key].envelope_id] < rank[row.envelope_id]):
                newest[key] = row
        for row in newest.values():
            for region in units.above(paths[row.unit_id]):
                found[region, row.term_id, row.outcome] += 1
    return dict(found)


def wipe(own: Own) -> None:
    """Leave the hub's own unit only: the tables of one example are not those of the next."""
    with own.database.writing() as connection:
        for table in reversed(t.META.sorted_tables):
            if table is not t.unit:
                connection.execute(sa.delete(table))
        for code in ("u1", "u2", "u3", "K1", "K2", "C"):
            connection.execute(sa.delete(t.unit).where(t.unit.c.code == code))
