"""Which tables are for whom."""

from __future__ import annotations

from reports.tables import ledger, objects, register, summary, work
from reports.tables.table import Sight, Table


def tables(sight: Sight, reader: str, marking: str | None) -> list[Table]:
    """The tables of a workbook, in order. Raises KeyError for a reader nobody knows."""
    first = [summary.summary(sight, reader, marking), summary.core(sight)]
    looked = [objects.pairs(sight), objects.stores(sight), objects.targets(sight)]
    open_ones = [work.unknowns(sight), work.waiting(sight), work.persons(sight)]
    return {
        "leader": [*first, register.findings(sight), work.hazards(sight), *ledger.hazards(sight)],
        "liaison": [
            *first,
            work.hazards(sight),
            *ledger.hazards(sight),
            *open_ones,
            register.findings(sight),
            register.verdicts(sight),
            *looked,
        ],
        "annex": [
            *first,
            register.verdicts(sight),
            register.findings(sight),
            work.hazards(sight),
            *ledger.hazards(sight),
            *open_ones,
            *looked,
            objects.evidence(sight),
        ],
    }[reader]
