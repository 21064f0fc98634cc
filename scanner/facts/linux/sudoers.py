"""sudo's rules: sudoers and everything it includes, in sudo's own order, with aliases resolved.

The probe answers in the form of a ``files`` probe. It is put through the shell because (1) only the target can resolve the
include lines and (2) the colon after the tags PASSWD and NOPASSWD becomes ``~:``, or the mask would take the command after it
for a secret. The pseudo file ``!version`` holds what ``sudo -V`` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import dirname, join, normpath

from scanner.facts.fact import Files, Unreadable, fact, read_files
from scanner.facts.linux.sudoers_text import Default, Parsed, Rule, parse
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

_ASK = r"""
m=/etc/sudoers
[ -e $m ] || for d in /usr/local/etc /usr/etc /opt/etc; do [ -e $d/sudoers ] && m=$d/sudoers && break; done
[ -e $m ] || { command -v sudo >/dev/null 2>&1 && exit 4; echo no-sudo; exit 0; }
echo 'F !version'
sudo -V </dev/null 2>/dev/null | sed -n '1s/^/|/p'
i='^[[:blank:]]*[#@]include'; n='[[:blank:]][[:blank:]]*\([^"[:blank:]]*\).*'
for f in $m $(sed -n "s/${i}dir$n/\1\/*/p; s/$i$n/\1/p" $m) /etc/sudoers.d/*; do
[ -f "$f" ] && set -- "$@" "$f"
done
exec awk 'BEGIN {
  for (i = 1; i < ARGC; i++) {
    v = ARGV[i]; if (v in seen) continue; seen[v]; n = 0
    while ((r = (getline s < v)) > 0) {
      if (n++ == 0) print "F " v
      gsub(/PASSWD[ \t]*:/, "PASSWD~:", s); print "|" s
    }
    if (n == 0) { if (r < 0) print "D " v; else print "F " v }
    close(v)
  }
}' "$@"
"""


@fact(Probe("linux.sudoers", "sh", (_ASK,), root=True))
@dataclass(frozen=True, slots=True)
class Sudoers:
    """All rules and defaults in the order in which sudo reads them (the last match wins)."""

    rules: tuple[Rule, ...]
    defaults: tuple[Default, ...]
    version: tuple[int, ...]
    """Version of sudo, ``()`` when it did not say."""
    unread: tuple[str, ...]
    """Includes that were not brought back, and lines that could not be read: what is there may say anything."""
    aliases: Mapping[str, tuple[str, ...]]
    """User, runas, host and command aliases: name to members."""

    def default(self, name: str) -> bool | str | None:
        """The last unscoped value of a setting: True, False (``!name``), its text, or None when never set."""
        value: bool | str | None = None
        for item in self.defaults:
            if item.name == name and item.scope == "":
                value = item.value
        return value

    def expand(self, names: Sequence[str], seen: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Members of aliases in place of their names; other names as they are."""
        out: list[str] = []
        for name in names:
            if name in self.aliases and name not in seen:
                out += self.expand(self.aliases[name], seen | {name})
            else:
                out.append(name)
        return tuple(dict.fromkeys(out))

    @classmethod
    def read(cls, answer: Answer) -> Sudoers | Absent:
        """Read the files; not present when there is neither sudoers nor sudo."""
        if answer.lines == ["no-sudo"]:
            return Absent(Why.NOT_PRESENT, "sudo")
        if answer.exit == 4:
            return Absent(Why.FILE_MISSING, "sudoers")
        if answer.exit == 127:
            return Absent(Why.COMMAND_MISSING, "awk")
        if answer.exit != 0:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        files = read_files(answer)
        hidden = files.hindrance
        if hidden is not None:
            return hidden
        main = next((path for path in files.texts if path != "!version"), None)
        if main is None:
            raise Unreadable("no sudoers")
        whole = Parsed([], [], {}, [])
        _read(files, main, whole, 0)
        version = re.search(r"[0-9]+(?:\.[0-9]+)+", str(files.texts["!version"].text) if "!version" in files.texts else "")
        numbers = tuple(int(part) for part in version[0].split(".")) if version else ()
        if not whole.rules and not whole.defaults:
            raise Unreadable("no rule in sudoers")
        return cls(tuple(whole.rules), tuple(whole.defaults), numbers, tuple(whole.unread), whole.aliases)


def _read(files: Files, path: str, whole: Parsed, depth: int) -> None:
    """Read one file into the whole, going down at each include."""
    text = files.texts[path].text.replace("PASSWD~:", "PASSWD:")

    def include(directive: str, name: str) -> None:
        target = normpath(name if name.startswith("/") else join(dirname(path), name))
        if depth > 10 or "%" in name:
            whole.unread.append(name)
        elif directive == "include":
            if target in files.texts:
                _read(files, target, whole, depth + 1)
            else:
                whole.unread.append(target)
        elif target != "/etc/sudoers.d" and depth > 0:
            whole.unread.append(target)
        else:
            # sudo passes over names with a dot or a tilde at the end, as package managers leave them.
            for item in sorted(p for p in files.texts if dirname(p) == target):
                name = item.rpartition("/")[2]
                if "." not in name and not name.endswith("~"):
                    _read(files, item, whole, depth + 1)

    parse(text, path, whole, include)
