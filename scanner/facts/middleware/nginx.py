"""nginx on the host that carries it: the processes, and every configuration file that they were started with.

``nginx -T`` would print the same files, but it creates missing log files, the pid file and temporary folders and looks up the
names of upstreams; here the includes are followed by a reader that only reads. Only what root started is looked into: else any
user could name a file for root to print.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, read_files, sections, whole_number
from scanner.facts.middleware.nginx_parser import Block, Directive, Tree, absolute, make_block, parse
from scanner.facts.middleware.nginx_places import Place, http_places
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

MAX_ROUNDS = 12
"""How deep includes are followed on the host."""
_ASK = r"""
nl='
'
w=$(printf ' \t')
IFS=$nl
set -f
set +f; procs=$(grep -l '^nginx: ' /proc/[0-9]*/cmdline 2>/dev/null; grep -lx nginx /proc/[0-9]*/comm 2>/dev/null); set -f
here=$(readlink /proc/self/ns/mnt 2>/dev/null)
confs= exe= done= stats=
echo '== process'
for f in $procs; do
d=${f%/*}
case "$nl$done$nl" in *"$nl$d$nl"*) continue;; esac
done="$done$nl$d"
t= u= pp=
{ read -r t <"$d/cmdline"; } 2>/dev/null
case $t in 'nginx: '*) ;; *) t=$(tr '\000' ' ' <"$d/cmdline" 2>/dev/null);; esac
[ -n "$t" ] || continue
{ while IFS=$w read -r k v e x; do case $k in PPid:) pp=$v;; Uid:) u=$e;; esac; done <"$d/status"; } 2>/dev/null
case $t in
'nginx: master process '*|[!n]*|nginx[!:]*)
m=$(readlink "$d/ns/mnt" 2>/dev/null); x=$(readlink "$d/exe" 2>/dev/null); x=${x%' (deleted)'}
if [ "$m" != "$here" ]; then p=elsewhere; else p=here; fi
if [ "$p$u" = here0 ]; then confs="$confs$nl$t"; exe=${exe:-$x}; fi;;
*) p=here; x=-; stats="$stats$nl$d/stat";;
esac
printf '|%s %s %s %s %s %s\n' "${d#/proc/}" "$pp" "$u" "$p" "${x:--}" "$t"
done
b=$exe
if [ -z "$b" ]; then
for f in "$(command -v nginx)" /usr/sbin/nginx /usr/local/sbin/nginx /usr/local/nginx/sbin/nginx /usr/local/openresty/nginx/sbin/nginx \
/usr/local/tengine/sbin/nginx /opt/nginx/sbin/nginx; do
if [ -n "$f" ] && [ -x "$f" ]; then b=$f; break; fi
done
fi
echo '== binary'
[ -n "$b" ] || exit 0
printf '|%s\n' "$b"
if [ ! -O "$b" ]; then echo '|not of root'; exit 0; fi
v=$("$b" -V 2>&1)
echo '== version'
printf '%s\n' "$v" | sed 's/^/|/'
base=/usr/local/nginx
case $v in *' --prefix='*) base=${v##*' --prefix='}; base=${base%%[" $nl"]*};; esac
std=conf/nginx.conf
case $v in *' --conf-path='*) std=${v##*' --conf-path='}; std=${std%%[" $nl"]*};; esac
echo '== files'
seen= now=
add() { case "$nl$seen$nl" in *"$nl$1$nl"*) return;; esac; seen="$seen$nl$1"
if [ -f "$1" ]; then if [ -r "$1" ]; then now="$now$nl$1"; else printf '|D %s\n' "$1"; fi; fi; }
all=
for t in ${confs:-x}; do
c=$std p=$base
case $t in *' -p '*) p=${t##*' -p '}; p=${p%% *}; p=${p%/};; esac
case $t in *' -c '*) c=${t##*' -c '}; c=${c%% *};; esac
case $c in /*) ;; *) c=$p/$c;; esac
printf '|M main:%s\n' "$c"
dir=${c%/*} now= r=0
add "$c"
while [ -n "$now" ] && [ $r -lt @ROUNDS@ ]; do
r=$((r + 1)); list=$now now=; all="$all$list"
for q in $(awk '!/^[ \t]*#/ { s = $0
while (match(s, /(^|[ \t;{}])include[ \t]+("[^"]*"|[^ \t;]+)[ \t]*;/)) {
m = substr(s, RSTART, RLENGTH); s = substr(s, RSTART + RLENGTH - 1)
sub(/^[ \t;{}]?include[ \t]+/, "", m); sub(/[ \t]*;$/, "", m); gsub(/^["\047]|["\047]$/, "", m); print m } }' $list 2>/dev/null); do
case $q in /*) ;; *) q=$dir/$q;; esac
case $q in
*[*?[]*) set +f; g=; for f in $q; do g="$g$nl$f"; done; set -f
for f in $g; do if [ -e "$f" ]; then add "$f"; else printf '|M %s\n' "$q"; fi; done;;
*) add "$q";;
esac
done
done
done
[ -n "$all" ] && awk -v q="'" 'BEGIN {
quoted = "\"([^\"\\\\]|\\\\.)*\"|" q "([^" q "\\\\]|\\\\.)*" q
value = "[ \t]+(" quoted "|[^ \t;\"" q "]+)[ \t]*;$"
name = "((proxy|grpc)_set_header|(fastcgi|uwsgi|scgi)_param|secure_link[a-z0-9_]*|set)"
statement = "(^|[ \t;{}])" name "[ \t]+([^;\"" q "]|" quoted ")*;"
secret = "authorization|cookie|token|secret|passw|api.?key|secure_link"
for (i = 1; i < ARGC; i++) { f = ARGV[i]; print "|F " f
while ((getline line < f) > 0) {
out = ""
while (match(line, statement)) {
m = substr(line, RSTART, RLENGTH); out = out substr(line, 1, RSTART - 1); line = substr(line, RSTART + RLENGTH)
if (tolower(m) ~ secret) sub(value, " \"[masked]\";", m)
out = out m }
print "||" out line }
close(f) } }' $all
echo '== loaded'
[ -n "$stats" ] && awk '{ printf "|start %s\n", $22 }' $stats 2>/dev/null
sed -n 's/^btime /|boot /p' /proc/stat
[ -n "$all" ] && { stat -c '|changed %Z' $all; stat -L -c '|changed %Z' $all; } 2>/dev/null
exit 0
""".replace("@ROUNDS@", str(MAX_ROUNDS))
_TICKS = 100
"""Clock ticks per second in /proc; the same on every Linux platform of today."""
_PROCESS = re.compile(r"([0-9]+) ([0-9]*) ([0-9]*) (here|elsewhere) (\S+) (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NginxProcess:
    """One process."""

    pid: int
    parent: int | None
    uid: int | None
    """Effective user id."""
    here: bool
    """False in a container: its files are not this host's."""
    title: str

    @property
    def worker(self) -> bool:
        """Serves requests."""
        return self.title.startswith("nginx: worker process") or not self.title.startswith("nginx: ")


@fact(Probe("middleware.nginx", "sh", (_ASK,), root=True, seconds=20, max_bytes=2_097_152, kinds=("middleware",)))
@dataclass(frozen=True, slots=True)
class Nginx:
    """nginx with its whole configuration."""

    version: str
    """``1.22.1``; of derived products the nginx version that they are built on."""
    built: str
    """Everything that ``nginx -V`` prints."""
    mains: tuple[Block, ...]
    """The main context of every instance that root started, includes followed; of the installed one when none runs."""
    processes: tuple[NginxProcess, ...]
    doubt: str
    """Why what runs may differ from what is on disk; empty when it does not."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every http, server, location and if block, with what it inherits."""
        return tuple(place for main in self.mains for place in http_places(main))

    @property
    def servers(self) -> tuple[Place, ...]:
        """Every http server block."""
        return tuple(place for place in self.places if place.kind == "server")

    @property
    def compiled(self) -> Mapping[str, str]:
        """``--name=value`` of the build, unquoted names only."""
        return dict(re.findall(r"--([a-z0-9_-]+)=([^ '\n]+)", self.built))

    def newer(self, *version: int) -> bool:
        """This version or a later one."""
        return tuple(int(part) for part in self.version.split(".")) >= version

    @classmethod
    def read(cls, answer: Answer) -> Nginx | Absent:
        """Read the probe's sections."""
        if answer.exit != 0:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        parts = sections(answer)
        processes = tuple(_process(line) for line in parts["process"])
        binary = parts["binary"]
        if not binary:
            if processes:
                return Absent(Why.COMMAND_MISSING, "nginx runs in a container or under an ordinary user; its files were not read")
            return Absent(Why.NOT_PRESENT, "nginx")
        if binary[1:]:
            return Absent(Why.NO_PERMISSION, f"{binary[0]} does not belong to root and is not run")
        return _whole(parts, processes)


def _process(line: str) -> NginxProcess:
    found = _PROCESS.fullmatch(line)
    if found is None:
        raise Unreadable(f"not a process: {line[:60]!r}")
    pid, parent, uid, place, _, title = found.groups()
    return NginxProcess(int(pid), int(parent) if parent else None, int(uid) if uid else None, place == "here", title.rstrip(" \0"))


def _whole(parts: Mapping[str, list[str]], processes: tuple[NginxProcess, ...]) -> Nginx | Absent:
    built = "\n".join(parts["version"])
    version = re.search(r"(?:nginx|openresty)/([0-9]+\.[0-9]+\.[0-9]+)", built)
    if version is None:
        raise Unreadable("nginx -V says no version")
    files = read_files(Answer("".join(f"{line}\n" for line in parts["files"]).encode()))
    if files.hindrance is not None:
        return files.hindrance
    texts = {absolute(path, ""): item.text for path, item in files.texts.items()}
    roots = [name.removeprefix("main:") for name in files.missing if name.startswith("main:")]
    missing = frozenset(absolute(name, "") for name in files.missing)
    started = [p for p in processes if p.here and p.uid == 0 and (p.title.startswith("nginx: master") or not p.title.startswith("nginx: "))]
    mains = []
    for index, root in enumerate(roots):
        root = absolute(root, "")
        if root not in texts:
            return Absent(Why.FILE_MISSING, root)
        items = Tree(texts, missing, root.rpartition("/")[0]).whole(root)
        mains.append(make_block([*(_given(started[index].title) if index < len(started) else []), *items]))
    if not mains:
        raise Unreadable("no configuration")
    return Nginx(version[1], built, tuple(mains), processes, _doubt(parts["loaded"], processes))


def _given(title: str) -> list[Directive]:
    """Directives of the command line: ``-g 'daemon on;'``."""
    found = re.search(r" -g (.*?)(?= -[a-zA-Z?](?: |$)|$)", title)
    return parse(found[1] if found[1].rstrip().endswith(";") else f"{found[1]};", "-g") if found and found[1].strip() else []


def _doubt(lines: list[str], processes: tuple[NginxProcess, ...]) -> str:
    others = [p for p in processes if p.title.startswith("nginx: master") and not (p.here and p.uid == 0)]
    if others:
        return "another nginx, in a container or of an ordinary user, was not looked into"
    values: dict[str, list[int]] = {"start": [], "boot": [], "changed": []}
    for line in lines:
        name, _, number = line.partition(" ")
        if name not in values:
            raise Unreadable(f"unexpected line {line[:40]!r}")
        values[name].append(whole_number(number))
    if not processes or not values["start"] or not values["boot"]:
        return ""
    oldest = values["boot"][0] + min(values["start"]) / _TICKS
    if not values["changed"]:
        return "when the files were changed could not be seen"
    return "the files were changed after the oldest worker was started" if max(values["changed"]) > oldest + 2 else ""
