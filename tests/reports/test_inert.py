"""Nothing that a host says may act in a report, and nothing may be lost silently."""

import json
import random
import re
import unicodedata

import pytest

from reports import inert

ACTIVE = [
    "\x00",
    "\x07",
    "\x08",
    "\x1b[31m",
    "\x7f",
    "\x9b31m",
    "\u202a",
    "\u202e",
    "\u2066",
    "\u2069",
    "\u200b",
    "\u200f",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\udcff",
    "\ud800",
    "\U000e0041",
    "\r",
    "\x0b",
    "\x0c",
    "\x85",
    "\xad",
    "\u061c",
    "\u3164",
]


@pytest.mark.parametrize("text", ACTIVE)
def test_active_characters_become_visible_ascii(text: str) -> None:
    for shown in (inert.line(f"a{text}b"), inert.block(f"a{text}b")):
        assert shown.startswith("a\\") and shown.endswith("b")
        assert shown.isascii()


def test_lines_and_blocks() -> None:
    assert inert.line("a\n\tb") == "a\\n\\tb"
    assert inert.block("a\n\tb\r\n") == "a\n\tb\\x0d\n"
    assert inert.line("档案馆 ①𠮷 é ê") == "档案馆 ①𠮷 é ê"


def test_every_format_and_control_character_is_covered() -> None:
    for code in range(0x110000):
        character = chr(code)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\n\t":
            shown = inert.block(character)
            # Prepended marks of numbers (Arabic, Kaithi …) have a glyph of their own and move nothing.
            visible = unicodedata.category(character) == "Cf" and unicodedata.bidirectional(character) in ("AN", "AL", "L")
            assert shown != character or visible, hex(code)


def test_json_block_cannot_end_its_script() -> None:
    rng = random.Random(7)
    pieces = ["</script>", "<!--", "<script", "]]>", "&amp;", "\u2028", '"', "\\", "'", "档", "\\u003c"]
    for _ in range(300):
        value = {"k": ["".join(rng.choices(pieces, k=6)) for _ in range(3)]}
        text = inert.json_block(value)
        assert not re.search("[<>&\u2028\u2029]", text)
        assert json.loads(text) == value


def test_mend_reaches_everything() -> None:
    assert inert.mend({"a\udcff": [("\ud800x",), 1, None]}) == {"a\\udcff": [["\\ud800x"], 1, None]}
