"""Block devices, encryption layers and swap."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

_ASK = """
if command -v lsblk >/dev/null 2>&1; then
  echo '== lsblk'; { lsblk -P -o NAME,KNAME,PKNAME,TYPE,FSTYPE,MOUNTPOINT; echo "rc=$?"; } | sed 's/^/|/'
fi
echo '== swaps'; sed 's/^/|/' /proc/swaps
exit 0
"""


@dataclass(frozen=True, slots=True)
class Block:
    """One block device."""

    name: str
    kernel_name: str
    parent: str
    """Kernel name of the device below."""
    type: str
    """disk, part, lvm, crypt, raid1, loop, rom …"""
    filesystem: str
    mountpoint: str


@fact(Probe("linux.storage", "sh", (_ASK,)))
@dataclass(frozen=True, slots=True)
class Storage:
    """Block devices and swap areas."""

    blocks: tuple[Block, ...]
    swaps: tuple[str, ...]
    """Swap devices and files in use."""

    def encrypted(self, kernel_name: str) -> bool:
        """Whether the device or one below it is an encryption layer."""
        seen: set[str] = set()
        while kernel_name and kernel_name not in seen:
            seen.add(kernel_name)
            rows = [block for block in self.blocks if block.kernel_name == kernel_name]
            if any(block.type == "crypt" for block in rows):
                return True
            kernel_name = rows[0].parent if rows else ""
        return False

    @classmethod
    def read(cls, answer: Answer) -> Storage | Absent:
        """Read ``lsblk -P`` and /proc/swaps."""
        found = sections(answer)
        if "lsblk" not in found:
            return Absent(Why.COMMAND_MISSING, "lsblk")
        if not found["lsblk"] or found["lsblk"][-1] != "rc=0":
            return Absent(Why.COMMAND_FAILED, f"lsblk {answer.complaint}")
        blocks = []
        for line in found["lsblk"][:-1]:
            row = dict(word.partition("=")[::2] for word in shlex.split(line))
            if "KNAME" not in row:
                raise Unreadable(f"not a device: {line[:60]!r}")
            words = [row.get(key, "") for key in ("NAME", "KNAME", "PKNAME", "TYPE", "FSTYPE", "MOUNTPOINT")]
            blocks.append(Block(*words))
        return cls(tuple(blocks), tuple(line.split()[0] for line in found["swaps"][1:] if line.split()))
