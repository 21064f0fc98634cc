"""nmap's XML (``-oX``): hosts and their open ports. Output of scripts is not taken over."""

from __future__ import annotations

from datetime import UTC, datetime

from scanner.collect.foreign.shape import SEEN, Findings, Host, NotRead, Row, plain
from scanner.collect.foreign.xmlwalk import walk

OPEN = ("open", "open|filtered")


def read(data: bytes) -> Findings:
    """Every open port of every host that was up. Raises NotRead."""
    seen = _Run()
    walk(data, seen)
    if not seen.known:
        raise NotRead("no nmaprun")
    return seen.found


class _Run:
    """Walks a file, host by host."""

    def __init__(self) -> None:
        self.found = Findings(whole=False)
        self.known = self.up = False
        self.kinds: list[str] = []
        self._begin({})

    def _begin(self, attributes: dict[str, str]) -> None:
        self.began = attributes.get("starttime", "")
        self.up = False
        self.addresses: list[str] = []
        self.names: list[str] = []
        self.ports: list[dict[str, str]] = []

    def open(self, path: list[str], attributes: dict[str, str]) -> None:
        tag, parent = path[-1], path[-2] if len(path) > 1 else ""
        if len(path) == 1:
            self.known = tag == "nmaprun"
            # The command line may hold passwords of scripts: it stays where it is.
            self.found.tool = plain(f"nmap {attributes.get('version', '')}")
        elif tag == "scaninfo" and parent == "nmaprun":
            self.kinds.append(" ".join(attributes.get(key, "") for key in ("type", "protocol", "numservices")))
        elif tag == "host" and parent == "nmaprun":
            self._begin(attributes)
        elif parent == "host" and tag == "status":
            self.up = attributes.get("state") == "up"
        elif parent == "host" and tag == "address" and attributes.get("addrtype") in ("ipv4", "ipv6"):
            self.addresses.append(plain(attributes.get("addr", "")))
        elif parent == "hostnames" and tag == "hostname":
            self.names.append(plain(attributes.get("name", "")))
        elif parent == "ports" and tag == "port":
            self.ports.append({"key": f"{attributes.get('protocol', '')}/{attributes.get('portid', '')}"})
        elif parent == "port" and self.ports:
            self._of_port(tag, attributes)
        elif parent == "runstats" and tag == "finished":
            self.found.whole = attributes.get("exit") == "success"

    def _of_port(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "state":
            self.ports[-1]["state"] = attributes.get("state", "")
        elif tag == "service":
            parts = (attributes.get(key, "") for key in ("name", "product", "version"))
            self.ports[-1]["title"] = " ".join(part for part in parts if part)

    def close(self, path: list[str], _text: str) -> None:
        if path != ["nmaprun", "host"] or not self.up:
            return
        name = self.names[0] if self.names else (self.addresses or [""])[0]
        host = self.found.host(
            Host(name=name, addresses=tuple(self.addresses[:64]), began=_time(self.began), profile=plain("; ".join(self.kinds)))
        )
        for port in self.ports:
            state = port.get("state", "")
            if state in OPEN:
                self.found.add(Row(host, plain(port["key"]), plain(port.get("title", "")), plain(state), SEEN))
            else:
                self.found.left_out += 1


def _time(text: str) -> str:
    """Seconds since 1970 as a time that people read; empty for everything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        return ""
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
