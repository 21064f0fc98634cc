"""A hub's receipt: its own signature over the digest of a seal and the time at which it came in. Laid beside the seal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.ledger.keys import PrivateKey, PublicKey
from scanner.ledger.pkcs8 import unpem
from scanner.ledger.statement import RECEIPT, Seal
from scanner.ledger.trust import Trust, why_not
from scanner.model.canonical import canonical, strict_loads

SCHEMA = "shiqu/receipt/1"


def make(seal: Seal, key: PrivateKey, time: str) -> dict[str, bytes]:
    """The members to lay beside a seal. Raises UseError for a key that cannot sign."""
    return make_for(seal.digest, seal.statement.unit, key, time)


def make_for(seal: str, unit: str, key: PrivateKey, time: str) -> dict[str, bytes]:
    """The same where only the digest of the seal is at hand. Raises UseError for a key that cannot sign."""
    body = canonical({"schema": SCHEMA, "seal": seal, "unit": unit, "time": time, "key": key.public.fingerprint})
    return dict(zip(RECEIPT, (body, key.sign(body), key.public.pem), strict=True))


def check(beside: Mapping[str, bytes], seal: Seal, trust: Trust) -> tuple[str, str] | None:
    """(time, fingerprint) of a receipt by a trusted hub, None when the hub is not trusted. Raises ValueError for one that is not of this seal."""
    try:
        body, signature, pem = (beside[name] for name in RECEIPT)
    except KeyError:
        raise ValueError("receipt: a part is missing") from None
    key = PublicKey(unpem("PUBLIC KEY", pem))
    said: Any = strict_loads(body)
    if not isinstance(said, dict) or said.get("schema") != SCHEMA or canonical(said) != body or said.get("key") != key.fingerprint:
        raise ValueError("receipt: form")
    if said.get("seal") != seal.digest or said.get("unit") != seal.statement.unit or not isinstance(said.get("time"), str):
        raise ValueError("receipt: of another seal")
    if not key.verifies(signature, body):
        raise ValueError("receipt: signature")
    if why_not(trust.of(key.fingerprint, "hub"), seal.statement.unit, said["time"], None) is not None:
        return None
    return said["time"], key.fingerprint
