"""Where lines may break: nothing is lost, nothing is wider than its column, words break at syllables."""

from hypothesis import given
from hypothesis import strategies as st

from reports.document.breaks import HYPHEN, LETTERS, UNSEEN, fitted, soft

ROOM = 5.0


def shown(text: str) -> str:
    return text.replace(UNSEEN, "").replace(HYPHEN, "")


@given(st.text(alphabet=st.characters(exclude_characters=UNSEEN + HYPHEN)))
def test_breaking_loses_nothing(text: str) -> None:
    assert shown(soft(text)) == shown(fitted(text, ROOM)) == text


def test_a_word_wider_than_its_column_is_hyphenated_and_another_is_not() -> None:
    assert fitted("Authentication", ROOM) == f"Authen{HYPHEN}ti{HYPHEN}cation"
    assert fitted("Authentication", 20.0) == "Authentication"
    assert fitted("Control point", ROOM) == "Control point"
    assert fitted("compliant", ROOM) == f"com{HYPHEN}pliant"


def test_names_break_at_their_points() -> None:
    assert fitted("linux.attachments,", ROOM) == f"linux.{UNSEEN}attachments,"


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=9, max_size=300))
def test_no_piece_of_a_run_is_wider_than_a_dozen_letters(text: str) -> None:
    pieces = fitted(text, ROOM).replace(HYPHEN, UNSEEN).split(UNSEEN)
    assert max(map(len, pieces)) <= 13
    assert int(ROOM * LETTERS) < 13
