"""Without raw frames: real datagrams and connections on loopback; what is heard proves a path, silence never proves that there is none."""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from scanner.collect.trial import plain
from scanner.collect.trial.connect import BLIND
from scanner.collect.trial.plain import Plain
from scanner.facts.network import tokens
from scanner.facts.network.coverage import INNER_STEPS, lacks
from scanner.facts.network.plan import NEVER_PORTS
from tests.checks.test_no_path import conclusion, judged
from tests.facts.network.made import MAC, OWN, SEED, SENTINEL, Bench

Heard = list[tuple[str, bytes]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """Whatever is addressed to the sentinel ends at two doors on loopback; (protocol, data) of each thing that came."""
    found: Heard = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_server(("127.0.0.1", 0)) as tcp:
        udp.bind(("127.0.0.1", 0))
        doors = {17: udp.getsockname(), 6: tcp.getsockname()}
        udp.settimeout(0.2)
        tcp.settimeout(0.2)
        asked: set[int] = set()
        halt = threading.Event()

        def serve(door: socket.socket, name: str) -> None:
            while not halt.is_set():
                try:
                    if name == "udp":
                        found.append((name, door.recv(2048)))
                    else:
                        with door.accept()[0] as talk:
                            talk.settimeout(1.0)
                            found.append((name, talk.recv(2048)))
                except TimeoutError:
                    continue

        threads = [threading.Thread(target=serve, args=pair) for pair in ((udp, "udp"), (tcp, "tcp"))]
        for thread in threads:
            thread.start()
        real = plain.throw

        def throw(door: socket.socket, data: bytes, place: tuple[str, int]) -> bool:
            asked.add(place[1])
            return real(door, data, doors[17])

        monkeypatch.setattr(plain, "throw", throw)
        monkeypatch.setattr(plain, "where", lambda place, port: doors[6])
        yield found
        halt.set()
        for thread in threads:
            thread.join()
    assert not asked & NEVER_PORTS


def ran(bench: Bench, seconds: float = 1.5, depth: str = "quick") -> dict[str, Any]:
    """The record of a short run."""
    end = Plain(bench.plan, "lo", depth, 5000.0, False, lambda _: None, lambda _: None)
    end.deadline = time.monotonic() + seconds
    record = end.run()
    # As it is read again from its file.
    found: dict[str, Any] = json.loads(json.dumps(record))
    return found


def joined(bench: Bench, record: dict[str, Any], heard: Heard) -> Any:
    """What a sentinel that was awake all the while makes of it."""
    now = time.time()
    for protocol, data in heard:
        head = UDP(sport=40000, dport=53) if protocol == "udp" else TCP(sport=40000, dport=80, flags="PA")
        frame = bytes(Ether(src="02:00:00:00:00:98", dst=MAC["out:edge"]) / IP(src=str(OWN), dst=str(SENTINEL)) / head / data)
        bench.heard["out:edge"].append({"t": now, "hex": frame.hex()})
    bench.more["in"] = record
    bench.more["out:edge"] = {
        "started": now - 60, "finished": now + 60, "alive": [[now - 60, now + 60]],
        "controls": [{"t": now + at, "ok": True, "how": "icmp", "neighbour": "02:00:00:00:00:98"} for at in range(-50, 50, 5)],
    }  # fmt: skip
    return bench.trials()


def test_a_token_that_is_heard_proves_the_breach(heard: Heard) -> None:
    bench = Bench()
    record = ran(bench)
    assert {protocol for protocol, _ in heard} == {"udp", "tcp"}
    opinion = judged(joined(bench, record, heard))
    assert conclusion(opinion) == "breach_proven"
    paths = opinion.observed["paths"]
    assert {(path["kind"], path["protocol"], path["strength"]) for path in paths} == {("routed", "udp", "A"), ("routed", "tcp", "A")}
    assert {path["how"] for path in paths} == {"payload", "text"}
    for path in paths:
        assert path["token"]["hex"] in path["sent"]["hex"] or path["token"]["hex"].encode().hex() in path["sent"]["hex"]


def test_silence_proves_nothing(heard: Heard) -> None:
    bench = Bench()
    trials = joined(bench, ran(bench, depth="standard"), [])
    assert conclusion(judged(trials)) == "not_tested"
    why = {(lack.where, lack.why, lack.detail) for lack in lacks(trials.plan, trials.inner, trials.outers)}
    assert {(step, "step-not-tested", "raw-missing") for step in INNER_STEPS} | {("in", "control-none", "")} <= why


def test_the_record_says_by_which_means_it_was_made(heard: Heard) -> None:
    bench = Bench()
    record = ran(bench)
    assert record["blind"] == list(BLIND) and not record["heard"] and not record["alive"]
    assert [(control["ok"], control["how"]) for control in record["controls"]] == [(False, "plain")]
    for trial in record["trials"]:
        ((port, _),) = trial["ranges"]
        payload = tokens.payload(SEED, "in", trial["n"], port)
        carried = bytes.fromhex(trial["carried"])
        assert "template" not in trial and (carried == payload or payload.hex().encode() in carried)
    step = next(step for step in record["coverage"] if step["step"] == "plain")
    assert step["state"] == "done" and step["tried"] == step["of"] and not step["mandatory"]


def test_resolvers_are_asked_only_for_a_domain_of_the_plan_and_within_the_scope(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = (ipaddress.ip_address(text) for text in ("192.0.2.53", "203.0.113.53"))
    monkeypatch.setattr(plain, "resolvers", lambda: iter((inside, outside)))
    assert not [trial for trial in ran(Bench(), 0.5)["trials"] if trial["kind"] == "dns"]
    found = [trial for trial in ran(Bench(beacon_domain="beacon.example"), 0.5)["trials"] if trial["kind"] == "dns"]
    assert [trial["to"] for trial in found] == [str(inside)]


def test_resolvers_are_read_from_the_machine_s_own_file(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("# one\nsearch x\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver nobody\n")
    assert [str(one) for one in plain.resolvers(tmp_path / "resolv.conf")] == ["192.0.2.53", "fe80::1%eth0"]
    assert not list(plain.resolvers(tmp_path / "nothing"))


@pytest.mark.parametrize("code", [*BLIND, "numpy"])
def test_what_cannot_be_seen_has_words(code: str) -> None:
    text = (Path(__file__).parents[3] / "reports/locale/wire.yaml").read_text("utf-8")
    assert set(yaml.safe_load(text)[f"blind.{code}"]) == {"zh", "en"}
