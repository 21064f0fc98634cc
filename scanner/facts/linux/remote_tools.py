"""Remote control, port carrying, relays, virtual networks and cloud drives: what runs, what starts, what is installed, what is left."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.facts.network.remote_tools import TOOLS, Tool, Trace, traces_of
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

_PATHS = sorted({path for tool in TOOLS for path in tool.paths})
_PACKAGES = sorted({name for tool in TOOLS for name in tool.packages})
# Processes by name and by the program's own path: a tool that was renamed keeps neither, one that was moved keeps its name. An `ssh` that
# forwards ports is told by its options; nothing else of a command line comes back, for it may hold secrets.
# dpkg keeps NAME.list or NAME:ARCHITECTURE.list of every package that it knows: its whole database is read only when one of ours is there.
_ASK = f"""
echo '== processes'; set --
for p in /proc/[0-9]*; do
  IFS= read -r c <"$p/comm" || continue
  printf '|%s %s\\n' "${{p#/proc/}}" "$c"
  case $c in ssh|autossh) set -- "$@" "$p/cmdline";; esac
done 2>/dev/null
echo '== programs'; ls -ln /proc/[0-9]*/exe 2>/dev/null | awk 'sub(/^.* -> /, "|") && !seen[$0]++'
echo '== forwards'
[ $# = 0 ] || tail -c +1 "$@" /dev/null 2>/dev/null | tr '\\000' '\\n' | awk '
/^==> \\/proc\\/[0-9]+\\/cmdline <==$/ {{ split($2, part, "/") }}
/^-[A-Za-z0-9]*[DRLw]/ {{ print "|" part[3] " " substr($0, 1, 80) }}'
echo '== units'
for d in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system /usr/local/lib/systemd/system /run/systemd/system; do
  [ $d = /lib/systemd/system ] && [ $d -ef /usr/lib/systemd/system ] && continue
  for f in "$d"/*.service "$d"/*.wants/*.service; do
    [ -e "$f" ] || [ -L "$f" ] || continue
    case $f in *.wants/*) printf '|wanted %s\\n' "${{f##*/}}";; *) printf '|file %s\\n' "${{f##*/}}";; esac
  done
done
for f in /etc/init.d/*; do [ -f "$f" ] && printf '|file %s.service\\n' "${{f##*/}}"; done
echo '== packages'
if command -v dpkg-query >/dev/null 2>&1 && [ -e /var/lib/dpkg/status ]; then
  echo '|by dpkg'; set -- {" ".join(_PACKAGES)}; i=/var/lib/dpkg/info h=
  for f in $i/libc[0-9]*:*.list; do [ -e "$f" ] && case $h in *":${{f##*:}}"*) ;; *) h="$h :${{f##*:}}";; esac; done
  if [ "$h" ]; then
    [ -r /var/lib/dpkg/arch ] && while IFS= read -r a; do h="$h :$a.list"; done </var/lib/dpkg/arch
    for n; do shift; for a in .list $h; do [ -e $i/$n$a ] && {{ set -- "$@" "$n"; break; }}; done; done
  fi
  [ $# = 0 ] || dpkg-query -W -f '${{Status}} ${{Package}}\\n' "$@" 2>/dev/null | sed -n 's/^.* installed /|/p'
elif command -v rpm >/dev/null 2>&1; then
  echo '|by rpm'; rpm -q --qf '|%{{NAME}}\\n' {" ".join(_PACKAGES)} 2>/dev/null | grep '^|'
elif command -v apk >/dev/null 2>&1; then
  echo '|by apk'; for n in {" ".join(_PACKAGES)}; do apk info -e "$n" >/dev/null 2>&1 && printf '|%s\\n' "$n"; done
fi
echo '== paths'
for f in {" ".join(shlex.quote(path) for path in _PATHS)}; do [ -e "$f" ] && printf '|%s\\n' "$f"; done
for h in /root /home/*; do
  for f in .config/clash .config/mihomo .config/rclone .config/syncthing .config/frp .ngrok2 .config/ngrok .dropbox-dist frp; do
    [ -e "$h/$f" ] && printf '|%s\\n' "$h/$f"
  done
done
exit 0
"""
_HOME = {
    ".config/clash": "clash", ".config/mihomo": "clash", ".config/rclone": "rclone", ".config/syncthing": "syncthing", ".config/frp": "frp",
    "frp": "frp", ".ngrok2": "ngrok", ".config/ngrok": "ngrok", ".dropbox-dist": "dropbox",
}  # fmt: skip
_BY_ID: Mapping[str, Tool] = {tool.id: tool for tool in TOOLS}


@fact(Probe("linux.remote-tools", "sh", (_ASK,), root=True, seconds=20, max_bytes=1_000_000))
@dataclass(frozen=True, slots=True)
class RemoteTools:
    """Traces of such programs."""

    traces: tuple[Trace, ...]
    packages_known: bool
    """Whether a package manager told what is installed."""

    def of(self, *kinds: str) -> tuple[Trace, ...]:
        """Traces of some classes."""
        return tuple(trace for trace in self.traces if trace.kind in kinds)

    @classmethod
    def read(cls, answer: Answer) -> RemoteTools | Absent:
        """Read the sections. Absent(no-permission) when other users' processes are hidden from us."""
        found = sections(answer)
        if answer.exit != 0 or "paths" not in found:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        processes = dict(line.partition(" ")[::2] for line in found["processes"])
        if not all(pid.isascii() and pid.isdigit() for pid in processes):
            raise Unreadable("a process without a number")
        if "1" not in processes:
            return Absent(Why.NO_PERMISSION, "/proc/1")
        traces = {*_running(processes.values(), found["programs"]), *_units(found["units"]), *_forwards(found["forwards"])}
        manager, packages = found["packages"][:1], found["packages"][1:]
        traces |= {*traces_of("installed", packages, lambda tool, word: word in tool.packages), *_paths(found["paths"])}
        return cls(tuple(sorted(traces)), bool(manager))


def _running(names: Iterable[str], programs: Iterable[str]) -> Iterable[Trace]:
    yield from traces_of("running", sorted(set(names)), lambda tool, word: word.lower() in tool.processes)
    for path in programs:
        program = path.removesuffix(" (deleted)")
        base = program.rpartition("/")[2][:15].lower()
        yield from (
            Trace(tool.name, tool.kind, "running", program) for tool in TOOLS if base in tool.processes or _under(program, tool.paths)
        )


def _under(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _units(lines: Iterable[str]) -> Iterable[Trace]:
    for line in lines:
        word, _, name = line.partition(" ")
        stem = name.removesuffix(".service")
        state = "starts" if word == "wanted" else "installed"
        # A template's instance counts as its template: wg-quick@wg0 is wg-quick; the bare template only says that the package is there.
        if word == "file" and (stem.endswith("@") or stem in ("openvpn", "wg-quick", "strongswan", "strongswan-starter", "ipsec")):
            continue
        yield from (Trace(tool.name, tool.kind, state, name) for tool in TOOLS if {stem, stem.partition("@")[0]} & tool.units)


def _forwards(lines: Iterable[str]) -> Iterable[Trace]:
    """An ssh client that opens a relay (-D), carries ports outward (-R) or inward (-L), or makes a tunnel (-w)."""
    for line in lines:
        _, _, option = line.partition(" ")
        yield Trace("ssh", "penetration", "running", f"ssh {option}"[:80])


def _paths(paths: Iterable[str]) -> Iterable[Trace]:
    for path in paths:
        known = [tool for tool in TOOLS if path in tool.paths]
        known += [_BY_ID[tool] for end, tool in _HOME.items() if path.endswith(f"/{end}") and path.startswith(("/root/", "/home/"))]
        for tool in dict.fromkeys(known):
            yield Trace(tool.name, tool.kind, "left", path)
