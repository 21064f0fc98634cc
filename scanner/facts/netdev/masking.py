"""Secrets in saved configurations, taken out before the text rests anywhere.

Works on bytes (GBK and UTF-8 alike: the second byte of a GBK character is never a blank, a digit, ``#`` or a line feed).
Pure; called by collect. Rather too much is masked than too little; the words that say *how* a secret is kept stay.
"""

from __future__ import annotations

import re

from scanner.facts.netdev.indented import PROMPT_SEEN
from scanner.facts.netdev.masking_ios import mask_ios_line

MASK = b"[masked]"
PLATFORM = b"! shiqu: platform "
"""Begins the line that carries the inventory's word on the platform to the reader."""
WELL_KNOWN = b"[masked:well-known]"
"""Stands for a community name that every attacker tries first."""
_KNOWN_COMMUNITIES = {b"public", b"private", b"admin", b"huawei", b"h3c", b"cisco", b"snmp", b"write", b"read", b"default", b"123456"}
_FORM = rb"(?:irreversible-cipher|cipher|simple|hash|plain|encrypted)"
# VRP closes its cipher texts with the mark that opens them; a quoted value ends at a blank.
_VALUE = (
    rb"(?:%\^%#[^\r\n]*?%\^%#|%\$%\$[^\r\n]*?%\$%\$|%@%@[^\r\n]*?%@%@|%\+%#[^\r\n]*?%\+%#"
    rb'|"[^"\r\n]*"(?=\s|$)|[^\s]+)'
)
_UNFORMED = rb"(?!\[masked|\d{1,2}[ \t]+\[masked|" + _FORM + rb"\b)"
# Words after `password`, `key` … that are settings and no secrets.
_SETTINGS = (
    rb"(?:policy|expire|alert|history|recovery|aging|length|complexity|composition|update|min-length|modify|change|remind|need-change"
    rb"|begin|end|role|level|local|encrypt|authentication-mode|alert-before-expire|alert-original|mode|size|group)\b"
)
PATTERNS: tuple[re.Pattern[bytes], ...] = (
    # how it is kept, then the secret: `cipher %^%#…`, `irreversible-cipher $1c$…`, `hash $h$6$…`, `simple abc`
    re.compile(rb"(?i)((?:^|[ \t])" + _FORM + rb"[ \t]+)(?!\[masked|(?:authentication|privacy)-mode\b)" + _VALUE),
    # `set authentication password X`, `local-user u password X`, `peer 1.1.1.1 password X`
    re.compile(rb"(?i)((?:^|[ \t])(?:password|passwd|pass-phrase|passphrase|secret)[ \t]+)(?!" + _SETTINGS + rb")" + _UNFORMED + _VALUE),
    # `key authentication X`, `shared-key X`, `pre-shared-key X`, `authentication-keyid 1 authentication-mode md5 X`
    re.compile(
        rb"(?i)((?:^|[ \t])(?:shared-key|pre-shared-key|preshared-key|wep-key|key-string|auth-key|psk|community-string)[ \t]+)"
        + _UNFORMED
        + _VALUE
    ),
    re.compile(rb"(?i)((?:^|[ \t])key[ \t]+(?:authentication|authorization|accounting)[ \t]+)" + _UNFORMED + _VALUE),
    re.compile(
        rb"(?i)((?:authentication-mode|privacy-mode)[ \t]+(?:md5|sha[\w-]*|hmac[\w-]*|des\w*|3des\w*|aes\w*|sm\d)[ \t]+)"
        rb"(?!privacy-mode\b)" + _UNFORMED + _VALUE
    ),
    re.compile(rb"(?i)((?:^|[ \t])securityname[ \t]+)" + _UNFORMED + _VALUE),
    # `user:secret@host` in addresses of servers
    re.compile(rb"(://[^/\s:@]+:)(?!\[masked\]@)\S+(?=@)"),
)
# Every pattern below and in masking_ios needs one of these words; lines without them are the most and are passed over at once.
_SUSPECT = re.compile(rb"(?i)pass|secret|key|psk|communit|snmp-server|cipher|simple|hash|plain|encrypt|auth|privacy|securityname|://|nhrp")
_COMMUNITY = re.compile(
    rb"(?i)(snmp-agent[ \t]+community[ \t]+(?!complexity-check)(?:(?:read|write)[ \t]+)?)(?:(cipher|simple)[ \t]+)?(" + _VALUE + rb")"
)
_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.S)
_ALGORITHMS = re.compile(rb"(?i)^[ \t]*(?:undo[ \t]+)?ssh[ \t]+(?:server|client)[ \t]+(?:secure-algorithms[ \t]+)?cipher\b")
_START = re.compile(rb"^(?:#|!|\[V\d|[ ]?version[ ]|(?:hostname|sysname)[ ]\S+$|Current configuration ?:)")
_SAID = ("口令".encode(), "密码".encode(), "口令".encode("gbk"), "密码".encode("gbk"))
# What stands behind a prompt was typed by a person, sometimes a password at the wrong moment.
_PROMPT = re.compile(rb"^([<\[](?!V\d)[\w.@:/~*-]{1,64}[>\]]|[\w.@:/~-]{1,64}(?:\([\w.-]{1,40}\))?[#>]).+$")
_NAME = re.compile(rb"(?:hostname|switchname)[ \t]+(\S{1,63})$")
_DESCRIBED = re.compile(rb"(?i)^([ \t]*description[ \t]+).*(?:passw|secret|\bkey\b|" + b"|".join(_SAID) + rb").*$")


