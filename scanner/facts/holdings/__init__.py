"""Facts of the family holdings: what catalogues hold, and how much of it is kept together.

Names are fetched when they are asked for: a worker that opens files needs the decisions of this family, and not what judges need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.facts.holdings.backup import BackupFolder, Tried
    from scanner.facts.holdings.custody import Elsewhere, elsewhere, in_classified_zone, placed
    from scanner.facts.holdings.degrees import Mixing, mixing, spanning
    from scanner.facts.holdings.host import hosts_of, mount_point, paths_of, server_of, under
    from scanner.facts.holdings.span import Span
    from scanner.facts.holdings.stores import Holdings, Store, Unseen
    from scanner.facts.holdings.tally import OPENING

_HOMES = {
    "BackupFolder": "backup", "Tried": "backup", "Elsewhere": "custody", "elsewhere": "custody", "in_classified_zone": "custody",
    "placed": "custody", "Mixing": "degrees", "mixing": "degrees", "spanning": "degrees", "hosts_of": "host", "mount_point": "host",
    "paths_of": "host", "server_of": "host", "under": "host", "Span": "span", "Holdings": "stores", "Store": "stores", "Unseen": "stores",
    "OPENING": "tally",
}  # fmt: skip

__all__ = [
    "OPENING", "BackupFolder", "Elsewhere", "Holdings", "Mixing", "Span", "Store", "Tried", "Unseen", "elsewhere", "hosts_of",
    "in_classified_zone", "mixing", "mount_point", "paths_of", "placed", "server_of", "spanning", "under",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
