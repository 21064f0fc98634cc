"""Audit rules by meaning: order and spelling change nothing; anything strange is refused, never skipped."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts.fact import Unreadable
from scanner.facts.linux.audit_cover import Cover
from scanner.facts.linux.audit_rules import Field, read_rules

CALLS = ["chmod", "fchmod", "fchmodat", "chown"]


def cover(*lines: str, machine: str = "x86_64") -> Cover:
    return Cover(read_rules(lines), machine)


@given(st.permutations(["-F arch=b64", "-S chmod,chown", "-S fchmod", "-F auid>=1000", "-F auid!=-1", "-F key=k"]), st.booleans())
def test_the_order_of_words_changes_nothing(words: list[str], swapped: bool) -> None:
    rule = f"-a {'exit,always' if swapped else 'always,exit'} " + " ".join(words)
    plain = "-a always,exit -F arch=b64 -S chmod -S fchmod -S chown -F auid>=1000 -F auid!=unset -k k"
    assert read_rules([rule]).rules == read_rules([plain]).rules


@given(st.lists(st.tuples(st.sampled_from(["b32", "b64"]), st.sets(st.sampled_from(CALLS), min_size=1)), max_size=6), st.randoms())
def test_coverage_is_the_union_of_the_rules_in_any_order(rules: list[tuple[str, set[str]]], random: object) -> None:
    lines = [f"-a always,exit -F arch={arch} -S {','.join(sorted(calls))}" for arch, calls in rules]
    there = {f"{arch}:{call}" for arch, calls in rules for call in calls}
    wanted = {f"{arch}:{call}" for arch, call in itertools.product(("b32", "b64"), CALLS)}
    random.shuffle(lines)  # type: ignore[attr-defined]
    assert set(cover(*lines).missing_calls(CALLS)) == wanted - there


@given(st.sets(st.sampled_from("rwxa"), min_size=1), st.sampled_from(["/etc/passwd", "/etc/ssh/x", "/etcetera"]))
def test_both_forms_of_a_watch_mean_the_same(perm: set[str], path: str) -> None:
    letters = "".join(sorted(perm))
    watch, rule = cover(f"-w {path} -p {letters}"), cover(f"-a always,exit -S all -F path={path} -F perm={letters} -F key=z")
    for asked in ("w", "wa", "x", "r"):
        assert watch.path(path, asked) == rule.path(path, asked) == (set(asked) <= perm)


@given(st.text(max_size=80))
def test_any_line_is_read_or_refused(line: str) -> None:
    with contextlib.suppress(Unreadable):
        read_rules(line.split("\n"))


@given(st.sampled_from([">=", ">", "!=", "=", "<", "<="]), st.integers(min_value=0, max_value=70000))
def test_only_conditions_that_leave_every_person_in_are_passed_over(op: str, number: int) -> None:
    found = cover(f"-a always,exit -F path=/etc/passwd -F perm=wa -F auid{op}{number}")
    everybody = (op == ">=" and number <= 1000) or (op == ">" and number < 1000)
    assert found.path("/etc/passwd", "wa") == everybody


def test_never_rules_hide_what_comes_after_them_only() -> None:
    rule, never = "-w /etc/passwd -p wa", "-a never,exit -F dir=/etc"
    assert cover(rule, never).path("/etc/passwd", "wa")
    assert not cover(never, rule).path("/etc/passwd", "wa")
    assert not cover(rule, "-A never,exit -F dir=/etc").path("/etc/passwd", "wa")


def test_a_deletion_empties_the_list_in_one_file_and_goes_first_when_files_are_joined() -> None:
    lines = ["-w /etc/passwd -p wa", "-D", "-w /etc/shadow -p wa"]
    assert len(read_rules(lines).rules) == 1
    assert len(read_rules(lines, compiled=True).rules) == 2


@pytest.mark.parametrize(
    "line",
    [
        "-w relative -p wa",
        "-w /x -p z",
        "-a always",
        "-a always,exit -F",
        "-a always,exit -F nonsense",
        "-x /y",
        "-d always,exit",
        "passwd",
    ],
)
def test_strange_lines_are_refused(line: str) -> None:
    with pytest.raises(Unreadable):
        read_rules([line])


def test_one_allowed_condition_may_narrow_a_call() -> None:
    rules = [f"-a always,exit -F arch={arch} -S openat -F exit=-EACCES" for arch in ("b32", "b64")]
    assert cover(*rules).missing_calls(["openat"]) == ("b64:openat", "b32:openat")
    assert cover(*rules).missing_calls(["openat"], Field("exit", "=", "-EACCES")) == ()
