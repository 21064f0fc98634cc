"""From a content to what can be counted in it: the one place that knows which format is read by which reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from scanner.collect.holdings.files import (
    access,
    archives,
    carried,
    cellbook,
    dbf,
    dumps,
    fixedwidth,
    htmlrows,
    jsonrows,
    labelled,
    layout,
    marc,
    ofd,
    opendocument,
    package,
    pdf,
    pgrestore,
    richtext,
    sections,
    sheets2003,
    sylk,
    text,
    unusual,
    word,
    word_binary,
    xmldump,
    xmlrows,
)
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.definitions import rows_alone
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.encodings import escaped_encoding, is_twice
from scanner.collect.holdings.files.headers import names_columns
from scanner.collect.holdings.files.separated import Layout
from scanner.collect.holdings.files.sniff import kind_of
from scanner.collect.holdings.files.sqlitefile import sqlite_file
from scanner.collect.holdings.files.table import Table
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Found, Group, Unread
from scanner.model.absent import Why

WIDE_COMMA = "\uff0c"
Reader = Callable[[Content], Iterator[Found]]


def opened(content: Content) -> Iterator[Found]:
    """Everything in one file, members of archives included. What cannot be read is yielded by name; nothing is left out."""
    try:
        with told():
            kind = kind_of(content)
            if kind in unusual.OFFICE:
                content = unusual.usual(content, kind)
        if kind in ARCHIVES:
            yield from _members(content, kind)
        elif kind in READERS:
            if kind in PACKED and _told_twice(content):
                yield Unread(content.place(), Why.GARBLED, "two parts of one name")
            yield from READERS[kind](content)
            if kind in CARRYING:
                for inner in archives.guarded(content, CARRYING[kind]):
                    yield from opened(inner) if isinstance(inner, Content) else unread(inner)
        else:
            yield from unread(Unread(content.place(), *REFUSED.get(kind, (Why.GARBLED, "unknown format"))))
    except ReachError as problem:
        yield from unread(archives.unread(content, problem))


def _members(content: Content, kind: str) -> Iterator[Found]:
    empty = True
    for inner in archives.guarded(content, ARCHIVES[kind]):
        empty = False
        yield from opened(inner) if isinstance(inner, Content) else unread(inner)
    if empty:
        yield from nothing_in(content)


def unread(found: Unread) -> Iterator[Found]:
    """What could not be read, by name. What is closed is a document that nobody can decide, too: no count over it is clean."""
    yield found
    if found.detail in CLOSED:
        base = found.place.path.rpartition("!")[2].rpartition("/")[2]
        yield Document(found.place, iter([("name", base)]), whole=False)


def _told_twice(content: Content) -> bool:
    """Whether a package has two parts under one name: programs differ in which of them they show."""
    with told(), package.opened(content) as parts:
        names = parts.namelist()
    return len(set(names)) < len(names)


def nothing_in(content: Content) -> Iterator[Found]:
    """An empty file or archive is listed, with zero rows."""
    yield Group(content.path, (Table(content.place(), content.base, (), lambda: iter(()), 0),))


def text_file(content: Content) -> Iterator[Found]:
    """Separated text as a table, anything else as a document."""
    if content.beside and (group := rows_alone(content)) is not None:
        yield group
        return
    with told():
        found = layout.layout_of(content)
    if (garbled := _garbled(content, found)) is not None:
        # What was told once is not told again.
        content = replace(content, once=False)
        yield Unread(content.place(), Why.GARBLED, garbled)
    if found is None:
        group = fixedwidth.read(content) or (None if content.single else labelled.lists(content))
        yield from text.text(content) if group is None else (group,)
        return
    above: tuple[word.Part, ...] = tuple(("line", caption) for caption in found.captions)
    content, legend = (content, "") if content.single else sections.without_end(content, found)
    above += (("line", legend),) if legend else ()
    tables = [Delimited(content.place(), content.base, content, found)] if content.single else sections.tables(content, found)
    yield Group(content.path, tuple(tables), {"": above} if above else {})


def xml_file(content: Content) -> Iterator[Found]:
    """A dump by its tables, anything else by what its elements hold; so is what is called a dump and has no tables."""
    tables = list(xmldump.xml_dump(content)) if xmldump.is_dump(content) else []
    if any(isinstance(one, Unread) or (isinstance(one, Group) and one.sources) for one in tables):
        yield from tables
    else:
        yield from xmlrows.xml(content)


def _garbled(content: Content, found: Layout | None) -> str | None:
    """Why not all of a text can be what it seems."""
    if is_twice(content.head()):
        return "text encoded twice"
    if (name := escaped_encoding(content.head())) is not None:
        return f"encoding {name}"
    if found is not None and len(found.columns) == 1 and names_columns(found.columns[0].name.split(WIDE_COMMA)):
        return "separated by a wide comma"
    return None


def _single(kind: str) -> Callable[[Content], Iterator[archives.Inner]]:
    def members(content: Content) -> Iterator[archives.Inner]:
        if _is_tar(content, kind):
            yield from archives.tar_members(content)
        else:
            yield from archives.single_member(content, kind)

    return members


def _is_tar(content: Content, kind: str) -> bool:
    inner = next(archives.single_member(content, kind))
    return isinstance(inner, Content) and inner.head(512)[257:262] == b"ustar"


ARCHIVES: dict[str, Callable[[Content], Iterator[archives.Inner]]] = {
    "zip": archives.zip_members,
    "7z": archives.seven_members,
    "tar": archives.tar_members,
    "mail": carried.mail_members,
    "mbox": carried.mbox_members,
    "gz": _single("gz"),
    "bz2": _single("bz2"),
    "xz": _single("xz"),
}
PACKED = (*carried.OFFICE, "ofd")
CARRYING: dict[str, Callable[[Content], Iterator[archives.Inner]]] = {
    **dict.fromkeys(carried.OFFICE, carried.embedded),
    "xml": xmlrows.payloads,
    "pdf": pdf.attachments,
    "ofd": carried.attached,
    "doc": carried.in_compound,
    "xls": carried.in_compound,
    "rtf": carried.in_rich_text,
}
"""What is read itself, and carries further files."""
READERS: dict[str, Reader] = {
    "empty": nothing_in,
    "xlsx": cellbook.workbook,
    "xlsb": cellbook.old_workbook,
    "xls": cellbook.old_workbook,
    "opendocument": opendocument.packed,
    "flat-opendocument": opendocument.flat,
    "docx": word.word,
    "word-xml": word.in_one_xml,
    "pptx": word.slides,
    "doc": word_binary.word_binary,
    "compound": word_binary.compound,
    "pdf": pdf.pdf,
    "ofd": ofd.ofd,
    "rtf": richtext.rich_text,
    "picture": text.nothing,
    "text": text_file,
    "html": htmlrows.html,
    "xml": xml_file,
    "sheets-2003": sheets2003.sheets2003,
    "sylk": sylk.sylk,
    "json": jsonrows.json_rows,
    "dbf": dbf.dbf,
    "marc": marc.marc,
    "marc-xml": marc.marc_xml,
    "access": access.access,
    "sqlite": sqlite_file,
    "sql": dumps.dump,
    "pgdump": pgrestore.pg_custom,
}
CLOSED = ("encrypted", "format rar")
"""What is said of files that are there as a whole, and whose key or program is missing."""
REFUSED: dict[str, tuple[Why, str]] = {
    "encrypted": (Why.NO_PERMISSION, "encrypted"),
    "rar": (Why.DRIVER_MISSING, "format rar"),
    "zstd": (Why.DRIVER_MISSING, "format zstd"),
    "parquet": (Why.DRIVER_MISSING, "format parquet"),
    "mssql-backup": (Why.DRIVER_MISSING, "format mssql backup"),
}
