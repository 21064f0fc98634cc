"""The shelf: all evidence of one run as a zip, content-addressed, with a canonical manifest. Read strictly, never extracted."""

from __future__ import annotations

import lzma
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner.errors import KeepError, UseError
from scanner.ledger.manifest import check_manifest
from scanner.ledger.pack import unpack
from scanner.ledger.store import Store
from scanner.model.absent import Absent
from scanner.model.canonical import canonical, digest, strict_loads
from scanner.model.evidence import Answer

SCHEMA = "shiqu/shelf/1"
MAX_MANIFEST = 256 * 1024 * 1024
MAX_OBJECT = 128 * 1024 * 1024
"""The records of all ends of an isolation test are one object."""
MAX_RATIO = 1000
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_shelf(path: Path, head: Mapping[str, Any], store: Store) -> str:
    """Write the shelf of a store beside ``path`` and rename it into place. Returns the digest of its manifest.

    Raises KeepError when the disk refuses; what was at ``path`` before is then untouched.
    """
    manifest = dict(head)
    manifest["schema"] = SCHEMA
    manifest["targets"] = dict(store.targets())
    manifest["evidence"] = [[target, probe, key, record] for target, probe, key, record in store.held()]
    data = canonical(manifest)
    part = path.with_name(path.name + ".part")
    try:
        with (
            os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as stream,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        ):
            _member(archive, "manifest.json", data)
            for key, item in store.objects():
                _member(archive, "objects/" + key.removeprefix("sha256:"), item)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise KeepError("shelf-write", file=path, detail=error.strerror or error) from None
    return digest(data)


def _member(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    archive.writestr(info, data)


class Shelf:
    """A shelf opened for reading. Every object is checked against its digest when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise UseError("shelf-unreadable", file=path, detail=error.strerror or "?") from None
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise UseError("shelf-unreadable", file=path, detail=error) from None
        names = self._zip.namelist()
        if len(set(names)) != len(names):
            raise KeepError("shelf-broken", file=path, detail="a member stands twice")
        data = self._bytes("manifest.json", MAX_MANIFEST)
        try:
            loaded = strict_loads(data)
            if isinstance(loaded, dict) and loaded.get("schema") != SCHEMA:
                raise KeepError("shelf-schema", file=path, schema=str(loaded.get("schema"))[:40])
            check_manifest(loaded)
            data.decode("utf-8").encode("utf-8")
        except (ValueError, RecursionError) as error:
            raise KeepError("shelf-broken", file=path, detail=str(error)[:200]) from None
        self.manifest: dict[str, Any] = loaded
        self._index = {(t, p): (k, r) for t, p, k, r in loaded["evidence"]}
        wanted = {"manifest.json"} | {"objects/" + key.removeprefix("sha256:") for key, _ in self._index.values()}
        if len(self._index) != len(loaded["evidence"]) or set(names) != wanted:
            raise KeepError("shelf-broken", file=path, detail="members and evidence do not match")
        self.digest = digest(data)
        self._absent: dict[str, Absent | None] = {}
        self._probe: dict[str, str] = {}

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _bytes(self, name: str, limit: int) -> bytes:
        try:
            info = self._zip.getinfo(name)
            if info.file_size > limit or (info.file_size > 65536 and info.file_size > MAX_RATIO * max(1, info.compress_size)):
                raise KeepError("shelf-broken", file=self.path, detail=f"{name} is too large")
            with self._zip.open(info) as stream:
                data = stream.read(limit + 1)
        except (
            KeyError,
            zipfile.BadZipFile,
            OSError,
            zlib.error,
            lzma.LZMAError,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            raise KeepError("shelf-broken", file=self.path, detail=f"{name}: {type(error).__name__}") from None
        if len(data) > limit:
            raise KeepError("shelf-broken", file=self.path, detail=f"{name} is too large")
        return data

    def object(self, key: str) -> bytes:
        """The bytes of one object. Raises KeepError when they are not what the digest says."""
        data = self._bytes("objects/" + key.removeprefix("sha256:"), MAX_OBJECT)
        if digest(data) != key:
            raise KeepError("shelf-broken", file=self.path, detail=f"{key} does not match its digest")
        return data

    def lookup(self, target: str, probe: str) -> tuple[str, Absent | None] | None:
        """(digest, Absent or None) of one probe on one target, None when it was never asked."""
        found = self._index.get((target, probe))
        if found is None:
            return None
        key = found[0]
        if key not in self._absent:
            head, answer = unpack(self.object(key))
            self._absent[key] = answer if isinstance(answer, Absent) else None
            self._probe[key] = head["probe"]
        if self._probe[key] != probe:
            raise KeepError("shelf-broken", file=self.path, detail=f"{key} answers another question than {probe}")
        return key, self._absent[key]

    def answer(self, key: str) -> Answer:
        """The answer that an object holds. Raises KeepError when it holds none."""
        _, answer = unpack(self.object(key))
        if isinstance(answer, Absent):
            raise KeepError("shelf-broken", file=self.path, detail=f"{key} holds no answer")
        return answer

    def head_of(self, key: str) -> tuple[dict[str, Any], Answer | Absent]:
        """An object's header and content."""
        return unpack(self.object(key))

    def records(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """(target, probe, digest, record), sorted."""
        for (target, probe), (key, record) in self._index.items():
            yield target, probe, key, record

    def verify(self) -> Iterable[str]:
        """Read every object; yields the digests that were checked. Raises KeepError at the first fault."""
        for key in sorted({key for key, _ in self._index.values()}):
            self.object(key)
            yield key
