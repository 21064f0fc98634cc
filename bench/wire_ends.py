"""One end of a veth pair, run inside a namespace by the benchmark and by the labs: ``python wire_ends.py WHAT …``; answers in JSON."""

from __future__ import annotations

import collections
import json
import select
import socket
import sys
import time
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from scanner.collect.trial import connect, ports, templates
from scanner.collect.trial.hear import Receiver
from scanner.collect.trial.interface import interface
from scanner.collect.trial.pace import Pacer
from scanner.collect.trial.resolve import resolve
from scanner.collect.trial.sieve import Sieve
from scanner.collect.trial.sweep import sweep
from scanner.collect.trial.wire import Wire
from scanner.errors import UseError
from scanner.facts.network import tokens

SEED = bytes(range(32))
LABEL = tokens.label("in", 1)
MARK = templates.Mark(tokens.magic(SEED), 1)
STREAM = tokens.stream(SEED, LABEL, 65_536)


def bulk(way: str) -> bool | None:
    return None if way == "bulk" else False


def hear(name: str, way: str, mark: str = "ours") -> dict[str, Any]:
    sieve = Sieve(tokens.magic(SEED if mark == "ours" else bytes(32)))
    with Receiver(interface(name), sieve, bulk=bulk(way)) as receiver:
        print("ready", flush=True)
        sys.stdin.readline()
    heard = [one for one in receiver.heard() if one.kind == "token"]
    times = sorted(one.time for one in heard)
    indices = {at: one for one in heard for at in index_of(one.frame)}
    return {
        "tokens": len(heard),
        "indices": len(indices),
        "vlans": len({one.vlan for one in heard if one.vlan is not None}),
        "agree": all(one.vlan == index for index, one in indices.items()),
        "most": most(times),
        "dropped": receiver.drops(),
        "frames": receiver.frames,
        "cpu": receiver.cpu,
        "cut": sieve.cut,
        "alive": receiver.alive(),
    }


def index_of(frame: bytes) -> list[int]:
    """Indices of the tokens in a frame: payload tokens, or a TCP opening's port where the sequence number agrees."""
    if frame[12:14] == b"\x08\x00" and frame[23] == 6:
        port = int.from_bytes(frame[36:38], "big")
        return [port] if frame[38:42] == STREAM[8 * port : 8 * port + 4] else []
    at = frame.find(MARK.magic)
    index = int.from_bytes(frame[at + 12 : at + 16], "big")
    return [index] if frame[at + 16 : at + 24] == STREAM[8 * index : 8 * index + 8] else []


def most(times: list[float]) -> int:
    found, first = 0, 0
    for last, when in enumerate(times):
        while when - times[first] >= 1.0:
            first += 1
        found = max(found, last - first + 1)
    return found


def send(name: str, what: str, count: str, cap: str, way: str, passes: str = "1") -> dict[str, Any]:
    with Wire(name) as wire:
        me, far = wire.addresses4[0].ip, IPv4Address("198.19.0.2")
        link = templates.Link(wire.mac, templates.ALL)
        template = {
            "syn": lambda: templates.syn(link, me, far, MARK, sport=40_000),
            "udp": lambda: templates.udp(link, me, far, MARK, sport=40_000),
            "vlan": lambda: templates.vlan(wire.mac, templates.ALL, MARK),
        }[what]()
        pacer = Pacer(float(cap) or None, None, None)
        first = 1 if what == "vlan" else 0
        began, used = time.monotonic(), time.process_time()
        done = sweep(
            wire, template, range(first, first + int(count)), STREAM, pacer, seed=SEED, name=LABEL, passes=int(passes), bulk=bulk(way)
        )
        return {"sent": done.count, "seconds": time.monotonic() - began, "cpu": time.process_time() - used, "refused": wire.refused}


def scan(name: str, network: str, count: str, cap: str, way: str, device: str = "0") -> dict[str, Any]:
    with Wire(name) as wire:
        pacer = Pacer(float(cap) or None, None, float(device) or None)
        hosts = list(ip_network(network))
        hop = ip_address("198.19.0.2") if hosts[0].version == 4 else hosts[0]
        macs = resolve(wire, [hop], pacer)
        used = time.process_time()
        found = ports.scan(wire, dict.fromkeys(hosts, macs[hop][0]), range(1, int(count) + 1), pacer, seed=SEED, bulk=bulk(way))
        cpu = time.process_time() - used
        return {"macs": len(macs[hop]), **shown(found), "cpu": cpu}


def shown(found: ports.Scanned) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__slots__}


def plain(network: str, count: str, in_flight: str = "256") -> dict[str, Any]:
    used = time.process_time()
    hosts = list(ip_network(network))
    found = connect.scan(hosts, range(1, int(count) + 1), Pacer(None, None, None), seed=SEED, in_flight=int(in_flight))
    return shown(found) | {"cpu": time.process_time() - used}


def datagrams(target: str, count: str) -> dict[str, Any]:
    pacer = Pacer(None, None, None)
    done = connect.datagrams(
        ip_address(target),
        range(20_000, 20_000 + int(count)),
        lambda port: tokens.payload(SEED, "in", 1, port),
        pacer,
        seed=SEED,
        name=LABEL,
    )
    return {"sent": done.count}


def serve(*numbers: str) -> dict[str, Any]:
    """Accept and close, so that no queue fills up."""
    poll, doors = select.epoll(), {}
    for number in numbers:
        door = socket.create_server(("::", int(number)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=4096)
        door.setblocking(False)
        doors[door.fileno()] = door
        poll.register(door.fileno(), select.EPOLLIN)
    print("ready", flush=True)
    count: collections.Counter[int] = collections.Counter()
    while True:
        for descriptor, _ in poll.poll():
            try:
                while True:
                    doors[descriptor].accept()[0].close()
                    count[descriptor] += 1
            except (BlockingIOError, ConnectionError):
                continue


def opened(name: str) -> dict[str, Any]:
    try:
        Wire(name).close()
    except UseError as error:
        return {"error": error.code}
    return {"error": None}


def scapy(network: str, count: str, few: str) -> dict[str, Any]:
    """scapy's own send-and-receive over the first of the probes."""
    from scapy.config import conf
    from scapy.layers.inet import IP, TCP
    from scapy.sendrecv import sr

    conf.verb = 0
    hosts = [str(one) for one in ip_network(network)][: int(few) // int(count)]
    probes = [IP(dst=host) / TCP(sport=45_000, dport=port, flags="S") for host in hosts for port in range(1, int(count) + 1)]
    began = time.monotonic()
    answered, _ = sr(probes, timeout=1)
    return {"answered": len(answered), "seconds": time.monotonic() - began}


DO = {"hear": hear, "sweep": send, "scan": scan, "connect": plain, "datagrams": datagrams, "serve": serve, "open": opened, "scapy": scapy}

if __name__ == "__main__":
    print(json.dumps(DO[sys.argv[1]](*sys.argv[2:])))
