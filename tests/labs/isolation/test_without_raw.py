"""A probe that may not send raw frames: what crosses is proven all the same, silence is no answer."""

from __future__ import annotations

from tests.labs.isolation.case import Want, ends, topology
from tests.labs.isolation.test_routing import gateway
from tests.labs.isolation.topology import Net


def ordinary(_net: Net, end: str) -> tuple[str, ...]:
    """The probe loses the right to raw frames; the sentinel keeps it."""
    return ("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw") if end == "probe" else ()


@topology("breach_proven", Want("routed", "gw", "udp"), Want("routed", "gw", "tcp"), rate=None, seconds=24, before=ordinary)
def test_default_gateway(net: Net) -> None:
    """The gateway of the LAN routes out."""
    gateway(net)
    assert net.crosses("UDP4", 53)


@topology("not_tested", seconds=24, before=ordinary)
def test_isolated(net: Net) -> None:
    """Two networks that share nothing: a whole test would say no_path_observed."""
    ends(net)
    assert not net.crosses("UDP4", 53)
