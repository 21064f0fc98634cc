"""Paragraphs of a small part, read at once, are those that are read event by event."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.holdings.files import word

PIECES = [
    "<w:p>", "</w:p>", "<w:p/>", "<w:r>", "</w:r>", "<w:t>机密</w:t>", "<w:t xml:space='preserve'> ★10年</w:t>", "<w:t/>", "<a:t>甲</a:t>",
    "<w:t>乙<!-- x -->丙</w:t>", "<w:delText>旧</w:delText>", "<w:tab/>", "<w:cr/>", "<w:br/>", '<w:br w:type="page"/>',
    "<w:lastRenderedPageBreak/>", "<w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr>", "<w:tbl>", "</w:tbl>", "字",
]  # fmt: skip
BOX = "<w:p><w:r><w:t>外</w:t><w:txbxContent><w:p><w:t>秘密★5年</w:t></w:p></w:txbxContent><w:t>面</w:t></w:r></w:p>"
OPEN = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:a="urn:a"><w:body>'


def balanced(pieces: list[str]) -> str:
    """The pieces with every element closed in the order in which it must be."""
    out: list[str] = []
    stack: list[str] = []
    for piece in pieces:
        if piece.startswith("</"):
            if not stack or stack[-1] != piece[2:-1]:
                continue
            stack.pop()
        elif piece in ("<w:p>", "<w:r>", "<w:tbl>"):
            stack.append(piece[1:-1])
        out.append(piece)
    return "".join(out) + "".join(f"</{name}>" for name in reversed(stack))


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=300, deadline=None)
def test_flat_paragraphs(pieces: list[str]) -> None:
    data = f"{OPEN}{balanced(pieces)}</w:body></w:document>".encode()
    found = word._flat(data)
    assert found is None or found == list(word._nested(data))


def test_paragraphs_inside_of_paragraphs_are_read_event_by_event() -> None:
    data = f"{OPEN}{BOX}</w:body></w:document>".encode()
    assert word._flat(data) is None
    assert list(word.paragraphs(data)) == [("秘密★5年", "box"), ("外面", "text")]


def test_a_part_without_them_is_read_at_once() -> None:
    data = f"{OPEN}<w:p><w:r><w:t>机</w:t></w:r><w:r><w:t>密★</w:t><w:br/><w:t>二</w:t></w:r></w:p></w:body></w:document>".encode()
    assert word._flat(data) == [("机密★", "text"), ("二", "text")]
