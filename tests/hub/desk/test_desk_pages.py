"""Every page of the desk, and everything that can be done on it, through the commands themselves."""

from __future__ import annotations

import json
import re
import time
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from hub.desk import router
from tests.hub.desk.conftest import Seat

PAGES = [route.path for route in router.load() if route.method == "GET" and "{" not in route.path and route.menu]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_shows_itself(seat: Seat, path: str, lang: str) -> None:
    text = seat.get(f"{path}?lang={lang}")
    assert not re.search(r"\b(desk|error|web|hazard|status)\.[a-z-]+(\.[a-z-]+)*\b(?!\.)(?=[<\"])", text), "a key nobody wrote"
    assert ("石渠工作台" in text) == (lang == "zh")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_an_empty_folder_says_what_to_do(empty_seat: Seat, path: str) -> None:
    assert "<h1>" in empty_seat.get(path)


def test_the_first_step_is_the_inventory(empty_seat: Seat) -> None:
    assert "还没有资产清单" in empty_seat.get("/")


def test_a_workbook_becomes_the_inventory(empty_seat: Seat) -> None:
    template = empty_seat.client.get("/assets/template")
    assert template.headers["content-disposition"].startswith("attachment")
    answer = empty_seat.send("/assets/import", files={"file": ("清单.xlsx", template.content)})
    empty = "清单" in answer.text and answer.status_code == 400
    assert empty or answer.status_code == 303
    assert list(empty_seat.desk.place.folder.glob(".*.new")) == [] and list(empty_seat.desk.place.folder.glob(".import-*")) == []


def test_an_inventory_is_replaced_only_when_that_is_said(seat: Seat) -> None:
    before = seat.desk.place.inventory.read_bytes()
    answer = seat.send("/assets/import", files={"file": ("a.xlsx", b"PK no workbook")})
    assert answer.status_code == 400 and "换掉现有清单" in answer.text
    answer = seat.send("/assets/import", files={"file": ("a.xlsx", b"PK no workbook")}, replace="1")
    assert answer.status_code == 400 and seat.desk.place.inventory.read_bytes() == before


def test_a_scan_is_shown_beforehand_and_sends_nothing(seat: Seat) -> None:
    answer = seat.send("/scan", target="core-sw", do="preview")
    assert answer.status_code == 200 and "core-sw" in answer.text and "--dry-run" in answer.text
    assert not seat.desk.work.running


def test_a_scan_is_started_watched_and_seen(seat: Seat) -> None:
    before = seat.desk.place.latest_folder()
    assert seat.send("/scan", target="core-sw", do="start").status_code == 303
    for _ in range(1200):
        state = json.loads(seat.get("/scan/state?after=0"))
        if not state["running"]:
            break
        time.sleep(0.05)
    assert state["code"] in (0, 1, 4) and any("core-sw" in line for line in state["lines"])
    assert seat.desk.place.latest_folder() != before and "扫描结束" in seat.get("/scan")


@pytest.mark.parametrize("target", ["--output=/tmp/x", "-h", "nobody", "local"])
def test_a_target_that_is_not_in_the_inventory_reaches_no_command(seat: Seat, target: str) -> None:
    answer = seat.send("/scan", target=target, do="start")
    assert answer.status_code == 400 and not seat.desk.work.shown


@pytest.mark.parametrize("run", ["../../etc", "-x", "20260101T000000Z-abcd"])
def test_a_run_that_is_not_there_is_not_gone_on_with(seat: Seat, run: str) -> None:
    assert seat.send("/scan/resume", run=run).status_code == 400 and not seat.desk.work.shown


def test_findings_are_filtered_and_lead_down_to_the_evidence(seat: Seat) -> None:
    text = seat.get("/findings?status=unmet&target=core-sw")
    numbers = [int(found) for found in re.findall(r'/findings/(\d+)"', text)]
    result = seat.desk.place.latest()
    assert result is not None and numbers
    assert {result["verdicts"][number]["status"] for number in numbers} == {"unmet"}
    line = result["verdicts"][numbers[0]]
    shown = seat.get(f"/findings/{numbers[0]}")
    assert line["check"] in shown and all(key in shown for key in line["evidence"])
    # What the check saw is told in words, as the reports tell it, and not as the result keeps it.
    telnet = next(n for n, held in enumerate(result["verdicts"]) if held["check"] == "netdev.telnet-off")
    text = seat.get(f"/findings/{telnet}")
    assert "服务端：是" in text and "服务端：否" in text and "&#34;server&#34;" not in text
    bound = next(n for n, held in enumerate(result["verdicts"]) if held["check"] == "netdev.acl-bound")
    assert "no access list is defined" not in seat.get(f"/findings/{bound}") and "为什么不适用" in seat.get(f"/findings/{bound}")
    assert "no access list is defined" in seat.get(f"/findings/{bound}?lang=en")
    seat.get("/findings?lang=zh")
    assert seat.get("/findings/999999", 400).count("第 999999 条") == 1


