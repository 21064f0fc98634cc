"""Reading what comes with a request: never more than a route takes, never longer than a minute, in memory only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from hub.web.ask import Upload
from hub.web.guard import Refused

SECONDS = 60
MAX_FIELDS, MAX_FIELD, MAX_FILES = 400, 64 * 1024, 8
LARGE, AT_ONCE = 1024 * 1024, 4


@dataclass(frozen=True, slots=True)
class Form:
    """What a form held."""

    fields: dict[str, str] = field(default_factory=dict)
    many: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)


class _InMemory(MultiPartParser):
    spool_max_size = 64 * 1024 * 1024


def turn_of(request: Request, limit: int, turn: asyncio.Semaphore) -> AbstractAsyncContextManager[None]:
    """To be held until the request is answered: large bodies wait for their turn, and so few are in memory at a time. Raises Refused."""
    told = request.headers.get("content-length")
    if told is not None and not (told.isascii() and told.isdigit() and len(told) < 16):
        raise Refused("length", 400)
    size = int(told) if told is not None else limit
    if told is not None and size > limit:
        raise Refused("large", 413)
    return turn if size > LARGE else nullcontext()


async def read(request: Request, limit: int) -> bytes:
    """The whole body. Raises Refused."""
    parts = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for part in request.stream():
                parts += part
                if len(parts) > limit:
                    raise Refused("large", 413)
    except TimeoutError:
        raise Refused("slow", 408) from None
    except ClientDisconnect:
        raise Refused("slow", 400) from None
    return bytes(parts)


async def form(request: Request, data: bytes) -> Form:
    """What a browser made of a form. Raises Refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind == "application/x-www-form-urlencoded":
        return _plain(data)
    if kind == "multipart/form-data":
        return await _parts(request.headers, data)
    raise Refused("form", 415)


def _plain(data: bytes) -> Form:
    try:
        found = parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise Refused("form", 400) from None
    return _made(found, {})


async def _parts(headers: Headers, data: bytes) -> Form:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield data

    parser = _InMemory(headers, whole(), max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD)
    try:
        found = await parser.parse()
    except (MultiPartException, ValueError, KeyError):
        raise Refused("form", 400) from None
    texts: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    for name, value in found.multi_items():
        if isinstance(value, UploadFile):
            files[name] = Upload((value.filename or "")[:200], await value.read())
        else:
            texts.append((name, value))
    await found.close()
    return _made(texts, files)


def _made(found: list[tuple[str, str]], files: dict[str, Upload]) -> Form:
    many: dict[str, tuple[str, ...]] = {}
    for name, value in found:
        if len(value) > MAX_FIELD or "\0" in value or "\0" in name:
            raise Refused("form", 400)
        many[name] = (*many.get(name, ()), value)
    return Form({name: values[-1] for name, values in many.items()}, many, files)
