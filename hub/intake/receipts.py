"""Receipts: what the hub answers, sealed with its key, over the head of its log. Whoever holds one can show that the log was rewritten since."""

from __future__ import annotations

from hub.intake.judging import New
from hub.people.log import Head
from hub.registry.own import Own
from scanner.ledger.envelope import make
from scanner.ledger.receipt import make_for
from scanner.ledger.statement import RECEIPT as LAID_BESIDE
from scanner.model.canonical import canonical
from scanner.model.dispatch import ACCEPTED, FIGURES, RECEIPT, Receipt


def receipt(own: Own, new: New, head: Head) -> bytes:
    """The envelope that goes back. Where the result was sealed, a receipt to lay beside that seal travels in it."""
    arrival, manifest = new.arrival, new.envelope.manifest
    seal = str(arrival.content.get("run", {}).get("seal") or "")
    said: Receipt = {
        "schema": ACCEPTED,
        "envelope": new.envelope.digest,
        "unit": manifest["unit"],
        "sequence": manifest["sequence"],
        "seal": seal,
        "received": arrival.received,
        "log": head.n,
        "root": head.root,
    }
    members = {"receipt.json": canonical(said)}
    if seal:
        beside = make_for(seal, manifest["unit"], own.sign, arrival.received)
        members |= {f"seal.{name}": beside[name] for name in LAID_BESIDE}
    # It stands in the row of what it answers.
    return make(
        RECEIPT,
        own.code,
        manifest["unit"],
        members,
        sequence=manifest["sequence"],
        previous=new.envelope.digest,
        created=arrival.received,
        disclosure=FIGURES,
        marking="",
        key=own.sign,
    )
