"""What leaves the probe, counted on its own switch port: caps, addresses, ports, an immediate stop, and nothing at all where nothing may be sent."""

from __future__ import annotations

import ipaddress
import signal
import time
from pathlib import Path

import pytest
import yaml

from tests.labs.isolation import daemons
from tests.labs.isolation.case import MARKS, ends
from tests.labs.isolation.drive import Run, comes_to, listen, planned, probe, reap, shiqu, stop
from tests.labs.isolation.topology import Box, Net
from tests.labs.isolation.wirelog import Seen, busiest, busiest_by, seen

pytestmark = list(MARKS)
# Timestamps are the kernel's, taken where the frame enters the switch: a little bunching is not the sender's.
SLACK = 1.05
FORBIDDEN = range(9100, 9108)


def recorded(net: Net, box: str = "probe") -> Path:
    """Start a recorder on the switch port of a box."""
    path = net.folder / f"wire-{box}"
    segment = "lan" if box == "probe" else "out"
    net.boxes["recorder"] = Box("recorder", f"{net.tag}-seg-{segment}")
    net.helper("recorder", "record.py", net.ports[box, segment], str(path))
    return path


def own(net: Net, frames: list[Seen]) -> list[Seen]:
    """Frames that the probe's machine sent."""
    mac = bytes.fromhex(net.boxes["probe"].macs["lan"].replace(":", ""))
    return [one for one in frames if one.frame[6:12] == mac]


def chatter(one: Seen) -> bool:
    """The kernel's own: router solicitations, neighbour discovery, multicast reports (behind a hop-by-hop header), and ARP to one neighbour, whose
    entry it keeps fresh for seconds; the probe asks everybody."""
    if one.frame[12:14] == b"\x08\x06" and one.frame[:6] != b"\xff" * 6:
        return True
    return one.source is not None and one.source.version == 6 and one.protocol in (0, 58)


def addresses_are_allowed(frames: list[Seen], source: str, sentinel: str, networks: list[str]) -> None:
    """Own source or the sentinel's, targets in scope or on the own segment only."""
    allowed = [ipaddress.ip_network(one) for one in networks]
    for one in frames:
        if one.source is None or one.target is None:
            continue
        link_local = one.source.is_link_local or one.source.is_unspecified
        assert link_local or str(one.source) in (source, sentinel), one
        local = one.target.is_multicast or one.target.is_link_local or str(one.target) == "255.255.255.255"
        assert local or str(one.target) == sentinel or any(one.target in network for network in allowed), one


def test_caps_ports_and_addresses(tmp_path: Path) -> None:
    """A standard run past a device with a printer's port open."""
    with Net(tmp_path) as net:
        ends(net)
        net.box("gw", {"lan": ["192.0.2.1/24"], "out": ["198.51.100.1/24"]}, forward=True)
        net.box("printer", {"lan": ["192.0.2.91/24"]})
        daemons.httpd(net, "printer", 80, "printer")
        daemons.httpd(net, "printer", 9100, "raw")
        wire = recorded(net)
        run = planned(net, 30)
        try:
            listen(run, "edge")
            probe(run, ("--depth", "standard"))
            stop(run)
        finally:
            reap(run)
        frames = own(net, seen(wire))
        assert len(frames) > 4000, len(frames)
        assert not [one for one in frames if one.syn and one.port in FORBIDDEN]
        addresses_are_allowed(frames, "192.0.2.100", "198.51.100.50", net.book["scope"]["allow"])
        assert busiest(one.when for one in frames) <= 2000 * SLACK
        hops = {mac: count for mac, count in busiest_by(frames, "to").items() if mac != "ff:ff:ff:ff:ff:ff" and not int(mac[:2], 16) & 1}
        assert max(hops.values()) <= 500 * SLACK, hops
        devices = {net.boxes[name].addresses[0] for name in ("pc", "gw", "printer")}
        busy = {address: count for address, count in busiest_by(frames, "target").items() if address in devices}
        assert max(busy.values()) <= 50 * SLACK, busy
        whole = b"".join(one.frame for one in frames)
        for word in ("试验市档案馆", "330100", "试验"):
            assert word.encode() not in whole and word.encode("gb18030") not in whole


@pytest.mark.parametrize("why", ["dry-run", "no-scope", "expired", "out-of-hours"])
def test_nothing_is_sent(tmp_path: Path, why: str) -> None:
    """A dry run, and authorisations that do not hold."""
    with Net(tmp_path) as net:
        ends(net)
        scope = net.book["scope"]
        if why == "expired":
            scope["until"] = "2020-01-01"
        elif why == "no-scope":
            scope["allow"] = []
        elif why == "out-of-hours":
            hour = (time.localtime().tm_hour + 12) % 24
            scope["hours"] = f"{hour:02d}:00-{hour:02d}:30"
        (net.folder / "inventory.yaml").write_text(yaml.safe_dump(net.book, allow_unicode=True))
        wire = recorded(net)
        planning = shiqu(net, "isolation", "plan", "-i", "inventory.yaml", "--pair", "lan:internet", "--seconds", "20", "-o", "plan.json")
        codes = [planning.returncode]
        if planning.returncode == 0:
            run = Run(net, net.folder, 20)
            try:
                probe(run, ("--dry-run",) if why == "dry-run" else ())
            finally:
                reap(run)
            codes.append(run.probed)
            if why == "dry-run":
                assert run.said.count("\n") > 5
        assert codes[-1] == (0 if why == "dry-run" else 3), (codes, planning.stderr)
        sent = [one for one in own(net, seen(wire)) if not chatter(one)]
        assert not sent, sent[:3]


def test_interrupt_stops_at_once(tmp_path: Path) -> None:
    """Nothing leaves later than half a second after Ctrl-C, and the record is there."""
    with Net(tmp_path) as net:
        ends(net)
        net.box("gw", {"lan": ["192.0.2.1/24"], "out": ["198.51.100.1/24"]}, forward=True)
        wire = recorded(net)
        run = planned(net, 90)
        when = 0.0

        def interrupt(run: Run) -> None:
            nonlocal when
            assert run.probe is not None
            comes_to(run, "vlan")
            time.sleep(0.5)
            when = time.time()
            run.probe.send_signal(signal.SIGINT)

        try:
            listen(run, "edge")
            probe(run, during=interrupt)
            time.sleep(0.5)
            assert run.probed == 130, (run.probed, run.said)
            assert run.inner.exists()
            stop(run)
        finally:
            reap(run)
        frames = own(net, seen(wire))
        assert [one for one in frames if one.when < when]
        assert not [one for one in frames if one.when > when + 0.5 and not chatter(one)]
