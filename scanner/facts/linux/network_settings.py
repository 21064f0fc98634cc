"""Whom the host asks: name servers, time sources, proxies, as its files and its daemons say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.fact import fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# One awk reads all files: the argument `=NAME` opens a section, `F` is a file to read, `D` one that may not be read.
# The user and password of a proxy's URL stay on the host: awk takes them out before the line is sent.
_ASK = r"""
set --
for f in =resolv /etc/resolv.conf /run/systemd/resolve/resolv.conf /run/NetworkManager/no-stub-resolv.conf /run/resolvconf/resolv.conf \
  =forwarders /etc/systemd/resolved.conf /etc/systemd/resolved.conf.d/*.conf /etc/dnsmasq.conf /etc/dnsmasq.d/*.conf \
  /etc/NetworkManager/dnsmasq.d/*.conf /etc/unbound/unbound.conf /etc/unbound/unbound.conf.d/*.conf \
  =named /etc/named.conf /etc/bind/named.conf.options /etc/bind/named.conf /etc/bind/named.conf.local \
  =proxies /etc/environment /etc/environment.d/*.conf /etc/profile /etc/profile.d/*.sh /etc/bashrc /etc/bash.bashrc /root/.bashrc /root/.profile \
  /root/.bash_profile /root/.gitconfig /etc/gitconfig /etc/apt/apt.conf /etc/apt/apt.conf.d/* /etc/yum.conf /etc/dnf/dnf.conf /etc/yum.repos.d/*.repo \
  /etc/wgetrc /root/.wgetrc /root/.curlrc /etc/pip.conf /root/.pip/pip.conf /root/.config/pip/pip.conf /root/.npmrc /etc/npmrc \
  /etc/sysconfig/proxy /etc/systemd/system.conf /etc/systemd/system/*.d/*.conf /etc/docker/daemon.json /root/.docker/config.json \
  /etc/proxychains.conf /etc/proxychains4.conf /home/*/.bashrc /home/*/.profile /home/*/.gitconfig /home/*/.curlrc /home/*/.wgetrc; do
  case $f in =*) set -- "$@" "$f"; continue;; esac
  [ -f "$f" ] || continue
  if [ -r "$f" ]; then set -- "$@" "F$f"; else set -- "$@" "D$f"; fi
done
tr '\000' '\n' 2>/dev/null </proc/1/environ | awk '
function proxy() {
  if (tolower(s) !~ /proxy|^[ \t]*(http|https|socks4|socks5)[ \t]/ || s ~ /^[ \t]*(#|;|\/\/)/) return 0
  gsub(/\/\/[^\/@ ]*@/, "//", s)
  if (match(s, /^[ \t]*(http|socks4|socks5)[ \t]+[^ \t]+[ \t]+[0-9]+/)) s = substr(s, 1, RLENGTH)
  if (match(s, /[Pp]roxy[_-]?([Pp]ass|[Aa]uth)[^=]*=/)) s = substr(s, 1, RSTART + RLENGTH - 1)
  s = substr(s, 1, 300)
  return 1
}
function kept() {
  if (w == "resolv") return 1
  if (w == "forwarders") return s ~ /^[ \t]*(DNS|FallbackDNS|server|forward-addr|forward-host)[ \t]*[=:]/
  if (w == "proxies") return proxy()
  sub(/(\/\/|#).*/, "", s)
  if (s ~ /forwarders/) on = 1
  was = on
  if (s ~ /}/) on = 0
  return was
}
BEGIN {
  for (i = 1; i < ARGC; i++) {
    k = substr(ARGV[i], 1, 1); v = substr(ARGV[i], 2)
    if (k == "=") { w = v; print "== " w; continue }
    if (k == "D") { print "|D " v; continue }
    on = 0
    while ((getline s < v) > 0) if (kept()) print "|" v "\t" s
    close(v)
  }
  ARGC = 1
  while ((getline s) > 0) if (tolower(s) ~ /^[a-z]+_proxy=/) { gsub(/\/\/[^\/@ ]*@/, "//", s); print "|environment of process 1\t" s }
}' "$@"
echo '== chrony'
n=
for d in /proc/[0-9]*; do c=; IFS= read -r c <"$d/comm"; case $c in chronyd|ntpd) n="$n $c";; esac; done 2>/dev/null
case $n in *chronyd*) { chronyc -h 127.0.0.1 -n sources 2>&1; echo "rc=$?"; } | sed 's/^/|/';; esac
echo '== ntp'
case $n in *ntpd*) { ntpq -n -p 127.0.0.1 2>&1; echo "rc=$?"; } | sed 's/^/|/';; esac
exit 0
"""
_URL = re.compile(r"(?i)\b(https?|socks[45]?h?|ftp)://(\[[0-9a-f:.]+\]|[^/:\s\"';]+)(?::([0-9]{1,5}))?")
_BARE = re.compile(r"(?i)proxy[a-z_.:-]*\s*[=:]?\s*[\"']?(\[[0-9a-f:.]+\]|[a-z0-9.-]*[a-z0-9]):([0-9]{2,5})\b")
_CHAIN = re.compile(r"\s*(?:http|socks4|socks5)\s+(\S+)\s+([0-9]{1,5})\s*")
_NO_PROXY = re.compile(r"(?i)no_?proxy")


@dataclass(frozen=True, slots=True, order=True)
class Asked:
    """One server that the host asks."""

    server: str
    """Address or name."""
    where: str
    """The file or daemon that says so."""
    port: int | None = None

    def shown(self) -> dict[str, object]:
        """For a verdict's ``observed``."""
        return {"server": self.server, "port": self.port, "where": self.where}


