"""Networks that the host is set up for, also those it is not on now: NetworkManager, ifcfg, netplan, networkd, ifupdown, supplicants, VPNs.

Only the lines that name things come back: no key, passphrase or password leaves the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.facts.linux.profile_files import Profile, read_file
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

PLACES = (
    "/etc/NetworkManager/system-connections/*", "/run/NetworkManager/system-connections/*", "/usr/lib/NetworkManager/system-connections/*",
    "/etc/sysconfig/network-scripts/ifcfg-*", "/etc/sysconfig/network/ifcfg-*", "/etc/netplan/*.yaml", "/run/netplan/*.yaml",
    "/etc/systemd/network/*.network", "/etc/systemd/network/*.netdev", "/run/systemd/network/*.network", "/run/systemd/network/*.netdev",
    "/etc/network/interfaces", "/etc/network/interfaces.d/*", "/etc/wpa_supplicant/*.conf", "/etc/wpa_supplicant.conf",
    "/etc/wireguard/*.conf", "/etc/openvpn/*.conf", "/etc/openvpn/*.ovpn", "/etc/openvpn/client/*.conf", "/etc/openvpn/client/*.ovpn",
    "/etc/ipsec.conf", "/etc/ipsec.d/*.conf", "/etc/swanctl/swanctl.conf", "/etc/swanctl/conf.d/*.conf", "/etc/strongswan/ipsec.conf",
    "/etc/xl2tpd/xl2tpd.conf", "/etc/ppp/peers/*", "/etc/wvdial.conf", "/etc/tinc/*/tinc.conf", "/etc/vpnc/*.conf",
    "/etc/udev/rules.d/*persistent-net.rules", "/etc/hostapd/*.conf", "/etc/hostapd.conf",
)  # fmt: skip
# Words at the start of a line; old mawk knows no [[:space:]], and no quote may stand in the program. netplan's keys without a value and list items that are addresses are let through as well.
_QUOTE = r'["\047]'
_LINES = (
    r"^[ \t]*(\[[^]]*\]|(type|id|interface-name|mac-address|cloned-mac-address|ssid|mode|address[0-9]*|addresses"
    r"|gateway|dns|service-type|remote|apn|number|DEVICE|NAME|TYPE|HWADDR|MACADDR|IPADDR[0-9]*|PREFIX[0-9]*|NETMASK[0-9]*|GATEWAY[0-9]*|ESSID"
    r"|WIRELESS_ESSID|BRIDGE|MASTER|Name|MACAddress|Address|Gateway|DNS|Kind|Bridge|VLAN|Endpoint|endpoint|AllowedIPs|Remote|Local|lns"
    r"|right|left|remote_addrs|local_addrs|SSID|ConnectTo|interface|bridge|Phone|Modem)[ \t]*="
    r"|(iface|auto|allow-hotplug|address|netmask|gateway|bridge_ports|bridge-ports|wireless-essid|wpa-ssid|wpa-conf|dns-nameservers"
    r"|vlan-raw-device|remote|dev|proto|client|server|IPSec gateway|conn)([ \t]|$)"
    rf"|{_QUOTE}?[^:#]+{_QUOTE}?:[ \t]*$|(addresses|gateway4|gateway6|via|to|macaddress|set-name|dhcp4|dhcp6|mode|remote|local|id|link"
    rf"|interfaces|renderer):|-[ \t]*{_QUOTE}?[0-9a-fA-F.:]+(\/[0-9]+)?{_QUOTE}?[ \t]*$|SUBSYSTEM==)"
)
# wg deletes the socket of a user-space tunnel when nobody listens at it, no longer or not yet; asked about all, it tries every one. Each is asked about by
# its name, and one with a socket only while somebody listens.
_ASK = f"""
set -- ; h=
for f in {" ".join(PLACES)}; do
  if [ -f "$f" ]; then if [ -r "$f" ]; then set -- "$@" "$f"; else h="$h$f
"; fi; fi
done
echo '== hidden'; [ -n "$h" ] && printf '%s' "$h" | sed 's/^/|/'
echo '== files'
if [ $# -gt 0 ]; then
  awk 'FNR == 1 {{ print "|F " FILENAME }} FNR > 2000 {{ next }}
    /{_LINES}/ {{ print "|:" substr($0, 1, 300) }}' "$@"
fi
echo '== iwd'; for f in /var/lib/iwd/*.psk /var/lib/iwd/*.open /var/lib/iwd/*.8021x; do [ -f "$f" ] && printf '|%s\\n' "${{f##*/}}"; done
echo '== wireguard'
command -v wg >/dev/null 2>&1 && for d in /sys/class/net/*; do
  i=${{d##*/}} k=
  if [ -e "/var/run/wireguard/$i.sock" ]; then
    awk -v n="$i.sock" '$4 == "00010000" && ($8 == "/var/run/wireguard/" n || $8 == "/run/wireguard/" n) {{ f = 1 }} END {{ exit !f }}' /proc/net/unix && k=1
  else
    while IFS= read -r l; do [ "$l" = DEVTYPE=wireguard ] && k=1; done 2>/dev/null <"$d/uevent"
  fi
  [ "$k" ] && {{ wg show "$i" endpoints; wg show "$i" allowed-ips; }} 2>/dev/null | while IFS= read -r l; do printf '|%s\t%s\n' "$i" "$l"; done
done
exit 0
"""


@fact(Probe("linux.network-profiles", "sh", (_ASK,), root=True, seconds=15, max_bytes=1_000_000))
@dataclass(frozen=True, slots=True)
class NetworkProfiles:
    """Networks that the host is set up for."""

    profiles: tuple[Profile, ...]
    endpoints: tuple[tuple[str, str], ...]
    """WireGuard interface and the address and port of a peer, as the kernel holds them."""

    def of(self, *kinds: str) -> tuple[Profile, ...]:
        """Profiles of these kinds: ``wired``, ``wifi``, ``mobile``, ``vpn``, ``bridge``, ``access-point``."""
        return tuple(profile for profile in self.profiles if profile.kind in kinds)

    @classmethod
    def read(cls, answer: Answer) -> NetworkProfiles | Absent:
        """Read the sections. Absent when a file may not be read."""
        found = sections(answer)
        if answer.exit != 0 or not {"hidden", "files", "iwd", "wireguard"} <= set(found):
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        if found["hidden"]:
            return Absent(Why.NO_PERMISSION, found["hidden"][0])
        profiles = [profile for path, lines in _files(found["files"]) for profile in read_file(path, lines)]
        profiles += [Profile("wifi", name.rpartition(".")[0], f"/var/lib/iwd/{name}") for name in found["iwd"]]
        return cls(tuple(sorted(set(profiles))), tuple(_endpoints(found["wireguard"])))


def _files(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    path, body = "", list[str]()
    for line in lines:
        if line.startswith("F "):
            if path:
                yield path, body
            path, body = line[2:], []
        elif line.startswith(":") and path:
            body.append(line[1:])
        else:
            raise Unreadable(f"line of no file: {line[:60]!r}")
    if path:
        yield path, body


def _endpoints(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        words = line.split("\t")
        if len(words) == 3 and words[2].rpartition(":")[2].isdigit() and "/" not in words[2]:
            yield words[0], words[2]
