"""Pages of views and work over a made-up province: they open for those who may, show their own and nothing else."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator

import httpx
import pytest

from hub.people import passwords
from hub.registry import units
from hub.registry.own import Own
from hub.store.database import Database, sqlite_url
from hub.store.tables import META, account
from hub.web.app import built
from hub.web.ask import State
from hub.web.pages import campaigns
from scanner.ledger.keys import new_key
from tests.hub import province
from tests.hub.province import World
from tests.hub.web.stand import PASSWORD, Browser, Stand

PEOPLE = {
    "p": ("province", "330000"),
    "c": ("city", "330100"),
    "k": ("county", "330101"),
    "u": ("unit", "330101-001"),
    "sys": ("admin-system", "330000"),
}
LISTS = (
    "/dashboard",
    "/coverage",
    "/alike",
    "/items",
    "/items?kind=control",
    "/hazards",
    "/campaigns",
    "/notices",
    "/due",
    "/advisories",
    "/down",
)
UNIT = "330101-001"


class Hall(Stand):
    """A hub with a province in it."""

    def __init__(self, database: Database, world: World) -> None:
        self.database, self.world = database, world
        with database.writing() as connection:
            for name, (role, code) in PEOPLE.items():
                values = {"name": name, "full_name": f"{name} 某", "role": role, "unit_id": world.ids[code]}
                connection.execute(account.insert().values(**values, password=passwords.hashed(PASSWORD), created="2026-01-01T00:00:00Z"))
        self.own = Own("330000", new_key("ed25519"), None, database)
        self.state = State(self.own, database, second="none")
        self.app = built(self.state)
        self.runner = asyncio.Runner()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    database = Database(sqlite_url(tmp_path_factory.mktemp("hall") / "hub.db"))
    META.create_all(database.engine)
    one = Hall(database, province.make(database, units=60, cities=4, counties=3))
    yield one
    one.runner.close()
    database.close()


@pytest.fixture(scope="module")
def browsers(hall: Hall) -> dict[str, Browser]:
    return {name: hall.browser(name) for name in PEOPLE}


def canaries(hall: Hall, code: str) -> set[str]:
    """Names, codes and hazards of all units outside."""
    world, path = hall.world, hall.world.paths[code]
    foreign = {one for one in world.units if not world.paths[one].startswith(path)}
    return foreign | {line["code"] for one in foreign for line in world.hazards.get(one, ())}


def good(answer: httpx.Response) -> str:
    assert answer.status_code == 200, (answer.status_code, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-300:])
    return answer.text


@pytest.mark.parametrize("url", LISTS)
@pytest.mark.parametrize("name", ["p", "c", "k", "u"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_open_and_hold_nothing_foreign(hall: Hall, browsers: dict[str, Browser], url: str, name: str, lang: str) -> None:
    text = good(browsers[name].get(url, headers={"accept-language": lang}))
    assert [one for one in sorted(canaries(hall, PEOPLE[name][1])) if one in text] == []
    # The policy of the page forbids them, so they would not work.
    assert " style=" not in text and "<script>" not in text and not re.search(r"\son\w+=", text)
    # A word that nobody wrote stands for itself.
    assert not re.search(r">\s*(cell|board|dashboard|unit|items|notice|campaign|advisory|coverage|view|tree|part|down)\.[a-z.-]+\s*<", text)


@pytest.mark.parametrize("url", LISTS)
def test_administrators_see_none_of_them(browsers: dict[str, Browser], url: str) -> None:
    assert browsers["sys"].get(url).status_code == 403


def test_a_unit_page_and_its_verdicts(hall: Hall, browsers: dict[str, Browser]) -> None:
    text = good(browsers["u"].get(f"/u/{UNIT}"))
    assert all(line["code"] in text for line in hall.world.hazards[UNIT])
    envelope = re.search(rf'href="(/u/{UNIT}/envelopes/\d+)"', text)
    assert envelope and ".check-" in good(browsers["u"].get(envelope[1]))


@pytest.mark.parametrize(
    "url",
    [
        "/u/{code}",
        "/dashboard?unit={code}",
        "/hazards?unit={code}",
        "/items?unit={code}",
        "/export/hazards.csv?unit={code}",
        "/api/v1/units/{code}",
    ],
)
def test_foreign_and_absent_units_get_one_answer(browsers: dict[str, Browser], url: str) -> None:
    foreign, absent = (browsers["k"].get(url.format(code=code)) for code in ("330201-001", "999999-001"))
    assert foreign.status_code == absent.status_code == 404 and foreign.text.replace("330201", "") == absent.text.replace("999999", "")


def test_a_notice_from_draft_to_reply(hall: Hall, browsers: dict[str, Browser]) -> None:
    province_, unit = browsers["p"], browsers["u"]
    page = good(province_.get(f"/notices/new?unit={UNIT}"))
    codes = re.findall(r'name="hazard" value="([^"]+)"', page)
    assert codes
    deadline = re.search(r'name="deadline" type="date" value="([^"]+)"', page)
    assert deadline
    fields = {"unit": UNIT, "title": "关于整改的通知", "text": "", "deadline": deadline[1], "hazard": codes[:2]}
    made = province_.post("/notices/new", fields)
    assert made.status_code == 303
    at = made.headers["location"].partition("?")[0]
    assert unit.get(at).status_code == 404
    assert province_.post(f"{at}/issue").status_code == 303
    assert "330000〔" in good(province_.get(at)) and codes[0] in good(unit.get(at))
    assert unit.post(f"{at}/receive").status_code == 303 and unit.post(f"{at}/reply", {"reply": "正在整改。"}).status_code == 303
    assert "正在整改。" in good(province_.get(at))
    for wording, told in (("internal", True), ("masked", False)):
        with zipfile.ZipFile(io.BytesIO(province_.get(f"{at}/{wording}.docx").content)) as archive:
            assert ("示例检查项" in archive.read("word/document.xml").decode()) is told
    assert browsers["k"].get(at).status_code == 200 and browsers["sys"].get(at).status_code == 403
    # Nobody closes one by hand: there is no such form.
    assert unit.post(f"{at}/close").status_code == 404


def test_drafts_to_every_unit_of_a_filter(hall: Hall, browsers: dict[str, Browser]) -> None:
    deadline = "2099-01-01"
    made = browsers["p"].post(
        "/hazards/notices", {"unit": "330200", "level": "major", "state": "open", "title": "关于整改重大隐患的通知", "deadline": deadline}
    )
    assert made.status_code == 303 and made.headers["location"].startswith("/notices?state=draft")
    drafts = good(browsers["p"].get("/notices?state=draft")).count("关于整改重大隐患的通知")
    path = hall.world.paths["330200"]
    wanted = [code for code, lines in hall.world.hazards.items() if hall.world.paths[code].startswith(path)
              and any(line["level"] == "major" and line["state"] != "closed" for line in lines)]  # fmt: skip
    assert drafts == len(wanted) > 0
    assert browsers["p"].post("/notices/issue").status_code == 303
    assert good(browsers["p"].get("/notices?state=issued")).count("关于整改重大隐患的通知") == len(wanted)
    assert browsers["u"].post("/hazards/notices", {"title": "x", "deadline": deadline}).status_code == 403


def test_a_wrong_form_is_shown_again_with_what_was_typed(browsers: dict[str, Browser]) -> None:
    answer = browsers["p"].post(
        "/campaigns", {"name": "专项一", "profile": "", "unit": "330000", "opens": "2026-11-01", "deadline": "2026-12-01", "draw": "0"}
    )
    assert answer.status_code == 400 and "请写测评配置" in answer.text and 'value="专项一"' in answer.text


def test_a_campaign_with_a_draw(browsers: dict[str, Browser]) -> None:
    fields = {
        "name": "抽查一",
        "profile": "archives-l3",
        "unit": "330100",
        "opens": "2026-11-01",
        "deadline": "2099-12-01",
        "draw": "3",
        "source": "公开数字",
    }
    made = browsers["p"].post("/campaigns", {**fields, "sort": ""})
    at = made.headers["location"].partition("?")[0]
    listed = browsers["p"].get(f"{at}/list.txt").text.split()
    assert len(listed) == len(set(listed)) > 3 and browsers["u"].get(f"{at}/list.txt").status_code == 403
    assert browsers["p"].post(f"{at}/draw", {"seed": "x"}).status_code == 400
    assert browsers["p"].post(f"{at}/draw", {"seed": "20261201-3999.42"}).status_code == 303
    assert sum(code in good(browsers["p"].get(at)) for code in listed) == 3


def test_advisories_and_packs(browsers: dict[str, Browser]) -> None:
    fields = {"unit": "330101", "title": "漏洞预警", "level": "major", "text": "请排查。", "checks": "linux.check-01"}
    at = browsers["p"].post("/advisories", fields).headers["location"].partition("?")[0]
    assert "请排查。" in good(browsers["u"].get(at)) and UNIT in good(browsers["u"].get("/down"))
    pack = json.dumps({"schema": "shiqu/pack/1", "name": "p1", "version": 1, "values": {"a": 1}}).encode()
    sent = browsers["p"].post("/packs", files={"file": ("p1.json", pack, "application/json")})
    assert sent.status_code == 303 and browsers["u"].get("/packs/p1/1").json()["values"] == {"a": 1}
    assert browsers["u"].post("/packs", files={"file": ("p1.json", pack, "application/json")}).status_code == 403


@pytest.mark.parametrize("name", ["tree", "hazards", "coverage", "items", "alike"])
def test_exports(hall: Hall, browsers: dict[str, Browser], name: str) -> None:
    files = {form: browsers["c"].get(f"/export/{name}.{form}") for form in ("xlsx", "csv", "json")}
    assert all(answer.status_code == 200 for answer in files.values())
    rows = list(csv.reader(io.StringIO(files["csv"].content.decode("utf-8-sig"))))
    assert len(rows) - 1 == len(files["json"].json()["rows"]) > 0
    with zipfile.ZipFile(io.BytesIO(files["xlsx"].content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and sheet.count("<row ") == len(rows)
    assert [one for one in sorted(canaries(hall, "330100")) if one in files["csv"].text] == []


def test_the_page_of_a_large_campaign_is_cut_and_says_so_and_its_file_is_whole(
    browsers: dict[str, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"name": "大督查", "profile": "archives-l3", "unit": "330100", "opens": "2026-11-01", "deadline": "2099-12-31", "draw": "0"}
    at = browsers["p"].post("/campaigns", fields).headers["location"].partition("?")[0]
    monkeypatch.setattr(campaigns, "MOST", 3)
    said = good(browsers["p"].get(at))
    rows = browsers["p"].get(f"{at}/units.json").json()["rows"]
    assert f"先列 3 行，共 {len(rows)} 行" in said and said.count("已通知</span>") == 3 < len(rows)
    assert {row["state"] for row in rows} == {"已通知"} and {row["code"][:4] for row in rows} == {"3301"}
    for form in ("xlsx", "csv"):
        assert browsers["p"].get(f"{at}/units.{form}").status_code == 200
    assert browsers["p"].get(f"{at}/units.exe").status_code == 404
    county = browsers["k"].get(f"{at}/units.json").json()["rows"]
    assert 0 < len(county) < len(rows) and {row["code"][:6] for row in county} == {"330101"}


def test_exports_take_the_filters_of_the_page(browsers: dict[str, Browser]) -> None:
    rows = browsers["c"].get("/export/hazards.json?level=major").json()["rows"]
    assert rows and {row["level"] for row in rows} == {"重大"}


def test_defectdojo_takes_what_is_exported(hall: Hall, browsers: dict[str, Browser]) -> None:
    found = browsers["p"].get(f"/export/u/{UNIT}/findings.json").json()["findings"]
    assert len(found) == len(hall.world.hazards[UNIT])
    assert all({"title", "severity", "description"} <= set(one) <= GENERIC for one in found)
    assert {one["severity"] for one in found} <= {"Critical", "High", "Medium", "Low", "Info"}
    assert all(one["active"] is not one["is_mitigated"] for one in found)


GENERIC = {
    *("title", "severity", "description", "date", "active", "verified", "is_mitigated", "mitigated", "static_finding", "dynamic_finding"),
    *("unique_id_from_tool", "vuln_id_from_tool", "service", "tags", "planned_remediation_date"),
}
"""Of the fields that its parser allows, those that are used here."""


@pytest.mark.parametrize(
    "url",
    [
        "dashboard",
        "coverage",
        "hazards?level=high",
        "items/check",
        "items/control?q=8.1.1",
        "items/check/{check}",
        "units/" + UNIT,
        "campaigns",
        "notices",
        "advisories",
        "packs",
        "down",
    ],
)
def test_programs_get_the_same_views(hall: Hall, browsers: dict[str, Browser], url: str) -> None:
    check = browsers["k"].get("/api/v1/items/check").json()[0]["code"]
    answer = browsers["k"].get(f"/api/v1/{url.format(check=check)}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/json")
    text = json.dumps(answer.json(), ensure_ascii=False)
    assert [one for one in sorted(canaries(hall, "330101")) if one in text] == []
    assert '"path"' not in text and '"parent_id"' not in text


def test_oscal_needs_the_whole_result(browsers: dict[str, Browser]) -> None:
    assert browsers["p"].get(f"/export/u/{UNIT}/archives-l3.oscal.json").status_code in (400, 404)


def test_the_sort_of_a_unit_is_shown_and_taken_in_words(hall: Hall, browsers: dict[str, Browser]) -> None:
    one = f"/registry/{UNIT}"
    assert 'name="sort" type="text" value="综合档案馆"' in good(browsers["sys"].get(one))
    fields = {"name": "某馆", "division": "330101", "sort": "企业档案馆"}
    assert browsers["sys"].post(f"{one}/amend", fields).status_code == 303
    with hall.database.reading() as connection:
        assert units.find(connection, UNIT).sort == "enterprise"
    assert browsers["sys"].post(f"{one}/amend", {**fields, "sort": "综合档案馆"}).status_code == 303
