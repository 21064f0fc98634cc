"""Annex E: what other tools found, as their files say it. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.document.model import Block, Cell, Column, Heading, Para, Row, Table
from reports.document.study import Study

ROWS = {"leader": 0, "liaison": 60, "annex": 500}
"""Lines of one file that are printed, by reader; what differs from our verdicts comes first."""


def others(study: Study) -> list[Block]:
    """Every foreign file; nothing where there is none."""
    files = study.result["views"].get("foreign") or ()
    if not files:
        return []
    blocks: list[Block] = [Para(study.say("foreign.rule"), "warn")]
    for file in files:
        blocks += _file(file, study)
    return blocks


def _file(file: Mapping[str, Any], study: Study) -> list[Block]:
    say = study.say
    name = f"{say.code('foreign-origin', file['origin'])} {file['file']}"
    told = [
        say("foreign.tool", tool=file["tool"]),
        say("foreign.imported", time=file["imported"] or "—"),
        f"{say('foreign.evidence')} {file['digest'][7:23]}",
    ]
    blocks: list[Block] = [Heading(2, name, f"E.foreign.{file['evidence'][7:19]}"), Para(" ".join(told), "note")]
    if not file["whole"]:
        blocks.append(Para(say("foreign.not-whole"), "warn"))
    if file["differing"]:
        blocks.append(Para(say("foreign.differing", n=file["differing"]), "warn"))
    heads = (("foreign.host", 2.0), ("foreign.target", 1.4), ("foreign.profile", 2.4), ("foreign.counts", 2.2))
    hosts: list[Row] = [
        [
            host["name"] or "—",
            host["target"] or "—",
            host["profile"] or "—",
            say.join(f"{say.code('foreign-means', word)} {n:,}" for word, n in host["counts"].items()) or "—",
        ]
        for host in file["hosts"]
    ]
    blocks.append(Table([Column(say(key), width) for key, width in heads], hosts, name))
    return blocks + _lines(file, study)


def _lines(file: Mapping[str, Any], study: Study) -> list[Block]:
    say, most = study.say, ROWS.get(study.reader, ROWS["liaison"])
    rows = [_row(line, file, study) for line in file["rows"][:most]]
    left = len(file["rows"]) - len(rows) + file["more_rows"]
    heads = (("foreign.host", 1.4), ("foreign.key", 2.4), ("foreign.title", 3), ("foreign.said", 1.2), ("foreign.ours", 2))
    blocks: list[Block] = [Table([Column(say(key), width) for key, width in heads], rows, say("part.foreign"))] if rows else []
    return [*blocks, Para(say("doc.rows-left", n=f"{left:,}"), "note")] if left and rows else blocks


def _row(line: Mapping[str, Any], file: Mapping[str, Any], study: Study) -> Row:
    say = study.say
    host = file["hosts"][line["host"]] if line["host"] < len(file["hosts"]) else {"target": None, "name": ""}
    ours = Cell("—")
    if line["verdict"] is not None:
        status = study.result["verdicts"][line["verdict"]]["status"]
        mark = say.aside(say("foreign.differs")) if line["differs"] else ""
        ours = Cell(say.code("status", status) + mark, status, strong=line["differs"])
    return [
        host["target"] or host["name"] or "—",
        Cell(line["key"], mono=True),
        line["title"] or "—",
        say.code("foreign-means", line["means"]),
        ours,
    ]
