"""What the rows add up to; a chain that was forged whole is refused by its first row that is none of ours."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import KeepError
from scanner.ledger.home import Home, home_for
from scanner.ledger.kept import kept_on, to_shelf
from scanner.ledger.shelf import Shelf, write_shelf
from scanner.ledger.store import Store
from scanner.model.canonical import canonical, strict_loads
from scanner.model.evidence import Evidence
from scanner.model.hazard import DECLARED, hazard_id

KEY = hazard_id("web01", "linux.x")
DIGEST = "sha256:" + "a" * 64
SIGHT = {
    "run": "r1", "time": "2026-01-01T00:00:00Z", "version": "0.1.0", "rulebook": "R1", "values": DIGEST, "kind": "linux", "address": None,
    "probes": {"linux.p": ["root", ""]}, "evidence": [DIGEST],
}  # fmt: skip
HAZARD: dict[str, Any] = {
    "id": KEY, "target": "web01", "check": "linux.x", "system": "dams", "risk": "RC5", "level": "high", "state": "registered", "found": SIGHT,
    "last": "2026-01-01T00:00:00Z", "status": "unmet", "open_why": "unmet", "times": 0, "owner": "", "deadline": "", "measure": "", "closed": None,
}  # fmt: skip
ROW: dict[str, Any] = {"key": "1", "id": KEY, "event": "registered", "run": "r1", "line": HAZARD}
RUN: dict[str, Any] = {
    "key": "2", "run": "r1", "time": "2026-01-02T00:00:00Z", "rulebook": "R1", "interrupted": False, "figures": {}, "seen": [KEY], "open": {},
}  # fmt: skip


def home(folder: Path, *entries: tuple[str, dict[str, Any]]) -> Home:
    made = Home(folder / "home")
    made.write(entries)
    return made


def changed(base: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    out = copy.deepcopy(base)
    place = out
    *parents, last = path.split(".")
    for part in parents:
        place = place[part]
    place[last] = value
    return out


def test_rows_add_up(tmp_path: Path) -> None:
    assigned = {"key": "3", "id": KEY, "event": "assigned", "owner": "张三", "deadline": "2026-02-01", "measure": "改"}
    book = home(tmp_path, ("hazard", ROW), ("run", RUN), ("hazard", assigned), ("note", {"key": "4", "text": "备注"})).book()
    line = book.hazards[KEY]
    assert (line["state"], line["owner"], line["last"]) == ("rectifying", "张三", "2026-01-02T00:00:00Z")
    assert (book.sight()["rows"], book.sight()["rulebooks"]) == (4, ["R1"])


def test_what_persons_set_meanwhile_stays_when_a_run_ends(tmp_path: Path) -> None:
    assigned = {"key": "3", "id": KEY, "event": "assigned", "owner": "张三", "deadline": "2026-02-01", "measure": "改"}
    closing = {"how": "met", "run": "r2", "time": "t", "evidence": [DIGEST], "by": [], "statement": ""}
    closed = changed(changed(ROW, "line.state", "closed"), "line.closed", closing) | {"key": "5", "event": "closed"}
    line = home(tmp_path, ("hazard", ROW), ("hazard", assigned), ("hazard", closed)).book().hazards[KEY]
    assert (line["state"], line["owner"]) == ("closed", "张三")


def test_rows_of_a_later_release_change_nothing(tmp_path: Path) -> None:
    book = home(tmp_path, ("hazard", ROW), ("omen", {"key": "9"}), ("hazard", {"key": "8", "id": KEY, "event": "blessed"})).book()
    assert book.hazards[KEY]["state"] == "registered"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("hazard", {"key": "1"}),
        ("hazard", changed(ROW, "line", {})),
        ("hazard", changed(ROW, "line.level", "harmless")),
        ("hazard", changed(ROW, "line.state", "gone")),
        ("hazard", changed(ROW, "line.state", "closed")),
        ("hazard", changed(ROW, "line.risk", "RC9")),
        ("hazard", changed(ROW, "line.target", "web02")),
        ("hazard", changed(ROW, "line.times", "many")),
        ("hazard", changed(ROW, "line.found.probes", {"linux.p": ["root"]})),
        ("hazard", changed(ROW, "line.found.evidence", "none")),
        ("run", {"key": "1"}),
        ("run", changed(RUN, "seen", "all")),
        ("run", changed(RUN, "open", {KEY: "met"})),
        ("run", changed(RUN, "interrupted", "no")),
        ("attestation", {"key": "1", "id": "AT-1", "event": "submitted", "line": {"id": "AT-1"}}),
        ("waiver", {"key": "1", "id": "WV-1", "event": "added", "line": {"control": "X"}}),
    ],
)
def test_a_chain_that_was_forged_whole_is_refused_by_its_row(kind: str, body: dict[str, Any], tmp_path: Path) -> None:
    forged = home(tmp_path, ("note", {"key": "0"}), (kind, body))
    with pytest.raises(KeepError) as caught:
        forged.book()
    assert (caught.value.code, caught.value.fields["row"]) == ("ledger-broken", "2")


# What rests on a shelf.


def shelf(folder: Path, data: dict[str, bytes]) -> Shelf:
    folder.mkdir(exist_ok=True)
    store = Store(folder)
    store.add(
        "u", {"reached": True}, [Evidence(target="u", probe=probe, kind="declaration", stdout=text, exit=0) for probe, text in data.items()]
    )
    write_shelf(folder / "shelf.zip", {"run": {"id": "r", "unit": {"code": "u"}}}, store)
    store.close()
    return Shelf(folder / "shelf.zip")


def test_a_home_that_is_not_there_leaves_nothing_on_a_shelf(tmp_path: Path) -> None:
    assert to_shelf(Home(tmp_path / "none")) == {} and kept_on(shelf(tmp_path / "s", {})) == {}


def test_what_rests_on_a_shelf_comes_back(tmp_path: Path) -> None:
    found = kept_on(shelf(tmp_path / "s", to_shelf(home(tmp_path, ("hazard", ROW), ("run", RUN)))))
    assert found["ledger"]["hazards"][0]["id"] == KEY and (found["attestations"], found["waivers"]) == ([], [])


@pytest.mark.parametrize(
    ("key", "path", "value"),
    [("ledger", "hazards", [{}]), ("ledger", "rows", "many"), ("ledger", "hazards", [changed(HAZARD, "level", "harmless")])],
)
def test_a_shelf_whose_keeping_has_not_the_shape_is_refused(key: str, path: str, value: Any, tmp_path: Path) -> None:
    data = to_shelf(home(tmp_path, ("hazard", ROW)))
    spoiled = strict_loads(data[DECLARED[key]]) | {path: value}
    with pytest.raises(KeepError, match="shelf-broken"):
        kept_on(shelf(tmp_path / "s", data | {DECLARED[key]: canonical(spoiled)}))


@pytest.mark.parametrize("key", ["attestations", "waivers", "ledger"])
@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b'{"a":1,"a":2}', b"\xff"])
def test_garbled_keeping_on_a_shelf_is_refused(key: str, text: bytes, tmp_path: Path) -> None:
    with pytest.raises(KeepError, match="shelf-broken"):
        kept_on(shelf(tmp_path / "s", {DECLARED[key]: text}))


def test_the_variable_goes_before_the_inventory(tmp_path: Path) -> None:
    assert home_for(tmp_path / "i.yaml", {}).folder == tmp_path / "shiqu-home"
    assert home_for(tmp_path / "i.yaml", {"SHIQU_HOME": "/elsewhere"}).folder == Path("/elsewhere")
