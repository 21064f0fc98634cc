"""`shiqu isolation`: plans, and what join refuses; no packet is sent here."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.ledger.ends import write_ending, write_plan
from tests.facts.network.made import SEED, Bench

HEAD = """
scope: {{allow: [192.0.2.0/24, "file:./x/**"], authorised_by: 试验, until: 2099-12-31}}
zones:
  lan: {{kind: {kind}, networks: [192.0.2.0/24]}}
  internet: {{kind: internet, networks: [198.51.100.0/24]}}
isolation: [{{between: [lan, internet], require: physical, {more}}}]
systems: [{{id: dams, zone: lan, targets: [{{id: web, kind: linux, address: 192.0.2.10, login: a}}, {{id: out, kind: linux, address: 203.0.113.9, login: a}}]}}]
logins: {{a: {{user: root, agent: true}}}}
"""
SENTINEL = "sentinels: [{id: edge, addresses: [198.51.100.50]}]"


def inventory(folder: Path, kind: str = "lan", more: str = SENTINEL) -> str:
    path = folder / "inventory.yaml"
    text = HEAD.format(kind=kind, more=more).replace("agent: true", "key: ./k")
    path.write_text(text, "utf-8")
    return str(path)


def plan(folder: Path, *argv: str, **more: str) -> tuple[int, Path]:
    path = folder / "plan.json"
    return main(["isolation", "plan", "-i", inventory(folder, **more), "--pair", "lan:internet", "-o", str(path), *argv]), path


def test_a_plan_holds_what_both_ends_need_and_no_more(tmp_path: Path) -> None:
    code, path = plan(tmp_path, "--seconds", "30")
    data = json.loads(path.read_text())
    assert code == 0 and path.stat().st_mode & 0o777 == 0o600
    assert (data["pair"], data["seconds"], len(data["seed"]), data["rate"]) == (
        "lan:internet", 30, 64, {"total": 2000.0, "next_hop": 500.0, "device": 50.0},
    )  # fmt: skip
    # Networks only, and of the targets those in scope.
    assert (data["scope"]["allow"], data["known"]) == (["192.0.2.0/24"], ["192.0.2.10"])
    assert "unit" not in data and "试验馆" not in path.read_text()


def test_a_raised_rate_raises_the_other_caps_with_it(tmp_path: Path) -> None:
    _, path = plan(tmp_path, "--rate", "20000")
    assert json.loads(path.read_text())["rate"] == {"total": 20000.0, "next_hop": 5000.0, "device": 500.0}


def test_two_plans_have_two_seeds(tmp_path: Path) -> None:
    seeds = {json.loads(plan(tmp_path)[1].read_text())["seed"] for _ in range(3)}
    assert len(seeds) == 3


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("lan", "", 2),
        ("classified", "sentinels: [{id: edge, addresses: [8.8.8.8]}]", 3),
        ("classified", SENTINEL + ", beacon_domain: beacon.example", 3),
        ("classified", SENTINEL, 0),
        ("lan", "sentinels: [{id: edge, addresses: [8.8.8.8]}]", 0),
    ],
)
def test_a_classified_pair_never_beacons_to_public_addresses(tmp_path: Path, kind: str, more: str, code: int) -> None:
    assert plan(tmp_path, kind=kind, more=more)[0] == code


@pytest.mark.parametrize("change", [{"beacon_domain": "beacon.example"}, {"sentinels": [{"id": "edge", "addresses": ["8.8.8.8"]}]}])
def test_a_plan_that_was_edited_makes_no_beacon_of_a_classified_pair(tmp_path: Path, change: dict[str, object]) -> None:
    path = plan(tmp_path, kind="classified", more=SENTINEL)[1]
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert main(["isolation", "probe", str(path), "--interface", "lo", "-o", str(tmp_path / "inner.zip")]) == 3
    assert not (tmp_path / "inner.zip").exists()


def test_an_undeclared_pair_is_refused_with_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["isolation", "plan", "-i", inventory(tmp_path), "--pair", "internet:lan", "-o", str(tmp_path / "p")])
    assert code == 2 and "lan:internet" in capsys.readouterr().err


def files(folder: Path, bench: Bench) -> list[str]:
    write_plan(folder / "plan.json", bench.data)
    write_ending(folder / "inner.zip", bench.record("in"), SEED)
    write_ending(folder / "outer.zip", bench.record("out:edge"), SEED)
    return [str(folder / name) for name in ("plan.json", "inner.zip", "outer.zip")]


def joined(folder: Path, argv: list[str]) -> int:
    return main(["isolation", "join", *argv, "-o", str(folder / "out"), "--format", "json"])


def conclusion(folder: Path) -> str:
    result = json.loads((folder / "out" / "result.json").read_text())
    return str(next(v for v in result["verdicts"] if v["check"] == "isolation.no-path")["observed"]["conclusion"])


def test_a_join_gives_a_verdict_and_an_exit_code(tmp_path: Path) -> None:
    bench = Bench()
    bench.routed()
    assert joined(tmp_path, files(tmp_path, bench)) == 4
    assert conclusion(tmp_path) == "no_path_observed"


def test_the_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    bench = Bench()
    bench.arrives(bench.routed()[0])
    plan_file, inner, outer = files(tmp_path, bench)
    assert joined(tmp_path, [plan_file, outer, inner]) == 1
    assert conclusion(tmp_path) == "breach_proven"


def test_a_join_is_replayed_to_the_same_bytes(tmp_path: Path) -> None:
    bench = Bench()
    bench.arrives(bench.routed()[0])
    joined(tmp_path, files(tmp_path, bench))
    assert main(["judge", str(tmp_path / "out" / "shelf.zip"), "-o", str(tmp_path / "again"), "--format", "json"]) == 1
    assert (tmp_path / "again" / "result.json").read_bytes() == (tmp_path / "out" / "result.json").read_bytes()


def test_a_changed_record_is_loud(tmp_path: Path) -> None:
    argv = files(tmp_path, Bench())
    with zipfile.ZipFile(argv[2]) as archive:
        body, seal = archive.read("record.json"), archive.read("seal")
    with zipfile.ZipFile(argv[2], "w") as archive:
        archive.writestr("record.json", body.replace(b'"ok":true', b'"ok":null', 1))
        archive.writestr("seal", seal)
    assert joined(tmp_path, argv) == 5


def test_a_record_of_another_plan_is_a_mistake(tmp_path: Path) -> None:
    argv = files(tmp_path, Bench())
    other = Bench().record("out:edge") | {"plan": "0" * 16}
    write_ending(Path(argv[2]), other, bytes(32))
    assert joined(tmp_path, argv) == 2


@pytest.mark.parametrize("which", [[0, 2], [0, 2, 2]])
def test_exactly_one_inner_record_is_wanted(tmp_path: Path, which: list[int]) -> None:
    argv = files(tmp_path, Bench())
    assert joined(tmp_path, [argv[n] for n in which]) == 2


def test_a_plan_that_was_touched_is_refused(tmp_path: Path) -> None:
    argv = files(tmp_path, Bench())
    path = Path(argv[0])
    path.write_text(path.read_text().replace('"seed":"00', '"seed":"ff'))
    assert joined(tmp_path, argv) == 2


@pytest.mark.parametrize(
    "change",
    [
        {
            "crossings": [
                {"id": "gap-1", "device": {"address": "192.0.2.1"}, "protocol": "tcp", "port": 80, "direction": "both", "kind": "gap"}
            ]
        },
        {
            "zones": {
                "lan": {"kind": "lan", "networks": ["192.0.2.0/25"]},
                "internet": {"kind": "internet", "networks": ["198.51.100.0/24"]},
            }
        },
        {"require": "logical"},
    ],
)
def test_a_plan_that_says_something_else_than_at_the_test_is_refused(
    tmp_path: Path, change: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench()
    bench.arrives(bench.routed()[0])
    argv = files(tmp_path, bench)
    write_plan(Path(argv[0]), bench.data | change)
    assert joined(tmp_path, argv) == 2
    assert "inner.zip" in capsys.readouterr().err


def test_a_record_that_names_no_digest_is_still_read(tmp_path: Path) -> None:
    bench = Bench()
    argv = files(tmp_path, bench)
    for name, end in (("inner.zip", "in"), ("outer.zip", "out:edge")):
        record = {key: value for key, value in bench.record(end).items() if key != "plan_digest"}
        write_ending(tmp_path / name, record, SEED)
    assert joined(tmp_path, argv) == 4
