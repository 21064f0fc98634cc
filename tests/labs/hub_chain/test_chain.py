"""A campaign from notice to proof: province, city and county, five units, two of them joined to the county by nothing but a disc."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.views.tiers import CORE_STATES
from scanner.model.result import CORE_HAZARDS
from tests.hub.postgres import POSSIBLE, Server
from tests.labs.hub_chain.cast import CITY, COUNTY, PROFILE, PROVINCE, Hub, Register, Unit, carry
from tests.labs.hub_chain.loaded import Loaded
from tests.labs.hub_chain.person import Person, at
from tests.labs.isolation.topology import Net, eventually

pytestmark = [pytest.mark.lab, pytest.mark.skipif(not POSSIBLE, reason="needs root and PostgreSQL")]
CHECK, TITLE = "netdev.telnet-off", "网络设备不得接受 Telnet 登录"
DEADLINE = "2099-12-31"
CELLS = (
    "[...document.querySelector('main table').querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.innerText.trim()))"
)


@dataclass
class Country:
    """All of them."""

    county: Hub
    city: Hub
    province: Hub
    units: list[Unit]
    officers: dict[str, str]
    """Hub to the first password of its officer."""
    discs: Path

    def together(self, deeds: list[Callable[[], object]]) -> None:
        """What different places do at the same time."""
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(deed) for deed in deeds]:
                done.result()


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    with ExitStack() as stack:
        net, loaded = stack.enter_context(Net(tmp_path)), stack.enter_context(Loaded(tmp_path / "said"))
        net.tag = f"sqhx{os.getpid() % 100000}"
        net.box("county", {"low": ["10.88.1.1/24"], "high": ["10.88.2.1/24"]})
        net.box("city", {"high": ["10.88.2.2/24"]})
        net.box("province")
        units = []
        for number in range(1, 6):
            wired = number <= 3
            net.box(f"u{number}", {"low": [f"10.88.1.1{number}/24"]} if wired else {})
            units.append(Unit(net, loaded, f"u{number}", tmp_path / f"u{number}", f"{COUNTY}-00{number}", wired))
        county = Hub(net, loaded, "county", tmp_path / "county", COUNTY, "10.88.1.1", "county")
        city = Hub(net, loaded, "city", tmp_path / "city", CITY, "10.88.2.2", "city")
        # The province is reached by discs alone; its own people reach it over its loopback.
        province = Hub(net, loaded, "province", tmp_path / "province", PROVINCE, "127.0.0.1", "province")
        server = stack.enter_context(Server(within=tuple(net.argv("province"))))
        made = Country(county, city, province, units, {}, tmp_path / "discs")
        made.together([county.found, city.found, lambda: province.found("--database", server.url()), *(one.new_key for one in units)])
        _introduce(made)
        for hub in (county, city, province):
            hub.serve()
        yield made


def _introduce(country: Country) -> None:
    """Everybody learns who the others are, as people do before anything travels: registers, keys, officers, two units' first scans."""
    county, city, province, units = country.county, country.city, country.province, country.units
    below = [(one.code, COUNTY, "unit") for one in units]
    pinned = [(one.code, one.folder / "unit.pub") for one in units]
    pins = country.discs / "trust"

    def told() -> None:
        for hub in (county, province):
            units[0].shiqu("keys", "trust", hub.key("sign"), "--role", "hub", "--trust", str(pins))
        for one in units:
            shutil.copytree(pins, one.folder / "user/.config/shiqu/trust")

    def registered(hub: Hub, lower: Hub) -> None:
        hub.shiqu("hub", "unit", "key", lower.code, lower.key("sign"), "--role", "hub", *hub.home)

    def of_city() -> None:
        Register([(COUNTY, CITY, "county")]).into(city)
        registered(city, county)

    def of_province() -> None:
        # It knows the whole tree; reports of units never reach it.
        Register([(CITY, PROVINCE, "city"), (COUNTY, CITY, "county"), *below]).into(province)
        registered(province, city)

    def upper(hub: Hub, over: Hub) -> None:
        hub.shiqu("keys", "trust", over.key("sign"), "--role", "hub", "--trust", str(hub.folder / "hub/trust"))

    def officer(hub: Hub) -> None:
        country.officers[hub.code] = hub.officer()

    country.together([lambda: Register(below, pinned).into(county), of_city, of_province, told])
    country.together([lambda: upper(county, city), lambda: upper(city, province)])
    country.together([lambda hub=hub: officer(hub) for hub in (county, city, province)])  # type: ignore[misc]


