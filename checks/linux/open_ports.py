"""Ports that other machines can reach / 对外监听的端口."""

from scanner.api import Verdict, awaits_person, check, linux, met, unmet

RISKY = (
    "tcp/21 tcp/23 udp/69 tcp/111 udp/111 tcp/135 udp/137 udp/138 tcp/139 tcp/445 tcp/512 tcp/513 tcp/514 tcp/2049 udp/2049 tcp/2375 "
    "tcp/3389 tcp/5900 tcp/5901 tcp/6000 tcp/6379 tcp/9200 tcp/11211 udp/11211 tcp/27017"
)
CLEAR = "tcp/21 tcp/23 tcp/512 tcp/513 tcp/514 tcp/5900 tcp/5901 tcp/6000"


def _listening(sockets: linux.Sockets, ports: str) -> list[dict[str, str | int]]:
    wanted = set(ports.replace(",", " ").split())
    return [socket.shown() for socket in sockets.reachable() if f"{socket.protocol}/{socket.port}" in wanted]


@check("linux.high-risk-ports")
def high_risk_ports(sockets: linux.Sockets, *, ports: str = RISKY) -> Verdict:
    found = _listening(sockets, ports)
    shown = {"open": found[:20], "count": len(found)}
    return unmet(shown, wanted={"open": []}) if found else met(shown)


@check("linux.clear-text-admin")
def clear_text_admin(sockets: linux.Sockets, services: linux.Services, *, ports: str = CLEAR) -> Verdict:
    found = _listening(sockets, ports)
    daemons = sorted({"in.telnetd", "telnetd", "in.rlogind", "in.rshd", "in.rexecd"} & services.processes)
    shown = {"open": found[:20], "daemons": daemons}
    return unmet(shown, wanted={"open": [], "daemons": []}) if found or daemons else met(shown)


@check("linux.open-ports")
def open_ports(sockets: linux.Sockets) -> Verdict:
    found = [socket.shown() for socket in sockets.reachable()]
    shown = {"open": found[:40], "count": len(found)}
    return awaits_person(shown, wanted="every port is needed and named in the unit's list") if found else met(shown)
