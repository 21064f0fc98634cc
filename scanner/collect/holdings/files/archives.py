"""Archives inside which further files lie: members are read from memory or inflated as a stream, never put on a disk."""

from __future__ import annotations

import bz2
import gc
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from types import MappingProxyType
from typing import BinaryIO

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.broken import BROKEN, told
from scanner.collect.holdings.files.content import MAX_WHOLE, Content, read_up_to
from scanner.collect.holdings.files.encodings import text_of
from scanner.errors import ReachError
from scanner.facts.holdings.leftover import line_has_level
from scanner.facts.holdings.reading import Place, Unread
from scanner.model.absent import Why

MAX_DEPTH = 5
HELD = 8 * 1024 * 1024
"""Members of streams that cannot be entered in the middle are held in memory up to this size."""
MAX_STREAM = 16 * 1024 * 1024 * 1024
Inner = Content | Unread


def unread(content: Content, problem: ReachError) -> Unread:
    """A content that could not be read, by name."""
    return Unread(content.place(), problem.absent.why, problem.absent.detail)


def guarded(content: Content, members: Callable[[Content], Iterator[Inner]]) -> Iterator[Inner]:
    """The members, within the limits of depth; what breaks off is told by the archive's own name."""
    if content.depth >= MAX_DEPTH:
        yield Unread(content.place(), Why.TRUNCATED, "nested too deep")
        return
    try:
        with told():
            yield from members(content)
    except ReachError as problem:
        yield unread(content, problem)


def zip_members(content: Content) -> Iterator[Inner]:
    """Members of a zip; names without the UTF-8 flag are GB18030 where they are not plain."""
    with packages.opened(content) as package:
        if package.comment and line_has_level(text_of(package.comment, "utf-8").strip()):
            yield Unread(content.place(), Why.GARBLED, "a comment that names a level")
        for info in package.infolist():
            name, why = clean(info.filename), packages.refused(info)
            if info.is_dir():
                continue
            if why:
                yield _refused(content, name, Why.NO_PERMISSION if why == "encrypted" else Why.TRUNCATED, why)
            else:
                yield content.member(name, info.file_size, partial(_zip_stream, content, package, info))


def _refused(content: Content, name: str, why: Why, detail: str) -> Unread:
    """A member that is not opened."""
    return Unread(
        Place(f"{content.path}!{name}", MappingProxyType({**content.container, "archive": content.path}), content.lineage), why, detail
    )


