"""The certificate: in date, for this host, trusted, strong / 证书：在有效期内、名称相符、可信、强度足够."""

from scanner.api import Verdict, Why, awaits_person, check, met, unknown, unmet, web

WEAK_SIGNATURES = {
    "1.2.840.113549.1.1.2": "MD2", "1.2.840.113549.1.1.3": "MD4", "1.2.840.113549.1.1.4": "MD5", "1.2.840.113549.1.1.5": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1", "1.2.840.10040.4.3": "SHA-1", "1.3.14.3.2.29": "SHA-1",
}  # fmt: skip
STRONG_SIGNATURES = {
    "1.2.840.113549.1.1.11": "SHA-256", "1.2.840.113549.1.1.12": "SHA-384", "1.2.840.113549.1.1.13": "SHA-512",
    "1.2.840.10045.4.3.2": "SHA-256", "1.2.840.10045.4.3.3": "SHA-384", "1.2.840.10045.4.3.4": "SHA-512",
    "1.3.101.112": "Ed25519", "1.3.101.113": "Ed448", "1.2.156.10197.1.501": "SM3",
}  # fmt: skip
ISSUER_UNKNOWN = {2, 19, 20, 21}
SELF_SIGNED = 18


@check("web.certificate-dates")
def certificate_dates(certificate: web.Certificate, *, days: int = 30) -> Verdict:
    observed = {"from": str(certificate.not_before), "to": str(certificate.not_after), "days_left": certificate.days_left}
    if certificate.not_before > certificate.as_of or certificate.days_left < days:
        return unmet(observed, wanted={"days_left": days})
    return met(observed)


@check("web.certificate-host")
def certificate_host(certificate: web.Certificate) -> Verdict:
    names = [*certificate.dns, *certificate.addresses]
    observed = {"host": certificate.host, "names": names[:20], "count": len(names)}
    return met(observed) if certificate.covers(certificate.host) else unmet(observed, wanted=certificate.host)


@check("web.certificate-trusted")
def certificate_trusted(certificate: web.Certificate) -> Verdict:
    observed = {"trusted": certificate.trusted, "code": certificate.trust_code, "store": certificate.store, "issuer": certificate.issuer}
    if certificate.trusted:
        return met(observed)
    if certificate.trust_code in ISSUER_UNKNOWN and certificate.store == "machine":
        return awaits_person(observed, wanted={"trusted": True}, detail="the issuer is not known on this machine")
    return unmet(observed, wanted={"trusted": True})


@check("web.certificate-strength")
def certificate_strength(certificate: web.Certificate, *, rsa_bits: int = 2048, ec_bits: int = 256) -> Verdict:
    oid = certificate.signature_oid
    signature = WEAK_SIGNATURES.get(oid) or STRONG_SIGNATURES.get(oid)
    observed = {"key": certificate.key, "bits": certificate.bits, "signature": signature or oid}
    wanted = {"rsa_bits": rsa_bits, "ec_bits": ec_bits, "signature": "SHA-256 / SM3"}
    short = {"rsa": certificate.bits < rsa_bits, "ec": certificate.bits < ec_bits, "dsa": True}.get(certificate.key, False)
    if short or oid in WEAK_SIGNATURES:
        return unmet(observed, wanted=wanted)
    if certificate.key == "unread" or signature is None:
        return unknown(Why.GARBLED, f"key {certificate.key}, signature {oid}", observed)
    return met(observed)
