"""Cipher suites that must not be accepted any more: number, name and why. Data for the probe and for the reader."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# name part -> reason; the first that fits names it.
_REASONS = (
    ("EXPORT", "export"), ("anon", "anonymous"), ("WITH_NULL", "no encryption"), ("RC4", "RC4"), ("WITH_3DES", "3DES"), ("WITH_DES", "DES"),
    ("IDEA", "IDEA"),
)  # fmt: skip

NAMES: Mapping[int, str] = MappingProxyType({
    0x0001: "RSA_WITH_NULL_MD5", 0x0002: "RSA_WITH_NULL_SHA", 0x003B: "RSA_WITH_NULL_SHA256",
    0x0003: "RSA_EXPORT_WITH_RC4_40_MD5", 0x0006: "RSA_EXPORT_WITH_RC2_CBC_40_MD5", 0x0008: "RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x000B: "DH_DSS_EXPORT_WITH_DES40_CBC_SHA", 0x000E: "DH_RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x0011: "DHE_DSS_EXPORT_WITH_DES40_CBC_SHA", 0x0014: "DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x0017: "DH_anon_EXPORT_WITH_RC4_40_MD5", 0x0019: "DH_anon_EXPORT_WITH_DES40_CBC_SHA",
    0x0018: "DH_anon_WITH_RC4_128_MD5", 0x001A: "DH_anon_WITH_DES_CBC_SHA", 0x001B: "DH_anon_WITH_3DES_EDE_CBC_SHA",
    0x0034: "DH_anon_WITH_AES_128_CBC_SHA", 0x003A: "DH_anon_WITH_AES_256_CBC_SHA", 0x0046: "DH_anon_WITH_CAMELLIA_128_CBC_SHA",
    0x006C: "DH_anon_WITH_AES_128_CBC_SHA256", 0x006D: "DH_anon_WITH_AES_256_CBC_SHA256", 0x0089: "DH_anon_WITH_CAMELLIA_256_CBC_SHA",
    0x009B: "DH_anon_WITH_SEED_CBC_SHA", 0x00A6: "DH_anon_WITH_AES_128_GCM_SHA256", 0x00A7: "DH_anon_WITH_AES_256_GCM_SHA384",
    0x0004: "RSA_WITH_RC4_128_MD5", 0x0005: "RSA_WITH_RC4_128_SHA", 0xC002: "ECDH_ECDSA_WITH_RC4_128_SHA",
    0xC007: "ECDHE_ECDSA_WITH_RC4_128_SHA", 0xC00C: "ECDH_RSA_WITH_RC4_128_SHA", 0xC011: "ECDHE_RSA_WITH_RC4_128_SHA",
    0xC016: "ECDH_anon_WITH_RC4_128_SHA",
    0x0007: "RSA_WITH_IDEA_CBC_SHA", 0x0009: "RSA_WITH_DES_CBC_SHA", 0x000C: "DH_DSS_WITH_DES_CBC_SHA", 0x000F: "DH_RSA_WITH_DES_CBC_SHA",
    0x0012: "DHE_DSS_WITH_DES_CBC_SHA", 0x0015: "DHE_RSA_WITH_DES_CBC_SHA",
    0x000A: "RSA_WITH_3DES_EDE_CBC_SHA", 0x000D: "DH_DSS_WITH_3DES_EDE_CBC_SHA", 0x0010: "DH_RSA_WITH_3DES_EDE_CBC_SHA",
    0x0013: "DHE_DSS_WITH_3DES_EDE_CBC_SHA", 0x0016: "DHE_RSA_WITH_3DES_EDE_CBC_SHA", 0xC003: "ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA",
    0xC008: "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA", 0xC00D: "ECDH_RSA_WITH_3DES_EDE_CBC_SHA", 0xC012: "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    0xC001: "ECDH_ECDSA_WITH_NULL_SHA", 0xC006: "ECDHE_ECDSA_WITH_NULL_SHA", 0xC00B: "ECDH_RSA_WITH_NULL_SHA",
    0xC010: "ECDHE_RSA_WITH_NULL_SHA", 0xC015: "ECDH_anon_WITH_NULL_SHA", 0xC017: "ECDH_anon_WITH_3DES_EDE_CBC_SHA",
    0xC018: "ECDH_anon_WITH_AES_128_CBC_SHA", 0xC019: "ECDH_anon_WITH_AES_256_CBC_SHA",
})  # fmt: skip
"""Weak suites by their number in the TLS registry."""


def reason(number: int) -> str:
    """Why a suite of the table is weak. Raises KeyError for one that is not in it."""
    name = NAMES[number]
    return next(word for part, word in _REASONS if part in name)