@fact(Probe("linux.network-settings", "sh", (_ASK,), root=True, seconds=15, max_bytes=500_000))
@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Name servers, proxies and live time sources."""

    name_servers: tuple[Asked, ...]
    proxies: tuple[Asked, ...]
    time_sources: tuple[Asked, ...]
    """What chronyd or ntpd follows now, by address."""
    hidden: tuple[str, ...]
    """Files that may not be read."""

    @classmethod
    def read(cls, answer: Answer) -> NetworkSettings | Absent:
        """Read the sections."""
        found = sections(answer)
        if answer.exit != 0 or not {"resolv", "forwarders", "named", "proxies", "chrony", "ntp"} <= set(found):
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        hidden = tuple(line[2:] for lines in found.values() for line in lines if line.startswith("D /"))
        servers = {*_resolv(_pairs(found["resolv"])), *_forwarders(_pairs([*found["forwarders"], *found["named"]]))}
        times = {*_chrony(found["chrony"]), *_ntp(found["ntp"])}
        proxies = {item for path, line in _pairs(found["proxies"]) for item in _proxies(path, line)}
        return cls(tuple(sorted(servers, key=_key)), tuple(sorted(proxies, key=_key)), tuple(sorted(times, key=_key)), hidden)


def _key(item: Asked) -> tuple[str, str, int]:
    return item.server, item.where, item.port or 0


def _pairs(lines: list[str]) -> list[tuple[str, str]]:
    return [(path, line) for path, tab, line in (text.partition("\t") for text in lines) if tab]


def _resolv(pairs: list[tuple[str, str]]) -> Iterator[Asked]:
    for path, line in pairs:
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            yield Asked(words[1], path)


def _forwarders(pairs: list[tuple[str, str]]) -> Iterator[Asked]:
    for path, line in pairs:
        if "named" in path:
            for word in re.findall(
                r"(?<![0-9a-fA-F.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)(?![0-9a-fA-F.:])", line
            ):
                yield Asked(word, path)
            continue
        value = re.split(r"[=:]", line, maxsplit=1)[1]
        for word in value.split():
            # dnsmasq: /domain/server#port; unbound: server@port#name; resolved: server:port%interface#name.
            server = re.split(r"[#@]", word.rpartition("/")[2].strip("\"'"))[0]
            if server:
                yield Asked(server, path)


def _proxies(path: str, line: str) -> Iterator[Asked]:
    if _NO_PROXY.search(line.partition("=")[0]):
        return
    chain = _CHAIN.fullmatch(line)
    if chain and "proxychains" in path:
        yield Asked(chain[1], path, _port(chain[2]))
        return
    if "proxy" not in line.lower():
        return
    found = False
    for url in _URL.finditer(line):
        found = True
        yield Asked(url[2].strip("[]"), path, _port(url[3]))
    bare = None if found else _BARE.search(line)
    if bare:
        yield Asked(bare[1].strip("[]"), path, _port(bare[2]))


def _port(text: str | None) -> int | None:
    return int(text) if text and 0 < int(text) < 65536 else None


def _chrony(lines: list[str]) -> Iterator[Asked]:
    for line in lines:
        found = re.match(r"[\^=][*+\-?x~ ]\s+(\S+)\s", line)
        if found:
            yield Asked(found[1], "chronyc sources")


def _ntp(lines: list[str]) -> Iterator[Asked]:
    for line in lines[2:]:
        found = re.match(r"[ *+\-xo#.]?([0-9a-fA-F.:]{3,})\s", line)
        if found and not found[1].startswith("127.127."):
            yield Asked(found[1], "ntpq -p")
