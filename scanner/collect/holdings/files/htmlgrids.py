"""Tables of a page that are none of HTML's own: rows of cells in blocks, or cells one after another, below names of columns."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from scanner.collect.holdings.files.headers import names_columns
from scanner.collect.holdings.files.heads import head_of
from scanner.facts.holdings.columns import name_role

if TYPE_CHECKING:
    from lxml.etree import _Element

Grid = list[list[str | None]]
OWN = frozenset({"table", "thead", "tbody", "tfoot", "tr", "select", "head", "script", "style", "html"})
"""Elements whose children are something else."""
LOOKED, LONGEST, MOST = 200, 24, 60
"""Rows looked at from the top, characters of a name, columns."""


def taken(root: _Element) -> list[Grid]:
    """Every such table, taken out of the page: what is left of the page stands around them."""
    found: list[Grid] = []
    for parent in [one for one in root.iter() if isinstance(one.tag, str) and one.tag not in OWN and len(one) > 1]:
        if next(parent.iterancestors("table"), None) is not None:
            continue
        rows = _blocks(parent) or _one_after_another(parent)
        if rows:
            found.append(rows)
            for child in list(parent):
                parent.remove(child)
    return found


def _blocks(parent: _Element) -> Grid:
    """Rows that are blocks with a cell for each column."""
    blocks = [child for child in parent if isinstance(child.tag, str) and len(child) > 1]
    widths = Counter(len(block) for block in blocks)
    if len(blocks) < 2 or widths.most_common(1)[0][1] < 2:
        return []
    rows: Grid = [[_text(cell) for cell in block if isinstance(cell.tag, str)] for block in blocks]
    head = head_of(rows[:LOOKED])
    return rows if head is not None and names_columns(head.names) and head.below < len(rows) else []


def _one_after_another(parent: _Element) -> Grid:
    """Cells that the page's style puts into rows: names of columns first, then as many cells for each record."""
    cells = [_text(child) for child in parent if isinstance(child.tag, str)]
    width = 0
    while width < min(len(cells), MOST) and (name := cells[width]) and len(name) <= LONGEST and name_role(name) is not None:
        width += 1
    if width < 3 or len(cells) < 2 * width or len(cells) % width or not names_columns(cells[:width]):
        return []
    return [cells[at : at + width] for at in range(0, len(cells), width)]


def _text(cell: _Element) -> str | None:
    return " ".join("".join(map(str, cell.itertext())).split()) or None
