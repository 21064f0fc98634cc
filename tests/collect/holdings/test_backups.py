"""Folders of backups: manifests of every kind, hashed anew, and what is wrong told by name; nothing leads out of the folder."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.holdings.backups import look
from scanner.collect.holdings.manifests import inside, is_manifest, listed
from scanner.facts.holdings import BackupFolder
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer

AS_OF = date(2026, 11, 25)


def folder(root: Path, said: dict[str, Any] | None = None, seconds: float = 60) -> BackupFolder:
    got = look(root, said or {}, AS_OF, time.monotonic() + seconds)
    assert isinstance(got, bytes)
    found = BackupFolder.read(Answer(got))
    assert isinstance(found, BackupFolder)
    return found


def put(root: Path, **texts: str) -> dict[str, bytes]:
    data = {name.replace("__", "/").replace("_dot_", "."): text.encode() for name, text in texts.items()}
    for name, content in data.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return data


def digest(name: str, data: bytes) -> str:
    return hashlib.new(name, data).hexdigest()


def shown(found: BackupFolder) -> dict[str, int]:
    return {key: number for key, number in found.counts.items() if number}


WRITERS = {
    "SHA256SUMS": lambda files: "".join(f"{digest('sha256', data)}  {name}\n" for name, data in files.items()),
    "sha512sum.txt": lambda files: "".join(f"{digest('sha512', data)} *./{name}\r\n" for name, data in files.items()),
    "all.sm3": lambda files: "".join(f"{digest('sm3', data).upper()}  {name}\n" for name, data in files.items()),
    "manifest-sha256.txt": lambda files: "".join(f"{digest('sha256', data)} {name}\n" for name, data in files.items()),
    "checksums.txt": lambda files: "".join(f"SM3 ({name}) = {digest('sm3', data)}\n" for name, data in files.items()),
    "校验清单.csv": lambda files: (
        "序号,文件名,摘要算法,摘要值\n" + "".join(f"1,{name},SM3,{digest('sm3', data)}\n" for name, data in files.items())
    ),
    "manifest.txt": lambda files: "path\tdigest\n" + "".join(f"{name}\t{digest('sha256', data)}\n" for name, data in files.items()),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_manifest_holds_and_finds_one_changed_byte(name: str, tmp_path: Path) -> None:
    files = put(tmp_path, a_dot_sql="one", 里__b_dot_csv="two")
    (tmp_path / name).write_text(WRITERS[name](files), "utf-8")
    found = folder(tmp_path)
    assert shown(found) == {"good": 2} and found.files == 2
    assert [(item["listed"], item["good"]) for item in found.manifests] == [(2, 2)]
    (tmp_path / "a.sql").write_bytes(b"onf")
    assert shown(folder(tmp_path)) == {"good": 1, "broken": 1}
    assert folder(tmp_path).wrong == ("broken a.sql",)


def test_missing_unlisted_and_weak_ones_are_counted_apart(tmp_path: Path) -> None:
    files = put(tmp_path, a_dot_sql="one", b_dot_sql="two")
    (tmp_path / "MD5SUMS").write_text(f"{digest('md5', files['a.sql'])}  a.sql\n{'0' * 32}  gone.sql\n", "utf-8")
    found = folder(tmp_path)
    assert shown(found) == {"good": 1, "missing": 1, "unlisted": 1, "weak": 1}
    assert found.wrong == ("unlisted b.sql", "missing gone.sql")


def test_two_manifests_must_both_hold(tmp_path: Path) -> None:
    files = put(tmp_path, a_dot_sql="one")
    (tmp_path / "SHA256SUMS").write_text(f"{digest('sha256', files['a.sql'])}  a.sql\n", "utf-8")
    (tmp_path / "MD5SUMS").write_text(f"{'0' * 32}  a.sql\n", "utf-8")
    assert shown(folder(tmp_path)) == {"broken": 1}


def test_nothing_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside = put(tmp_path, secret="x")["secret"]
    root = tmp_path / "backup"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(root / "pipe")
    lines = "".join(f"{digest('sha256', outside)}  {path}\n" for path in ("../secret", "link", str(tmp_path / "secret"), "pipe"))
    (root / "SHA256SUMS").write_text(lines, "utf-8")
    found = folder(root)
    assert found.counts["good"] == 0 and found.counts["unread"] == 2 and found.counts["missing"] == 4


def test_what_the_time_does_not_suffice_for_is_left_and_said(tmp_path: Path) -> None:
    files = put(tmp_path, a_dot_sql="one")
    (tmp_path / "SHA256SUMS").write_text(f"{digest('sha256', files['a.sql'])}  a.sql\n", "utf-8")
    assert shown(folder(tmp_path, seconds=-1)) == {"left": 1}


def test_a_file_that_is_read_with_another_is_listed_like_any(tmp_path: Path) -> None:
    files = put(tmp_path, a_dot_dbf="one", a_dot_fpt="two")
    (tmp_path / "SHA256SUMS").write_text("".join(f"{digest('sha256', data)}  {name}\n" for name, data in files.items()), "utf-8")
    assert shown(folder(tmp_path)) == {"good": 2}


def test_no_folder_is_absent_and_an_empty_one_has_no_files(tmp_path: Path) -> None:
    got = look(tmp_path / "none", {}, AS_OF, time.monotonic() + 5)
    assert isinstance(got, Absent) and got.why is Why.FILE_MISSING
    found = folder(tmp_path)
    assert (found.files, found.newest, found.manifests) == (0, None, ())


def test_no_title_is_told(tmp_path: Path) -> None:
    title = "关于某某地区水利工程建设情况的报告"
    (tmp_path / f"{title}.pdf").write_bytes(b"x")
    got = look(tmp_path, {}, AS_OF, time.monotonic() + 5)
    assert isinstance(got, bytes) and title[4:8] not in got.decode()


@given(st.text(max_size=300), st.sampled_from(["SHA256SUMS", "校验清单.csv", "manifest.txt", "a.sm3"]))
def test_any_text_is_read_without_a_fault(text: str, name: str) -> None:
    assert is_manifest(name)
    for line in listed(name, text):
        assert len(line.digest) in (32, 40, 64, 96, 128)


@given(st.lists(st.sampled_from(["a", "..", ".", "", "b c"]), max_size=8).map("/".join), st.sampled_from(["", "in", "in/er"]))
def test_a_path_stays_inside(path: str, base: str) -> None:
    found = inside(base, path)
    assert found is None or (not found.startswith(("/", "..")) and "/../" not in f"/{found}/")
