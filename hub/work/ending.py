"""How campaigns end: they are over, or were withdrawn. Hubs below learn it by a recall, units of a withdrawn one by a letter."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.order_shape import ENDED, WITHDRAWN, Recall
from hub.people import log
from hub.people.sight import Sight
from hub.registry.own import Own
from hub.store.database import Database
from hub.store.tables import campaign, notice
from hub.work import campaigns
from hub.work.campaigns import Campaign
from hub.work.clockwork import hub_sight
from hub.work.notices import STANDING, find
from hub.work.ordering import hand_recall, recall_text
from hub.work.withdrawing import reason, take_back
from scanner.errors import UseError

AT_ONCE = 100
"""Letters of one transaction."""


def close(connection: Connection, own: Own, sight: Sight, code: str) -> None:
    """It is over; states stay as they are, notices stand. Raises UseError, Hidden, Forbidden."""
    one = _ours(connection, sight, code)
    _end(connection, own, sight, one, ENDED, "")
    log.write(connection, sight.person, "campaign.close", one.where.id, {"campaign": code})


def withdraw(connection: Connection, own: Own, sight: Sight, code: str, why: str) -> None:
    """It should not have been asked for: its notices no longer stand. Units are told by :func:`tell_units`. Raises UseError, Hidden, Forbidden."""
    one = _ours(connection, sight, code)
    _end(connection, own, sight, one, WITHDRAWN, reason(why))
    log.write(connection, sight.person, "campaign.withdraw", one.where.id, {"campaign": code})


def recalled(connection: Connection, sight: Sight, order: str, sender: str, recall: Recall, text: str) -> None:
    """The hub above ended the campaign that this order of its made here; one that is over stays as it is."""
    made = sa.select(campaign.c.code).where(campaign.c.order_text == order, campaign.c.sender == sender, campaign.c.state == campaigns.OPEN)
    code = connection.execute(sight.narrow(made, campaign.c.unit_id)).scalar()
    if code is not None:
        campaigns.hold(connection, code)
        one = campaigns.find(connection, sight, code)
        # An officer of ours may not end it, so that it is as open as before.
        _mark(connection, sight, one, recall["end"], recall["why"], text)


def tell_units(own: Own, database: Database) -> int:
    """Withdraw the notices of campaigns that were withdrawn, a hundred a transaction; returns how many. Raises KeepError."""
    done = 0
    while _left(database):
        with database.writing() as connection:
            sight = hub_sight(connection)
            assert sight is not None
            for number, why in _standing(connection, sight):
                done += take_back(connection, own, sight, find(connection, sight, number), why)
    return done


def _left(database: Database) -> bool:
    with database.reading() as connection:
        sight = hub_sight(connection)
        return sight is not None and bool(_standing(connection, sight))


def _standing(connection: Connection, sight: Sight) -> list[tuple[int, str]]:
    """Notices of withdrawn campaigns, and why these were."""
    statement = sa.select(notice.c.id, campaign.c.conditions).join(campaign, campaign.c.id == notice.c.campaign_id)
    statement = statement.where(campaign.c.state == campaigns.WITHDRAWN, notice.c.state.in_(STANDING)).order_by(notice.c.id).limit(AT_ONCE)
    return [(row.id, str(json.loads(row.conditions)["withdrawn"])) for row in connection.execute(sight.narrow(statement, notice.c.unit_id))]


def _ours(connection: Connection, sight: Sight, code: str) -> Campaign:
    sight.must("campaign")
    campaigns.hold(connection, code)
    one = campaigns.directed(connection, sight, code)
    if one.state in (campaigns.CLOSED, campaigns.WITHDRAWN):
        raise UseError("campaign-closed", campaign=code)
    if one.sender:
        raise UseError("campaign-upper", campaign=code, hub=one.sender)
    return one


def _end(connection: Connection, own: Own, sight: Sight, one: Campaign, how: str, why: str) -> None:
    recall = recall_text(one.order_text, how, why) if one.order_text else ""
    _mark(connection, sight, one, how, why, recall)
    if recall:
        hand_recall(connection, own, one.order_text, recall)


def _mark(connection: Connection, sight: Sight, one: Campaign, how: str, why: str, recall: str) -> None:
    # Not what was shown of it: that leaves out what this person may not see.
    kept = connection.execute(
        sight.narrow(sa.select(campaign.c.conditions).where(campaign.c.id == one.id), campaign.c.unit_id)
    ).scalar_one()
    conditions = json.loads(kept) | ({"withdrawn": why} if how == WITHDRAWN else {}) | ({"recall": recall} if recall else {})
    values = {"state": campaigns.WITHDRAWN if how == WITHDRAWN else campaigns.CLOSED}
    values |= {"conditions": json.dumps(conditions, ensure_ascii=False, sort_keys=True)}
    connection.execute(campaign.update().where(campaign.c.id == one.id).values(values))
