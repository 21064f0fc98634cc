"""The unit's own dictionaries of secrecy codes: what ``1`` or ``M`` means in a column that nothing else explains."""

from __future__ import annotations

from scanner.facts.holdings.normal import code, folded
from scanner.facts.holdings.values import plain
from scanner.rulebook.yaml_lines import Lined
from scanner.targets.fields import Reader

Codes = dict[str, dict[str, str]]
"""``COLUMN`` or ``TABLE.COLUMN`` to code and word."""
EXAMPLE = '{mj: {"1": 公开, "2": 秘密, "3": 机密, "4": 绝密}}'
LONGEST, MOST = 128, 64


def read_codes(reader: Reader) -> Codes:
    """The mapping ``codes``. A word that no decision knows is refused: it would leave every record undecided without saying why."""
    found: Codes = {}
    for column, words in reader.mapping("codes").items():
        if not isinstance(words, Lined) or not 0 < len(words) <= MOST or len(column) > LONGEST:
            raise reader.fail("codes", wanted=EXAMPLE)
        found[column] = _words(reader, words)
    return found


def _words(reader: Reader, given: Lined) -> dict[str, str]:
    words: dict[str, str] = {}
    for key, word in given.items():
        known = plain(folded(word)) if isinstance(word, str) else None
        if known is None or known.sense in ("empty", "misread") or code(key) in words:
            raise reader.fail("codes", "inventory-codes-word", wanted=EXAMPLE, word=key[:20])
        words[code(key)] = str(word).strip()
    return words
