"""Debian's order of versions, against dpkg itself where it is installed."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.linux.versions import VersionKey, newer

VERSIONS = st.from_regex(r"\A([0-9]:)?[0-9][0-9a-b.+~]{0,6}(-[0-9a-b+.~]{1,4})?\Z")


@pytest.mark.parametrize(
    ("late", "early"),
    [
        ("1.0-1+deb12u1", "1.0-1"),
        ("1.0", "1.0~rc1"),
        ("1:0.1", "2.0"),
        ("1.10", "1.9"),
        ("1.0-1", "1.0-1~deb12u1"),
        ("6.1.0-27-amd64", "6.1.0-9-amd64"),
    ],
)
def test_known_pairs(late: str, early: str) -> None:
    assert newer(late, early)
    assert not newer(early, late)


@given(VERSIONS)
def test_equal_to_itself(version: str) -> None:
    assert not newer(version, version)
    assert VersionKey(version) == VersionKey(version)


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is not here")
@settings(max_examples=60, deadline=None)
@given(VERSIONS, VERSIONS)
def test_as_dpkg_says(one: str, other: str) -> None:
    said = subprocess.run(["dpkg", "--compare-versions", one, "gt", other], check=False).returncode == 0
    assert newer(one, other) == said
