"""Where Cisco IOS, NX-OS and Ruijie configurations keep secrets. What follows the secret on its line goes with it: a password may hold blanks.

The digit that says how a secret is kept (``7``, ``5`` …) stays.
"""

from __future__ import annotations

import re

# Atomic groups: what was masked once must not be read as a secret the second time.
_TYPED = rb"(?>(?:(?:[045678]|9|10)[ \t]+(?=\S))?)"
_REST = rb"(?!\[masked)\S[^\r\n]*"
_AT = rb"(?i)((?:^|[ \t])"
# Words after `password`, `secret`, `key` … that are settings and no secrets.
_SETTINGS = (
    rb"(?!(?:policy|expire|alert|history|recovery|aging|length|complexity|composition|update|min-length|modify|change|remind|need-change"
    rb"|encryption|strength-check|prompt|lifetime|max-fail|logging|reuse|security|secure-mode|cipher|simple|hash|plain|irreversible-cipher"
    rb"|begin|end|role|local|encrypt|authentication-mode|alert-before-expire|alert-original|mode|size|group|control|strong-check"
    rb"|chain|generate|config-key|storage|zeroize|export|import|rsa|dsa|ec|ecdsa|label|pubkey-chain|keypair|id|authentication|authorization"
    rb"|accounting|authenticator|management|type|value)\b)"
)


def _rule(before: bytes) -> re.Pattern[bytes]:
    return re.compile(_AT + rb"(?>" + before + rb"[ \t]+" + _TYPED + rb"))" + _REST)


PATTERNS: tuple[re.Pattern[bytes], ...] = (
    # enable secret level 15 5 X; username u privilege 15 secret 9 X; line password 7 X; neighbor 1.1.1.1 password 7 X
    re.compile(
        _AT + rb"(?>(?:password|passwd|secret|passphrase|pass-phrase|domain-password|area-password)[ \t]+(?:level[ \t]+\d{1,2}[ \t]+)?"
        rb"(?:sha512[ \t]+|sha256[ \t]+|scrypt[ \t]+|encrypted[ \t]+)?" + _SETTINGS + _TYPED + rb"))" + _REST
    ),
    # key 7 X (server blocks), key X; the number of a key in a chain stands alone and stays
    re.compile(_AT + rb"(?:key|server-key|auth-key)[ \t]+" + _SETTINGS + rb"(?!\d{1,3}[ \t]*\r?$)" + _TYPED + rb")" + _REST),
    _rule(rb"(?:key-string|shared-secret|shared-key|server-private-key|wpa-psk[ \t]+(?:ascii|hex)|wpa-psk|psk|set-key[ \t]+(?:ascii|hex))"),
    _rule(rb"authentication-key(?:[ \t]+\d{1,10}[ \t]+(?:md5|sha1|sha2|sha256|cmac-aes-128|hmac\S*))?"),
    _rule(rb"message-digest-key[ \t]+\d{1,3}[ \t]+md5"),
    _rule(rb"pre-shared-key(?:[ \t]+(?:local|remote))?(?:[ \t]+(?:address|hostname)[ \t]+\S+(?:[ \t]+\d+\.\S+)?[ \t]+key)?"),
    _rule(rb"crypto[ \t]+isakmp[ \t]+key"),
    _rule(rb"community-map"),
    # standby/vrrp/glbp/nhrp authentication X, authentication text X, authentication md5 key-string X
    re.compile(
        _AT + rb"(?>(?:standby(?:[ \t]+\d+)?|vrrp(?:[ \t]+\d+)?|glbp(?:[ \t]+\d+)?|nhrp)[ \t]+authentication[ \t]+(?!md5\b)(?:text[ \t]+)?"
        + _TYPED + rb"))" + _REST
    ),
    _rule(rb"authentication[ \t]+text"),
    # snmp-server user U G v3 auth sha X priv aes 128 Y
    re.compile(rb"(?i)((?:snmp-server)[ \t]+user[ \t][^\r\n]*?\bauth[ \t]+(?:md5|sha\S*)[ \t]+)" + _REST),
    re.compile(rb"(?i)((?>snmp-server[ \t]+user[ \t][^\r\n]*?\bpriv[ \t]+(?:(?:des|3des|aes(?:-\d+)?)[ \t]+)?(?:\d{3}[ \t]+)?))" + _REST),
    re.compile(
        rb"(?i)((?>snmp-server[ \t]+host[ \t]+\S+(?:[ \t]+vrf[ \t]+\S+)?(?:[ \t]+(?:traps|informs))?"
        rb"(?:[ \t]+version[ \t]+(?:1|2c|3[ \t]+(?:auth|noauth|priv)))?[ \t]+))(?!version\b|vrf\b|traps\b|informs\b|use-vrf\b|source-interface\b|filter-vrf\b)"
        + _REST
    ),
    re.compile(rb"(?i)(encryption[ \t][^\r\n]*?\bkey[ \t]+\d[ \t]+size[ \t]+\d+bit[ \t]+)" + _REST),
)  # fmt: skip
COMMUNITY = re.compile(rb"(?i)(snmp-server[ \t]+community[ \t]+)((?>(?:[0678][ \t]+(?=\S))?))((?!\[masked)(?:\"[^\"\r\n]*\"|\S+))")


def mask_ios_line(line: bytes, mask: bytes, well_known: bytes, known: set[bytes]) -> bytes:
    """One line with its secrets replaced; lines of other vendors come back as they are, or rather too much masked."""
    found = COMMUNITY.search(line)
    if found is not None:
        word = well_known if found[2].strip() in (b"", b"0") and found[3].strip(b'"').lower() in known else mask
        return line[: found.start()] + found[1] + found[2] + word + line[found.end() :]
    for pattern in PATTERNS:
        line = pattern.sub(lambda m: m[1] + mask, line)
    return line