def test_from_campaign_to_proof(country: Country) -> None:
    county, city, province, units = country.county, country.city, country.province, country.units
    first, second, silent, *carried = units
    for one in units:
        one.furnish(leaks=one is carried[0])
    with ExitStack() as stack:
        chief = stack.enter_context(at(province, country.officers[PROVINCE]))
        # The province asks all units of its tree. It speaks to its city alone: the order goes on from hub to hub, to the units that the county knows.
        campaign = chief.campaign("专项督查", PROFILE, DEADLINE)
        chief.click(f"form[action='{campaign}/send'] button", "location.search.includes('campaign-sent')")
        assert "还没有回音" in chief.text() and "已通知" in chief.row(first.code)
        line = _ordered_down(country, stack)
        clerk = stack.enter_context(at(county, country.officers[COUNTY]))
        followed = _followed(clerk, campaign.rpartition("/")[2])
        county.shiqu("hub", "export", "down", COUNTY, "--disc", str(country.discs / "asked"), *county.home)
        for one in units:
            carry(country.discs / "asked", one.folder / "came")
        said = silent.read(silent.folder / "came/down", "notice")
        assert "专项督查" in said and DEADLINE in said and COUNTY in said

        known = _reported(country, [first, second, *carried], clerk.token())
        assert "应报 5 家，报过 4 家" in clerk.go("/coverage")
        county.shiqu("hub", "turn", *county.keys)
        clerk.go(followed)
        assert "已通知" in clerk.row(silent.code) and "已上报，有问题" in clerk.row(carried[0].code)

        notice = clerk.rectify(first.code, "关于限期整改的通知", TITLE, DEADLINE)
        _read_the_notice(country, first, known)
        _not_mended(country, first, clerk, notice)
        _mended(country, first, clerk, notice)

        sent = _upward(country, line)
        for data in sent:
            _nothing_foreign(data, units)
        for path in (city.folder / "hub").glob("hub.db*"):
            _nothing_foreign(path.read_bytes(), units)
        eventually(lambda: "4 / 5" in chief.go("/dashboard"), "the province's roll-up", 60)
        _core(chief.page.run(CELLS))
        _nothing_foreign(chief.page.run("document.documentElement.outerHTML").encode(), units, codes=False)
        # What the county's units proved stands at the province's campaign, in the words of the hubs between; of the silent one nothing does.
        province.shiqu("hub", "turn", *province.keys)
        chief.go(campaign)
        assert "已通知" in chief.row(silent.code) and "下级汇集端签名证明" not in chief.row(silent.code)
        for one in (first, second, *carried):
            assert "已上报" in chief.row(one.code) and "下级汇集端签名证明" in chief.row(one.code)
        assert "5 家，已上报 4 家" in chief.text()
        _nothing_foreign(chief.page.run("document.documentElement.outerHTML").encode(), units, codes=False)


def _ordered_down(country: Country, stack: ExitStack) -> Path:
    """From the province to the city on a disc, from the city to the county by wire; returns a token for the city's line."""
    county, city, province = country.county, country.city, country.province
    usb = country.discs / "down"
    province.shiqu("hub", "export", "down", CITY, "--disc", str(usb), *province.home)
    city.shiqu("hub", "import", str(usb / "down"), *city.keys, "--receipts", str(usb / "receipts"))
    token = stack.enter_context(at(city, country.officers[CITY])).token()
    came = county.folder / "came"
    county.shiqu("dispatch", "fetch", city.url, "--ca", city.ca, "--token", f"file:{token}", "-o", str(came))
    county.shiqu("hub", "import", str(came), *county.keys)
    return token


def _followed(clerk: Person, code: str) -> str:
    """The county's own page of what was ordered from above."""
    assert f"上级布置 试验{PROVINCE}局 {code}" in clerk.go("/campaigns")
    followed = str(clerk.page.run("document.querySelector('main td a').pathname"))
    assert f"试验{PROVINCE}局（{PROVINCE}）{code}" in clerk.go(followed)
    return followed


