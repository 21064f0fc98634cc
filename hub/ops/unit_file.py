"""The systemd unit of a hub: its own account, nothing writable but its folder, no new rights. Pure."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

_TEXT = """\
[Unit]
Description=shiqu hub / 石渠汇集端
After=network-online.target postgresql.service
Wants=network-online.target

[Service]
User=shiqu-hub
ExecStart={command}
Restart=always
RestartSec=5
TimeoutStopSec=30
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallFilter=@system-service
CapabilityBoundingSet=
ReadWritePaths={home}

[Install]
WantedBy=multi-user.target
"""


def unit_file(home: Path, reference: str, options: Sequence[str], cert: Path | None, key: Path | None, *, proxy: bool) -> str:
    """The text, for this machine's interpreter. ``ask`` cannot be asked there: the passphrase then stands in a file of root's."""
    place = home.absolute()
    argv = [sys.executable, "-P", "-m", "scanner.cli.main", "hub", "serve", "--home", str(place)]
    argv += ["--passphrase", reference if reference != "ask" else f"file:{place}/passphrase", *options]
    for name, value in (("--tls-cert", cert), ("--tls-key", key)):
        argv += [name, str(value.absolute())] if value is not None else []
    return _TEXT.format(command=_escaped([*argv, *(["--behind-proxy"] if proxy else [])]), home=_escaped([str(place)]))


def _escaped(words: Sequence[str]) -> str:
    """Words as systemd reads them: its own signs doubled."""
    return " ".join(shlex.quote(word) if " " in word else word for word in words).replace("%", "%%").replace("$", "$$")
