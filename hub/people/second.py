"""The second factor: codes of the time (TOTP, RFC 6238). The secret rests sealed with the hub's key; a code counts once."""

from __future__ import annotations

import hmac
import io

import pyotp
import segno
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import read
from hub.people import log
from hub.people.accounts import Account
from hub.people.sealing import seal, unseal
from hub.store.tables import account as table
from scanner.errors import KeepError
from scanner.ledger.keys import PrivateKey

STEP, AROUND = 30, 1
"""Seconds of a code, and how many steps before and after are taken for a clock that is off."""
ISSUER = "shiqu"


def new_secret() -> str:
    """160 bits, base32."""
    return pyotp.random_base32(32)


def address(secret: str, name: str) -> str:
    """What an authenticator reads."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=name, issuer_name=ISSUER)


def picture(secret: str, name: str) -> str:
    """The address as a QR code: an SVG without script, style or reference."""
    out = io.BytesIO()
    segno.make(address(secret, name), error="m").save(out, kind="svg", scale=4, xmldecl=False, svgns=True, svgclass="qr", lineclass=None)
    return out.getvalue().decode()


def step_of(secret: str, code: str, at: str) -> int | None:
    """The time step that a code is of, None for a wrong one."""
    digits = code.replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    present, found = int(read(at).timestamp()) // STEP, None
    for number in range(present - AROUND, present + AROUND + 1):
        if hmac.compare_digest(pyotp.HOTP(secret).at(number), digits):
            found = number
    return found


def set_up(connection: Connection, key: PrivateKey, found: Account, secret: str, code: str, at: str) -> bool:
    """Keep the secret when the first code is right; it counts as used."""
    step = step_of(secret, code, at)
    if step is None:
        return False
    values = {"totp": sealed(key, found.id, secret), "totp_step": step}
    connection.execute(table.update().where(table.c.id == found.id).values(values))
    log.write(connection, found.name, "account.second", found.unit_id, {"name": found.name})
    return True


def accept(connection: Connection, key: PrivateKey, found: Account, code: str, at: str) -> bool:
    """Whether the code is right and newer than the last one that counted. Raises KeepError for a secret that does not open."""
    held = connection.execute(sa.select(table.c.totp).where(table.c.id == found.id)).scalar_one()
    step = step_of(opened(key, found.id, held), code, at) if held else None
    if step is None:
        return False
    newer = table.update().where(table.c.id == found.id, table.c.totp_step < step).values(totp_step=step)
    return connection.execute(newer).rowcount == 1


def drop(connection: Connection, by: str, found: Account) -> None:
    """Take the second factor away: the person lost the device."""
    connection.execute(table.update().where(table.c.id == found.id).values(totp="", totp_step=0))
    log.write(connection, by, "account.second-dropped", found.unit_id, {"name": found.name})


def sealed(key: PrivateKey, number: int, secret: str) -> str:
    """As it rests."""
    return seal(key, "second", str(number), secret)


def opened(key: PrivateKey, number: int, held: str) -> str:
    """The secret; one that was moved to another account does not open. Raises KeepError."""
    try:
        return unseal(key, "second", str(number), held)
    except ValueError:
        raise KeepError("hub-second-broken") from None
