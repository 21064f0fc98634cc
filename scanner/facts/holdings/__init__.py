"""Facts of the family holdings: what catalogues hold, and how much of it is kept together."""

from scanner.facts.holdings.custody import Elsewhere, elsewhere, in_classified_zone
from scanner.facts.holdings.degrees import Mixing, mixing, spanning
from scanner.facts.holdings.span import Span
from scanner.facts.holdings.stores import Holdings, Store, Unseen
from scanner.facts.holdings.tally import OPENING

__all__ = [
    "OPENING", "Elsewhere", "Holdings", "Mixing", "Span", "Store", "Unseen", "elsewhere", "in_classified_zone", "mixing", "spanning",
]  # fmt: skip