def test_a_hazard_is_assigned_and_said_to_be_mended(seat: Seat) -> None:
    name = next(iter(seat.desk.place.book().hazards))
    answer = seat.send(f"/hazards/{name}/assign", owner="张三", deadline="2099-01-31", measure="改配置")
    assert answer.status_code == 303, answer.text
    assert seat.desk.place.book().hazards[name] | {"owner": "张三", "deadline": "2099-01-31"} == seat.desk.place.book().hazards[name]
    assert seat.send(f"/hazards/{name}/mended", by="张三").status_code == 303
    assert seat.desk.place.book().hazards[name]["state"] == "review"
    text = seat.get(f"/hazards/{name}")
    assert "报告已整改" in text and "改配置" in text


def test_what_a_command_refuses_stands_on_the_page_with_what_was_typed(seat: Seat) -> None:
    name = next(iter(seat.desk.place.book().hazards))
    answer = seat.send(f"/hazards/{name}/assign", owner="张三", deadline="2001-01-31", measure="改配置")
    assert answer.status_code == 400 and "2001-01-31" in answer.text and 'value="张三"' in answer.text
    assert seat.desk.place.book().hazards[name]["owner"] == ""


def test_no_machine_item_is_closed_by_hand(seat: Seat) -> None:
    name = next(iter(seat.desk.place.book().hazards))
    answer = seat.send(f"/hazards/{name}/close", files={"paper": ("a.jpg", b"x")}, by="张三", second="李四", statement="看过")
    assert answer.status_code == 400 and seat.desk.place.book().hazards[name]["state"] != "closed"


@pytest.mark.parametrize("kind", ["xlsx", "docx", "csv"])
def test_the_register_is_exported(seat: Seat, kind: str) -> None:
    answer = seat.client.get(f"/hazards-export/{kind}")
    assert answer.status_code == 200 and answer.headers["content-disposition"].endswith(f".{kind}") and len(answer.content) > 500


def test_a_checklist_goes_out_and_comes_back(seat: Seat) -> None:
    data = seat.client.get("/attest/template").content
    assert openpyxl.load_workbook(BytesIO(data)).sheetnames
    answer = seat.send("/attest/import", files={"file": ("核对表.xlsx", data)}, by="张三")
    assert answer.status_code == 400, "an empty checklist states nothing"


@pytest.mark.parametrize("name", ["../x.jpg", ".hidden", "checklist.xlsx"])
def test_a_paper_never_lies_under_another_name(seat: Seat, name: str) -> None:
    files = {"file": ("a.xlsx", b"PK"), "paper1": (name, b"x")}
    seat.send("/attest/import", files=files, by="张三")
    assert not (seat.desk.place.folder.parent / "x.jpg").exists()


def test_a_report_is_made_and_downloaded(seat: Seat) -> None:
    answer = seat.send("/export/report", format="csv", reader="liaison", marking="")
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"] and b"core-sw" in answer.content


@pytest.mark.parametrize("name", ["..%2F..%2Finventory.yaml", "none.txt", "%2e%2e"])
def test_no_file_but_those_of_the_run_is_given_away(seat: Seat, name: str) -> None:
    answer = seat.client.get(f"/export/file/{name}")
    assert answer.status_code in (400, 404) and b"330100-001" not in answer.content


def test_a_key_is_made_and_seals_the_run(seat: Seat) -> None:
    made = seat.send("/export/key", algorithm="ed25519", passphrase="a long passphrase", passphrase2="a long passphrase")
    assert made.status_code == 303, made.text
    key = re.search(r'<option value="([^"]+\.key)">', seat.get("/export"))
    assert key is not None
    wrong = seat.send("/export/seal", key=key[1], passphrase="another passphrase")
    assert wrong.status_code == 400 and "another passphrase" not in wrong.text
    assert seat.send("/export/seal", key=key[1], passphrase="a long passphrase").status_code == 303
    folder = seat.desk.place.latest_folder()
    assert folder is not None and (folder / "result.json.seal").exists()
    files = {
        "file": ("result.json", (folder / "result.json").read_bytes()),
        "seal": ("result.json.seal", (folder / "result.json.seal").read_bytes()),
    }
    assert "result.json" in seat.send("/export/verify", files=files).text
    assert seat.send("/export/seal", key="../../etc/passwd", passphrase="x").status_code == 400


def test_two_passphrases_that_differ_make_no_key(seat: Seat, tmp_path: Path) -> None:
    answer = seat.send("/export/key", algorithm="ed25519", passphrase="a long passphrase", passphrase2="a long passphrasf")
    assert answer.status_code == 400 and not list(tmp_path.rglob("*.key"))