def _reported(country: Country, units: list[Unit], token: Path) -> dict[str, str]:
    """Scans and envelopes: over the wire, or on a disc that comes back with its receipt. Returns the first one's hazards."""
    found: dict[str, dict[str, str]] = {}

    def whole(one: Unit) -> None:
        found[one.code] = one.scan("before")
        one.envelope("before", country.county)
        if one.wired:
            one.send(country.county, token)
        else:
            country.county.shiqu("hub", "import", str(one.disc), *country.county.keys, "--receipts", str(one.disc / "receipts"))
            one.shiqu("dispatch", "read", *(str(path) for path in (one.disc / "receipts").iterdir()))

    country.together([lambda one=one: whole(one) for one in units])  # type: ignore[misc]
    for one in units:
        assert "0 件还没有回执" in one.shiqu("dispatch", "list") and CHECK in found[one.code]
    return found[units[0].code]


def _read_the_notice(country: Country, unit: Unit, known: dict[str, str]) -> None:
    down = country.discs / "county"
    country.county.shiqu("hub", "export", "down", unit.code, "--disc", str(down), *country.county.home)
    said = unit.read(down / "down", "notice")
    assert "关于限期整改的通知" in said and DEADLINE in said
    assert known[CHECK] in said and unit.canaries[0] in said, "the unit is told which of its own hazards is meant"


def _again(country: Country, unit: Unit, out: str) -> dict[str, str]:
    # Runs are told apart by their seconds.
    now = int(time.time())
    while int(time.time()) == now:
        time.sleep(0.02)
    found = unit.scan(out)
    unit.envelope(out, country.county)
    unit.send(country.county, country.county.folder / "token")
    country.county.shiqu("hub", "turn", *country.county.keys)
    return found


def _not_mended(country: Country, unit: Unit, clerk: Person, notice: str) -> None:
    assert CHECK in _again(country, unit, "between")
    text = clerk.go(notice)
    assert "为什么还没有销号" in text and "上报件证明已整改" not in text


def _mended(country: Country, unit: Unit, clerk: Person, notice: str) -> None:
    unit.mend()
    assert CHECK not in _again(country, unit, "after")
    text = clerk.go(notice)
    assert "已销号" in text and "上报件证明已整改" in text


def _upward(country: Country, token: Path) -> list[bytes]:
    """The county to the city by wire, the city to the province on a disc; returns what travelled."""
    county, city, province = country.county, country.city, country.province
    copy, disc = country.discs / "copy.shiqu", country.discs / "up"
    county.shiqu("hub", "export", "up", *county.keys, "--to", CITY, "-o", str(copy))
    county.shiqu("hub", "export", "up", *county.keys, "--to", CITY, "--send", city.url, "--ca", city.ca, "--token", f"file:{token}")
    city.shiqu("hub", "export", "up", *city.keys, "--to", PROVINCE, "--disc", str(disc))
    (path,) = disc.glob("*.shiqu")
    sent = [copy.read_bytes(), path.read_bytes()]
    province.shiqu("hub", "import", str(disc), *province.keys, "--receipts", str(disc / "receipts"))
    assert "1" in city.shiqu("hub", "export", "answers", str(disc), *city.home)
    return sent


def _core(rows: list[list[str]]) -> None:
    """Four have reported, one of them leaks; of the silent one nothing is known, and the page says so."""
    counts = {code: [int(cell) for cell in row[1:]] for code, row in zip(CORE_HAZARDS, rows, strict=True)}
    # Those of whom nothing is known stand beside the suspected.
    assert [(sum(held), held[2]) for held in counts.values()] == [(5, 1)] * len(CORE_HAZARDS)
    assert dict(zip(CORE_STATES, counts["CH1"], strict=False))["confirmed"] == 1


def _nothing_foreign(data: bytes, units: list[Unit], codes: bool = True) -> None:
    words = [word for one in units for word in (*one.canaries, *((one.code,) if codes else ()))]
    assert [word for word in words if word.encode() in data] == []
