"""Parts of packages: what is inflated at once is what the library for archives reads, or is left to it."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.holdings.files import package
from scanner.collect.holdings.files.broken import BROKEN
from scanner.collect.holdings.files.content import Content
from scanner.errors import ReachError

NAMES = ("a.xml", "目录/b.xml", "stored.bin", "empty.xml")


def packed() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(NAMES[0], "<a>机密</a>" * 40)
        made.writestr(NAMES[1], bytes(range(256)) * 3)
        made.writestr(zipfile.ZipInfo(NAMES[2]), b"plain")
        made.writestr(NAMES[3], b"")
    return out.getvalue()


WHOLE = packed()


def parts(data: bytes) -> list[bytes | str] | None:
    """Each part, or the class of why it cannot be read; None where there is no package."""
    content = Content("a.xlsx", len(data), lambda: io.BytesIO(data))
    found: list[bytes | str] = []
    try:
        with package.opened(content) as opened:
            for name in opened.namelist():
                try:
                    found.append(package.part(opened, name))
                except (*BROKEN, ReachError, MemoryError) as error:
                    found.append(type(error).__name__)
    except BROKEN:
        return None
    return found


def test_parts_are_inflated_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with package.opened(Content("a.xlsx", len(WHOLE), lambda: io.BytesIO(WHOLE))) as opened:
        assert package.part(opened, NAMES[0]) == "<a>机密</a>".encode() * 40


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=3), st.integers(0, 30))
@settings(max_examples=300, deadline=None)
def test_whatever_is_changed_is_read_like_the_library_reads_it(changes: list[tuple[int, int]], lost: int) -> None:
    changed = bytearray(WHOLE)
    for at, byte in changes:
        changed[at] = byte
    data = bytes(changed[: len(changed) - lost if lost > 25 else None])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "_at_once", lambda _package, _info: None)
        wanted = parts(data)
    assert parts(data) == wanted


def test_a_small_package_is_read_once_and_its_members_are_their_own() -> None:
    asked: list[int] = []

    def opener() -> io.BytesIO:
        asked.append(1)
        return io.BytesIO(WHOLE)

    outer = Content("a.zip", len(WHOLE), opener)
    for _ in range(3):
        with package.opened(outer) as opened:
            assert opened.namelist() == list(NAMES)
    assert len(asked) == 1
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as made:
        made.writestr("inner.xml", "<b/>")
    inner = outer.member("b.zip", len(other.getvalue()), lambda: io.BytesIO(other.getvalue()))
    with package.opened(inner) as opened:
        assert opened.namelist() == ["inner.xml"]
    with package.opened(outer) as opened:
        assert opened.namelist() == list(NAMES)
