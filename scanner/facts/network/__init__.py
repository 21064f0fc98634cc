"""Facts of the family network: what a wire says, and what two wires say of each other."""

from scanner.facts.network.attachment import (
    MOBILE,
    OUTWARD,
    RADIO,
    TUNNELS,
    Attached,
    Interface,
    Neighbour,
    Route,
    leads_out,
    ports_of,
    reaches_out,
)
from scanner.facts.network.both_sides import both_sides
from scanner.facts.network.boxes import halves, standing_in_both
from scanner.facts.network.examine import Examined, background, examine, sighted
from scanner.facts.network.legs import Leg, Legs, Standing, apart, legs, parse_address, silent, standing, zones_of
from scanner.facts.network.places import inside
from scanner.facts.network.places import standing as place
from scanner.facts.network.remote_tools import Trace, is_public_name
from scanner.facts.network.sighting import Row, Sighting
from scanner.facts.network.trials import Pair, Trials

__all__ = [
    "MOBILE", "OUTWARD", "RADIO", "TUNNELS", "Attached", "Examined", "Interface", "Leg", "Legs", "Neighbour", "Pair", "Route", "Row",
    "Sighting", "Standing", "Trace", "Trials", "apart", "background", "both_sides", "examine", "halves", "inside", "is_public_name",
    "leads_out", "legs", "parse_address", "place", "ports_of", "reaches_out", "sighted", "silent", "standing", "standing_in_both", "zones_of",
]  # fmt: skip
