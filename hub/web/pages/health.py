"""For whoever watches over the hub: is it alive, and how is it."""

from __future__ import annotations

from hub.ops.metrics import gathered, text
from hub.web.ask import Answer, Ask, Json, Text
from hub.web.router import OPEN, api
from scanner.errors import KeepError

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


@api("/healthz", act=OPEN, about="api.health")
def alive(ask: Ask) -> Answer:
    """200 while the database answers, else 503: no more is told to those who have not come in."""
    try:
        with ask.reading() as connection:
            connection.exec_driver_sql("SELECT 1")
    except KeepError:
        return Json({"status": "down"}, 503)
    return Json({"status": "ok"})


@api("/metrics", act="config", about="api.metrics")
def metrics(ask: Ask) -> Answer:
    """Counts in the text form that Prometheus reads; nothing of any one unit."""
    with ask.reading() as connection:
        found = gathered(connection, ask.now)
    return Text(text(found, dict(getattr(ask.state.door, "tally", {}))), 200, {"content-type": MEDIA})
