"""A bulletin tells what its level of disclosure allows, adds up, and is refused where it does not."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import KeepError
from scanner.ledger import bulletin_shape
from scanner.ledger.bulletin import alias_with, bulletin_of, check_bulletin
from scanner.model.canonical import canonical, canonical_unchecked, digest, strict_loads
from tests.ledger.envelopes import SECRET, bulletin, result

LEVELS = ("figures", "masked", "full")
NAMES = (
    "web01",
    "web02",
    "catdb",
    "vault",
    "dams",
    "lan:internet",
    "192.0.2",
    "198.51.100",
    "reading-pc",
    "public.ajml",
    "张三",
    "整改",
    "audit@ssh",
)


def refused(data: bytes, disclosure: str | None = None) -> tuple[str, dict[str, str]]:
    with pytest.raises(KeepError) as caught:
        check_bulletin(data, disclosure)
    return caught.value.code, caught.value.fields


def changed(level: str, change: Callable[[Any], Any]) -> bytes:
    data = strict_loads(bulletin(level))
    change(data)
    return canonical(data)


@pytest.mark.parametrize("level", LEVELS)
def test_what_was_made_is_read(level: str) -> None:
    assert canonical(check_bulletin(bulletin(level), level)) == bulletin(level)


@pytest.mark.parametrize("level", ["figures", "masked"])
def test_no_name_of_a_target_system_address_or_person_is_told(level: str) -> None:
    text = bulletin(level).decode()
    # The words of checks and controls come from the rulebook.
    bare = canonical(strict_loads(bulletin(level)) | {"titles": {}}).decode()
    assert [name for name in NAMES if name in (bare if name in ("dams", "vault", "整改") else text)] == []


@pytest.mark.parametrize("level", ["figures", "masked"])
def test_no_observed_value_excerpt_view_or_catalogue_title_is_told(level: str) -> None:
    data = result()
    canary = "绝密档案题名金丝雀"
    for verdict in data["verdicts"]:
        verdict |= {"observed": {"value": canary}, "wanted": canary, "detail": canary, "scope": {"x": canary}}
    for target in data["targets"]:
        target |= {"detail": canary, "operator": canary}
    data["excerpts"], data["views"] = {digest(b"x"): canary}, {"stores": [{"path": canary}]}
    data["run"] |= {"operator": canary, "authorised_by": canary, "values": {"a:b": canary}}
    text = canonical(bulletin_of(data, level, alias_with(SECRET))).decode()
    assert [canary[at : at + 4] for at in range(len(canary) - 3) if canary[at : at + 4] in text] == []


def test_an_alias_is_the_same_in_every_bulletin_and_another_in_another_unit() -> None:
    alias, other = alias_with(SECRET), alias_with(b"of another home")
    assert alias("web01") == alias_with(SECRET)("web01") != other("web01")
    assert re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){2}", alias("web01"))


def test_a_masked_hazard_is_not_named_by_an_id_that_could_be_guessed() -> None:
    ids = {line["id"] for line in result()["hazards"]}
    masked, full = (strict_loads(bulletin(level)) for level in ("masked", "full"))
    assert not ids & {line["id"] for line in masked["hazards"]}
    assert ids == {line["id"] for line in full["hazards"]}


def test_figures_are_the_same_at_every_level() -> None:
    held = [strict_loads(bulletin(level)) for level in LEVELS]
    for key in ("counts", "severities", "hazard_counts", "risk_counts", "overdue", "targets", "unreached", "core", "gate", "result"):
        assert held[0][key] == held[1][key] == held[2][key], key
    assert held[0]["result"] == digest(canonical_unchecked(result()))
    assert (held[0]["overdue"], held[0]["hazard_counts"]) == (1, {"high": {"registered": 1, "rectifying": 1, "closed": 1}})
    assert held[0]["counts"]["linux"]["unmet"] == sum(
        line["status"] == "unmet" and line["check"].startswith("linux.") for line in result()["verdicts"]
    )


@pytest.mark.parametrize(
    ("finished", "overdue"), [("2026-10-31T15:59:59Z", 0), ("2026-10-31T16:00:00Z", 1), ("2026-10-31T23:59:59+08:00", 0)]
)
def test_a_deadline_passes_at_midnight_in_china(finished: str, overdue: int) -> None:
    data = result()
    data["run"]["finished"] = finished
    assert bulletin_of(data, "figures", alias_with(SECRET))["overdue"] == overdue


def test_times_are_told_in_one_form() -> None:
    data = result()
    data["run"]["finished"] = "2026-11-24T14:12:30+08:00"
    assert bulletin_of(data, "figures", alias_with(SECRET))["run"]["finished"] == "2026-11-24T06:12:30Z"


WRONG: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "a gate that passes over a core hazard": ("gate", lambda b: b.update(gate="pass")),
    "an unknown core state": ("core", lambda b: b["core"].update(CH1="fine")),
    "three core hazards": ("core", lambda b: b["core"].pop("CH4")),
    "a conclusion on classified data": ("systems.verdict", lambda b: b["systems"][1].update(verdict="符合")),
    "a rate above one": ("systems.rate", lambda b: b["systems"][0].update(rate=1.5)),
    "fewer unmet verdicts than there are": ("severities", lambda b: b["counts"]["linux"].update(unmet=0)),
    "fewer severities": ("severities", lambda b: b["severities"].update(high=0)),
    "a negative count": ("counts", lambda b: b["counts"]["linux"].update(met=-1)),
    "a changed verdict": ("counts", lambda b: b["verdicts"].__setitem__(0, [*b["verdicts"][0][:2], "not-applicable", b["verdicts"][0][3]])),
    "a status that is none": ("verdicts", lambda b: b["verdicts"].__setitem__(0, [*b["verdicts"][0][:2], "passed", b["verdicts"][0][3]])),
    "a finding left out": ("findings", lambda b: b["findings"].pop()),
    "a hazard left out": ("hazard_counts", lambda b: b["hazards"].pop()),
    "a hazard twice": ("hazards.id", lambda b: b["hazards"].append(b["hazards"][0])),
    "a closed hazard that nobody closed": ("hazards.closed", lambda b: b["hazards"][0].update(state="closed")),
    "more overdue than stand": ("overdue", lambda b: b.update(overdue=3)),
    "more unreached than there are": ("unreached", lambda b: b.update(unreached=99)),
    "a time with an offset": ("run.finished", lambda b: b["run"].update(finished="2026-11-24T14:12:30+08:00")),
    "a run with a key of its own": ("run", lambda b: b["run"].update(extra=[[[]]])),
    "verdicts without findings": ("verdicts", lambda b: b.pop("findings")),
    "a digest that is none": ("result", lambda b: b.update(result="sha256:0")),
    "a line feed in a name": ("verdicts", lambda b: b["verdicts"].__setitem__(0, ["T\n", *b["verdicts"][0][1:]])),
    "words for what is not named": ("titles", lambda b: b["titles"].update({"linux.other": {"zh": "x", "en": "x"}})),
    "an unknown key": ("canonical", lambda b: b.update(extra=1)),
    "a number for a text": ("unit", lambda b: b.update(unit=1)),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_contradicts_itself_is_refused_naming_where(name: str) -> None:
    where, change = WRONG[name]
    assert refused(changed("masked", change)) == ("bulletin-form", {"where": where})


@pytest.mark.parametrize(("level", "said"), [("masked", "figures"), ("full", "figures"), ("full", "masked"), ("figures", "masked")])
def test_a_bulletin_of_another_level_than_said_is_refused(level: str, said: str) -> None:
    assert refused(bulletin(level), said) == ("dispatch-discloses-more", {"disclosure": said})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bulletin-form"),
        (b'{"schema":"shiqu/bulletin/1"', "bulletin-form"),
        (b"[" * 500_000, "bulletin-large"),
        (b'{"schema":' * 300_000, "bulletin-large"),
        (b'{"schema":"shiqu/bulletin/1","run":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "bulletin-form"),
        (b'{"schema":"shiqu/bulletin/1","gate":NaN}', "bulletin-form"),
        (b'{"schema":"shiqu/bulletin/1","gate":"\xff"}', "bulletin-form"),
        (b" " * (8 * 1024 * 1024 + 1), "bulletin-large"),
    ],
)
def test_what_is_no_bulletin_is_refused(data: bytes, code: str) -> None:
    assert refused(data)[0] == code


def test_a_doubled_key_is_refused() -> None:
    text = bulletin("figures")
    assert refused(text.replace(b'"gate":"fail"', b'"gate":"pass","gate":"fail"')) == ("bulletin-form", {"where": "canonical"})


def test_the_version_before_is_read_and_the_next_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulletin_shape, "PRESENT", 2)
    assert check_bulletin(bulletin("figures"))["schema"] == "shiqu/bulletin/1"
    assert refused(changed("figures", lambda b: b.update(schema="shiqu/bulletin/3")))[0] == "bulletin-newer"
    assert refused(changed("figures", lambda b: b.update(schema="shiqu/bulletin/3", gate=["another", "shape"])))[0] == "bulletin-newer"
    monkeypatch.setattr(bulletin_shape, "PRESENT", 3)
    assert refused(bulletin("figures"))[0] == "bulletin-older"


def test_the_largest_bulletin_that_is_read_costs_less_than_64_mib() -> None:
    data = strict_loads(bulletin("masked"))
    lines = [[f"T-{number:012d}", "linux.ssh-root-login", "met", "low"] for number in range(75_000)]
    data |= {
        "verdicts": lines,
        "counts": {"linux": {"met": len(lines)}},
        "severities": {},
        "findings": [],
        "hazards": [],
        "hazard_counts": {},
    }
    data |= {"risk_counts": {}, "overdue": 0, "titles": {}, "core_targets": {}, "systems": []}
    text = canonical(data)
    tracemalloc.start()
    try:
        assert len(check_bulletin(text)["verdicts"]) == 75_000
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    finally:
        tracemalloc.stop()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_changed_byte_is_never_read_as_another_bulletin(data: st.DataObject) -> None:
    text = bytearray(bulletin("figures"))
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(st.integers(0, 255))
    try:
        found = check_bulletin(bytes(text), "figures")
    except KeepError:
        return
    assert canonical(found) == bytes(text)
