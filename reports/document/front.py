"""The front of a report: cover, basic facts, declaration, conclusion at a glance, what to do first, contents."""

from __future__ import annotations

from collections.abc import Sequence

from reports.document.model import Blank, Block, Bullets, Cell, Column, Cover, Facts, Heading, Para, Row, Signatures, Table
from reports.document.say import percent
from reports.document.study import Study, action, by_cost, is_major
from reports.grouping import Hazard
from reports.plain import grouped_digits, short

OPENSSL = "openssl pkeyutl -verify -pubin -inkey unit.pub -rawin -in manifest.json -sigfile manifest.sig"
"""Checks a signature without this program; how both files come out of a seal stands in annex M."""
FIRST = 8
"""Rows of what comes first."""


def left_out(study: Study) -> list[str]:
    """What the run did not get to, or was not asked for."""
    return [study.say(f"report.{key}") for key in ("interrupted", "narrowed") if study.run.get(key)]


def cover(study: Study, marking: str | None) -> Cover:
    """The first page."""
    say, run = study.say, study.run
    warnings = left_out(study)
    if study.scope["mismatch"]:
        warnings.append(say("report.mismatch", asked=study.scope["asked"], verdicts=study.scope["judged"]))
    key = run.get("key")
    return Cover(
        kicker=f"{say('report.kicker')} · {say.code('reader', study.reader)}",
        title=say("report.title"),
        whose=study.whose,
        facts=[
            (say("label.unit"), study.whose),
            (say("label.time"), f"{run['started']} {say('label.to')} {run['finished']}"),
            (say("label.run"), Cell(run["id"], mono=True)),
            (say("doc.marking"), marking or say("doc.marking-none")),
            (say("doc.short-code"), Cell(study.short_code, mono=True)),
            (say("doc.key"), Cell(grouped_digits(str(key)), mono=True) if key else say("doc.key-none")),
            (say("doc.stamp"), say("doc.stamp-none")),
            (say("doc.signature"), Cell(OPENSSL, mono=True)),
        ],
        declaration=say("report.not-an-evaluation"),
        more=say("report.not-an-evaluation-long"),
        warnings=warnings,
    )


def basics(study: Study) -> list[Block]:
    """The table of basic facts, with rooms for what only people know."""
    say, run, unit = study.say, study.run, study.unit
    rows: list[tuple[str, Cell | str]] = [
        (say("label.unit"), study.whose),
        (say("label.unit-code"), str(unit.get("code") or say.blank)),
        (say("label.region"), str(unit.get("region") or say.blank)),
        (say("label.rank"), say.code("rank", unit["rank"]) if unit.get("rank") else say.blank),
        (say("doc.unit-address"), say.blank),
        (say("doc.unit-contact"), say.blank),
        (say("label.operator"), str(run["operator"] or "—")),
        (say("label.authorised-by"), str(run.get("authorised_by") or "—")),
        (say("label.version"), f"shiqu {run['version']}"),
        (say("doc.report-number"), say.blank),
    ]
    more: list[tuple[str, Cell | str]] = [
        (say("label.rulebook"), Cell(run["rulebook"], mono=True)),
        (say("label.shelf"), Cell(run["shelf"], mono=True)),
    ]
    if run["values"]:
        more.append((say("label.values"), short(run["values"], 400)))
    return [
        Heading(1, say("doc.basics"), "front.basics"),
        Facts(rows, narrow=True),
        Facts(more),
        Para(say("label.utc"), "note"),
        systems(study),
    ]


def systems(study: Study) -> Table:
    """All systems with grade and conclusion."""
    say = study.say
    columns = [
        Column(say(key), width)
        for key, width in (("label.system", 2), ("label.grade", 1), ("label.holds", 1), ("label.profile", 2), ("doc.filing", 1.6))
    ]
    rows: list[Row] = []
    for view in study.systems:
        system, profile = view["system"], view["profile"]
        title = say.of(profile["title"]) if profile else system["profile"]["id"]
        rows.append([say.system(system), say.grade(system), say.code("holds", system["holds"]), title, say.blank])
    return Table(columns, rows, say("doc.table-systems"))


def declaration(study: Study) -> list[Block]:
    """What this report is and is not, and who stands for it."""
    say = study.say
    points = [say(f"doc.declare-{n}") for n in range(1, 8)]
    names = ("doc.sign-checker", "doc.sign-reviewer", "doc.sign-approver")
    return [
        Heading(1, say("doc.declaration"), "front.declaration"),
        Para(say("report.not-an-evaluation"), "strong"),
        Bullets(points),
        Signatures([(say(name), say("doc.sign-date")) for name in names] + [(say("doc.sign-unit"), say("doc.sign-stamp"))]),
    ]


def at_a_glance(study: Study) -> list[Block]:
    """Conclusion of every system, core hazards and gate on one page; and the extension table that people fill in."""
    say = study.say
    return [
        Heading(1, say("doc.glance"), "front.conclusion"),
        verdicts(study),
        core(study),
        gate(study),
        Para(say("core.rule"), "note"),
        Heading(2, say("doc.extension"), "front.extension"),
        Para(say("doc.extension-note"), "note"),
        Blank(say("doc.extension-cloud")),
        Blank(say("doc.extension-data")),
    ]


