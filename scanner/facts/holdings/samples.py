"""What the values of a column look like, whatever it is called: levels, codes of levels, or something else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from scanner.facts.holdings.normal import code, folded
from scanner.facts.holdings.values import (
    Meaning,
    column_is_cipher,
    column_is_english,
    english,
    is_kept,
    kept_in_letters,
    mostly,
    plain,
    shared,
)
from scanner.facts.holdings.words import EMPTY, ENGLISH_CLASSIFIED, ENGLISH_OPEN

FEW = 12
"""A column of codes has no more distinct values than this."""
_CODE = re.compile(r"[A-Za-z]{1,3}\d{0,2}|\d{1,3}|[A-Za-z_ -]{3,14}")
_WHOLE = re.compile(r"\d{1,8}(?:\.0+)?")
"""A number of a row in a dictionary of all things; an area has a fraction, or hardly ever comes again."""
_OPEN_WORDS = ("公开", "内部", "密")
AMBIGUOUS = frozenset({"MM", "JM"})
"""Letters of levels that stand for other things where nothing else tells."""
LEVELS_OWN, LEVELS_CODED = 2, 1
"""Weight of values that are levels by themselves, and of values that may be codes of levels."""


def profile(values: Iterable[str | None], known: Mapping[str, str] | None = None) -> int:
    """What the sampled values of a column say for its being the secrecy column: 0, :data:`LEVELS_CODED` or :data:`LEVELS_OWN`.

    ``known`` is a dictionary that explains its codes.
    """
    counts = Counter(
        {value: number for value, number in Counter(values).items() if value is not None and folded(value).upper() not in EMPTY}
    )
    if not counts:
        return 0
    if known and all(code(value) in known or _spoken(value) for value in counts):
        return LEVELS_OWN if any(_classified(plain(folded(text))) for text in (*known.values(), *counts)) else 0
    if mostly(lambda value: shared(folded(value)) is not None, list(counts), 0.6):
        return LEVELS_OWN if shares(counts) else LEVELS_CODED
    if mostly(_spoken, list(counts), 0.6):
        told = [plain(folded(value)) for value in counts]
        if any(_classified(one) for one in told):
            said = sum(number for number, one in zip(counts.values(), told, strict=True) if one is not None)
            return LEVELS_OWN if said >= 0.9 * counts.total() else LEVELS_CODED
        if all(told):
            return LEVELS_CODED
    if column_is_english(counts) or column_is_cipher(counts):
        return LEVELS_CODED
    if len(counts) <= FEW and all(_code_like(value) for value in counts):
        return LEVELS_CODED
    if len(counts) <= FEW and 2 * len(counts) <= counts.total() and all(_WHOLE.fullmatch(folded(value)) for value in counts):
        return LEVELS_CODED
    # Codes beside words for what is no secret stand for what is not said in words.
    if len(counts) <= FEW and all(_is_no_secret(value) or _code_like(value) for value in counts):
        return LEVELS_CODED
    # Levels among values of another kind: one strange value must not hide the others.
    return LEVELS_CODED if any(_classified(plain(folded(value))) for value in counts) else 0


def may_go_on(values: Iterable[str | None]) -> bool:
    """Whether sampled values of a column that nothing names are all words for open: what is not in the sample may be a level."""
    told = [plain(text) for value in set(values) if value is not None and (text := folded(value)).upper() not in EMPTY]
    return 0 < len(told) <= FEW and all(one is not None and one.sense == "open" for one in told)


def shares(values: Iterable[str | None], terms: bool = False) -> bool:
    """Whether a column holds a level and a term of keeping in its cells, told by more than bare numbers; ``terms`` may stand alone."""
    texts = [text for value in set(values) if value is not None and (text := folded(value)).upper() not in EMPTY]
    holds: Callable[[str], bool] = lambda text: shared(text) is not None or (terms and is_kept(text))
    return any(map(kept_in_letters, texts)) and mostly(holds, texts, 0.9 if terms else 0.6)


def _is_no_secret(value: str) -> bool:
    told = plain(folded(value))
    return told is not None and told.sense in ("open", "work", "commercial")


def _spoken(value: str) -> bool:
    return plain(folded(value)) is not None


def all_levels(values: Iterable[str | None]) -> bool:
    """Whether a column holds nothing but levels and what stands beside them, whatever it is called."""
    told = [plain(text) for value in set(values) if value is not None and (text := folded(value)).upper() not in EMPTY]
    return all(told) and any(one is not None and one.sense in ("level", "unclear") for one in told)


def says_open(values: Iterable[str | None]) -> bool:
    """Whether most cells that are filled are words for being open or internal, and nothing else's."""
    told = [text for value in values if value is not None and (text := folded(value)).upper() not in EMPTY]
    return bool(told) and 2 * sum(_is_no_secret(text) and any(word in text for word in _OPEN_WORDS) for text in told) > len(told)


def one_sign(values: Iterable[str | None]) -> bool:
    """Whether all values are the same two letters, which are a level's and much else's: MM are millimetres, too."""
    found = {text for value in set(values) if value is not None and (text := folded(value).upper()) not in EMPTY}
    return len(found) == 1 and found <= AMBIGUOUS


def _classified(found: Meaning | None) -> bool:
    return found is not None and found.sense in ("level", "declassified", "unclear", "misread")


def _code_like(value: str) -> bool:
    text = folded(value)
    return _CODE.fullmatch(text) is not None or english(text) in ENGLISH_OPEN | ENGLISH_CLASSIFIED
