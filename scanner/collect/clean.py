"""Evidence is masked before it rests: secrets never reach a shelf.

Two layers: what each fact declares (``keeps``), and a net of patterns below everything, should a probe bring a secret along.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from scanner.model.absent import Absent
from scanner.model.canonical import canonical, strict_loads
from scanner.model.evidence import Evidence, Probe

MASK = b"[masked]"
OWN_JSON = frozenset({"site.declared", "holdings.backup-folder", "holdings.stores", "holdings.unit"})
"""Probes whose answer is JSON that we wrote ourselves, from parts without credentials."""
SHORTEST = 4
"""A shorter password is a word like any other: hiding it everywhere would hide answers."""
# Plain words, searched in lower case: only lines that hold one (and the line after) meet the slow patterns.
_HINTS = (
    b"passw",
    b"passphrase",
    b"secret",
    b"token",
    b"api_key",
    b"apikey",
    b"private_key",
    b"privatekey",
    b"community",
    b"psk",
    b"scram-sha",
    b"://",
    b"$1$",
    b"$2",
    b"$5$",
    b"$6$",
    b"$7$",
    b"$y$",
    b"$gy$",
    b"$sm3$",
    b"$argon2",
)
_NAME = (
    rb"(?:^|[\s;,{'\"|-])[\w.-]{0,64}(?:password|passwd|passphrase|secret|api_?key|private_?key|auth_?token|community|wpa_psk|psk)['\"]?"
)
_WORDS = (
    rb"yes|no|on|off|true|false|none|null|disabled|enabled|scram-sha-256|md5|sha\d*|crypt|plain|require|required|optional|\d{1,6}"
    rb"|\[masked\]|files?|systemd|sss|compat|ldap|cracklib"
)
_KEY = ((re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.S), MASK),)
_NET = (
    (re.compile(rb"\$(?:1|2[abxy]?|5|6|7|y|gy|sm3|argon2\w*)\$[^\s:'\"]{8,}"), MASK),
    (re.compile(rb"SCRAM-SHA-256\$[^\s'\"]+"), MASK),
    (re.compile(rb"(://[^/\s:@]+:)[^/\s@]+(@)"), rb"\1" + MASK + rb"\2"),
    # `password = value`, `password: "long value"`, `--password=value`; words of a setting (yes, no, numbers, scram …) stay.
    (re.compile(rb"(?i)(" + _NAME + rb"\s*[=:]\s*(['\"]))(?!(?:" + _WORDS + rb")\2)(?:\\.|(?!\2)[^\\\n])+"), rb"\1" + MASK),
    (re.compile(rb"(?i)(" + _NAME + rb"\s*[=:]\s*)(?!(?:" + _WORDS + rb")(?:[\s'\";,}]|\Z))[^\s'\";,}]+"), rb"\1" + MASK),
)


def mask(data: bytes) -> bytes:
    """Return the bytes with anything that looks like a secret replaced by ``[masked]``."""
    lowered = data.lower()
    if b"-----begin" in lowered:
        data = _sub(_KEY, data)
        lowered = data.lower()
    out: list[bytes] = []
    done = 0
    for start, end in _spots(lowered):
        out += (data[done:start], _sub(_NET, data[start:end]))
        done = end
    return b"".join((*out, data[done:])) if out else data


def _sub(patterns: Iterable[tuple[re.Pattern[bytes], bytes]], data: bytes) -> bytes:
    for pattern, replacement in patterns:
        data = pattern.sub(replacement, data)
    return data


def _spots(lowered: bytes) -> list[tuple[int, int]]:
    """Where to look closely: lines with a hint and the line after each, merged and in order."""
    found: list[tuple[int, int]] = []
    for hint in _HINTS:
        at = lowered.find(hint)
        while at >= 0:
            start = lowered.rfind(b"\n", 0, at) + 1
            line = lowered.find(b"\n", at)
            end = lowered.find(b"\n", line + 1) if line >= 0 else -1
            end = len(lowered) if end < 0 else end
            found.append((start, end))
            at = lowered.find(hint, end)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def mask_json(data: bytes) -> bytes:
    """As :func:`mask` for canonical JSON of our own making: value by value, so that a zone called ``secret`` stays a zone."""
    try:
        return canonical(_masked("", strict_loads(data)))
    except (ValueError, RecursionError):
        return mask(data)


def _masked(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(key, item) for item in value]
    if not isinstance(value, str) or not value:
        return value
    # The key stands before the value, as it would in a line of text: what it says of the value counts.
    head = f"{key}: "
    text = mask((head + value).encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    return text[len(head) :] if text.startswith(head) else mask(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def scrub(data: bytes, secrets: Iterable[str]) -> bytes:
    """The bytes without these very secrets; the longest goes first, lest a part of it stays."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            data = data.replace(secret.encode(), MASK)
    return data


def clean(evidence: Evidence, probe: Probe) -> Evidence:
    """Keep of an answer what its fact declares, masked; the detail of an absence quotes the target and is masked too."""
    absent = evidence.absent
    if absent is not None:
        absent = Absent(absent.why, mask(absent.detail.encode("utf-8", "replace")).decode())
    kept = _kept(evidence.stdout, probe)
    return replace(evidence, stdout=mask_json(kept) if probe.id in OWN_JSON else mask(kept), stderr=mask(evidence.stderr), absent=absent)


def _kept(data: bytes, probe: Probe) -> bytes:
    if probe.keeps == "whole":
        return data
    if probe.keeps == "digest":
        return b"sha256:" + hashlib.sha256(data).hexdigest().encode() + b"\n" if data else b""
    kind, _, expression = probe.keeps.partition(":")
    if kind != "lines":
        raise ValueError(f"{probe.id}: keeps {probe.keeps!r}")
    wanted = re.compile(expression.encode())
    # File headers of a files answer stay: without them a line has no home.
    headers = probe.via == "files"
    lines = [
        line
        for line in data.split(b"\n")
        if (headers and line[:1] in (b"F", b"M", b"D", b"N", b"C")) or wanted.search(line[1:] if headers else line)
    ]
    return b"".join(line + b"\n" for line in lines if line)
