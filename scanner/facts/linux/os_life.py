"""Until when operating system releases get free security support, and what this host says it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections, whole_number
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

TABLE_AS_OF = "2026-10-31"
"""The table below was last compared with public sources on this day."""

# Last day of public security support without a paid extension (Debian: including its free long-term support).
# A release that is not here is unknown, never supported and never expired; most domestic releases have no public dates.
END_OF_SUPPORT: Mapping[str, Mapping[str, str]] = {
    "debian": {"7": "2018-05-31", "8": "2020-06-30", "9": "2022-06-30", "10": "2024-06-30", "11": "2026-08-31", "12": "2028-06-30"},
    "ubuntu": {"14.04": "2019-04-30", "16.04": "2021-04-30", "18.04": "2023-05-31", "20.04": "2025-05-31", "22.04": "2027-04-30",
               "22.10": "2023-07-20", "23.04": "2024-01-25", "23.10": "2024-07-12", "24.04": "2029-05-31", "24.10": "2025-07-10",
               "25.04": "2026-01-17", "25.10": "2026-07-31", "26.04": "2031-04-30"},
    "centos": {"5": "2017-03-31", "6": "2020-11-30", "7": "2024-06-30"},
    "rhel": {"5": "2017-03-31", "6": "2020-11-30", "7": "2024-06-30", "8": "2029-05-31", "9": "2032-05-31"},
    "rocky": {"8": "2029-05-31", "9": "2032-05-31"},
    "almalinux": {"8": "2029-03-01", "9": "2032-05-31"},
    "openeuler": {"20.03 (LTS)": "2021-03-31", "20.03 (LTS-SP1)": "2022-12-31", "20.03 (LTS-SP2)": "2022-04-30",
                  "20.03 (LTS-SP3)": "2023-12-31", "20.03 (LTS-SP4)": "2025-11-30", "22.03 (LTS)": "2024-03-31",
                  "22.03 (LTS-SP1)": "2024-12-31", "22.03 (LTS-SP2)": "2024-03-31", "22.03 (LTS-SP3)": "2025-12-31",
                  "22.03 (LTS-SP4)": "2026-06-30", "24.03 (LTS)": "2026-05-31", "24.03 (LTS-SP1)": "2026-12-31",
                  "24.03 (LTS-SP2)": "2026-03-31", "24.03 (LTS-SP3)": "2027-12-31", "24.03 (LTS-SP4)": "2027-03-31"},
    "sles": {"12.5": "2024-10-31", "15.3": "2022-12-31", "15.4": "2023-12-31", "15.5": "2024-12-31"},
}  # fmt: skip

_CENTOS_8 = {"linux": "2021-12-31", "stream": "2024-05-31"}

_ASK = """
echo '== now'; echo "|$(date +%s)"
echo '== os-release'; for f in /etc/os-release /usr/lib/os-release; do [ -r $f ] && { sed 's/^/|/' $f; break; }; done
echo '== old'; for f in /etc/redhat-release /etc/debian_version; do [ -r $f ] && sed "s/^/|/" $f; done
echo '== running'; echo "|$(uname -r)"
echo '== kernels'; for f in /boot/vmlinuz-*; do [ -f "$f" ] && printf '|%s\\n' "${f#/boot/vmlinuz-}"; done
echo '== reboot'; for f in /run/reboot-required /var/run/reboot-required; do [ -e $f ] && { printf '|%s\\n' $f; break; }; done
exit 0
"""


@fact(Probe("linux.os", "sh", (_ASK,)))
@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """Release, kernels and whether a restart is asked for."""

    release: Mapping[str, str]
    """/etc/os-release, unquoted."""
    now: int
    """The target's clock, UTC seconds."""
    running: str
    """Release of the running kernel."""
    kernels: tuple[str, ...]
    """Releases of kernels in /boot (a container has none)."""
    reboot_flag: bool
    """Whether the package manager left a note that a restart is needed."""

    @property
    def name(self) -> str:
        """What the release calls itself."""
        return self.release.get("PRETTY_NAME") or self.release.get("ID", "")

    def end_of_support(self) -> str | None:
        """Last day of public security support as YYYY-MM-DD; None when the table does not know this release."""
        system, version = self.release.get("ID", "").lower(), self.release.get("VERSION_ID", "")
        if system == "centos" and version == "8":
            return _CENTOS_8["stream" if "stream" in self.name.lower() else "linux"]
        if system == "centos" and "stream" in self.name.lower():
            return None
        table = END_OF_SUPPORT.get(system, {})
        if system == "openeuler":
            return table.get(self.release.get("VERSION", ""))
        return table.get(version) or (table.get(version.partition(".")[0]) if system not in ("ubuntu", "sles") else None)

    @classmethod
    def read(cls, answer: Answer) -> OperatingSystem | Absent:
        """Read the sections."""
        found = sections(answer)
        if answer.exit != 0:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        release = dict(_pair(line) for line in found["os-release"] if re.match(r"[A-Z0-9_]+=", line))
        if not release and found["old"]:
            release = _old(found["old"][0])
        if "ID" not in release:
            raise Unreadable("the release does not say what it is")
        running = "".join(found["running"])
        if not running:
            raise Unreadable("no kernel release")
        return cls(release, whole_number("".join(found["now"]), 12), running, tuple(found["kernels"]), len(found["reboot"]) > 0)


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    value = value.strip()
    return key, value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _old(text: str) -> dict[str, str]:
    """Releases from before os-release: ``CentOS release 6.10 (Final)``."""
    found = re.match(r"(CentOS|Red Hat).*release ([0-9]+)", text)
    if found is None:
        return {}
    return {"ID": {"CentOS": "centos"}.get(found[1], "rhel"), "VERSION_ID": found[2], "PRETTY_NAME": text}
