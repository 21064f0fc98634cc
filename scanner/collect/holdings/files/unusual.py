"""Packages of offices whose parts are called otherwise than usual: the package says which part is what, and readers look by name."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from urllib.parse import unquote

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.content import MAX_WHOLE, Content
from scanner.errors import ReachError
from scanner.model.absent import Why

OFFICE = ("docx", "xlsx", "pptx")
TYPES = "[Content_Types].xml"
_OVERRIDE = re.compile(rb"<(?:\w+:)?Override\b[^>]*>")
_PART, _TYPE = re.compile(rb"\bPartName=[\"']/?([^\"']+)[\"']"), re.compile(rb"\bContentType=[\"']([^\"']+)[\"']")
_MAINS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (
        re.compile(rb"wordprocessingml\.(?:document|template)\.main\+xml$|ms-word\.(?:document|template)\.macroEnabled"),
        "docx",
        "word/document.xml",
    ),
    (re.compile(rb"spreadsheetml\.(?:sheet|template)\.main\+xml$|ms-excel\.(?:sheet|template)\.macroEnabled"), "xlsx", "xl/workbook.xml"),
    (re.compile(rb"presentationml\.(?:presentation|slideshow|template)\.main\+xml$"), "pptx", "ppt/presentation.xml"),
)
_BESIDE = re.compile(rb"wordprocessingml\.(header|footer|footnotes|endnotes|comments)\+xml$")
_KNOWN = re.compile(
    r"word/(?:document|header|footer|footnotes|endnotes|comments|styles|settings|fontTable|webSettings|numbering|stylesWithEffects|people)[^/]*\.xml"
)


def kind_by_types(package: zipfile.ZipFile) -> str | None:
    """What a package says that it is."""
    return next((kind for kind, _, _ in _mains(package)), None)


def usual(content: Content, kind: str) -> Content:
    """The same under usual names; the content itself where they are."""
    with packages.opened(content) as package:
        names = package.namelist()
        main = next(standard for _, one, standard in _MAINS if one == kind)
        odd = [
            name
            for name in names
            if name.startswith("word/") and name.count("/") == 1 and name.endswith(".xml") and not _KNOWN.fullmatch(name)
        ]
        if TYPES not in names or (main in names and not odd):
            return content
        renamed = _renamed(package, kind)
        if all(name == other for name, other in renamed.items()):
            return content
        data = _packed(package, renamed)
    return replace(content, size=len(data), opener=partial(BytesIO, data), seekable=True, packages=[])


def _overrides(package: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for tag in _OVERRIDE.findall(packages.part(package, TYPES)):
        part, kind = _PART.search(tag), _TYPE.search(tag)
        if part is not None and kind is not None:
            yield unquote(part[1].decode("utf-8", "replace")), kind[1]


def _mains(package: zipfile.ZipFile) -> Iterator[tuple[str, str, str]]:
    """Kind, part and usual name of the main part."""
    for part, told in _overrides(package):
        yield from ((kind, part, standard) for pattern, kind, standard in _MAINS if pattern.search(told))


def _renamed(package: zipfile.ZipFile, kind: str) -> Mapping[str, str]:
    """Each part and its usual name."""
    found = {name: name for name in package.namelist()}
    main = next(((part, standard) for one, part, standard in _mains(package) if one == kind and part in found), None)
    if main is not None and main[0] != main[1]:
        folder, other = _folder(main[0]), _folder(main[1])
        found |= {name: other + name[len(folder) :] for name in found if folder and name.startswith(folder)}
        found[main[0]] = main[1]
        relations, usual_ones = (f"{_folder(one)}_rels/{one.rsplit('/', 1)[-1]}.rels" for one in main)
        if relations in found:
            found[relations] = usual_ones
    numbers: Counter[str] = Counter()
    for part, told in _overrides(package):
        beside = _BESIDE.search(told)
        if beside is not None and part in found and not found[part].startswith(f"word/{beside[1].decode()}"):
            name = beside[1].decode()
            numbers[name] += 1
            found[part] = f"word/{name}_{numbers[name]}.xml"
    return found


def _folder(part: str) -> str:
    return part[: part.rfind("/") + 1]


def _packed(package: zipfile.ZipFile, renamed: Mapping[str, str]) -> bytes:
    total = sum(info.file_size for info in package.infolist())
    if total > MAX_WHOLE:
        raise ReachError(Why.TRUNCATED, f"larger than {MAX_WHOLE} bytes")
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as other:
        for name, standard in renamed.items():
            if not name.endswith("/"):
                data = packages.part(package, name)
                other.writestr(standard, _pointed(data, renamed) if name.endswith(".rels") else data)
    return out.getvalue()


def _pointed(data: bytes, renamed: Mapping[str, str]) -> bytes:
    """Relations to parts by their whole paths."""
    changed: Sequence[tuple[str, str]] = [(name, standard) for name, standard in renamed.items() if name != standard]
    for name, standard in changed:
        data = data.replace(f'"/{name}"'.encode(), f'"/{standard}"'.encode())
    return data
