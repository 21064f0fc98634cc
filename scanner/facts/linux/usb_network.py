"""Network devices over USB and modems that the host has seen, also those that were pulled out: kernel log, journal, udev, ModemManager."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.facts.fact import fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# Logs are searched on the host for the drivers' own words; a thousand lines are enough to know.
_WORDS = (
    "rndis_host|cdc_ether|cdc_ncm|cdc_mbim|qmi_wwan|huawei_cdc_ncm|ipheth|option[0-9]* .*ttyUSB|GSM modem|hso |sierra_net|RNDIS device"
    "|Mobile Broadband|usb[0-9]*: register|ww[pn][0-9a-z]+:|bnep[0-9]"
)
_ASK = f"""
w='{_WORDS}'
echo '== sources'
for f in /var/log/kern.log* /var/log/messages* /var/log/syslog*; do
  [ -f "$f" ] || continue
  if [ -r "$f" ]; then printf '|file %s\\n' "$f"; else printf '|denied %s\\n' "$f"; fi
done
j=; if command -v journalctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then j=yes; echo '|journal'; fi
k=; if k=$(dmesg 2>/dev/null); then echo '|dmesg'; else k=; fi
echo '== lines'; set --
{{
  for f in /var/log/kern.log /var/log/kern.log.1 /var/log/messages /var/log/messages-* /var/log/syslog /var/log/syslog.1; do
    [ -f "$f" ] && [ -r "$f" ] && case $f in *.gz|*.xz|*.bz2) ;; *) set -- "$@" "$f";; esac
  done
  [ $# = 0 ] || grep -haE "$w" "$@" | grep -a kernel
  for f in /var/log/kern.log.*.gz /var/log/messages*.gz; do [ -f "$f" ] && gzip -dc "$f" 2>/dev/null | grep -aE "$w" | grep -a kernel; done
  [ -n "$j" ] && journalctl -k -q --no-pager -o short-iso -g "$w" 2>/dev/null
  [ -z "$k" ] || printf '%s\\n' "$k" | grep -aE "$w"
}} | sed -e 's/^\\(.\\{{240\\}}\\).*/\\1/' -e 's/^/|/' -e 1000q
echo '== seen'
for d in /sys/bus/usb/drivers/rndis_host /sys/bus/usb/drivers/cdc_ether /sys/bus/usb/drivers/cdc_ncm /sys/bus/usb/drivers/cdc_mbim \
  /sys/bus/usb/drivers/qmi_wwan /sys/bus/usb/drivers/ipheth /sys/bus/usb/drivers/huawei_cdc_ncm; do
  for f in "$d"/*:*; do [ -e "$f" ] && printf '|plugged %s %s\\n' "${{d##*/}}" "${{f##*/}}"; done
done
for f in /var/lib/NetworkManager/*.lease /var/lib/dhcp/dhclient*.leases /var/lib/dhclient/*.leases* /var/lib/dhcpcd/*.lease*; do
  [ -f "$f" ] && case ${{f##*/}} in *usb[0-9]*|*wwan*|*ww[pn]*|*enp*s*u*|*enx*|*bnep*|*ppp*) printf '|lease %s\\n' "${{f##*/}}";; esac
done
exit 0
"""
_DEVICE = re.compile(r"(rndis_host|cdc_ether|cdc_ncm|cdc_mbim|qmi_wwan|huawei_cdc_ncm|ipheth|sierra_net|hso|option\d*|bnep\d)\b")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]|^([A-Z][a-z]{2} [ 0-9]\d) \d\d:")
_PLACE = re.compile(r"\b(\d+-[\d.]+)(?::[\d.]+)?")


@dataclass(frozen=True, slots=True, order=True)
class UsbNetwork:
    """One device as the log shows it."""

    driver: str
    place: str
    """Port of the USB bus; empty where the line does not say."""
    day: str
    """As the log writes it: ISO day, or month and day without a year; empty in the kernel's own ring, which knows no day."""
    line: str
    """One of its lines, shortened."""

    def shown(self) -> dict[str, str]:
        """For a verdict's ``observed``."""
        return {"driver": self.driver, "place": self.place, "day": self.day, "line": self.line}


@fact(Probe("linux.usb-network", "sh", (_ASK,), root=True, seconds=30, max_bytes=400_000))
@dataclass(frozen=True, slots=True)
class UsbNetworks:
    """History of network devices over USB."""

    history: tuple[UsbNetwork, ...]
    plugged: tuple[str, ...]
    """Driver and port of those that are there now."""
    leases: tuple[str, ...]
    """Lease files of such interfaces."""
    sources: tuple[str, ...]
    """What was searched: files, journal, dmesg."""

    @classmethod
    def read(cls, answer: Answer) -> UsbNetworks | Absent:
        """Read the sections. Absent when no log at all could be searched."""
        found = sections(answer)
        if answer.exit != 0 or not {"sources", "lines", "seen"} <= set(found):
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        sources = tuple(line for line in found["sources"] if not line.startswith("denied "))
        denied = [line for line in found["sources"] if line.startswith("denied ")]
        if denied:
            return Absent(Why.NO_PERMISSION, denied[0][7:])
        if not sources:
            return Absent(Why.FILE_MISSING, "kernel log")
        seen = {
            word: tuple(line.partition(" ")[2] for line in found["seen"] if line.startswith(f"{word} ")) for word in ("plugged", "lease")
        }
        return cls(tuple(_history(found["lines"])), seen["plugged"], seen["lease"], sources)


def _history(lines: Iterable[str]) -> list[UsbNetwork]:
    """One entry per driver, port and day."""
    found: dict[tuple[str, str, str], UsbNetwork] = {}
    for line in lines:
        driver, place, day = _DEVICE.search(line), _PLACE.search(line), _DAY.search(line)
        # A driver that registers itself has met no device yet.
        if "registered new interface driver" in line or "new device strings" in line:
            continue
        key = (driver[1] if driver else "usb-net", place[1] if place else "", (day[1] or day[2]) if day else "")
        found.setdefault(key, UsbNetwork(*key, line[:160]))
    return sorted(found.values())
