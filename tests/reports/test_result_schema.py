"""result.json against its JSON Schema; the schema against the code words of the model."""

import copy
import json
from pathlib import Path
from typing import Any, NotRequired, get_origin, get_type_hints

import jsonschema
import pytest

from reports.json_file import render
from scanner.model import foreign_view as others
from scanner.model import hazard as followed
from scanner.model import holding_view as held
from scanner.model import result as shape
from scanner.model import zone_pair as between
from scanner.model.absent import Why
from scanner.model.canonical import strict_loads
from scanner.model.verdict import Severity, Status
from tests.golden.make_result import small

SCHEMA = json.loads((Path(__file__).parents[2] / "reports/schema/result-1.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_schema_is_valid_and_knows_every_code_word() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    defs = SCHEMA["$defs"]
    assert set(defs["why"]["enum"]) == {why.value for why in Why} | {None}
    assert set(defs["verdict"]["properties"]["status"]["enum"]) == {status.value for status in Status} == set(shape.STATUSES)
    assert set(defs["verdict"]["properties"]["severity"]["enum"]) == {severity.value for severity in Severity} == set(shape.SEVERITIES)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("run", shape.Run),
        ("target", shape.TargetLine),
        ("asked", shape.AskedLine),
        ("verdict", shape.VerdictLine),
        ("finding", shape.FindingLine),
        ("conclusion", shape.ConclusionBlock),
        ("system", shape.SystemBlock),
        ("core_hazard", shape.CoreHazard),
        ("texts", shape.Texts),
        ("evidence", shape.EvidenceLine),
        ("rulebook_parts", shape.RulebookParts),
        ("hazard", followed.HazardLine),
        ("sight", followed.Sight),
        ("closing", followed.Closing),
        ("zone_pair", between.ZonePair),
        ("zone_line", between.ZoneLine),
        ("sentinel_line", between.SentinelLine),
        ("device_line", between.DeviceLine),
        ("token_line", between.TokenLine),
        ("frame_line", between.FrameLine),
        ("path_line", between.PathLine),
        ("box_line", between.BoxLine),
        ("crossing_line", between.CrossingLine),
        ("step_line", between.StepLine),
        ("coverage", between.Coverage),
        ("control_line", between.ControlLine),
        ("lack_line", between.LackLine),
        ("plan_line", between.PlanLine),
        ("held_zone", held.HeldZone),
        ("held_store", held.HeldStore),
        ("held_sums", held.HeldSums),
        ("held_mixing", held.HeldMixing),
        ("held_unread", held.HeldUnread),
        ("held_reading", held.HeldReading),
        ("held_list", held.HeldList),
        ("held_opening", held.HeldOpening),
        ("held_lack", held.HeldLack),
        ("held_storage", held.HeldStorage),
        ("held_place", held.HeldPlace),
        ("held_custody", held.HeldCustody),
        ("holding", held.Holding),
        ("foreign", others.Foreign),
        ("foreign_host", others.ForeignHost),
        ("foreign_row", others.ForeignRow),
    ],
)
def test_schema_and_types_name_the_same_keys(name: str, typed: Any) -> None:
    assert set(SCHEMA["$defs"][name]["properties"]) == set(get_type_hints(typed))
    required = {key for key, hint in get_type_hints(typed, include_extras=True).items() if get_origin(hint) is not NotRequired}
    assert set(SCHEMA["$defs"][name]["required"]) == required


def test_result_holds() -> None:
    VALIDATOR.validate(strict_loads(render(small())))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r.pop("gate"),
        lambda r: r["core_hazards"].pop(),
        lambda r: r["core_hazards"].reverse(),
        lambda r: r["verdicts"][0].update(status="passed"),
        lambda r: r["verdicts"][0].update(status="unknown", why=None),
        lambda r: r["systems"][1].update(why_no_conclusion=None),
        lambda r: r["systems"][0].update(holds="classified"),
        lambda r: r["systems"][0]["findings"][0].update(basis="attested", attestation=None),
        lambda r: r["run"].update(shelf="md5:0"),
        lambda r: r["views"]["isolation"][0].pop("controls"),
        lambda r: r["views"]["isolation"][0]["paths"].append(r["views"]["isolation"][0]["leads"][0]),
        lambda r: r["excerpts"].update({"sha256:" + "0" * 64: "x" * 2049}),
    ],
)
def test_schema_refuses(spoil: Any) -> None:
    result = copy.deepcopy(small())
    spoil(result)
    assert not VALIDATOR.is_valid(result)


def test_json_is_canonical_and_survives_lone_surrogates() -> None:
    data = render(small())
    assert data == render(strict_loads(data))
    assert b"\\udcff" in data.replace(b"\\\\", b"\\")
    assert render({"b": 1, "a": [None]}) == b'{"a":[null],"b":1}'
