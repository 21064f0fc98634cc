"""Old TLS and SSL versions are off / 停用过时的 SSL、TLS 版本."""

from scanner.api import Verdict, Why, check, met, unknown, unmet, web

OLD = {"SSLv3", "TLSv1.0", "TLSv1.1"}
MODERN = {"TLSv1.2", "TLSv1.3"}


@check("web.tls-old-versions")
def tls_old_versions(tls: web.TlsVersions) -> Verdict:
    observed = {"accepted": sorted(tls.accepted), "refused": sorted(tls.refused), "unclear": sorted(tls.unclear)}
    if tls.accepted - MODERN or not tls.accepted & MODERN:
        return unmet(observed, wanted=sorted(MODERN))
    if not tls.refused >= OLD:
        return unknown(Why.COMMAND_FAILED, "the server's refusal of an old version is not clear", observed)
    return met(observed)
