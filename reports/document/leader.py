"""The report for a leader: one page."""

from __future__ import annotations

from reports.document import front, pictures
from reports.document.model import Block, Cell, Column, Facts, Figure, Heading, Para, Row, Signatures, Table
from reports.document.study import Study, is_major
from reports.lanes import fit
from reports.plain import grouped_digits

SYSTEMS = 5
WORST = 6
PICTURED, BARS = 2, 10
"""A picture stands on the page when there are not more systems and layers: all must fit on one sheet."""


def page(study: Study, marking: str | None) -> list[Block]:
    """Everything that fits on one sheet: conclusion, core hazards, the gravest findings, what is open, where to check."""
    say, run, scope = study.say, study.run, study.scope
    statuses = scope["statuses"]
    blocks: list[Block] = [
        Heading(1, f"{fit(study.whose, 60)} {say('report.title')}", "leader"),
        Para(f"{say.code('reader', 'leader')} · {run['finished'][:10]} · {say('label.run')} {run['id']}", "note"),
        Para(say("report.not-an-evaluation"), "strong"),
        *(Para(said, "strong") for said in front.left_out(study)),
        front.gate(study),
        _systems(study),
    ]
    if len(study.systems) > SYSTEMS:
        blocks.append(Para(say("doc.systems-left", n=len(study.systems) - SYSTEMS), "note"))
    blocks.append(front.core(study))
    worst = [one for one in study.hazards if is_major(one)] or list(study.hazards)
    rows: list[Row] = [
        [
            study.number(one),
            fit(say.of(one.title), 76),
            Cell(say.code("severity", one.severity), one.severity),
            str(one.targets),
            fit(say.of(one.remedy), 110),
        ]
        for one in worst[:WORST]
    ]
    heads = (("field.id", 0.6), ("doc.gravest", 2.6), ("doc.severity", 0.85), ("scope.target-count", 0.7), ("hazard.remedy", 4))
    blocks.append(
        Table([Column(say(key), width, key == "scope.target-count") for key, width in heads], rows) if rows else Para(say("hazard.none"))
    )
    if len(worst) > WORST:
        blocks.append(Para(say("hazard.leader-more", n=len(study.hazards) - WORST), "note"))
    blocks.append(
        Para(
            say(
                "doc.leader-open",
                unknown=f"{statuses['unknown']:,}",
                unreached=scope["unreached"],
                persons=f"{statuses['awaits-person'] + scope['person_items']:,}",
            )
        )
    )
    drawn = next((view for view in study.systems if view["system"]["conclusion"] and view["bars"]), None)
    if drawn is not None and len(study.systems) <= PICTURED and len(drawn["bars"]) <= BARS:
        blocks.append(
            Figure(pictures.layers(drawn["bars"], say), say.named(say("doc.figure-layers"), say.system(drawn["system"])), share=0.62)
        )
    key = run.get("key")
    blocks.append(
        Facts([
            (say("doc.short-code"), Cell(study.short_code, mono=True)),
            (say("doc.key"), Cell(grouped_digits(str(key)), mono=True) if key else say("doc.key-none")),
            (say("doc.marking"), marking or say("doc.marking-none")),
            (say("doc.stamp"), say("doc.stamp-none")),
        ], narrow=True)
    )  # fmt: skip
    blocks.append(Signatures([(say("doc.sign-leader"), say("doc.sign-date"))]))
    return blocks


def _systems(study: Study) -> Table:
    table = front.verdicts(study)
    rows: list[Row] = [
        [Cell(fit(cell.text, 90), cell.tone, cell.mono, cell.strong) if isinstance(cell, Cell) else fit(cell, 60) for cell in row]
        for row in table.rows[:SYSTEMS]
    ]
    return Table(table.columns, rows)
