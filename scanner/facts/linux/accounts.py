"""Accounts and groups: /etc/passwd and /etc/group, and of /etc/shadow only the kind of each hash, made on the target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# Fields are parted by tabs: an account named `secret` or `psk` must not look like a secret to the mask.
_KIND = """
function kind(p, b, l, q) {
  if (p == "") return "empty"
  b = p; l = ""
  while (substr(b, 1, 1) == "!") { b = substr(b, 2); l = "locked-" }
  if (b == "" || substr(b, 1, 1) == "*") return "none"
  if (substr(b, 1, 1) == "$") {
    split(b, q, "$")
    if (q[2] == "1") return l "md5"
    if (q[2] ~ /^2[abxy]?$/) return l "bcrypt"
    if (q[2] == "5") return l "sha256"
    if (q[2] == "6") return l "sha512"
    if (q[2] == "7") return l "scrypt"
    if (q[2] == "y") return l "yescrypt"
    if (q[2] == "gy") return l "gost-yescrypt"
    if (q[2] == "sm3") return l "sm3"
    if (q[2] == "3") return l "nt"
    if (q[2] ~ /^md5/) return l "sunmd5"
    return l "other"
  }
  if (length(b) == 13 && b !~ /[^.\\/0-9A-Za-z]/) return l "des"
  if (length(b) == 20 && substr(b, 1, 1) == "_") return l "bsdi"
  return "invalid"
}
"""
_ACCOUNTS = (
    "exec awk '"
    + _KIND
    + """
