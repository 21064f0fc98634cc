"""Unit files read from disk: the states that ``systemctl --root`` (252) gives for the same folders."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scanner.facts.linux.unit_files import ON_DISK

INSTALL = "[Unit]\nDescription=x\n[Install]\nWantedBy=multi-user.target\n"
PLAIN = "[Unit]\nDescription=x\n"
EXPECTED = {
    "alias.service": "alias", "also.service": "indirect", "apart.service": "enabled", "base.target": "static", "dropin.service": "disabled",
    "empty.service": "masked", "ghost.service": "bad", "installed.service": "disabled", "instance@.service": "indirect",
    "link.service": "linked", "masked.service": "masked", "over.service": "static", "pulled.service": "static", "started.service": "enabled",
    "tty@.service": "enabled", "vendor.timer": "static", "wanted.socket": "enabled",
}  # fmt: skip
"""Checked against systemctl 252 when this test was written."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Folders with one unit of every state."""
    etc, lib = tmp_path / "etc/systemd/system", tmp_path / "usr/lib/systemd/system"
    for folder in (etc / "multi-user.target.wants", etc / "sockets.target.requires", lib / "base.target.wants", lib / "dropin.service.d"):
        folder.mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    for name in ("installed", "started", "masked", "over", "link"):
        (lib / f"{name}.service").write_text(INSTALL)
    for name in ("pulled.service", "vendor.timer", "base.target", "dropin.service"):
        (lib / name).write_text(PLAIN)
    (lib / "wanted.socket").write_text("[Install]\nRequiredBy=sockets.target\n")
    (lib / "also.service").write_text("[Install]\nAlso=wanted.socket\n")
    (lib / "dropin.service.d/more.conf").write_text("[Install]\nWantedBy=multi-user.target\n")
    (lib / "apart.service").write_text("[Install]\nAlias=other-name.service\n")
    (lib / "tty@.service").write_text(f"{INSTALL}DefaultInstance=tty1\n")
    (lib / "instance@.service").write_text(INSTALL)
    (lib / "alias.service").symlink_to("installed.service")
    (lib / "ghost.service").symlink_to("nowhere.service")
    (lib / "empty.service").write_text("")
    (lib / "base.target.wants/pulled.service").symlink_to("../pulled.service")
    (lib / "base.target.wants/installed.service").symlink_to("../installed.service")
    (etc / "over.service").write_text(PLAIN)
    (etc / "masked.service").symlink_to("/dev/null")
    (tmp_path / "opt").mkdir()
    (tmp_path / "opt/link.service").write_text(INSTALL)
    (etc / "link.service").symlink_to("/opt/link.service")
    (etc / "other-name.service").symlink_to("/usr/lib/systemd/system/apart.service")
    for name, of in (
        ("started.service", "started.service"),
        ("tty@tty1.service", "tty@.service"),
        ("instance@a.service", "instance@.service"),
    ):
        (etc / "multi-user.target.wants" / name).symlink_to(f"/usr/lib/systemd/system/{of}")
    (etc / "sockets.target.requires/wanted.socket").symlink_to("/usr/lib/systemd/system/wanted.socket")
    return tmp_path


@pytest.mark.parametrize("shell", [("sh",), ("busybox", "sh")])
@pytest.mark.parametrize("tools", ["system", "busybox"])
def test_states(root: Path, shell: tuple[str, ...], tools: str) -> None:
    """Dash and busybox' shell, each with the system's tools and with busybox' own."""
    script = ON_DISK.replace("\nr=\n", f"\nr={root}\n")
    if tools == "busybox":
        script = "".join(f'{name}() {{ busybox {name} "$@"; }}\n' for name in ("awk", "grep", "ls")) + script
    done = subprocess.run([*shell, "-c", script], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
    rows = done.stdout.split("\n")[:-1]
    assert rows[-1] == "|rc=0" and done.stderr == ""
    assert dict(row[1:].split(" ") for row in rows[:-1]) == EXPECTED | {"other-name.service": "alias"}
