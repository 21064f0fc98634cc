"""Tables of a page that are none of HTML's own: rows of cells in blocks, or cells one after another, below names of columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.collect.holdings.files.headers import names_columns
from scanner.collect.holdings.files.heads import head_of
from scanner.facts.holdings.labels import name_role

if TYPE_CHECKING:
    from lxml.etree import _Element

Grid = list[list[str | None]]
OWN = frozenset({"table", "thead", "tbody", "tfoot", "tr", "select", "head", "script", "style", "html"})
"""Elements whose children are something else."""
LOOKED, LONGEST, MOST = 200, 24, 60
"""Rows looked at from the top, characters of a name, columns."""
SHOWN = (("img", "alt"), ("input", "value"))
"""Elements without text, and what people see of them."""
CHOICES = ("radio", "checkbox")


def taken(root: _Element) -> list[Grid]:
    """Every such table, taken out of the page: what is left of the page stands around them."""
    found: list[Grid] = []
    for parent in [one for one in root.iter() if isinstance(one.tag, str) and one.tag not in OWN and len(one) > 1]:
        if next(parent.iterancestors("table"), None) is not None:
            continue
        children = [child for child in parent if isinstance(child.tag, str)]
        blocks = [child for child in children if len(child) > 1]
        if rows := _blocks(blocks):
            used = blocks
        elif rows := _one_after_another(children):
            used = children
        else:
            continue
        found.append(rows)
        for child in used:
            # What stands behind it is none of its text, and stays in the page.
            behind = child.tail
            child.clear()
            child.tail = behind
    return found


def unchosen(element: _Element) -> bool:
    """A choice of a form that nobody has made."""
    return element.tag == "option" and "selected" not in element.attrib


def pieces(cell: _Element) -> Iterator[str]:
    """Text of a cell; a picture is what stands in its place, a field what is filled in."""
    for element in cell.iter():
        if isinstance(element.tag, str) and not unchosen(element):
            yield element.text or ""
            if element.get("type") in CHOICES:
                yield from _choice(element)
                yield element.tail or ""
                continue
            yield from (f" {element.get(name)} " for tag, name in SHOWN if element.tag == tag and element.get(name))
        if element is not cell:
            yield element.tail or ""


def _choice(element: _Element) -> Iterator[str]:
    """A box, ticked or not; what it means stands behind it, or else in it."""
    yield "☑" if "checked" in element.attrib else "□"
    parent = element.getparent()
    if not (element.tail or "").strip() and (parent is None or parent.tag != "label"):
        yield element.get("value") or ""


def _blocks(blocks: Sequence[_Element]) -> Grid:
    """Rows that are blocks with a cell for each column."""
    widths = Counter(len(block) for block in blocks)
    if len(blocks) < 2 or widths.most_common(1)[0][1] < 2:
        return []
    rows: Grid = [_row(block) for block in blocks]
    head = head_of(rows[:LOOKED])
    return rows if head is not None and names_columns(head.names) and head.below < len(rows) else []


def _one_after_another(children: Sequence[_Element]) -> Grid:
    """Cells that the page's style puts into rows: names of columns first, then as many cells for each record."""
    cells = [_text([*pieces(child)]) for child in children]
    width = 0
    while width < min(len(cells), MOST) and (name := cells[width]) and len(name) <= LONGEST and name_role(name) is not None:
        width += 1
    if width < 3 or len(cells) < 2 * width or len(cells) % width or not names_columns(cells[:width]):
        return []
    return [cells[at : at + width] for at in range(0, len(cells), width)]


def _row(block: _Element) -> list[str | None]:
    """Cells of a block; text of the block's own belongs to the cell that it stands behind, or to the first one."""
    cells: list[list[str]] = []
    before = [block.text or ""]
    for child in block:
        if isinstance(child.tag, str):
            cells.append([*before, *pieces(child), " ", child.tail or ""])
            before = []
        elif cells:
            cells[-1].append(child.tail or "")
        else:
            before.append(child.tail or "")
    return [_text(cell) for cell in cells]


def _text(said: Sequence[str]) -> str | None:
    return " ".join("".join(said).split()) or None
