"""Rule packs (规则包): values and words that travel down, signed by the hub, with a version that only grows. They carry no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.people import log
from hub.people.sight import Hidden, Sight
from hub.registry.own import Own
from hub.registry.units import made
from hub.store.database import alone
from hub.store.tables import pack, unit
from hub.work.downward import send
from scanner.errors import UseError
from scanner.model.canonical import canonical, digest, strict_loads

SCHEMA = "shiqu/pack/1"
MAX_SIZE = 1 << 20
KEYS = {"schema", "name", "version", "values", "advisory"}


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of a pack."""

    id: int
    name: str
    version: int
    digest: str
    added: str


def add(connection: Connection, own: Own, sight: Sight, data: bytes) -> Pack:
    """Take a pack and send it to every reporting unit. Raises UseError: no pack, or a version that is not newer; Forbidden.

    For the whole hub or not at all: names and versions are one row for everybody, and a county that took a number would shut out the nation's.
    """
    sight.must_for_all("rulebook")
    said = _read(data)
    name, version = said["name"], said["version"]
    alone(connection, f"pack {name}")
    newest = connection.execute(sa.select(sa.func.max(pack.c.version)).where(pack.c.name == name)).scalar()
    if newest is not None and version <= newest:
        raise UseError("pack-old", name=name, version=version, newest=newest)
    raw = canonical(said)
    values = {"name": name, "version": version, "digest": digest(raw), "added": now(), "data": raw}
    number = connection.execute(pack.insert().values(values).returning(pack.c.id)).scalar_one()
    statement = sa.select(unit).where(unit.c.rank == "unit", unit.c.retired == "").order_by(unit.c.id)
    for row in connection.execute(sight.narrow(statement, unit.c.id)).all():
        send(connection, own, made(row), "pack", {"pack.json": raw})
    log.write(connection, sight.person, "pack.add", None, {"pack": name, "version": version, "digest": values["digest"]})
    return Pack(number, name, version, str(values["digest"]), str(values["added"]))


def listed(connection: Connection, sight: Sight) -> list[Pack]:
    """All versions, the newest first: packs are the same for everybody. Raises Forbidden."""
    sight.must("see-figures")
    columns = (pack.c.id, pack.c.name, pack.c.version, pack.c.digest, pack.c.added)
    return [Pack(*row) for row in connection.execute(sa.select(*columns).order_by(pack.c.name, pack.c.version.desc()))]


def data_of(connection: Connection, sight: Sight, name: str, version: int) -> bytes:
    """What a pack says. Raises Hidden."""
    sight.must("see-figures")
    found = connection.execute(sa.select(pack.c.data).where(pack.c.name == name, pack.c.version == version)).scalar()
    if found is None:
        raise Hidden
    return bytes(found)


def _read(data: bytes) -> Mapping[str, Any]:
    """Strictly: no other key, no other type, nothing large. Raises UseError."""
    if len(data) > MAX_SIZE:
        raise UseError("pack-large", most=MAX_SIZE >> 10)
    try:
        said = strict_loads(data)
        msgspec.convert(said, type=dict[str, Any])
        values = msgspec.convert(said["values"], type=dict[str, str | int | float | bool | list[str]])
        name, version = msgspec.convert(said["name"], type=str), msgspec.convert(said["version"], type=int)
        advisory = msgspec.convert(said.get("advisory", []), type=list[str])
    except (ValueError, KeyError, RecursionError):
        raise UseError("pack-form") from None
    if said.get("schema") != SCHEMA or not set(said) <= KEYS or not name.isprintable() or not 0 < len(name) <= 64 or version < 1:
        raise UseError("pack-form")
    return {"schema": SCHEMA, "name": name, "version": version, "values": values, "advisory": advisory}
