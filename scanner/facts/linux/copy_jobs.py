"""Where scheduled jobs, services and synchronising programs of a host send data: tools and destinations only.

Command lines never leave the target, they may carry passwords: a small program on the target picks the host out of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

TOOLS = (
    "rsync", "scp", "sftp", "ssh", "rclone", "restic", "borg", "duplicity", "lftp", "ftp", "ncftpput", "curl", "wget", "mc", "aws", "ossutil",
    "ossutil64", "coscli", "coscmd", "obsutil", "s3cmd", "pg_basebackup", "pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump", "mount",
    "bsync", "unison", "syncthing", "lsyncd", "zfs", "btrfs", "barman", "pgbackrest", "socat", "nc",
)  # fmt: skip
"""Words that make a line worth looking at."""

# A line is looked at when it names one of the tools; from it come `user@host:`, `scheme://host`, `host:/path`, `host::module` and `-h host`.
# Scripts that such files name are looked into as well, one level deep.
_ASK = f"""
echo '== places'
set --
for f in /etc/crontab /etc/anacrontab /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* \
 /var/spool/cron/crontabs/* /var/spool/cron/[!c]* /etc/crontabs/* /etc/systemd/system/*.service /etc/lsyncd/* /etc/lsyncd.conf \
 /etc/rsnapshot.conf /etc/borgmatic/*.yaml /etc/restic/* /etc/pgbackrest.conf /etc/barman.d/*.conf /root/.config/rclone/rclone.conf /etc/rclone.conf; do
  [ -f "$f" ] || continue
  if [ -r "$f" ]; then set -- "$@" "$f"; else printf '|denied %s\\n' "$f"; fi
done
if [ $# -gt 0 ]; then
  for s in $(head -q -c 65536 -- "$@" 2>/dev/null | grep -v '^[ \t]*#' | grep -o '/[A-Za-z0-9_./-]*\\.sh' | sort -u | head -n 40); do
    [ -f "$s" ] && [ -r "$s" ] && set -- "$@" "$s"
  done
  awk -v t='{" ".join(TOOLS)}' '
BEGIN {{ n = split(t, a, " "); for (i = 1; i <= n; i++) tool[a[i]] = 1 }}
FNR > 4000 || /^[ \\t]*(#|\\/\\/|--)/ {{ next }}
function say(h) {{ sub(/:.*$/, "", h); if (h != "" && !seen[FILENAME " " what " " h]++) print "|" what " " h " " FILENAME }}
{{
  line = substr($0, 1, 2000); what = ""
  bare = line; gsub(/[^A-Za-z0-9_.\\/-]+/, " ", bare); m = split(bare, w, " ")
  for (i = 1; i <= m; i++) {{ b = w[i]; sub(/.*\\//, "", b); if (b in tool) {{ what = b; break }} }}
  config = FILENAME ~ /(lsyncd|rclone|rsnapshot|borgmatic|restic|pgbackrest|barman)/
  if (what == "" && !config) next
  if (what == "") what = "configured"
  rest = line
  while (match(rest, /[a-z][a-z0-9+.-]*:\\/\\/[^ \\t"\\047\\/?#]+/)) {{
    h = substr(rest, RSTART, RLENGTH); sub(/^[^\\/]*\\/\\//, "", h); sub(/^.*@/, "", h); gsub(/[\\[\\]]/, "", h); say(h); rest = substr(rest, RSTART + RLENGTH)
  }}
  rest = line
  while (match(rest, /[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+/)) {{
    h = substr(rest, RSTART, RLENGTH); sub(/^.*@/, "", h); if (h !~ /\\.service$/) say(h); rest = substr(rest, RSTART + RLENGTH)
  }}
  rest = " " line
  while (match(rest, /[ \\t"\\047=][A-Za-z0-9][A-Za-z0-9_.-]*::?\\/?[A-Za-z0-9~_.\\/-]/)) {{
    h = substr(rest, RSTART + 1, RLENGTH - 1); g = h; sub(/:.*$/, "", h)
    if (g !~ /:\\/\\/$/ && (h ~ /\\./ || g ~ /::/ || g ~ /:\\//) && h !~ /^[0-9]+$/ && g !~ /^[a-z]+:\\/\\/?$/) say(h)
    rest = substr(rest, RSTART + RLENGTH - 1)
  }}
  rest = line
  while (match(rest, /(-h|--host|-H|--hostname)[ =]+[A-Za-z0-9_.-]+/)) {{
    h = substr(rest, RSTART, RLENGTH); sub(/^.*[ =]/, "", h); say(h); rest = substr(rest, RSTART + RLENGTH)
  }}
  rest = line
  while (match(rest, /(endpoint|host|Host|endPoint)[ \\t]*=[ \\t]*[A-Za-z0-9_.-]+/)) {{
    h = substr(rest, RSTART, RLENGTH); sub(/^.*=[ \\t]*/, "", h); if (config) say(h); rest = substr(rest, RSTART + RLENGTH)
  }}
}}' "$@"
fi
echo '== end'
exit 0
"""
_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")


@dataclass(frozen=True, slots=True, order=True)
class CopyJob:
    """One destination that a job names."""

    tool: str
    host: str
    where: str
    """File that names it."""


@fact(Probe("linux.copy-jobs", "sh", (_ASK,), root=True))
@dataclass(frozen=True, slots=True)
class CopyJobs:
    """Destinations that jobs of this host name."""

    jobs: tuple[CopyJob, ...]
    denied: tuple[str, ...]
    """Files that may not be read."""

    @classmethod
    def read(cls, answer: Answer) -> CopyJobs | Absent:
        """Read the lines. What was cut off is absent."""
        found = sections(answer)
        if answer.exit != 0 or "end" not in found:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        jobs, denied = set(), set()
        for line in found["places"]:
            tool, _, rest = line.partition(" ")
            if tool == "denied":
                denied.add(rest)
                continue
            host, _, where = rest.partition(" ")
            if not where or not _HOST.fullmatch(host):
                raise Unreadable(f"not a destination: {line[:60]!r}")
            jobs.add(CopyJob(tool, host, where))
        return cls(tuple(sorted(jobs)), tuple(sorted(denied)))
