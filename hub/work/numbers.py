"""Numbers without holes, given in the transaction that uses them: 机关代字〔2026〕1号 per issuer and year, and those of campaigns and advisories."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people.sight import Sight
from hub.registry.units import Unit
from hub.store.database import alone
from hub.store.tables import meta
from scanner.errors import UseError

MAX_WORD = 20


def counter(connection: Connection, name: str) -> int:
    """The next number of a row. It is free for nobody else until this transaction ends: a number that was told is a number that stands."""
    alone(connection, f"counter {name}")
    key = f"counter:{name}"
    last = connection.execute(sa.select(meta.c.value).where(meta.c.name == key)).scalar()
    if last is None:
        connection.execute(meta.insert().values(name=key, value="1"))
        return 1
    connection.execute(meta.update().where(meta.c.name == key).values(value=str(int(last) + 1)))
    return int(last) + 1


def word(connection: Connection, issuer: Unit) -> str:
    """What stands before the year (机关代字); the issuer's code until somebody sets one."""
    return connection.execute(sa.select(meta.c.value).where(meta.c.name == _name(issuer))).scalar() or issuer.code


def set_word(connection: Connection, sight: Sight, text: str) -> None:
    """Set it for the unit at the top of what is seen. Raises UseError for one that is none or another issuer's.

    What no unit has set is its code: a word that could be a code would take the numbers of whoever bears it. So it holds a Chinese character.
    """
    sight.must("notice")
    issuer, text = sight.root(connection), text.strip()
    chinese = any("\u4e00" <= char <= "\u9fff" for char in text)
    if not text.isprintable() or not 0 < len(text) <= MAX_WORD or "〔" in text or not (chinese or text == issuer.code):
        raise UseError("notice-word", word=text[:MAX_WORD], most=MAX_WORD)
    alone(connection, "notice-word")
    others = sa.select(meta.c.value).where(meta.c.name.like("notice-word:%"), meta.c.name != _name(issuer))
    if _folded(text) in map(_folded, connection.execute(others).scalars()):
        raise UseError("notice-word-taken", word=text)
    connection.execute(meta.delete().where(meta.c.name == _name(issuer)))
    connection.execute(meta.insert().values(name=_name(issuer), value=text))


def _folded(word: str) -> str:
    """As it looks: full and half width are the same to a reader."""
    return unicodedata.normalize("NFKC", word).casefold()


def notice_number(connection: Connection, issuer: Unit, year: str) -> str:
    """The next number of a notice."""
    return f"{word(connection, issuer)}〔{year}〕{counter(connection, f'notice {issuer.id} {year}')}号"


def _name(issuer: Unit) -> str:
    return f"notice-word:{issuer.id}"
