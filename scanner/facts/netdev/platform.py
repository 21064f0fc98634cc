"""Which platform wrote a configuration: the inventory's word when there is one, else words that only one of them uses."""

from __future__ import annotations

import re

PLATFORMS = {
    "huawei_vrp": "vrp", "h3c_comware": "comware", "cisco_ios": "ios", "cisco_iosxe": "ios", "cisco_xe": "ios", "cisco_nxos": "nxos",
    "ruijie_os": "ruijie",
}  # fmt: skip
INDENTED = frozenset({"ios", "nxos", "ruijie"})
"""Vendors whose configurations are read by indentation and ``!``."""
_HINT = re.compile(rb"^! shiqu: platform ([a-z0-9_]{1,32})\r?$", re.M)
_HASH = re.compile(rb"^#[ \t]*\r?$", re.M)
_BANG = re.compile(rb"^![ \t]*\r?$", re.M)
_END = re.compile(rb"^end[ \t]*\r?$", re.M)
_RETURN = re.compile(rb"^return[ \t]*\r?$", re.M)
_NXOS = re.compile(
    rb"^(?:!Command: show|vdc \S+ id |feature [a-z]|vrf context |version \d{1,2}\.\d{1,2}\(\d+[a-z]*\)(?:[A-Z]\d|\s*(?:Bios:.*)?\r?$))",
    re.M,
)
_RUIJIE = re.compile(rb"^(?:version .{0,40}(?:RGOS|RGNOS|Ruijie)|(?:no )?enable service (?:telnet|ssh|web)-server)", re.M | re.I)
_IOS = re.compile(
    rb"^(?:version \d{2}\.\d|boot-start-marker|service timestamps |ip cef|interface (?:Gigabit|Fast|Ten)|line vty |ip classless|no ip domain.lookup"
    rb"|hostname \S)",
    re.M,
)


def hinted(data: bytes) -> str | None:
    """The vendor by the inventory's word, kept in the masked text; None when there is none or the word is not known."""
    found = _HINT.findall(data)
    return PLATFORMS.get(found[-1].decode()) if found else None


def indented_vendor(data: bytes) -> str | None:
    """``ios``, ``nxos`` or ``ruijie`` when the text is one of theirs; None when it looks like VRP or Comware, or like nothing."""
    said = hinted(data)
    if said is not None:
        return said if said in INDENTED else None
    hashes, bangs = len(_HASH.findall(data)), len(_BANG.findall(data))
    if hashes >= 2 or (_RETURN.search(data) and not _END.search(data)):
        return None
    if _RUIJIE.search(data):
        return "ruijie"
    if len(_NXOS.findall(data)) >= 2:
        return "nxos"
    if len(_IOS.findall(data)) >= 2 or (_IOS.search(data) and (bangs or _END.search(data))):
        return "ios"
    return None
