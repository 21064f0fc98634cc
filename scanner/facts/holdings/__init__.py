"""Facts of the family holdings: what catalogues hold, and how much of it is kept together."""

from scanner.facts.holdings.backup import BackupFolder, Tried
from scanner.facts.holdings.custody import Elsewhere, elsewhere, in_classified_zone, placed
from scanner.facts.holdings.degrees import Mixing, mixing, spanning
from scanner.facts.holdings.host import hosts_of, mount_point, paths_of, server_of, under
from scanner.facts.holdings.span import Span
from scanner.facts.holdings.stores import Holdings, Store, Unseen
from scanner.facts.holdings.tally import OPENING

__all__ = [
    "OPENING", "BackupFolder", "Elsewhere", "Holdings", "Mixing", "Span", "Store", "Tried", "Unseen", "elsewhere", "hosts_of",
    "in_classified_zone", "mixing", "mount_point", "paths_of", "placed", "server_of", "spanning", "under",
]  # fmt: skip
