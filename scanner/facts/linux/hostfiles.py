"""Settings files of the host: core dumps, control-alt-delete, shared folders, saved packet filters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.facts.fact import Files, fact, read_files
from scanner.model.absent import Absent
from scanner.model.evidence import Answer, Probe

_DROPINS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd")


@fact(
    Probe(
        "linux.host-files",
        "files",
        (
            "/etc/security/limits.conf",
            "/etc/security/limits.d/*.conf",
            *(f"{folder}/{name}" for name in ("coredump.conf", "system.conf") for folder in _DROPINS),
            *(f"{folder}/{name}.d/*.conf" for name in ("coredump.conf", "system.conf") for folder in _DROPINS),
            "/etc/inittab",
            "/etc/exports",
            "/etc/exports.d/*.exports",
            "/etc/samba/smb.conf",
        ),
        keeps=r"lines:^[ \t]*[^#; \t]",
    )
)
@dataclass(frozen=True, slots=True)
class HostFiles:
    """Texts of these files, read by the methods below."""

    files: Files

    @classmethod
    def read(cls, answer: Answer) -> HostFiles | Absent:
        """Read the files; absent when one of them is cut or may not be read."""
        files = read_files(answer)
        hindrance = files.hindrance
        return cls(files) if hindrance is None else hindrance

    def lines(self, prefix: str) -> Iterable[tuple[str, str]]:
        """Path and stripped line of every setting line under a path prefix, in the order of the paths asked for."""
        for path, item in self.files.texts.items():
            if path.startswith(prefix):
                for line in item.lines:
                    text = line.strip(" \t\r")
                    if text and text[0] not in "#;":
                        yield path, text

    def systemd(self, name: str, key: str) -> str | None:
        """Effective value of a key of ``coredump.conf`` or ``system.conf``: drop-ins by base name, the first directory of one name wins."""
        main = next((p for p in (f"{folder}/{name}" for folder in _DROPINS) if p in self.files.texts), None)
        dropins: dict[str, str] = {}
        for folder in _DROPINS:
            for path in self.files.texts:
                if path.startswith(f"{folder}/{name}.d/"):
                    dropins.setdefault(path.rpartition("/")[2], path)
        value = None
        for path in [*([main] if main else []), *(dropins[base] for base in sorted(dropins))]:
            for _, text in self.lines(path):
                found, equals, rest = text.partition("=")
                if equals and found.strip(" \t") == key:
                    value = rest.strip(" \t")
        return value

    def core_limits(self) -> list[tuple[str, str, str]]:
        """Lines about core of limits.conf and limits.d, last ones last: domain, type, value."""
        out = []
        for _, text in [*self.lines("/etc/security/limits.conf"), *self.lines("/etc/security/limits.d/")]:
            words = re.findall(r"[^ \t]+", text.partition("#")[0])
            if len(words) >= 4 and words[2] == "core":
                out.append((words[0], words[1], words[3]))
        return out


@fact(
    Probe(
        "linux.firewall-files",
        "files",
        (
            "/etc/ufw/ufw.conf",
            "/etc/default/ufw",
            "/etc/ufw/user.rules",
            "/etc/ufw/user6.rules",
            "/etc/nftables.conf",
            "/etc/sysconfig/nftables.conf",
            "/etc/nftables/*.nft",
            "/etc/nftables.d/*",
            "/etc/iptables/rules.v4",
            "/etc/iptables/rules.v6",
            "/etc/sysconfig/iptables",
            "/etc/sysconfig/ip6tables",
            "/etc/firewalld/firewalld.conf",
            "/etc/firewalld/zones/*.xml",
            "/etc/firewalld/policies/*.xml",
            "/etc/firewalld/direct.xml",
        ),
        root=True,
        max_bytes=1_000_000,
    )
)
@dataclass(frozen=True, slots=True)
class FirewallFiles:
    """Saved packet filter rules of the usual managers."""

    files: Files

    @classmethod
    def read(cls, answer: Answer) -> FirewallFiles | Absent:
        """Read the files; absent when one of them is cut or may not be read."""
        files = read_files(answer)
        hindrance = files.hindrance
        return cls(files) if hindrance is None else hindrance

    def text(self, path: str) -> str:
        """Text of a file, empty when it is positively not there."""
        item = self.files.texts.get(path)
        return item.text if item is not None else ""

    def below(self, folder: str) -> dict[str, str]:
        """Path to text of every file below a folder."""
        return {path: item.text for path, item in self.files.texts.items() if path.startswith(folder)}

    def words(self, path: str) -> dict[str, str]:
        """``KEY=value`` lines of a file, unquoted; comments left out."""
        pairs = (line.partition("=") for line in self.text(path).split("\n") if not line.lstrip().startswith("#"))
        return {key.strip(): value.strip().strip("\"'") for key, equals, value in pairs if equals}
