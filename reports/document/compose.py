"""Which sections a reader gets, in which order: from a result to a document. Pure: same result, same document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.document import annexes, front, items, leader, outline, proofs, risks, subject
from reports.document.model import Block, Contents, Document, Part
from reports.document.study import Study, study
from reports.marking import marking_of

READERS = ("leader", "liaison", "annex")


def compose(result: Mapping[str, Any], lang: str, reader: str, marking: str | None) -> Document:
    """The whole report for one reader. Raises KeyError for a reader or language that does not exist."""
    if reader not in READERS:
        raise KeyError(reader)
    worked = study(result, lang, reader)
    say, run = worked.say, worked.run
    mark = marking_of(result, marking, lang)
    return Document(
        title=f"{worked.whose} {say('report.title')}",
        lang=lang,
        subject=f"{run['id']} {say.code('reader', reader)}",
        running=say("report.not-an-evaluation"),
        run=run["id"],
        marking=mark,
        finished=run["finished"],
        blocks=leader.page(worked, mark) if reader == "leader" else _long(worked, mark),
        words={key: say(f"doc.{key}") for key in ("page", "contents-update", "blank")},
        dense=reader == "leader",
    )


def _long(worked: Study, mark: str | None) -> list[Block]:
    """The form of 2025 with all its chapters; the annex has the records of every clause and object besides."""
    say = worked.say
    blocks: list[Block] = [front.cover(worked, mark), Part(say("doc.part-front"))]
    blocks += [*front.basics(worked), *front.declaration(worked), Part(say("doc.part-front")), *front.at_a_glance(worked)]
    blocks += [Part(say("doc.part-front")), *front.appraisal(worked), Part(say("doc.part-front")), Contents(say("ui.contents"))]
    blocks += [
        Part(say("doc.part-body")),
        *subject.overview(worked),
        *subject.subject(worked),
        *items.by_layer(worked),
        *proofs.tests(worked),
    ]
    blocks += [*risks.risk(worked), *items.appraisal(worked), *risks.conclusion(worked), *risks.advice(worked)]
    blocks += [Part(say("doc.part-annex")), *subject.assets(worked), *annexes.former(worked), *items.points(worked)]
    blocks += [*items.records(worked), *annexes.objects(worked)] if worked.reader == "annex" else items.elsewhere(worked)
    blocks += [*annexes.by_hand(worked, "ef"), *annexes.triggers(worked), *annexes.by_hand(worked, "hi")]
    blocks += [*annexes.register(worked), *annexes.waived(worked)]
    blocks += [*outline.attachments(worked), *annexes.evidence(worked)]
    return [*blocks, *outline.where(worked, blocks)]
