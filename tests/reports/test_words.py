"""Words for every code that a result may hold, in both languages, and each key once."""

import re
from pathlib import Path

from reports.words import by_file, catalogue, pair, sentence, words
from scanner.model.absent import Why
from scanner.model.result import CORE_HAZARDS, RESULTS, SEVERITIES, STATUSES
from scanner.model.target import KINDS

TEMPLATES = Path(__file__).parents[2] / "reports/templates/html"


def test_every_code_has_words() -> None:
    wanted = [f"why.{why.value}" for why in Why]
    wanted += [f"result.{one}" for one in RESULTS] + [f"status.{one}" for one in STATUSES] + [f"severity.{one}" for one in SEVERITIES]
    wanted += [f"kind.{one}" for one in KINDS] + [f"core.{one}" for one in CORE_HAZARDS]
    states = ("confirmed", "suspected", "scan_clean_only", "cleared", "not_tested")
    wanted += [f"{prefix}.{state}" for prefix in ("core-state", "core-effect") for state in states]
    wanted += [f"no-conclusion.{code}" for code in ("holds-classified", "not-scored", "nothing-applicable", "nothing-judged")]
    assert [key for key in wanted if key not in catalogue()] == []


def test_no_key_stands_in_two_files() -> None:
    seen: dict[str, str] = {}
    for file, keys in by_file().items():
        for key in keys:
            assert key not in seen, f"{key}: {file} and {seen[key]}"
            seen[key] = file


def test_fields_are_the_same_in_both_languages() -> None:
    for key, both in catalogue().items():
        assert set(re.findall(r"\{(\w+)\}", both["zh"])) == set(re.findall(r"\{(\w+)\}", both["en"])), key


def test_templates_and_script_use_known_keys() -> None:
    used: set[str] = set()
    for file in TEMPLATES.rglob("*.j2"):
        used |= set(re.findall(r'\bb\("([\w.-]+)"', file.read_text("utf-8")))
    used |= set(re.findall(r'say\("([\w.-]+\.[\w-]+)"', (TEMPLATES / "report.js").read_text("utf-8")))
    assert {key for key in used if not key.endswith(".")} - set(catalogue()) == set()


def test_no_sentence_in_the_templates() -> None:
    for file in TEMPLATES.rglob("*.j2"):
        text = re.sub(r"\{[{%].*?[%}]\}|石渠|[（），、；：—·　]", "", file.read_text("utf-8"), flags=re.S)
        assert not re.search("[\u4e00-\u9fff]", text), file.name


def test_sentence_and_pair() -> None:
    assert sentence("label.grade-n", "zh", {"n": "3"}) == "第3级"
    assert pair("why.odd", "odd") == {"zh": "odd", "en": "odd"}
    assert words("en")["result.partial"] == "partial"
