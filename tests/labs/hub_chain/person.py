"""What a person does at a hub, in a real browser that stands in the hub's network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.labs.hub_chain.cast import Hub, secretly
from tests.reports import chromium
from tests.reports.chromium import Page

FRESH = "石渠阁里藏书万卷-9Xk"


@contextmanager
def at(hub: Hub, first: str) -> Iterator[Person]:
    """The officer comes in with the first password and chooses an own one."""
    within = hub.net.argv(hub.box)
    with chromium.page("about:blank", "--ignore-certificate-errors", within=within) as page:
        one = Person(hub, page)
        # Nobody is there to answer the question that a page asks before what cannot be taken back.
        page.call("Page.addScriptToEvaluateOnNewDocument", source="window.confirm = () => true")
        one.go("/login?lang=zh")
        one.fill(name="officer", password=first)
        one.click("main form button", "location.pathname === '/account/password'")
        one.fill(present=first, fresh=FRESH, again=FRESH)
        one.click("main form button", "location.pathname !== '/account/password'")
        yield one
        assert page.complaints() == [], "the browser refused nothing"


class Person:
    """One officer at one page."""

    def __init__(self, hub: Hub, page: Page) -> None:
        self.hub, self.page = hub, page

    def go(self, path: str) -> str:
        """Open a page; returns its text."""
        self.page.call("Page.navigate", url=self.hub.url + path)
        self.page.wait(f"document.readyState === 'complete' && (location.pathname + location.search) === {path!r}")
        return self.text()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.run(f"document.querySelector('main [name={name}]').value = {value!r}")

    def click(self, what: str, then: str) -> None:
        self.page.run("window.seen = true")
        self.page.run(f"document.querySelector({what!r}).click()")
        self.page.wait(f"document.readyState === 'complete' && !window.seen && !!({then})")

    def text(self) -> str:
        return str(self.page.run("document.querySelector('main').innerText"))

    def row(self, code: str) -> str:
        """The line of a table that names a unit."""
        found = f"[...document.querySelectorAll('main tr')].filter(line => line.innerText.includes({code!r})).map(line => line.innerText)"
        rows: list[str] = self.page.run(found)
        assert len(rows) == 1, (code, rows)
        return rows[0]

    def token(self) -> Path:
        """A token for programs that upload, written where they find it."""
        self.go("/account")
        for scope in ("upload", "see-figures"):
            self.page.run(f"document.querySelector('[name=scope][value={scope}]').checked = true")
        self.fill(label="上报")
        self.click("form[action='/account/tokens'] button.main", "document.querySelector('code.secret')")
        return secretly(self.hub.folder / "token", str(self.page.run("document.querySelector('code.secret').innerText")))

    def campaign(self, name: str, profile: str, deadline: str) -> str:
        """Open one over everything that is seen; returns its path."""
        self.go("/campaigns")
        self.fill(name=name, profile=profile, opens="2026-01-01", deadline=deadline)
        self.click("form[action='/campaigns'] button.main", "/^\\/campaigns\\/ZX/.test(location.pathname)")
        return str(self.page.run("location.pathname"))

    def rectify(self, unit: str, title: str, hazard: str, deadline: str) -> str:
        """Write a notice that names one hazard, and issue it; returns its path."""
        self.go(f"/notices/new?unit={unit}")
        self.fill(title=title, text="请抓紧整改，并以新的扫描结果报来。", deadline=deadline)
        self.page.run(
            f"document.querySelectorAll('[name=hazard]').forEach(box => box.checked = box.closest('tr').innerText.includes({hazard!r}))"
        )
        assert self.page.run("document.querySelectorAll('[name=hazard]:checked').length") == 1
        self.click("button.main", "/^\\/notices\\/\\d+$/.test(location.pathname)")
        at = str(self.page.run("location.pathname"))
        self.click(f"form[action='{at}/issue'] button", "location.search.includes('notice-issued')")
        return at
