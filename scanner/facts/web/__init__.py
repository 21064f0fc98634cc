"""Facts of the family web: one subject a file."""

from scanner.facts.web.page import Cookie, PlainHttp, Response
from scanner.facts.web.tls import Certificate, TlsVersions, WeakSuites

__all__ = ["Certificate", "Cookie", "PlainHttp", "Response", "TlsVersions", "WeakSuites"]
