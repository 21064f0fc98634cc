"""Degrees of being kept together: which containers hold classified and open records both. Judged from counts, the same for ever."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from scanner.facts.holdings.reading import Place
from scanner.facts.holdings.stores import Holdings, Store
from scanner.facts.holdings.tables import DERIVED, lineage_of

Degree = Literal["X0", "D0", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8"]
Certainty = Literal["confirmed", "suspected"]
CONTAINERS: tuple[tuple[Degree, tuple[str, ...]], ...] = (
    ("D2", ("schema", "workbook", "folder")),
    ("D3", ("database", "tablespace")),
    ("D4", ("instance", "service")),
    ("D6", ("archive",)),
)
"""Degrees that hold for a container as a whole, by the union of what is in it."""
SPANNING: tuple[tuple[Degree, tuple[str, ...]], ...] = (("D3", ("database",)), ("D4", ("instance", "service")), ("D5", ("host", "volume")))
"""Containers that several targets can share; their identity is the same seen from any of them."""
SHARED: tuple[str, ...] = ("host", "volume")
"""Containers of D5: it is told only of records that no narrower container joins, for virtual machines share hosts by design."""
PACKED = frozenset({"dump", "backup"})
"""A file of this lineage is a backup set of its own."""
_PAST = re.compile(r"[_-]?(?:his|hist|history|历史[库表]?)[_-]?\d*$", re.IGNORECASE)
"""Behind the name of a table whose earlier rows are kept."""


@dataclass(frozen=True, slots=True, order=True)
class Mixing:
    """One degree that holds somewhere."""

    degree: Degree
    where: str
    certainty: Certainty


def mixing(held: Holdings, *, classified_zone: bool) -> list[Mixing]:
    """Every degree that holds within one target, the narrowest containers first."""
    found: list[Mixing] = []
    paths = {store.path for store in held.stores}
    for store in held.stores:
        found += _alone(store, paths, classified_zone=classified_zone)
    records = [store for store in held.stores if store.is_catalogue]
    for degree, kinds in CONTAINERS:
        for kind in kinds:
            for members in _by_container(records, kind).values():
                certainty = together(members)
                if certainty is not None:
                    found.append(Mixing(degree, common([store.path for store in members]), certainty))
    found += _packed(records) + _shared(records)
    return sorted(set(found))


def spanning(targets: Mapping[str, Holdings]) -> list[Mixing]:
    """Degrees that hold only across targets: one server, one database or one volume under several of them, and open volumes of items
    that another one holds."""
    found = _inverted(targets)
    for degree, kinds in SPANNING:
        for kind in kinds:
            members: dict[str, list[tuple[str, Store]]] = {}
            for target, held in targets.items():
                for store in held.stores:
                    if store.is_catalogue and kind in store.container:
                        members.setdefault(store.container[kind], []).append((target, store))
            found += [Mixing(degree, where, certainty) for where, certainty in map(_across, members.values()) if certainty is not None]
    return sorted(set(found))


def _inverted(targets: Mapping[str, Holdings]) -> list[Mixing]:
    under = {target: frozenset[bytes]().union(*(store.lie_under for store in held.stores)) for target, held in targets.items()}
    opened = {target: frozenset[bytes]().union(*(store.open_volumes for store in held.stores)) for target, held in targets.items()}
    pairs = {
        tuple(sorted((one, other))) for one in targets for other in targets if one != other and not under[one].isdisjoint(opened[other])
    }
    return [Mixing("D0", " + ".join(pair), "confirmed") for pair in pairs]


def _across(members: Sequence[tuple[str, Store]]) -> tuple[str, Certainty | None]:
    names = sorted({target for target, _ in members})
    where = " + ".join(names)
    if len(names) < 2:
        return where, None
    plain = {target for target, store in members if store.plain}
    if any(one != other for one in {target for target, store in members if store.classified} for other in plain):
        return where, "confirmed"
    suspected = {target for target, store in members if store.suspected}
    return where, "suspected" if any(one != other for one in suspected for other in plain) else None


def together(stores: Iterable[Store]) -> Certainty | None:
    """Whether classified and open records are both there. Released ones count as open, but only beside classified ones."""
    stores = tuple(stores)
    if not any(store.plain for store in stores):
        return None
    if any(store.classified for store in stores):
        return "confirmed"
    return "suspected" if any(store.suspected for store in stores) else None


def _alone(store: Store, paths: Set[str], *, classified_zone: bool) -> list[Mixing]:
    certainty: Certainty | None = "confirmed" if store.classified else "suspected" if store.suspected else None
    if certainty is None and not store.inverted:
        return []
    found = []
    if certainty is not None and not classified_zone:
        found.append(Mixing("X0", store.path, certainty))
    if store.inverted:
        found.append(Mixing("D0", store.path, "confirmed"))
    mixed = together((store,)) if store.is_catalogue else None
    if mixed is not None:
        found.append(Mixing("D1", store.path, mixed))
    if certainty is not None and _is_derived(store, paths):
        found.append(Mixing("D7", store.path, certainty))
    if certainty is not None and store.zone is not None:
        found.append(Mixing("D8", store.path, certainty))
    return found


def _is_derived(store: Store, paths: Set[str]) -> bool:
    """Whether a store is a copy beside what it was copied from. All of a dump is one: there the table's own name must tell."""
    table = store.path.rpartition("#")[2]
    lineage = store.lineage if _pack(store) is None else lineage_of(Place(""), table)
    return not DERIVED.isdisjoint(lineage) or ("#" in store.path and (of := _PAST.sub("", store.path)) != store.path and of in paths)


