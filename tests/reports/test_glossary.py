"""Chinese words for what judges observed, wanted and remarked."""

from __future__ import annotations

import ast
import os
import re
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

import scanner
from reports import glossary
from scanner.collect.holdings.files.walk import KINDS, walk
from scanner.facts.holdings.reading import Unread


@pytest.mark.parametrize(
    ("value", "zh"),
    [
        ({"after_restart": True, "running": None}, "重启后：是；运行中：—"),
        ({"servers": [], "wrong": ["a", "b"]}, "服务器：无；不合要求：a，b"),
        ({"unheard-of": {"count": 2}}, "unheard-of：｛数量：2｝"),
        ("3 lines not understood", "有 3 行未读懂"),
        ("the host is not run by systemd", "主机不由 systemd 管理"),
        ("", '""'),
        (0, "0"),
        ({"certainty": "confirmed", "name": "confirmed"}, "确定程度：确认；名称：confirmed"),
        ("catalogues: undecided: 100", "catalogues：未定 100 条"),
        ("Connection refused", "连接被拒绝"),
        (
            "out:edge: inward-tunnel step-not-tested missing; in step-not-tested",
            "外侧 edge 由外入内：隧道（GRE、IPIP、6in4、VXLAN）：必做步骤未测（记录里没有这一步）；内侧：必做步骤未测",
        ),
        ("in the folder", "in the folder"),
    ],
)
def test_observed_in_chinese(value: Any, zh: str) -> None:
    assert glossary.observed("linux.some", value)["zh"] == zh


def test_a_single_word_is_a_name_unless_a_judge_wants_it() -> None:
    assert glossary.observed("linux.some", "empty")["zh"] == "empty"
    assert glossary.wanted("empty")["zh"] == "空"


def test_what_was_cut_is_said() -> None:
    assert glossary.observed("linux.some", "x" * 50, 10)["zh"] == "xxxxxxxxxx… [50]"


def test_each_of_several_records_has_a_line_of_its_own() -> None:
    value = {"count": 2, "places": [{"classified": 3, "path": "a#t"}, {"classified": 4, "path": "b#t"}], "unseen": []}
    said = glossary.spread_out("linux.some", value)
    assert [one["zh"] for one in said] == ["数量：2；没看到的：无", "位置：", "· a#t: 涉密：3", "· b#t: 涉密：4"]
    assert [one["en"] for one in said] == ["count: 2; unseen: []", "places:", "· a#t: classified: 3", "· b#t: classified: 4"]


@pytest.mark.parametrize("value", [{"places": [{"path": "a#t"}], "wrong": ["a", "b"]}, {}, [], None, "x", 0])
def test_one_record_and_lists_of_words_stay_in_one_line(value: Any) -> None:
    assert glossary.spread_out("linux.some", value) == (glossary.observed("linux.some", value),)


def test_of_very_many_records_a_dozen_are_shown_and_all_counted() -> None:
    said = glossary.spread_out("linux.some", {"places": [{"path": str(number)} for number in range(40)]})
    assert (len(said), said[-1]["zh"]) == (14, "… [40]")


def test_a_remark_of_many_parts_is_said_part_by_part() -> None:
    assert glossary.detail("SNMP is off; no file")["zh"] == "SNMP 未开；没有文件"


def test_codes_of_a_field_have_a_name_of_their_own() -> None:
    values = glossary._list("values")
    assert set(values) - {"sshd"} <= set(glossary._list("keys"))
    assert all(isinstance(code, str) and isinstance(word, str) for codes in values.values() for code, word in codes.items())


@pytest.mark.parametrize("name", ["keys", "phrases", "wanted"])
def test_every_word_is_given_once_and_in_chinese(name: str) -> None:
    lines = files("reports").joinpath("glossary", f"{name}.yaml").read_text("utf-8")
    found = yaml.load(lines, Loader=yaml.CSafeLoader)
    names = [line for line in lines.split("\n") if line and not line.startswith("#")]
    assert len(names) == len(found)
    assert all(isinstance(key, str) and isinstance(text, str) for key, text in found.items())


def test_patterns_compile_and_name_groups_that_exist() -> None:
    for pattern, words in glossary._list("patterns"):
        compiled = re.compile(pattern)
        assert max((int(one) for one in re.findall(r"\\(\d)", words)), default=0) <= compiled.groups


