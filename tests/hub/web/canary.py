"""Words that stand nowhere else: each unit's own, in everything that is kept about it."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from hub.store import tables
from scanner.model.canonical import canonical
from tests.hub.web.stand import Stand

SECRET = "secret"
"""Kind of the word in findings: of a foreign unit it may stand nowhere, whoever that unit is."""
NOW = "2026-11-01T00:00:00Z"


def word(code: str, kind: str) -> str:
    """The unit's word of a kind."""
    return "zq" + hashlib.sha256(f"{code} {kind}".encode()).hexdigest()[:12]


def planted(stand: Stand) -> None:
    """Fill every table that knows units."""
    with stand.database.writing() as connection:

        def put(table: sa.Table, **values: object) -> None:
            connection.execute(table.insert().values(**values))

        for number, (code, one) in enumerate(stand.units.items(), start=1):
            secret, name = word(code, SECRET), word(code, "name")
            contact = f'[{{"name":"{secret}","duty":"","phone":"","deputy":""}}]'
            connection.execute(tables.unit.update().where(tables.unit.c.id == one.id).values(name=f"馆{name}", contacts=contact))
            put(tables.system, unit_id=one.id, code=secret, name=secret, grade=3)
            put(tables.key, unit_id=one.id, role="unit", purpose="sign", fingerprint=f"sha256:{secret}", pem=secret, since="2026-01-01")
            put(tables.duty, unit_id=one.id, profile="archives-l3", cycle="month", due=5, since="2026-01-01")
            put(
                tables.envelope,
                id=number,
                digest=f"sha256:{secret}",
                file=secret,
                unit_id=one.id,
                kind="report",
                sequence=1,
                received=NOW,
                finished=NOW,
                period="2026-11",
                gate="fail",
                disclosure="masked",
                note=secret,
                core='{"CH1":"confirmed"}',
                run=secret,
            )
            put(tables.standing, unit_id=one.id, profile="archives-l3", envelope_id=number, finished=NOW, period="2026-11")
            put(tables.core, unit_id=one.id, code="CH1", state="confirmed", since=NOW, envelope_id=number)
            put(
                tables.hazard,
                unit_id=one.id,
                code=f"H-{secret}",
                check_id=f"linux.{secret}",
                target=secret,
                risk=secret,
                level="high",
                state="open",
                first=NOW,
                last=NOW,
                deadline="2026-10-01",
                times=1,
                envelope_id=number,
            )
            put(tables.quarantine, file=secret, received=NOW, code="hub-x", unit_id=one.id)
            host = {"name": secret, "addresses": [secret], "began": "", "profile": secret, "counts": {"seen": 1}}
            said = {
                "file": secret,
                "whole": True,
                "hosts": [host],
                "more_hosts": 0,
                "more_rows": 0,
                "rows": [[0, secret, secret, "open", "seen", ""]],
            }
            put(
                tables.foreign,
                **{"id": number, "unit_id": one.id, "origin": "nmap", "tool": secret, "digest": secret, "received": NOW, "source": "web"},
                data=canonical(said).decode(),
            )
            day = {"opens": "2026-01-01", "deadline": "2026-12-31"}
            conditions = {"sort": "", "source": "seed", "list": secret, "of": 1, "codes": [code]}
            put(
                tables.campaign,
                **{"id": number, "code": f"CAM-{code}", "name": f"专项{secret}", "profile": "archives-l3", "unit_id": one.id, **day},
                **{"state": "open", "drawn": 1, "conditions": canonical(conditions).decode(), "created": NOW, "created_by": secret},
            )
            put(tables.part, campaign_id=number, unit_id=one.id, state="asked")
            line = {"code": f"H-{secret}", "check": f"linux.{secret}", "target": secret, "last": NOW, "level": "high", "risk": "RC1"}
            named = [{**line, "state": "registered", "times": 1, "title": {"zh": f"题{secret}", "en": secret}}]
            demand = {"unit": code, "hazards": named, "finished": NOW, "version": "1", "rulebook": ""}
            body = {"text": [f"文{secret}"], "demand": demand, "figures": [["数", secret]]}
            put(
                tables.notice,
                **{
                    "id": number,
                    "number": f"〔2026〕{number}号",
                    "kind": "rectify",
                    "title": f"整改{secret}",
                    "unit_id": one.id,
                    "issuer_id": one.id,
                },
                **{"state": "issued", "issued": NOW, "deadline": "2026-12-31", "body": canonical(body).decode()},
            )
            # An advisory is written for those below: they may read it.
            said = canonical({"text": [f"文{name}"], "checks": [f"linux.{name}"]}).decode()
            put(tables.advisory, id=number, code=f"ADV-{code}", title=f"预警{name}", level="high", unit_id=one.id, issued=NOW, body=said)
            put(tables.log, n=number, at=NOW, actor=secret, action="test", unit_id=one.id, leaf="00" * 32)
        for name, code in (("x1", "U1"), ("x5", "U5")):
            put(tables.account, name=name, full_name=word(code, SECRET), role="unit", unit_id=stand.units[code].id, created=NOW)
        connection.execute(tables.meta.insert().values(name="log-frontier", value=f'[[{len(stand.units)},"{"00" * 32}"]]'))
