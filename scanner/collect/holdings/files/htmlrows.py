"""HTML: tables that office software saved under the name of a spreadsheet, and pages as running text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.collect.holdings.files import fields, htmlgrids, labelled
from scanner.collect.holdings.files.above import Above
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import WIDE, encoding_of
from scanner.collect.holdings.files.headers import columns_of, names_columns
from scanner.collect.holdings.files.heads import ends, head_of, one_below_other
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.word import FIRST_PAGE, Part
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Found, Group, Source
from scanner.model.absent import Why

if TYPE_CHECKING:
    from lxml.etree import _Element

MIN_ROWS, LOOKED = 2, 200
SIGN = "密"
CONTROLS = ("option", "button", "label", "a", "textarea", "legend")
"""Elements whose text offers a choice."""
HIDDEN = ("script", "style", "head")


def html(content: Content) -> Iterator[Found]:
    """Every table of two rows and columns or more; the page itself as a document when it has none, else around them."""
    with told():
        from lxml import etree

        encoding, mark = encoding_of(content.head()) or ("utf-8", 0)
        data = content.whole()
        if encoding in WIDE:
            # What the parser calls them, or whether it knows them, depends on how it was built.
            encoding, data = "utf-8", data[mark:].decode(encoding, "replace").encode()
        root = etree.fromstring(data, etree.HTMLParser(encoding=encoding, no_network=True, huge_tree=False))
        if root is None:
            raise ReachError(Why.GARBLED, "no element")
        aside = _aside(root)
        tables = _without_forms(_tables(root))
        tables += htmlgrids.taken(root)
        lines = [line for line in _lines(root, bool(tables)) if line]
    parts: list[Part] = [("name", content.base), *aside]
    parts += [("line" if number < FIRST_PAGE else "body", line) for number, line in enumerate(lines)]
    if tables:
        found = [_table(content, number, rows, len(tables)) for number, rows in enumerate(tables, 1)]
        around = {source.place.path: above for source, above in found if above}
        yield Group(content.path, tuple(source for source, _ in found), {"": tuple(parts[1:]), **around})
    elif (found_below := fields.grid_in(lines, below=True)) is not None:
        group = labelled.group_of(content, *found_below)
        yield Group(group.name, group.sources, {"": (*aside, *group.around[""])})
    else:
        yield Document(content.place(), iter(parts))


def _tables(root: _Element) -> list[fields.Grid]:
    """Tables, each with the line before it that tells the level of what is in it. They are taken out of the page: what is left stands around them."""
    above = Above()
    captions: dict[_Element, fields.Grid] = {}
    for element in root.iter():
        if element.tag == "table":
            captions[element] = above.caption
        elif (line := _own_line(element)) and (above.caption or SIGN in line):
            above.line(line)
    found: dict[_Element, fields.Grid] = {}
    for table in reversed(captions):
        rows = _rows(table)
        # What holds a table and names no columns itself only puts it into its place.
        places = any(inner in found for inner in table.iter("table"))
        if len(rows) >= MIN_ROWS and max(map(len, rows)) >= MIN_ROWS and not (places and not _named(rows)):
            found[table], behind = rows, table.tail
            table.clear()
            table.tail = behind
    return [[*captions[table], *found[table]] for table in captions if table in found]


def _named(rows: fields.Grid) -> bool:
    head = head_of(rows[:LOOKED])
    return head is not None and names_columns(head.names)


def _without_forms(tables: list[fields.Grid]) -> list[fields.Grid]:
    """Forms of one record each are one table of all of them."""
    forms = [fields.form(rows) for rows in tables]
    taken = fields.records_of([pair for pairs in forms for pair in pairs])
    return tables if taken is None else [*(rows for rows, pairs in zip(tables, forms) if not pairs), taken]


def _own_line(element: _Element) -> str:
    """The text of an element without parts, outside of tables."""
    if not isinstance(element.tag, str) or len(element) or next(element.iterancestors("table", *HIDDEN), None) is not None:
        return ""
    return "" if element.tag in (*HIDDEN, *CONTROLS) else element.text or ""


def _table(content: Content, number: int, rows: list[list[str | None]], count: int) -> tuple[Source, tuple[Part, ...]]:
    """The records, and what stands above the names of their columns."""
    head = head_of(rows[:LOOKED])
    above: tuple[Part, ...] = tuple(("line", " ".join(filter(None, row))) for row in rows[: 0 if head is None else head.first])
    below = rows[0 if head is None else head.below :]
    names, records = one_below_other(None if head is None else head.names, below[: len(below) - ends(below)])
    width = max(map(len, (names or (), *records)))
    name = f"table{number}"
    columns = columns_of(names, width)
    return Table(content.place(name if count > 1 else None), name, columns, lambda: iter(records), len(records)), above


def _rows(table: _Element) -> list[list[str | None]]:
    """Rows of this table only, not of tables inside its cells; a cell over several rows speaks for each of them."""
    found: list[list[str | None]] = []
    held: dict[int, tuple[int, str | None]] = {}
    for row in table.iter("tr"):
        if next(row.iterancestors("table"), None) is not table:
            continue
        cells: list[str | None] = []
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            _held(cells, held)
            text = " ".join("".join(htmlgrids.pieces(cell)).split()) or None
            span = str(cell.get("rowspan", "1"))
            if span.isdigit() and int(span) > 1:
                held[len(cells)] = (min(int(span), 65_535), text)
            cells.append(text)
            wide = str(cell.get("colspan", "1"))
            cells.extend([None] * (min(int(wide), 1000) - 1 if wide.isdigit() else 0))
        _held(cells, held)
        held = {column: (left - 1, text) for column, (left, text) in held.items() if left > 1}
        if any(cells):
            found.append(cells)
    return found


def _aside(root: _Element) -> list[Part]:
    """Captions, comments, and what attributes say; no choices of a form that nobody has made."""
    from lxml import etree

    found: list[Part] = [("line", " ".join("".join(map(str, caption.itertext())).split())) for caption in root.iter("caption")]
    found += [("box", (comment.text or "").strip()) for comment in root.iter(etree.Comment)]
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in HIDDEN and _is_told(element):
            found += [("box", str(value)) for value in element.attrib.values() if SIGN in str(value)]
    return [(kind, text) for kind, text in found if SIGN in text]


def _is_told(element: _Element) -> bool:
    return (
        not htmlgrids.unchosen(element)
        and element.get("type") not in ("radio", "checkbox", "button", "submit")
        or "checked" in element.attrib
    )


def _held(cells: list[str | None], held: dict[int, tuple[int, str | None]]) -> None:
    while len(cells) in held:
        cells.append(held[len(cells)][1])


def _lines(root: _Element, around: bool) -> Iterator[str]:
    """Text of the page in order; ``around`` tables that are sources rows of other tables are lines: what stands alone in a cell of one is no mark."""
    for element in root.iter():
        if not isinstance(element.tag, str) or element.tag in HIDDEN or htmlgrids.unchosen(element):
            continue
        row = around and next(element.iterancestors("tr"), None) is not None
        if around and element.tag == "tr" and not row:
            yield "  ".join(filter(None, (" ".join("".join(htmlgrids.pieces(cell)).split()) for cell in element)))
        elif not row and next(element.iterancestors(*HIDDEN), None) is None:
            yield " ".join((element.text or "").split())
        if not row:
            yield " ".join((element.tail or "").split())