def verdicts(study: Study) -> Table:
    """Rate, major risks and conclusion by system."""
    say = study.say
    heads = (
        ("label.system", 2.1),
        ("conclusion.verdict", 2.3),
        ("conclusion.rate", 1.15),
        ("conclusion.major", 1.1),
        ("result.noncompliant", 1),
        ("result.partial", 0.9),
        ("result.insufficient", 1.15),
    )
    rows: list[Row] = []
    for view in study.systems:
        system, counts = view["system"], view["counts"]
        given = system["conclusion"]
        first: list[Cell | str] = [say.system(system) + say.aside(say.join((say.grade(system), say.code("holds", system["holds"]))))]
        if given is None:
            why = say.code("no-conclusion", system["why_no_conclusion"])
            first += [Cell(say.named(say("conclusion.none"), why), "insufficient"), "—", "—"]
        else:
            first += [
                Cell(say.code("verdict", given["verdict"]), given["verdict"], strong=True),
                percent(given["rate"]),
                str(given["major"]),
            ]
        rows.append([*first, *(str(counts[name]) for name in ("noncompliant", "partial", "insufficient"))])
    counted = ("conclusion.rate", "conclusion.major", "result.noncompliant", "result.partial", "result.insufficient")
    return Table([Column(say(head), width, head in counted) for head, width in heads], rows, say("doc.table-conclusion"))


def core(study: Study) -> Table:
    """The four core hazards."""
    say = study.say
    columns = [Column(say(key), width) for key, width in (("core.id", 0.6), ("core.name", 2.2), ("core.state", 1.4), ("core.effect", 3.2))]
    rows = [
        [
            hazard["id"],
            say.code("core", hazard["id"]),
            Cell(say.code("core-state", hazard["state"]), hazard["state"], strong=True),
            say.code("core-effect", hazard["state"]),
        ]
        for hazard in study.core
    ]
    return Table(columns, rows, say("doc.table-core"))


def gate(study: Study) -> Para:
    """Whether acceptance may go on."""
    say, result = study.say, study.result["gate"]
    text = say.code("gate", result) + ("。" if say.lang == "zh" else ". ") + say.code("gate-note", result)
    return Para(say.named(say("core.gate"), text), "strong")


def appraisal(study: Study) -> list[Block]:
    """In one page of words: what was looked at, what is wrong, what could not be answered, and what to do first."""
    say, scope = study.say, study.scope
    figures = say(
        "doc.appraisal-figures",
        targets=f"{scope['targets']:,}", reached=f"{scope['reached']:,}", asked=f"{scope['asked']:,}", answered=f"{scope['answered']:,}",
        unmet=f"{scope['statuses']['unmet']:,}", unknown=f"{scope['statuses']['unknown']:,}", persons=f"{scope['statuses']['awaits-person'] + scope['person_items']:,}",
    )  # fmt: skip
    blocks: list[Block] = [Heading(1, say("doc.appraisal"), "front.appraisal"), Para(figures), Para(say("scope.note"), "note")]
    worst = [hazard for hazard in study.hazards if is_major(hazard)]
    blocks.append(Heading(2, say("doc.main-problems"), "front.problems"))
    if worst:
        rows: list[Row] = [
            [
                study.number(one),
                say.of(one.title),
                Cell(say.code("severity", one.severity), one.severity),
                str(one.targets),
                say.join(one.triggers) or "—",
            ]
            for one in worst[:FIRST]
        ]
        heads = (("field.id", 0.6), ("doc.problem", 4), ("doc.severity", 0.7), ("scope.target-count", 0.8), ("col.trigger", 1))
        blocks.append(Table([Column(say(key), width, key == "scope.target-count") for key, width in heads], rows))
        if len(worst) > FIRST:
            blocks.append(Para(say("doc.more-below", n=len(worst) - FIRST), "note"))
    else:
        blocks.append(Para(say("hazard.none")))
    blocks.append(Heading(2, say("doc.first-steps"), "front.steps"))
    cheap = by_cost(study.hazards)
    blocks += [Para(say("doc.cost-note"), "note"), steps(study, cheap[:FIRST])] if cheap else [Para(say("hazard.none"))]
    return blocks


def steps(study: Study, hazards: Sequence[Hazard], full: bool = True) -> Table:
    """Remedies in the order given: what (``full``: and how), how many targets, what it clears."""
    say = study.say
    heads = (
        ("doc.order", 0.5),
        ("field.id", 0.65),
        ("doc.kind-of-work", 0.9),
        ("doc.what-to-do" if full else "doc.problem", 5),
        ("scope.target-count", 0.75),
        ("doc.clears", 0.75),
    )
    rows: list[Row] = [
        [
            str(at),
            study.number(one),
            say(f"doc.action-{action(one)}"),
            say.of(one.remedy or one.title) if full else say.of(one.title),
            str(one.targets),
            str(one.verdicts),
        ]
        for at, one in enumerate(hazards, 1)
    ]
    return Table([Column(say(key), width, key in ("scope.target-count", "doc.clears")) for key, width in heads], rows)
