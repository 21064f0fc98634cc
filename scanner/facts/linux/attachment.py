"""Interfaces, addresses, routes, forwarding and neighbours of a Linux host: where it hangs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scanner.facts.fact import Unreadable, fact, sections, whole_number
from scanner.facts.linux.attachment_json import read_links, read_neighbours, read_routes
from scanner.facts.linux.attachment_text import text_links, text_neighbours, text_routes
from scanner.facts.linux.link_kinds import Sys
from scanner.facts.network.attachment import Interface, Neighbour, Route
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# One sed for all sections: a control character, which no line of `ip` begins with, marks their headings.
# Old iproute2 and busybox know no JSON: their one-line text is read instead. /sys and /proc are read by the shell itself, without a fork.
_ASK = r"""
command -v ip >/dev/null 2>&1 || exit 0
m=$(printf '\001')
say() { printf '%s== %s\n' "$m" "$1"; shift; "$@"; echo "rc=$?"; }
if o=$(ip -json -d addr 2>/dev/null); then
  say addr printf '%s\n' "$o"
  say routes4 ip -json -4 route show table all
  say routes6 ip -json -6 route show table all
  say neighbours ip -json neigh
else
  say o-link ip -o link; say o-addr ip -o addr
  say o-routes4 ip -4 route show table all; say o-routes6 ip -6 route show table all
  say o-neighbours ip neigh
fi | sed -e "s/^$m//" -e t -e 's/^/|/'
echo '== sys'
for d in /sys/class/net/*; do
  [ -e "$d/ifindex" ] || continue
  i= t= v=- r=- b=virtual x=-
  IFS= read -r i <"$d/ifindex"; IFS= read -r t <"$d/type"
  while IFS= read -r l; do case $l in DEVTYPE=*) v=${l#DEVTYPE=};; esac; done <"$d/uevent"
  [ -d "$d/phy80211" ] || [ -d "$d/wireless" ] && x=wifi
  [ -d "$d/bridge" ] && x=bridge; [ -d "$d/bonding" ] && x=bond; [ -e "$d/tun_flags" ] && x=tun; [ -e "/proc/net/vlan/${d##*/}" ] && x=vlan
  if [ -e "$d/device" ] && cd -P "$d/device" 2>/dev/null; then
    case $PWD in */usb[0-9]*) b=usb;; *) b=bus;; esac
    cd -P driver 2>/dev/null && r=${PWD##*/}
    cd /
  fi
  printf '|%s %s %s %s %s %s %s\n' "$i" "$t" "$v" "$r" "$b" "$x" "${d##*/}"
done
echo '== conf'
for n in 4 6; do
  for d in /proc/sys/net/ipv$n/conf/*; do
    w=- r=-
    { IFS= read -r w <"$d/forwarding"; [ $n = 4 ] && IFS= read -r r <"$d/rp_filter"; } 2>/dev/null
    printf '|%s %s %s %s\n' $n "$w" "$r" "${d##*/}"
  done
done
exit 0
"""


@fact(Probe("linux.attachment", "sh", (_ASK,), seconds=20, max_bytes=3_000_000))
@dataclass(frozen=True, slots=True)
class Attachment:
    """What ``ip`` and /sys say of the host's own network namespace."""

    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...]
    neighbours: tuple[Neighbour, ...]
    forwarding: Mapping[str, bool]
    """``v4`` and ``v6``: the host as a whole passes packets on; a family without the setting is not here."""

    @classmethod
    def read(cls, answer: Answer) -> Attachment | Absent:
        """Read the sections."""
        found = sections(answer)
        if answer.exit != 0:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        if not found:
            # The script says something as soon as there is an `ip`; a broken answer says nothing and ends with another status.
            return Absent(Why.COMMAND_MISSING, "ip")
        bodies = {name: _body(name, lines) for name, lines in found.items() if name not in ("sys", "conf")}
        known = _sys(found["sys"])
        if "addr" in bodies:
            links = read_links(bodies["addr"], known)
            routes = [*read_routes(bodies["routes4"], 4), *read_routes(bodies["routes6"], 6)]
            neighbours = read_neighbours(bodies["neighbours"])
        else:
            links = text_links(bodies["o-link"], bodies["o-addr"], known)
            routes = [*text_routes(bodies["o-routes4"], 4), *text_routes(bodies["o-routes6"], 6)]
            neighbours = text_neighbours(bodies["o-neighbours"])
        if not any(item.kind == "loopback" for item in links):
            raise Unreadable("no loopback among the interfaces")
        conf, forwarding = _conf(found["conf"])
        return cls(tuple(_settings(item, conf, forwarding) for item in links), tuple(routes), tuple(neighbours), forwarding)


def _body(name: str, lines: list[str]) -> list[str]:
    if not lines or lines[-1] != "rc=0":
        if name.endswith("routes6") and lines:
            # Without IPv6 in the kernel there is no such table.
            return []
        raise Unreadable(f"{name} {lines[-1] if lines else 'gave no exit status'}")
    return lines[:-1]


def _sys(lines: list[str]) -> dict[str, Sys]:
    out = {}
    for line in lines:
        words = line.split(" ", 6)
        if len(words) != 7:
            raise Unreadable(f"not a device: {line[:60]!r}")
        index, number, devtype, driver, bus, mark, name = words
        out[name] = Sys(whole_number(index), whole_number(number), devtype.strip("-"), driver.strip("-"), bus, mark.strip("-"))
    return out


def _conf(lines: list[str]) -> tuple[dict[tuple[str, str], tuple[str, str]], dict[str, bool]]:
    """Settings by family and interface, and what holds for the whole host."""
    out: dict[tuple[str, str], tuple[str, str]] = {}
    for line in lines:
        words = line.split(" ", 3)
        if len(words) != 4:
            raise Unreadable(f"not a setting: {line[:60]!r}")
        if words[3] != "*":
            out[f"v{words[0]}", words[3]] = (words[1], words[2])
    everywhere = {family: out[family, "all"][0] != "0" for family in ("v4", "v6") if out.get((family, "all"), ("-", ""))[0] != "-"}
    return out, everywhere


def _settings(item: Interface, conf: Mapping[tuple[str, str], tuple[str, str]], everywhere: Mapping[str, bool]) -> Interface:
    """IPv4 passes on by the arriving interface's own setting; IPv6 by the host's; the stricter source check of host and interface holds."""
    own, whole = conf.get(("v4", item.name)), conf.get(("v4", "all"))
    forwards = set()
    if own is not None and own[0] not in ("0", "-"):
        forwards.add("v4")
    if everywhere.get("v6"):
        forwards.add("v6")
    checks = [int(pair[1]) for pair in (own, whole) if pair is not None and pair[1].isdigit()]
    return replace(item, forwards=frozenset(forwards), reverse_path=max(checks) if len(checks) == 2 else None)
