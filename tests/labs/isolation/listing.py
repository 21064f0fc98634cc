"""The topologies as a page of the documents: ``python -m tests.labs.isolation.listing > docs/isolation_lab.md``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

FAMILIES = ("routing", "layer2", "relays", "tunnels", "inward", "crossings", "traps", "records", "without_raw", "resident")
HEAD = """# The isolation lab / 隔离试验场

Each line is a topology of network namespaces with real daemons, built by `tests/labs/isolation`, driven through the command line from both
ends and judged again from its shelf. `make test` runs each once, `make endurance` ten times without a second try. Written by
`python -m tests.labs.isolation.listing`; a test keeps this page true.

每一行是一个由网络命名空间和真实服务程序搭成的拓扑，只通过命令行从内外两端驱动，并从证据架重新判定一次。

**Stand-ins.** The kernel this was written on has no VLAN-aware bridge, no 8021q, GRE, IPIP or WireGuard modules. Instead: a VLAN switch in user space
(`helpers/switch.py`), tunnels of a user-space helper over raw sockets (`helpers/tunnel.py`) and wireguard-go. VXLAN, veth, bridges, TUN and
nftables are the kernel's. The one-way import is two processes in two namespaces that share one pipe (`helpers/ferry.py`). Storage boxes are
folders mounted into each end's own mount namespace. CONNECT-only and SOCKS4-only proxies are ours (`helpers/relay.py`); dnsmasq, unbound,
tinyproxy, microsocks, socat, haproxy, radvd, nginx and OpenSSH are Debian's.
"""


def topologies(module: ModuleType) -> Iterator[tuple[str, str, str, str]]:
    """Name, what it is, conclusion and the paths that must be named, in the order of the file."""
    for name, test in vars(module).items():
        if name.startswith("test_") and hasattr(test, "topology"):
            conclusion, wants = test.topology
            paths = ", ".join(
                " ".join(str(word) for word in (want.kinds.replace("|", "/"), want.protocol, want.port) if word) for want in wants
            )
            yield name.removeprefix("test_").replace("_", " "), " ".join((test.__doc__ or "").split()), conclusion, paths


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for family in FAMILIES:
        module = importlib.import_module(f"tests.labs.isolation.test_{family}")
        lines += [
            f"## {family}",
            " ".join((module.__doc__ or "").split()),
            "",
            "| topology | what it is | conclusion | paths named |",
            "|---|---|---|---|",
        ]
        lines += [f"| {name} | {words} | `{conclusion}` | {paths} |" for name, words, conclusion, paths in topologies(module)]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(page())
