"""A foreign file for whoever keeps it elsewhere than on a shelf (a hub finds these by entry point): read, brought to the one shape, masked."""

from __future__ import annotations

from collections.abc import Callable

from scanner.collect.clean import mask_json
from scanner.collect.foreign import arf as _arf
from scanner.collect.foreign import nmap as _nmap
from scanner.collect.foreign import wazuh as _wazuh
from scanner.collect.foreign.shape import MAX_FILE, Findings, NotRead, written
from scanner.errors import UseError


def arf(file: str, data: bytes) -> bytes:
    """Canonical JSON of what an ARF or XCCDF file says. Raises UseError."""
    return _taken("arf", _arf.read, file, data)


def wazuh(file: str, data: bytes) -> bytes:
    """The same of Wazuh's answers, alerts or search results. Raises UseError."""
    return _taken("wazuh", _wazuh.read, file, data)


def nmap(file: str, data: bytes) -> bytes:
    """The same of nmap's XML. Raises UseError."""
    return _taken("nmap", _nmap.read, file, data)


def _taken(origin: str, read: Callable[[bytes], Findings], file: str, data: bytes) -> bytes:
    try:
        if len(data) > MAX_FILE:
            raise NotRead(f"> {MAX_FILE >> 20} MiB")
        return mask_json(written(origin, file, data, read(data), None))
    except NotRead as error:
        raise UseError("import-unreadable", file=file, origin=origin, detail=error) from None