def _pack(store: Store) -> str | None:
    """The file of a dump that the store lies in."""
    return store.path.partition("#")[0] if "dump" in store.lineage and "archive" not in store.container else None


def _packed(records: Sequence[Store]) -> list[Mixing]:
    packs: dict[str, list[Store]] = {}
    for store in records:
        pack = _pack(store)
        if pack is not None:
            packs.setdefault(pack, []).append(store)
    return [Mixing("D6", pack, certainty) for pack, members in packs.items() if (certainty := together(members)) is not None]


def _shared(records: Sequence[Store]) -> list[Mixing]:
    found = []
    narrow = [kind for _, kinds in CONTAINERS for kind in kinds]
    for kind in SHARED:
        for members in _by_container(records, kind).values():
            secret = [store for store in members if store.classified or store.suspected]
            plain = [store for store in members if store.plain]
            apart = [(one, other) for one in secret for other in plain[:200] if one is not other and not _joined(one, other, narrow)]
            if apart:
                certain = any(one.classified for one, _ in apart)
                found.append(
                    Mixing("D5", common([store.path for pair in apart for store in pair]), "confirmed" if certain else "suspected")
                )
    return found


def _joined(one: Store, other: Store, kinds: Sequence[str]) -> bool:
    return any(kind in one.container and one.container[kind] == other.container.get(kind) for kind in kinds)


def _by_container(stores: Iterable[Store], kind: str) -> dict[str, list[Store]]:
    out: dict[str, list[Store]] = {}
    for store in stores:
        if kind in store.container:
            out.setdefault(store.container[kind], []).append(store)
    return out


def common(paths: Sequence[str]) -> str:
    """The innermost place that all paths lie in: a file, a member, a folder; ``.`` for the target itself."""
    if len(set(paths)) == 1:
        # One store fills its container: that is named by what the store lies in.
        head = re.split(r"[#!](?=[^#!]*$)", paths[0])[0]
        return head if head != paths[0] else (paths[0].rpartition("/")[0] or ".")
    split = [re.findall(r"[/!#]?[^/!#]+", path) for path in paths]
    shared = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "".join(shared) or "."