def mask_config(text: bytes, platform: str | None = None) -> bytes:
    """Return the configuration with every secret replaced; what stands before it and after ``return`` becomes a count.

    A session log may hold a password that was typed at the wrong prompt: only the configuration itself is kept.
    """
    hint = PLATFORM + platform.encode() if platform and re.fullmatch(r"[a-z0-9_]{1,32}", platform) else None
    lines = _PEM.sub(lambda m: MASK + b"\n" * m[0].count(b"\n"), text).split(b"\n")
    start = next((i for i, line in enumerate(lines) if _START.match(line.lstrip(b"\xef\xbb\xbf").rstrip())), None)
    if start is None:
        return b"! shiqu: no configuration; lines dropped: %d\n" % len(lines)
    end = _end(lines, start)
    prompted = end == len(lines) and (end := _prompt_after(lines, start)) < len(lines)
    out: list[bytes] = [b"! shiqu: lines before the configuration dropped: %d" % start] if start else []
    wrapped = False
    for line in lines[start:end]:
        masked = _mask_line(line)
        if wrapped and _looks_wrapped(line):
            masked = MASK
        wrapped = masked != line and len(line.rstrip()) >= 76
        out.append(masked)
    notes = [line for line in lines[end:] if line.startswith(b"! shiqu: ")]
    if hint is not None:
        # At the end, where it shifts no line's number.
        notes = [*(line for line in notes if not line.startswith(PLATFORM)), hint]
    if prompted:
        notes.append(PROMPT_SEEN.encode())
    if out and out[-1].strip() == b"":
        out.pop()
    out += notes
    dropped = sum(1 for line in lines[end:] if line.strip() and not line.startswith(b"! shiqu: "))
    if dropped:
        out.append(b"! shiqu: lines after the configuration dropped: %d" % dropped)
    return b"\n".join(out) + (b"\n" if out and out[-1] else b"")


def _end(lines: list[bytes], start: int) -> int:
    # The last one: a banner may hold the word on a line of its own.
    for i in range(len(lines) - 1, start, -1):
        if lines[i].rstrip() in (b"return", b"end"):
            return i + 1
    return len(lines)


def _prompt_after(lines: list[bytes], start: int) -> int:
    """Where the session's prompt stands again after a configuration that has no closing word (NX-OS): by the device's own name."""
    named = next((found[1] for line in lines[start:] if (found := _NAME.match(line.rstrip()))), None)
    if named is None:
        return len(lines)
    for i in range(start + 1, len(lines)):
        if lines[i].startswith(named + b"#"):
            return i
    return len(lines)


def _mask_line(line: bytes) -> bytes:
    typed = _PROMPT.match(line.rstrip())
    if typed is not None:
        return typed[1] + MASK
    described = _DESCRIBED.match(line.rstrip())
    if described is not None:
        return described[1] + MASK
    if _SUSPECT.search(line) is None:
        return line
    found = _COMMUNITY.search(line)
    if found is not None and not found[3].startswith(b"[masked"):
        how = found[2] or b""
        word = WELL_KNOWN if how.lower() != b"cipher" and found[3].strip(b'"').lower() in _KNOWN_COMMUNITIES else MASK
        return line[: found.start()] + found[1] + (how + b" " if how else b"") + word + line[found.end() :]
    if _ALGORITHMS.match(line):
        return line
    line = mask_ios_line(line, MASK, WELL_KNOWN, _KNOWN_COMMUNITIES)
    for pattern in PATTERNS:
        line = pattern.sub(lambda m: m[1] + MASK, line)
    return line


def _looks_wrapped(line: bytes) -> bool:
    """A terminal of 80 columns may have broken the secret in two."""
    token = line.strip()
    return bool(token) and token != b"#" and b" " not in token and line[:1] not in (b" ", b"#", b"!")
