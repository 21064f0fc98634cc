"""A small country for tests: two provinces; the first has a city with two counties and five units."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Connection

from hub.registry import units
from hub.store.database import Database, sqlite_url
from hub.store.tables import META

TREE = (
    ("N", "国家局", None, "nation"),
    ("P1", "甲省局", "N", "province"),
    ("P2", "乙省局", "N", "province"),
    ("C1", "甲省一市局", "P1", "city"),
    ("K1", "一市东县局", "C1", "county"),
    ("K2", "一市西县局", "C1", "county"),
    ("U1", "东县馆", "K1", "unit"),
    ("U2", "东县学校", "K1", "unit"),
    ("U3", "西县馆", "K2", "unit"),
    ("U4", "一市馆", "C1", "unit"),
    ("U5", "乙省馆", "P2", "unit"),
)


def opened(folder: Path) -> Database:
    """An empty database with the schema."""
    database = Database(sqlite_url(folder / "hub.db"))
    META.create_all(database.engine)
    return database


def plant(connection: Connection) -> dict[str, units.Unit]:
    """The country, by code."""
    for code, name, parent, rank in TREE:
        units.add(connection, code, name, parent, rank=rank, since="2026-01-01")
    return {one.code: one for one in units.listed(connection, units.find(connection, "N").path)}
