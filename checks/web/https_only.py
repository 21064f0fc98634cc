"""The service is given over HTTPS only / 只以 HTTPS 提供服务."""

from scanner.api import Absent, Verdict, awaits_person, check, met, unknown, unmet, web


@check("web.https-only")
def https_only(plain: web.PlainHttp, tls: web.TlsVersions | Absent) -> Verdict:
    redirect = list(plain.redirect or ())
    observed = {"url": plain.scheme, "port": plain.port, "state": plain.state, "status": plain.status, "redirect": redirect}
    if plain.state == "answered" and 200 <= plain.status < 300:
        return unmet(observed, wanted="https")
    if plain.redirect is not None and plain.redirect[0] != "https":
        return unmet(observed, wanted="https")
    if plain.scheme != "https":
        return awaits_person(observed, wanted="https", detail="the declared URL is plain HTTP")
    if isinstance(tls, Absent):
        return unknown(tls.why, tls.detail, observed)
    if plain.state in ("closed", "refused") or (plain.redirect is not None and plain.redirect[1] == plain.host):
        return met(observed)
    if plain.state == "answered" and plain.status == 400 and plain.port != 80:
        return met(observed, detail="the TLS port turns clear text down")
    return awaits_person(observed, wanted="https", detail="silence, an error page or another host behind the clear-text port")