def _zip_stream(content: Content, package: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    """From the package while its members are gone through; from a new one afterwards."""
    if package.fp is not None:
        return _Lasting(package.open(info))  # type: ignore[return-value]
    stream = content.opener() if content.seekable else BytesIO(content.whole(MAX_WHOLE))
    return _Chained(zipfile.ZipFile(stream, metadata_encoding="gb18030").open(info), stream)  # type: ignore[return-value]


class _Lasting:
    """A packed stream that gives all that could be unpacked before it says that the rest is broken."""

    def __init__(self, stream: object) -> None:
        self._stream = stream
        self._broken: Exception | None = None
        self.readline = stream.readline  # type: ignore[attr-defined]
        self.seek, self.tell, self.close = stream.seek, stream.tell, stream.close  # type: ignore[attr-defined]

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """As much as is asked for, or as there is."""
        if self._broken is not None:
            raise self._broken
        if size < 0:
            return bytes(self._stream.read())  # type: ignore[attr-defined]
        pieces: list[bytes] = []
        while size > 0:
            try:
                piece = self._stream.read1(size)  # type: ignore[attr-defined]
            except BROKEN as problem:
                if not pieces:
                    raise
                self._broken = problem
                break
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def __enter__(self) -> _Lasting:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Chained:
    """A member's stream that closes what lies below it."""

    def __init__(self, stream: object, below: BinaryIO) -> None:
        self._stream, self._below = stream, below
        self.read = _Lasting(stream).read if hasattr(stream, "read1") else stream.read  # type: ignore[attr-defined]
        self.readline = stream.readline  # type: ignore[attr-defined]
        self.seek, self.tell = stream.seek, stream.tell  # type: ignore[attr-defined]

    def readable(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Both."""
        self._stream.close()  # type: ignore[attr-defined]
        self._below.close()

    def __enter__(self) -> _Chained:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def tar_members(content: Content) -> Iterator[Inner]:
    """Members of a tar, compressed or not, in one pass; links and devices are told, never followed."""
    with content.opener() as stream, tarfile.open(fileobj=stream, mode="r|*", encoding="utf-8", errors="surrogateescape") as archive:
        for number, info in enumerate(archive):
            name = clean(info.name)
            if info.isdir():
                continue
            if not info.isreg():
                yield _refused(content, name, Why.NOT_ASKED, "link or device")
                continue
            opened = archive.extractfile(info)
            if opened is not None and info.size <= HELD:
                yield content.member(name, info.size, partial(BytesIO, read_up_to(opened, info.size)))  # type: ignore[arg-type]
            else:
                yield content.member(name, info.size, partial(_tar_stream, content, number))


def _tar_stream(content: Content, wanted: int) -> BinaryIO:
    stream = content.opener()
    archive = tarfile.open(fileobj=stream, mode="r|*", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 - closed with its member
    for number, info in enumerate(archive):
        if number == wanted:
            opened = archive.extractfile(info)
            assert opened is not None
            return _Chained(opened, stream)  # type: ignore[return-value]
    raise ReachError(Why.TRUNCATED, "member gone")


def seven_members(content: Content) -> Iterator[Inner]:
    """Members of a 7z, solid ones in one pass, each held in memory within the limit."""
    import py7zr
    from py7zr.io import BytesIOFactory

    with content.opener() if content.seekable else BytesIO(content.whole()) as stream:
        try:
            with py7zr.SevenZipFile(stream) as archive:
                infos = [info for info in archive.list() if not info.is_directory]
                if archive.needs_password():
                    yield from (_refused(content, clean(info.filename), Why.NO_PERMISSION, "encrypted") for info in infos)
                    return
                total = sum(int(info.uncompressed) for info in infos)
                if total > MAX_WHOLE:
                    raise ReachError(Why.TRUNCATED, f"7z inflates to more than {MAX_WHOLE} bytes")
                factory = BytesIOFactory(MAX_WHOLE)
                archive.extract(factory=factory)
        except (py7zr.exceptions.ArchiveError, py7zr.exceptions.PasswordRequired) as problem:
            locked = isinstance(problem, py7zr.exceptions.PasswordRequired)
            raise ReachError(Why.NO_PERMISSION if locked else Why.GARBLED, "encrypted" if locked else type(problem).__name__) from None
    # The window of every archive, many megabytes, hangs in a cycle, and too few lists are made here to have cycles looked for.
    del archive
    gc.collect()
    for info in infos:
        product = factory.products.get(info.filename)
        data = b"" if product is None else _bytes(product)
        if len(data) != info.uncompressed:
            raise ReachError(Why.TRUNCATED, "member shorter than declared")
        yield content.member(clean(info.filename), len(data), partial(BytesIO, data))


def _bytes(product: object) -> bytes:
    product.seek(0)  # type: ignore[attr-defined]
    return bytes(product.read())  # type: ignore[attr-defined]


def single_member(content: Content, kind: str) -> Iterator[Inner]:
    """The one stream of a gz, bz2 or xz; a tar inside is opened by the tar reader itself."""
    base = content.base
    name = base.rsplit(".", 1)[0] if base.lower().endswith((".gz", ".bz2", ".xz", ".lzma")) else f"{base}.out"
    yield content.member(name, -1, partial(_single, content, kind))


def _single(content: Content, kind: str) -> BinaryIO:
    below = content.opener()
    makers: dict[str, Callable[..., BinaryIO]] = {"gz": _gzip, "bz2": bz2.BZ2File, "xz": lzma.LZMAFile}  # type: ignore[dict-item]
    return _Chained(makers[kind](below), below)  # type: ignore[return-value]


def _gzip(below: BinaryIO) -> BinaryIO:
    return gzip.GzipFile(fileobj=below)  # type: ignore[return-value]


def clean(name: str) -> str:
    """A member's name for a place: no control characters, no separators of places, no way upwards."""
    name = "".join(char if char.isprintable() or char == "/" else "?" for char in _decoded(name))
    return "/".join(
        part for part in name.replace("\\", "/").replace("!", "！").replace("#", "＃").split("/") if part not in ("", ".", "..")
    )


def _decoded(name: str) -> str:
    """Names of tars in GBK come as escaped bytes."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")