def test_mixing_is_told_by_degree_and_keys_of_records_are_few() -> None:
    mixing = [{"degree": "D1", "where": f"t{n}"} for n in range(40)] + [{"degree": "D0", "where": "v"}]
    said = glossary.observed("holdings.segregated", {"stores": [], "mixing": mixing})
    assert "D0：1；D1：40" in said["zh"] and "mixing: {D0: 1; D1: 40}" in said["en"]
    places = [{"path": "a.db#t", "classified": 36, "keys": [f"K{n}" for n in range(36)]}]
    said = glossary.observed("holdings.classified-storage", {"places": places})
    assert "K7，… [36]" in said["zh"] and "K8" not in said["zh"]


def test_paths_are_told_in_chinese() -> None:
    path = {"kind": "routed", "protocol": "tcp", "port": 443, "from": "lan", "to": "internet", "via": "192.0.2.66", "strength": "A"}
    said = glossary.observed("isolation.no-path", {"conclusion": "breach_proven", "paths": [path]})
    assert said["zh"] == "结论：已证实存在通路；通路：三层转发 tcp/443 lan → internet，经 192.0.2.66（力度 A）"
    assert "routed tcp/443 lan -> internet via 192.0.2.66 [A]" in said["en"]


READERS = Path(scanner.__file__).parent / "collect" / "holdings"


def _details() -> set[str]:
    """What readers of catalogues say of what they did not read: every text beside a reason in their code, its fields as numbers."""
    found = set()
    for path in READERS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call | ast.Tuple):
                continue
            given = node.args if isinstance(node, ast.Call) else node.elts
            for reason, detail in pairwise(given):
                if isinstance(reason, ast.Attribute) and isinstance(reason.value, ast.Name) and reason.value.id == "Why":
                    found |= {text for text in _spelt(detail) if text}
    return found


def _spelt(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)}
    return {*_spelt(node.body), *_spelt(node.orelse)} if isinstance(node, ast.IfExp) else set()


def test_why_something_was_not_read_is_said_in_chinese() -> None:
    details = _details()
    assert len(details) > 90 and {"encrypted", "time limit"} <= details
    told = {text: glossary.unread(text)["zh"] for text in details}
    bare = {text for text, said in told.items() if not re.search("[\u4e00-\u9fff]", said)}
    # A server's own code and the class of an error stand for themselves.
    assert all(re.fullmatch(r"[0-9P]{5}|7[ :]*7|[A-Z_a-z]+Error|7", text) for text in bare), bare


def test_what_is_no_file_is_said_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, to in (("in/own", "a"), ("in/gone", "nothing"), ("in/out", "..")):
        (tmp_path / name).symlink_to(to)
    (tmp_path / "in/a").touch()
    os.mkfifo(tmp_path / "in/pipe")
    said = {item.detail for item in walk(tmp_path / "in") if isinstance(item, Unread)} | {word for _, word in KINDS} | {"special file"}
    assert len(said) == 8
    assert all(re.fullmatch("[\u4e00-\u9fff，；]+", glossary.unread(text)["zh"]) for text in said)


def test_an_end_in_between_is_said_with_how_far_it_came() -> None:
    assert glossary.unread("reader ended: memory limit, after 12 rows")["zh"] == "读取进程中止：超过内存上限，已数 12 条"
    assert glossary.unread("no JSON, line 3 and 5 more")["zh"] == "不是 JSON，第 3 行，另有 5 处"
    assert glossary.unread("record without an end, after 2 rows")["zh"] == "记录没有结束符，已数 2 条"
    assert glossary.unread(None) == {"zh": "", "en": ""}


def test_what_a_count_left_open_is_said_in_chinese() -> None:
    said = glossary.detail("catalogues: unread: 3, first a/b.xlsx (no-permission)")["zh"]
    assert said == "catalogues：没能读的 3 处，头一处 a/b.xlsx（权限不足，对象拒绝出示）"
    assert glossary.detail("unread: 1, first x; y (garbled)")["zh"].startswith("没能读的 1 处，头一处 x; y（")
    for text in ("not read to the end", "no record was found", "not counted: a, b", "no target was counted", "cat: not read to the end"):
        assert not re.search("read|record|count", glossary.detail(text)["zh"])


def test_words_for_what_was_not_read_name_groups_that_exist() -> None:
    for pattern, words in glossary._list("unread"):
        assert max((int(one) for one in re.findall(r"\\(\d)", words)), default=0) <= re.compile(pattern).groups
