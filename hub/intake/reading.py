"""An upload before it meets the database: decrypted, verified, decoded. Nothing is parsed before its signature holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.clock import SHANGHAI, later, now, read
from hub.intake.order_shape import KIND as ORDER
from hub.intake.summary import check_summary
from scanner.errors import KeepError, ShiquError
from scanner.ledger.bulletin import check_bulletin
from scanner.ledger.envelope import Envelope, decrypted, open_envelope
from scanner.ledger.keys import PrivateKey
from scanner.model.canonical import canonical_unchecked, digest

DAY = 86_400
CLOCK = "clock"
APART = ("verdicts", "findings", "titles")
"""What of a bulletin stands in tables of its own."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One upload, read as far as it could be."""

    file: str
    """Digest of the bytes as they came."""
    data: bytes
    """The bytes as they came."""
    source: str
    """``http``, ``folder``, ``cli`` or ``web``."""
    received: str
    actor: str
    """Who brought it, for the log."""
    envelope: Envelope | None
    plain: bytes
    """The envelope's own file, decrypted."""
    content: dict[str, Any]
    """The bulletin, or a hub's summary."""
    error: ShiquError | None
    """Why it goes no further."""

    @property
    def finished(self) -> str:
        """When the run finished, at the latest now."""
        return min(str(self.content["run"]["finished"]), self.received) if "run" in self.content else self.received

    @property
    def told(self) -> str:
        """When the run finished by the sender's clock: what orders the runs of a unit, whatever ours says."""
        created = self.envelope.manifest["created"] if self.envelope is not None else self.received
        return min(str(self.content["run"]["finished"]), created) if "run" in self.content else created

    @property
    def period(self) -> str:
        """The month of that, in China."""
        return read(self.finished).astimezone(SHANGHAI).strftime("%Y-%m")

    @property
    def profiles(self) -> list[str]:
        """What the run can stand for."""
        run = self.content.get("run")
        if run is None or run["interrupted"] or run["narrowed"]:
            return []
        return sorted({*run["profiles"], *(system["profile"] for system in self.content["systems"])})

    @property
    def clock_is_off(self) -> bool:
        """Whether the sender's clock is more than a day ahead of ours."""
        return self.envelope is not None and self.envelope.manifest["created"] > later(self.received, DAY)

    def kept_content(self) -> str:
        """The bulletin without what has tables of its own, as JSON."""
        return canonical_unchecked({key: value for key, value in self.content.items() if key not in APART}).decode()


def read_arrival(data: bytes, source: str, actor: str, *, hub: str, decrypt: PrivateKey | None) -> Arrival:
    """Never raises for what was uploaded: what is wrong with it stands in ``error``."""
    file, received = digest(data), now()
    try:
        plain = decrypted(data, decrypt=decrypt)
        envelope = open_envelope(plain)
        content = _content(envelope, hub)
    except ShiquError as error:
        return Arrival(file, data, source, received, actor, None, b"", {}, error)
    return Arrival(file, data, source, received, actor, envelope, plain, content, None)


def _content(envelope: Envelope, hub: str) -> dict[str, Any]:
    manifest = envelope.manifest
    if manifest["to"] not in ("", hub):
        raise KeepError("hub-envelope-elsewhere", to=manifest["to"], hub=hub)
    if manifest["kind"] == "report":
        bulletin = check_bulletin(envelope.members["bulletin.json"], manifest["disclosure"])
        if bulletin["unit"] != manifest["unit"]:
            raise KeepError("hub-envelope-unit", unit=manifest["unit"], other=bulletin["unit"])
        _calendar(bulletin["run"]["finished"])
        return dict(bulletin)
    if manifest["kind"] == "summary":
        return dict(check_summary(envelope.members["summary.json"], manifest["unit"], manifest["disclosure"]))
    if manifest["kind"] == ORDER:
        # Whose orders count is not asked of the tree: the hub above does not stand in it.
        return {}
    raise KeepError("hub-envelope-kind", kind=manifest["kind"])


def _calendar(moment: str) -> None:
    """Raise KeepError for a day that no calendar has: the form alone lets the 31st of February pass."""
    try:
        read(moment)
    except ValueError:
        raise KeepError("bulletin-form", where="run.finished") from None