BEGIN {
  t = "\\t"; print "== passwd"; n = 0
  while ((r = (getline s < "/etc/passwd")) > 0) {
    n++; c = split(s, a, ":")
    if (s == "") continue
    if (c != 7) { print "|?" t substr(a[1], 1, 40); continue }
    print "|" a[1] t (a[2] == "x" ? "shadow" : kind(a[2])) t a[3] t a[4] t a[6] t a[7]
  }
  if (r < 0) print "|!"
  print "== group"
  while ((r = (getline s < "/etc/group")) > 0) {
    c = split(s, a, ":")
    if (s == "") continue
    if (c != 4) { print "|?" t substr(a[1], 1, 40); continue }
    print "|" a[1] t (a[2] == "x" ? "shadow" : kind(a[2])) t a[3] t a[4]
  }
  if (r < 0) print "|!"
  print "== nss"
  while ((getline s < "/etc/nsswitch.conf") > 0) {
    sub(/#.*/, "", s)
    if (s ~ /^[ \\t]*(passwd|group|shadow|sudoers)[ \\t]*:/) { sub(/^[ \\t]*/, "", s); sub(/[ \\t]*:[ \\t]*/, t, s); print "|" s }
  }
}
'
"""
)
_SHADOW = (
    'exec awk -v now="$(date +%s)" \''
    + _KIND
    + """
BEGIN {
  t = "\\t"; print "== today"; print "|" int(now / 86400)
  print "== shadow"
  while ((r = (getline s < "/etc/shadow")) > 0) {
    c = split(s, a, ":")
    if (s == "") continue
    if (c != 9) { print "|?" t substr(a[1], 1, 40); continue }
    print "|" a[1] t kind(a[2]) t a[3] t a[4] t a[5] t a[6] t a[7] t a[8]
  }
  if (r < 0) print "|!"
}
'
"""
)


@dataclass(frozen=True, slots=True)
class Account:
    """One line of /etc/passwd."""

    name: str
    stored: str
    """``shadow``, or the kind of what stands in passwd itself: ``empty``, ``none``, ``md5`` …"""
    uid: int
    gid: int
    home: str
    shell: str
    """Empty means /bin/sh."""

    @property
    def can_log_in(self) -> bool:
        """The shell is one that gives a session (an empty shell is /bin/sh)."""
        return self.shell.rpartition("/")[2] not in NO_SESSION or self.shell == ""


NO_SESSION = frozenset({"nologin", "false", "true", "sync", "halt", "shutdown", "git-shell"})
"""Names of programs that stand in for a shell and give no session."""


@dataclass(frozen=True, slots=True)
class Group:
    """One line of /etc/group."""

    name: str
    stored: str
    """As in Account."""
    gid: int
    members: tuple[str, ...]


@fact(Probe("linux.accounts", "sh", (_ACCOUNTS,), max_bytes=1_048_576))
@dataclass(frozen=True, slots=True)
class Accounts:
    """Local accounts and groups."""

    accounts: tuple[Account, ...]
    groups: tuple[Group, ...]
    malformed: tuple[str, ...]
    """Names (or what stands there) of lines that are no account or group; also the ``+`` lines of NIS."""
    sources: Mapping[str, tuple[str, ...]]
    """nsswitch: database to sources; ``files`` alone where nothing is written."""

    @property
    def remote(self) -> tuple[str, ...]:
        """Sources of accounts beside the local files, as nsswitch names them."""
        return tuple(s for s in self.sources.get("passwd", ("files",)) if s not in ("files", "compat", "systemd") and not s.startswith("["))

    @classmethod
    def read(cls, answer: Answer) -> Accounts | Absent:
        """Read the tab-parted lines."""
        if answer.exit == 127:
            return Absent(Why.COMMAND_MISSING, "awk")
        if answer.exit != 0:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        parts = sections(answer)
        malformed: list[str] = []
        accounts: list[Account] = []
        groups: list[Group] = []
        for row in _rows(parts, "passwd", 6, malformed):
            uid, gid = _id(row[2]), _id(row[3])
            if uid is None or gid is None:
                malformed.append(row[0][:40])
            else:
                accounts.append(Account(row[0], row[1], uid, gid, row[4], row[5]))
        for row in _rows(parts, "group", 4, malformed):
            gid = _id(row[2])
            if gid is None:
                malformed.append(row[0][:40])
            else:
                groups.append(Group(row[0], row[1], gid, tuple(m for m in row[3].split(",") if m)))
        sources = {}
        for line in parts.get("nss", []):
            database, _, rest = line.partition("\t")
            sources[database] = tuple(rest.split())
        if not accounts:
            raise Unreadable("no account at all")
        return cls(tuple(accounts), tuple(groups), tuple(malformed), sources)


@dataclass(frozen=True, slots=True)
class Secret:
    """What may be known of one line of /etc/shadow. Ages in days; None where the field is empty."""

    name: str
    kind: str
    """``empty``, ``none``, ``invalid``, a hash name, or ``locked-`` and a hash name."""
    changed: int | None
    """Day of the last change since 1970; 0 means must change at next login."""
    least: int | None
    most: int | None
    warn: int | None
    inactive: int | None
    expires: int | None
    """Day on which the account ends, since 1970."""

    @property
    def usable(self) -> bool:
        """A password that can be typed (an empty one too)."""
        return self.kind not in ("none", "invalid") and not self.kind.startswith("locked-")

    @property
    def hashed(self) -> bool:
        """A password hash that is not locked."""
        return self.usable and self.kind != "empty"


@fact(Probe("linux.shadow", "sh", (_SHADOW,), root=True, max_bytes=1_048_576))
@dataclass(frozen=True, slots=True)
class Shadow:
    """Kinds of hashes and password ages."""

    secrets: tuple[Secret, ...]
    malformed: tuple[str, ...]
    today: int
    """The target's date as days since 1970."""

    @classmethod
    def read(cls, answer: Answer) -> Shadow | Absent:
        """Read the tab-parted lines."""
        if answer.exit == 127:
            return Absent(Why.COMMAND_MISSING, "awk")
        if answer.exit != 0:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        parts = sections(answer)
        malformed: list[str] = []
        secrets: list[Secret] = []
        for row in _rows(parts, "shadow", 8, malformed):
            try:
                ages = [_age(text) for text in row[2:]]
            except ValueError:
                malformed.append(row[0][:40])
                continue
            secrets.append(Secret(row[0], row[1], *ages))
        today = int(parts["today"][0])
        if not secrets:
            raise Unreadable("no line in shadow")
        return cls(tuple(secrets), tuple(malformed), today)


def _rows(parts: Mapping[str, list[str]], name: str, width: int, malformed: list[str]) -> list[list[str]]:
    rows = []
    for line in parts[name]:
        if line == "!":
            raise Unreadable(f"{name} could not be opened")
        row = line.split("\t")
        if len(row) == 2 and row[0] == "?":
            malformed.append(row[1])
        elif len(row) != width:
            raise Unreadable(f"{name}: {len(row)} fields instead of {width}")
        elif row[0][:1] in ("+", "-", ""):
            malformed.append(row[0])
        else:
            rows.append(row)
    return rows


def _id(text: str) -> int | None:
    """A user or group number as the C library reads it; None where it would skip the line or be unsure."""
    if not (text.isascii() and text.isdigit()):
        return None
    number = int(text[:12])
    return number if number <= 0xFFFFFFFF else None


def _age(text: str) -> int | None:
    if text == "":
        return None
    if not (text.isascii() and text.lstrip("-").isdigit() and len(text) < 12):
        raise ValueError(text)
    return int(text)
