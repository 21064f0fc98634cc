"""report.html: golden bytes, inertness, the policy, honesty of counts, and what stands on the page for whom."""

import base64
import copy
import hashlib
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from reports.grouping import grouped
from reports.html import PARTS, render
from reports.json_file import render as render_json
from scanner.model.canonical import strict_loads
from scanner.model.short_code import short_code
from tests.golden.make_large import large
from tests.golden.make_result import HOSTILE, small

GOLDEN = Path(__file__).parents[1] / "golden"
ALLOWED = set(
    re.findall(
        "[a-z0-9]+",
        """
    html head meta title style body header strong span button nav h1 h2 h3 h4 ol ul li a main
    div p table thead tbody tr th td caption colgroup col section footer br code pre details summary article dl
    dt dd svg defs pattern rect path circle text tspan g script b small
    """,
    )
)


LOADING = {"src", "srcset", "style", "action", "formaction", "background", "xlink:href", "ping", "data", "poster"}
SPOILED = {"name", "operator", "detail", "address", "zone", "zh", "en", "observed", "wanted", "version", "authorised_by", "clause", "probe"}
DANGEROUS = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|setAttribute\(\"on|fetch\(|XMLHttp"


class Reader(HTMLParser):
    """Collects elements, attributes and scripts as a browser would split them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text: list[str] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            self.scripts[-1] += data
        else:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._open = ""


def read(data: bytes) -> Reader:
    reader = Reader()
    reader.feed(data.decode("utf-8"))
    return reader


@pytest.mark.parametrize("reader", sorted(PARTS))
def test_golden(reader: str) -> None:
    page = render(small(), reader=reader)
    file = GOLDEN / f"report.{reader}.html"
    if os.environ.get("SHIQU_GOLDEN") == "write":
        file.write_bytes(page)
    assert page == file.read_bytes()


def test_same_bytes_from_the_file_as_from_memory() -> None:
    again = strict_loads(render_json(small()))
    plain = strict_loads(json.dumps(again, ensure_ascii=False).encode("utf-8"))
    assert render(again) == render(plain) == render(copy.deepcopy(again))


@pytest.mark.parametrize("reader", sorted(PARTS))
def test_hostile_text_is_inert(reader: str) -> None:
    result = _poison(small())
    page = render(result, reader=reader)
    text = page.decode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text)
    parsed = read(page)
    assert {tag for tag, _ in parsed.tags} <= ALLOWED
    clean = _census(read(render(small(), reader=reader)))
    assert set(_census(parsed)) == set(clean)
    assert _census(parsed)["script"] == clean["script"]
    for tag, attributes in parsed.tags:
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in LOADING, (tag, name)
            if name == "href":
                assert value is not None and re.fullmatch("#[a-z]+", value)
    assert "{{7*7}}" in text


def test_the_cover_names_code_key_and_command() -> None:
    result = small()
    result["run"]["key"] = "sha256:" + "0123456789abcdef" * 4
    text = render(result, reader="leader").decode("utf-8")
    assert short_code(render_json(result)) in text and "sha256 0123 4567 89ab cdef" in text and "openssl pkeyutl -verify" in text


def _census(parsed: Reader) -> dict[str, int]:
    out: dict[str, int] = {}
    for tag, _ in parsed.tags:
        out[tag] = out.get(tag, 0) + 1
    return out


def _poison(value: Any, key: str = "") -> Any:
    """Put hostile text into every free string of the result; ids, codes and digests stay what the schema allows."""
    if isinstance(value, dict):
        return {name: _poison(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_poison(item, key) for item in value]
    if isinstance(value, str) and key in SPOILED:
        return value + HOSTILE
    return value


def test_policy_names_exactly_what_runs() -> None:
    page = render(small()).decode("utf-8")
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = policy[1].replace("&#39;", "'")
    assert rules.startswith("default-src 'none';") and "unsafe" not in rules and "http" not in rules
    style = re.search("<style>(.*?)</style>", page, re.S)
    script = re.search("<script>(.*?)</script>", page, re.S)
    assert style is not None and script is not None
    for kind, body in (("style-src", style[1]), ("script-src", script[1])):
        hashed = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{kind} 'sha256-{hashed}'" in rules
    assert not re.search(DANGEROUS, script[1])
    assert "url(" not in style[1] and "@import" not in style[1]


def test_not_an_evaluation_stands_on_every_page_and_untested_is_never_green() -> None:
    for reader in PARTS:
        page = render(small(), reader=reader).decode("utf-8")
        assert page.count("不是法定等级测评报告") >= 3
    page = render(small(), reader="leader").decode("utf-8")
    assert re.search(r'CH1</td>.*?<span class="tag not_tested">', page)
    css = re.search("<style>(.*?)</style>", page, re.S)
    assert css is not None
    green = {name for rule in re.findall(r"([^{}]+)\{color:var\(--compliant\)\}", css[1]) for name in re.findall(r"\.([\w-]+)", rule)}
    assert green == {"compliant", "met", "cleared", "pass"}


def test_a_core_hazard_that_the_result_forgets_is_shown_as_not_tested() -> None:
    result = small()
    result["core_hazards"] = result["core_hazards"][1:]
    assert re.search(r'CH1</td>.*?<span class="tag not_tested">', render(result).decode("utf-8"))


def test_interrupted_and_incomplete_results_say_so() -> None:
    result = small()
    assert "中途停止" not in render(result).decode("utf-8").split("<main>")[1].split("<script")[0]
    result["run"]["interrupted"] = True
    result["asked"] = result["asked"][1:]
    page = render(result).decode("utf-8")
    assert "本次检查中途停止" in page and "两数不符" in page


def test_a_run_of_some_targets_says_so() -> None:
    result = small()
    assert "只查了部分" not in render(result).decode("utf-8").split("<main>")[1].split("<script")[0]
    result["run"]["narrowed"] = True
    assert "本次只查了部分检查项，或清单里的部分对象" in render(result).decode("utf-8").split("<main>")[1].split("<script")[0]


def test_every_finding_and_every_unmet_verdict_is_on_the_page() -> None:
    result = small()
    page = render(result).decode("utf-8")
    for system in result["systems"]:
        for finding in system["findings"]:
            assert f'id="c-{system["id"]}-{finding["control"]}"' in page
    hazards = grouped(result, [n for n, v in enumerate(result["verdicts"]) if v["status"] == "unmet"])
    assert sum(hazard.verdicts for hazard in hazards) == sum(v["status"] == "unmet" for v in result["verdicts"])
    assert page.count('<article class="hazard') == len(hazards)


def test_classified_system_has_no_conclusion() -> None:
    page = render(small()).decode("utf-8")
    vault = page.split("涉密档案管理系统")[2]
    assert "不给结论" in vault[:900] and "60.29%" not in vault[:900]


def test_embedded_rows_are_all_verdicts() -> None:
    result = small()
    data = json.loads(read(render(result)).scripts[1])
    rows = data["rows"]
    assert len(rows) == 8 * len(result["verdicts"])
    for number, verdict in enumerate(result["verdicts"]):
        check, target, status = rows[8 * number : 8 * number + 3]
        assert data["checks"][check][0] == verdict["check"]
        assert data["statuses"][status] == verdict["status"]
        assert data["targets"][target][0] == verdict["target"]
        assert [data["digests"][one] for one in data["sets"][rows[8 * number + 7]]] == [digest[7:] for digest in verdict["evidence"]]
    assert len(data["evidence"]) == len(result["evidence"])


def test_large_results_stay_readable() -> None:
    page = render(large(120, 60))
    static = page.split(b'<script type="application/json" id="data">')[0]
    assert len(static) < 3_000_000
    assert "等 ".encode() in static and b'class="link find"' in static


def test_nothing_judged_at_all() -> None:
    result = small() | {"gate": "insufficient", "evidence": {}, "excerpts": {}}
    result |= {key: [] for key in ("targets", "asked", "verdicts", "systems", "core_hazards")}
    for reader in PARTS:
        assert b"</html>" in render(result, reader=reader)


def test_english_first_and_unknown_language() -> None:
    assert b'<html lang="en">' in render(small(), lang="en")
    with pytest.raises(KeyError):
        render(small(), lang="fr")


def runs(*unmet: int) -> list[dict[str, Any]]:
    """Figures of runs as a result carries them."""
    base = {"profiles": ["gbt22239-l3"], "targets": 7, "reached": 6, "hazards": {"major": 1, "general": 2}, "gate": "fail"}
    return [
        {"run": f"R{at}", "finished": f"2026-0{at}-03T06:14:02Z", "rulebook": "sha256:old" if at < 3 else "sha256:new", **base}
        | {"verdicts": {"unmet": n, "unknown": 5, "met": 9}}
        for at, n in enumerate(unmet, 1)
    ]


def test_earlier_runs_are_drawn_and_said_to_be_of_other_rules() -> None:
    result = small()
    assert 'id="trend"' not in render(result).decode()
    result["trend"] = runs(40)
    assert 'id="trend"' not in render(result).decode(), "one run is no trend"
    result["trend"] = runs(40, 20, 10)
    for reader in PARTS:
        text = render(result, reader=reader).decode()
        heights = [float(one) for one in re.findall(r'<rect class="unmet"[^>]* height="([0-9.]+)"', text)]
        assert heights == [120.0, 60.0, 30.0]
        assert text.count("与上一次相比，规则库或测评配置不同") == 1
        assert text.index("R2") < text.index("与上一次相比")


def test_only_the_last_dozen_runs_are_drawn() -> None:
    result = small() | {"trend": runs(*range(1, 10)) + runs(*range(1, 10))}
    assert render(result).decode().count('<rect class="unmet"') == 12


def test_paper_says_where_the_single_verdicts_stand() -> None:
    for reader in ("liaison", "annex"):
        text = render(small(), reader=reader).decode()
        assert '<p class="paper"><span lang="zh-CN">纸面不逐条印出' in text
    assert ".paper{display:none}" in text and ".paper{display:block}" in text


def test_a_system_that_is_not_scored_shows_no_rate() -> None:
    result = small()
    result["systems"][0] |= {"conclusion": None, "why_no_conclusion": "holds-classified"}
    assert not re.search(r"\d%", render(result, reader="leader").decode().partition('id="layers"')[2].partition("</section>")[0])
