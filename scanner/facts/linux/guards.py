"""Marks of protection software: virus databases with their age, integrity databases, boot loader password, agents' folders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scanner.facts.fact import fact, sections, whole_number
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# The hash of the boot loader's password never leaves the target: only whether such a line is there. Fedora's kin always write
# `password_pbkdf2 root ${GRUB2_PASSWORD}` into grub.cfg: that is no password until user.cfg gives the variable a hash.
_ASK = """
echo '== now'; date +%s | sed 's/^/|/'
echo '== clamav'
for f in /var/lib/clamav/*.c[vl]d /var/clamav/*.c[vl]d; do
  [ -r "$f" ] && { printf '|%s ' "${f##*/}"; head -c 64 "$f" | tr -dc 'A-Za-z0-9: +-'; echo; }
done
echo '== paths'
for f in /usr/bin/aide /usr/sbin/aide /var/lib/aide/aide.db /var/lib/aide/aide.db.gz /usr/sbin/tripwire /var/lib/tripwire/*.twd \
 /var/lib/samhain/samhain_file /opt/qaxsafe /opt/360safe /opt/sangfor /opt/rising /opt/jiangmin /opt/eset /opt/ds_agent /opt/kingsoft \
 /opt/antiy /opt/huorong /titan/agent /opt/TopSec /opt/venus /opt/CrowdStrike /opt/kaspersky /opt/microsoft/mdatp \
 /usr/local/aegis /usr/local/qcloud/YunJing /var/ossec; do
  [ -e "$f" ] && printf '|%s\\n' "$f"
done
echo '== grub'
for f in /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/efi/EFI/*/grub.cfg /boot/grub2/user.cfg /boot/efi/EFI/*/user.cfg \
 /boot/grub/custom.cfg; do
  [ -f "$f" ] || continue
  if [ -r "$f" ]; then
    printf '|F %s' "$f"; grep -q '^[[:space:]]*set superusers=' "$f" && printf ' superusers'
    grep -qE '^[[:space:]]*password_pbkdf2[[:space:]]+[^[:space:]]+[[:space:]]+grub\\.pbkdf2\\.' "$f" && printf ' password'
    grep -qE '^[[:space:]]*password[[:space:]]' "$f" && printf ' plain'
    grep -q '^GRUB2_PASSWORD=grub' "$f" && printf ' variable'
    echo
  else echo "|D $f"; fi
done
exit 0
"""

_CLAM = re.compile(r"ClamAV-VDB:([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2})-([0-9]{2}) ([+-][0-9]{4})")


@fact(Probe("linux.guards", "sh", (_ASK,), root=True))
@dataclass(frozen=True, slots=True)
class Guards:
    """Traces of protection software on disk."""

    now: int
    """The target's clock, UTC seconds."""
    signatures: Mapping[str, int]
    """ClamAV database to the time it was built, UTC seconds."""
    paths: frozenset[str]
    """Files and folders that were found."""
    boot_loader: Mapping[str, frozenset[str]]
    """GRUB configuration to ``superusers``, ``password`` (hashed), ``plain`` (not hashed), ``variable`` (a hash in user.cfg)."""
    hidden: tuple[str, ...]
    """GRUB configurations that may not be read."""

    @classmethod
    def read(cls, answer: Answer) -> Guards | Absent:
        """Read the sections."""
        found = sections(answer)
        if answer.exit != 0 or "grub" not in found:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        signatures = {}
        for line in found["clamav"]:
            name, _, head = line.partition(" ")
            built = _CLAM.match(head)
            if built is not None:
                day, month, year, hour, minute, zone = built.groups()
                signatures[name] = int(datetime.strptime(f"{day} {month} {year} {hour}:{minute} {zone}", "%d %b %Y %H:%M %z").timestamp())
        loader = {}
        for line in found["grub"]:
            if line.startswith("F "):
                path, *words = line[2:].split(" ")
                loader[path] = frozenset(words)
        hidden = tuple(line[2:] for line in found["grub"] if line.startswith("D "))
        return cls(whole_number("".join(found["now"]), 12), signatures, frozenset(found["paths"]), loader, hidden)
