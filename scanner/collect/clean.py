"""Evidence is masked before it rests: secrets never reach a shelf.

Two layers: what each fact declares (``keeps``), and a net of patterns below everything, should a probe bring a secret along.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace

from scanner.model.absent import Absent
from scanner.model.evidence import Evidence, Probe

MASK = b"[masked]"
SHORTEST = 4
"""A shorter password is a word like any other: hiding it everywhere would hide answers."""
# One pass decides whether anything needs the slow patterns: almost no evidence does.
_HINT = re.compile(
    rb"(?i)-----BEGIN|\$(?:1|2[abxy]?|5|6|7|y|gy|sm3|argon2\w*)\$|passw|passphrase|secret|token|api_?key|private_?key|://[^/\s:@]+:[^/\s@]+@|SCRAM-SHA|community|psk"
)
_NET = (
    (re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.S), MASK),
    (re.compile(rb"\$(?:1|2[abxy]?|5|6|7|y|gy|sm3|argon2\w*)\$[^\s:'\"]{8,}"), MASK),
    (re.compile(rb"SCRAM-SHA-256\$[^\s'\"]+"), MASK),
    (re.compile(rb"(://[^/\s:@]+:)[^/\s@]+(@)"), rb"\1" + MASK + rb"\2"),
    # `password = value`, `password: value`, `--password=value`; words of a setting (yes, no, numbers, scram …) stay.
    (
        re.compile(
            rb"(?i)((?:^|[\s;,{'\"|-])(?:[\w.-]*(?:password|passwd|passphrase|secret|api_?key|private_?key|auth_?token|community|wpa_psk|psk))['\"]?\s*[=:]\s*['\"]?)"
            rb"(?!(?:yes|no|on|off|true|false|none|null|disabled|enabled|scram-sha-256|md5|sha\d*|crypt|plain|require|required|optional|\d{1,6}|\[masked\]|files?|systemd|sss|compat|ldap|cracklib)\b)"
            rb"[^\s'\";,}]+"
        ),
        rb"\1" + MASK,
    ),
)


def mask(data: bytes) -> bytes:
    """Return the bytes with anything that looks like a secret replaced by ``[masked]``."""
    if not _HINT.search(data):
        return data
    for pattern, replacement in _NET:
        data = pattern.sub(replacement, data)
    return data


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
    return replace(evidence, stdout=mask(_kept(evidence.stdout, probe)), stderr=mask(evidence.stderr), absent=absent)


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
