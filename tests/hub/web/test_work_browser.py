"""From notice to proof in a real browser: the province writes and issues, the unit confirms and reports, and the envelope closes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.intake.door import Door
from hub.people import passwords
from hub.registry import units
from hub.registry.own import Own
from hub.store.database import Database, sqlite_url
from hub.store.tables import META, account
from hub.web.app import built
from hub.web.ask import State
from hub.work import clockwork
from tests.hub.post import HUB, Sender, alias, hazard, hub_with, register
from tests.hub.web.loopback import on_loopback
from tests.hub.web.stand import PASSWORD
from tests.reports import chromium
from tests.reports.chromium import Page

pytestmark = pytest.mark.lab
UNIT = "330101-001"


class Served:
    """A hub with one unit, on a port of this machine."""

    base: str

    def __init__(self, folder: Path) -> None:
        self.database = Database(sqlite_url(folder / "hub.db"))
        META.create_all(self.database.engine)
        self.own: Own = hub_with(self.database)
        self.sender: Sender = register(self.database, UNIT)
        self.door = Door(self.own, self.database)
        with self.database.writing() as connection:
            for name, role, code in (("chief", "province", HUB), ("clerk", "unit", UNIT)):
                values = {"name": name, "full_name": name, "role": role, "unit_id": units.find(connection, code).id}
                connection.execute(account.insert().values(**values, password=passwords.hashed(PASSWORD), created="2026-01-01T00:00:00Z"))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    with on_loopback(built(State(one.own, one.database, second="none"))) as one.base:
        yield one
    one.database.close()


def go(page: Page, base: str, path: str) -> None:
    page.call("Page.navigate", url=base + path)
    page.wait(f"document.readyState === 'complete' && (location.pathname + location.search) === {path!r}")


def come_in(page: Page, base: str, name: str) -> None:
    # Nobody is there to answer the question that a page asks before what cannot be taken back.
    page.call("Page.addScriptToEvaluateOnNewDocument", source="window.confirm = () => true")
    go(page, base, "/login?lang=zh")
    fill(page, name=name, password=PASSWORD)
    click(page, "main form button", "location.pathname !== '/login'")


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.run(f"document.querySelector('main [name={name}]').value = {value!r}")


def click(page: Page, what: str, then: str) -> None:
    page.run(f"document.querySelector({what!r}).click()")
    page.wait(f"document.readyState === 'complete' && ({then})")


def text(page: Page) -> str:
    return str(page.run("document.querySelector('main').innerText"))


def test_from_notice_to_proof(served: Served) -> None:
    served.door.accept(served.sender.report(hazards=[hazard(0), hazard(1)]), "cli")
    clockwork.turn(served.database)
    with chromium.page("about:blank") as chief:
        come_in(chief, served.base, "chief")
        go(chief, served.base, f"/u/{UNIT}")
        click(chief, "a[href^='/notices/new']", "location.pathname === '/notices/new'")
        fill(chief, title="关于限期整改的通知", text="请抓紧整改。")
        chief.run(f"document.querySelectorAll('[name=hazard]').forEach(box => box.checked = box.value === '{alias('H', 0)}')")
        click(chief, "button.main", "/^\\/notices\\/\\d+$/.test(location.pathname)")
        at = str(chief.run("location.pathname"))
        click(chief, f"form[action='{at}/issue'] button", "location.search.includes('notice-issued')")
        assert f"{HUB}〔" in text(chief) and alias("H", 1) not in text(chief)
        assert chief.complaints() == []
    with chromium.page("about:blank") as clerk:
        come_in(clerk, served.base, "clerk")
        go(clerk, served.base, at)
        click(clerk, f"form[action='{at}/receive'] button", "location.search.includes('notice-received')")
        fill(clerk, reply="已经整改。")
        click(clerk, f"form[action='{at}/reply'] button", "location.search.includes('notice-replied')")
        clockwork.turn(served.database)
        go(clerk, served.base, at)
        assert "已回复" in text(clerk)
        # Only now does the unit prove it.
        served.door.accept(
            served.sender.report(finished="2026-03-01T00:00:00Z", statuses=["met"], hazards=[hazard(0, "closed"), hazard(1)]), "cli"
        )
        clockwork.turn(served.database)
        go(clerk, served.base, at)
        assert "已销号" in text(clerk) and "上报件证明已整改" in text(clerk)
        assert clerk.complaints() == []
