"""The pages in a real browser: whole on a phone and on a desk, in both languages, driven by the keyboard, nothing refused by their own policy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.web import router
from tests.hub.web.canary import planted
from tests.hub.web.loopback import on_loopback
from tests.hub.web.stand import PASSWORD, Stand, standing
from tests.reports.chromium import Page, page

pytestmark = pytest.mark.lab
ROUTES = router.load()
OTHERS = ("/u/U1", "/notices/1", "/campaigns/CAM-U1", "/items/check/linux.x", "/registry/U1", "/accounts/u1")
WIDTHS = {390: 844, 1280: 900}


@dataclass(frozen=True)
class Served:
    """A hub on loopback."""

    stand: Stand
    url: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with standing(tmp_path_factory.mktemp("browser")) as stand:
        planted(stand)
        with on_loopback(stand.app) as url:
            yield Served(stand, url)


def keys(view: Page, *presses: str) -> None:
    """Type texts and press named keys, as a person without a mouse does."""
    codes = {"Tab": 9, "Enter": 13}
    for press in presses:
        if press in codes:
            more = {"key": press, "code": press, "windowsVirtualKeyCode": codes[press], **({"text": "\r"} if press == "Enter" else {})}
            view.call("Input.dispatchKeyEvent", type="keyDown", **more)
            view.call("Input.dispatchKeyEvent", type="keyUp", key=press, code=press, windowsVirtualKeyCode=codes[press])
        else:
            view.call("Input.insertText", text=press)


def come_in(view: Page, name: str) -> None:
    view.wait("document.activeElement.name === 'name'")
    keys(view, name, "Tab", PASSWORD, "Enter")
    view.wait("document.readyState === 'complete' && !location.pathname.startsWith('/login')")


def go(view: Page, url: str) -> None:
    view.call("Page.navigate", url=url)
    view.wait(f"location.href === {url!r} && document.readyState === 'complete'")


def urls(name: str) -> list[str]:
    """Pages that stand for themselves."""
    files = (".csv", ".json", ".txt", ".docx", "/template", "/metrics")
    held = [route for route in ROUTES if route.kind == "page" and "{" not in route.path and not route.path.endswith(files)]
    return sorted(route.path for route in held if route.path not in ("/", "/login", "/login/code", "/oidc", "/oidc/back"))


@pytest.mark.parametrize("name", ["n", "sys", "sec", "aud"])
def test_every_page_is_whole_on_a_phone_and_on_a_desk(served: Served, name: str) -> None:
    one = served.stand.browser(name)
    mine = [url for url in [*urls(name), *OTHERS] if one.get(url).status_code == 200]
    assert mine
    with page(served.url + "/login") as view:
        come_in(view, name)
        view.events.clear()
        for width, height in WIDTHS.items():
            view.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
            for lang in ("zh", "en"):
                for url in mine if (width, lang) != (1280, "en") else []:
                    go(view, f"{served.url}{url}?lang={lang}")
                    assert view.run("document.documentElement.scrollWidth <= innerWidth"), f"{url} {lang} {width}: wider than the screen"
                    assert view.run(SMALL) == [], f"{url} {lang} {width}"
        assert view.complaints() == []


SMALL = """[...document.querySelectorAll('input, select, textarea')].filter((one) => one.type !== 'hidden' && one.getClientRects().length
  && !(one.labels && one.labels.length) && !one.getAttribute('aria-label')).map((one) => one.outerHTML)"""
"""Fields without a name that is read out."""


def test_coming_in_and_going_out_by_the_keyboard(served: Served) -> None:
    with page(served.url + "/registry") as view:
        view.wait("location.pathname === '/login'")
        come_in(view, "sys")
        assert view.run("location.pathname") == "/registry"
        keys(view, "Tab")
        assert view.run("document.activeElement.className") == "skip"
        for _ in range(8):
            keys(view, "Tab")
            if view.run("document.activeElement.matches('form[action=\"/logout\"] button')"):
                break
        assert view.run("getComputedStyle(document.activeElement).outlineStyle") == "solid", "the focus is seen"
        keys(view, "Enter")
        view.wait("location.pathname === '/login'")
        assert view.complaints() == []


def test_a_unit_is_registered_on_the_page(served: Served) -> None:
    with page(served.url + "/registry?lang=zh") as view:
        come_in(view, "sys")
        view.run("document.querySelector('details summary').click()")
        view.run(
            """(() => { const form = document.querySelector('form[action="/registry"]');
            form.code.value = 'NEW-1'; form.name.value = '新馆'; form.parent.value = 'K1'; form.requestSubmit(); })()"""
        )
        view.wait("location.pathname === '/registry/NEW-1' && document.readyState === 'complete'")
        assert "单位已登记" in view.run("document.querySelector('[role=status]').textContent")
        assert view.complaints() == []


def test_a_mistake_leaves_what_was_typed(served: Served) -> None:
    with page(served.url + "/registry") as view:
        come_in(view, "sys")
        view.run(
            """(() => { document.querySelector('details').open = true; const form = document.querySelector('form[action="/registry"]');
            form.code.value = 'U1'; form.name.value = '写错的馆'; form.parent.value = 'K1'; form.requestSubmit(); })()"""
        )
        view.wait("document.querySelector('[role=alert]') !== null")
        assert "U1" in view.run("document.querySelector('[role=alert]').textContent")
        assert view.run("document.querySelector('form[action=\"/registry\"] [name=name]').value") == "写错的馆"


def test_the_table_is_searched_while_typing(served: Served) -> None:
    with page(served.url + "/registry") as view:
        come_in(view, "sys")
        shown: Any = "[...document.querySelectorAll('#units tbody tr')].filter((row) => !row.hidden).length"
        assert view.run(shown) > 5
        view.run("document.querySelector('#find').focus()")
        keys(view, "K2")
        assert view.run(shown) == 1


def test_no_page_asks_for_anything_outside(served: Served, tmp_path: Path) -> None:
    with page(served.url + "/login") as view:
        come_in(view, "sec")
        for url in urls("sec"):
            view.call("Page.navigate", url=served.url + url)
            time.sleep(0.05)
        asked = {event["request"]["url"] for event in view.of("Network.requestWillBeSent")}
    assert asked and all(url.startswith((served.url, "data:", "about:")) for url in asked)


def test_on_a_phone_the_first_column_stays_while_a_wide_table_is_scrolled(served: Served) -> None:
    with page(f"{served.url}/login") as view:
        view.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        come_in(view, "n")
        go(view, f"{served.url}/dashboard")
        wide = "[...document.querySelectorAll('.scroll')].find(one => one.scrollWidth > one.clientWidth + 50)"
        left = "Math.round(({0}).querySelector('tbody tr > *').getBoundingClientRect().left - ({0}).getBoundingClientRect().left)"
        before = view.run(left.format(wide))
        view.run(f"({wide}).scrollLeft = 1000")
        assert view.run(f"({wide}).scrollLeft") > 0
        assert view.run(left.format(wide)) == before
        go(view, f"{served.url}/u/U1")
        assert view.run("[...document.querySelectorAll('dd .tag')].every(one => one.getBoundingClientRect().right <= innerWidth - 16)")
