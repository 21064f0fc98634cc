"""Coming in by a central sign-on (OpenID Connect, code flow with PKCE). It says who somebody is; account, role and scope stand here."""

from __future__ import annotations

import hashlib
import secrets
import ssl
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import yaml

from scanner.errors import UseError
from scanner.model.canonical import strict_loads
from scanner.secret import resolve_secret

FILE = "signon.yaml"
SECONDS, LEEWAY = 10, 60
MAX_ANSWER, MAX_FILE = 256 * 1024, 64 * 1024
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""None that a shared secret or nothing at all would sign."""
FIELDS = {"issuer", "client", "secret", "back", "ca", "claim"}


@dataclass(frozen=True, slots=True)
class Pending:
    """What the browser keeps, sealed, while its person is away."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class SignOn:
    """One provider, as ``signon.yaml`` in the hub's folder names it."""

    issuer: str
    client: str
    secret: str = field(repr=False)
    back: str
    """``https://HUB/oidc/back``: where the provider sends people back to."""
    ca: str = ""
    claim: str = "sub"
    """The claim that an account's identity names."""

    def begin(self) -> tuple[str, Pending]:
        """Where the person goes, and what has to come back. Raises UseError when the provider does not answer."""
        pending = Pending(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        challenge = urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            **{"response_type": "code", "scope": "openid", "client_id": self.client, "redirect_uri": self.back},
            **{"state": pending.state, "nonce": pending.nonce, "code_challenge": challenge, "code_challenge_method": "S256"},
        }
        try:
            with self._client() as client:
                url = self._described(client)["authorization_endpoint"]
        except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError):
            raise UseError("hub-signon-away") from None
        return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}", pending

    def end(self, code: str, pending: Pending) -> str:
        """Who came back. Raises UseError for whom the provider does not vouch for."""
        from joserfc.errors import JoseError

        try:
            with self._client() as client:
                return self._vouched(client, code, pending)
        except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError, JoseError):
            raise UseError("hub-signon-refused") from None

    def _vouched(self, client: httpx.Client, code: str, pending: Pending) -> str:
        from joserfc import jwt
        from joserfc.jwk import KeySet

        described = self._described(client)
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.back, "code_verifier": pending.verifier}
        answer = _bounded(client, "POST", described["token_endpoint"], data=fields, auth=httpx.BasicAuth(self.client, self.secret))
        keys = KeySet.import_key_set(_bounded(client, "GET", described["jwks_uri"]))
        claims = jwt.decode(answer["id_token"], keys, algorithms=list(ALGORITHMS)).claims
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client},
            exp={"essential": True},
            nonce={"essential": True, "value": pending.nonce},
        ).validate(claims)
        # A token for several has to say that it was made for us.
        if claims.get("azp", self.client) != self.client or (
            isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims
        ):
            raise ValueError("made for another")
        subject = claims[self.claim]
        if not isinstance(subject, str) or not subject.strip():
            raise ValueError("nobody")
        return subject

    def _described(self, client: httpx.Client) -> dict[str, Any]:
        found: dict[str, Any] = _bounded(client, "GET", self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found["issuer"] != self.issuer:
            raise ValueError("another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(found[name]).scheme != "https":
                raise ValueError("not by TLS")
        return found

    def _client(self) -> httpx.Client:
        context = ssl.create_default_context(cafile=self.ca or None)
        return httpx.Client(verify=context, timeout=SECONDS, follow_redirects=False, trust_env=False)


def _bounded(client: httpx.Client, method: str, url: str, **more: Any) -> Any:
    """The JSON of an answer that is not too large. Raises ValueError, httpx.HTTPError."""
    auth = more.pop("auth", None)
    request = client.build_request(method, url, headers={"accept": "application/json"}, **more)
    answer = client.send(request, auth=auth, stream=True)
    data = b""
    try:
        for part in answer.iter_bytes():
            data += part
            if len(data) > MAX_ANSWER:
                raise ValueError("too large")
    finally:
        answer.close()
    if answer.status_code != 200:
        raise ValueError(answer.status_code)
    found = strict_loads(data)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def read(home: Path) -> SignOn | None:
    """The sign-on of a hub, None where it has none. Raises UseError."""
    path = home / FILE
    try:
        held = yaml.load(path.read_bytes()[:MAX_FILE], Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    except yaml.YAMLError:
        raise UseError("hub-signon", file=path) from None
    needed = {"issuer", "client", "secret", "back"}
    if not isinstance(held, dict) or not needed <= set(held) <= FIELDS or not all(isinstance(value, str) for value in held.values()):
        raise UseError("hub-signon", file=path)
    if not held["issuer"].startswith("https://") or not held["back"].startswith("https://") or not held["back"].endswith("/oidc/back"):
        raise UseError("hub-signon", file=path)
    return SignOn(**{**held, "secret": resolve_secret(held["secret"], "")})
