"""Ports that other machines can reach / 对外监听的端口."""

from scanner.api import Absent, Verdict, awaits_person, check, linux, met, unmet

RISKY = (
    "tcp/21 tcp/23 udp/69 tcp/111 udp/111 tcp/135 udp/137 udp/138 tcp/139 tcp/445 tcp/512 tcp/513 tcp/514 tcp/2049 udp/2049 tcp/2375 "
    "tcp/3389 tcp/5900 tcp/5901 tcp/6000 tcp/6379 tcp/9200 tcp/11211 udp/11211 tcp/27017"
)
CLEAR = "tcp/21 tcp/23 tcp/512 tcp/513 tcp/514 tcp/5900 tcp/5901 tcp/6000"


def _listening(sockets: linux.Sockets, ports: str) -> list[linux.Socket]:
    wanted = set(ports.replace(",", " ").split())
    return [socket for socket in sockets.reachable() if f"{socket.protocol}/{socket.port}" in wanted]


def _blocked(firewall: linux.Firewall | Absent, socket: linux.Socket) -> bool:
    """Whether the host's own filter is shown to let no stranger in to it, over IPv4 and IPv6."""
    if isinstance(firewall, Absent):
        return False
    stances = [firewall.v4, *([firewall.v6] if firewall.ipv6_in_use else [])]
    open_ways = [way for stance in stances for way in stance.accepts if way.covers(socket.port, socket.protocol)]
    return all(stance.default == "deny" for stance in stances) and not open_ways


@check("linux.high-risk-ports")
def high_risk_ports(sockets: linux.Sockets, firewall: linux.Firewall | Absent, *, ports: str = RISKY) -> Verdict:
    """What listens for others and is not closed by the host's own packet filter."""
    listening = _listening(sockets, ports)
    found = [socket.shown() for socket in listening if not _blocked(firewall, socket)]
    shown = {"open": found[:20], "count": len(found), "blocked": len(listening) - len(found)}
    return unmet(shown, wanted={"open": []}) if found else met(shown)


@check("linux.clear-text-admin")
def clear_text_admin(sockets: linux.Sockets, services: linux.Services, firewall: linux.Firewall | Absent, *, ports: str = CLEAR) -> Verdict:
    """Ports and daemons of clear-text administration; a daemon counts wherever it listens."""
    found = [socket.shown() for socket in _listening(sockets, ports) if not _blocked(firewall, socket)]
    daemons = sorted({"in.telnetd", "telnetd", "in.rlogind", "in.rshd", "in.rexecd"} & services.processes)
    shown = {"open": found[:20], "daemons": daemons}
    return unmet(shown, wanted={"open": [], "daemons": []}) if found or daemons else met(shown)


@check("linux.open-ports")
def open_ports(sockets: linux.Sockets) -> Verdict:
    found = [socket.shown() for socket in sockets.reachable()]
    shown = {"open": found[:40], "count": len(found)}
    return awaits_person(shown, wanted="every port is needed and named in the unit's list") if found else met(shown)
