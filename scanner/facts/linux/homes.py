"""Modes of the home folders listed in /etc/passwd and of a fixed set of dot files in them (nothing is walked)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact
from scanner.facts.linux.modes import FileMode, read_stats
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

DOTS = (
    ".rhosts", ".shosts", ".netrc", ".forward", ".bashrc", ".bash_profile", ".bash_login", ".profile", ".bash_history", ".cshrc",
    ".zshrc", ".kshrc", ".ssh", ".ssh/authorized_keys", ".ssh/authorized_keys2", ".ssh/id_rsa", ".ssh/id_ed25519", ".ssh/id_ecdsa",
)  # fmt: skip
"""Names looked for in each home."""
HOMES = 300
"""At most so many homes are asked about; more make the fact absent (truncated)."""

_ASK = r"""
command -v stat >/dev/null 2>&1 || exit 127
awk -F: '$7 !~ /(nologin|false|sync|halt|shutdown)$/ && $6 ~ /^\/./ && !($6 in h) {
  h[$6]; if (++n > @HOMES@) { print "!"; exit } print $6
}' /etc/passwd | {
set --
while IFS= read -r h; do
[ "$h" = "!" ] && { echo "many"; exit 0; }
set -- "$@" "$h"
for d in @DOTS@; do set -- "$@" "$h/$d"; done
done
[ $# -gt 0 ] || { echo none; exit 0; }
exec stat -L -c '%a %u %g %U %G %F %n' "$@" 2>&1
}
""".replace("@HOMES@", str(HOMES)).replace("@DOTS@", " ".join(DOTS))


@fact(Probe("linux.homes", "sh", (_ASK,), max_bytes=1_048_576))
@dataclass(frozen=True, slots=True)
class Homes:
    """Modes in the homes of accounts with a login shell."""

    files: Mapping[str, FileMode]
    """Path to mode."""
    missing: Mapping[str, Why]

    def home(self, path: str) -> FileMode | Absent:
        """The mode of one home folder."""
        found = self.files.get(path)
        return found if found is not None else Absent(self.missing.get(path, Why.NOT_ASKED), path)

    def dots(self, home: str, *names: str) -> list[FileMode]:
        """The dot files of one home that are there, of the names asked for."""
        paths = [f"{home}/{name}" for name in names]
        return [self.files[path] for path in paths if path in self.files]

    def hidden(self, home: str, *names: str) -> str | None:
        """The first path that could not be looked at for want of permission, None when all could."""
        paths = [home, *(f"{home}/{name}" for name in names)]
        return next((path for path in paths if self.missing.get(path) is Why.NO_PERMISSION), None)

    @classmethod
    def read(cls, answer: Answer) -> Homes | Absent:
        """Read the one stat call."""
        if answer.exit == 127:
            return Absent(Why.COMMAND_MISSING, "stat")
        if answer.exit not in (0, 1):
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        if answer.lines == ["many"]:
            return Absent(Why.TRUNCATED, f"> {HOMES}")
        if answer.lines == ["none"]:
            return Absent(Why.NOT_PRESENT, "home")
        modes, missing = read_stats(answer)
        if not modes and not missing:
            raise Unreadable("no path at all")
        return cls(modes, missing)
