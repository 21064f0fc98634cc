"""How passwords rest."""

from __future__ import annotations

import pytest

from hub.people import passwords
from scanner.errors import UseError


def test_they_rest_as_argon2id_with_64_mib() -> None:
    held = passwords.hashed("Stone-Moat-2026")
    assert held.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert passwords.matches(held, "Stone-Moat-2026") and not passwords.matches(held, "Stone-Moat-2027")


@pytest.mark.parametrize("held", ["", "x", "$argon2id$broken"])
def test_what_is_no_hash_matches_nothing(held: str) -> None:
    assert not passwords.matches(held, "the password of nobody")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab1-xyzuvwq", "hub-password-length"),
        ("A1-" + "x" * 126, "hub-password-length"),
        ("abcdefghij-k", "hub-password-kinds"),
        ("Password-2026!", "hub-password-common"),
        ("P@ssw0rd-2026", "hub-password-common"),
        ("Qwertyuiop-12", "hub-password-common"),
        ("Aa1-Aa1-Aa1-Aa1-", "hub-password-common"),
        ("Zhang.San-2026x", "hub-password-name"),
    ],
)
def test_weak_ones_are_refused(password: str, code: str) -> None:
    with pytest.raises(UseError) as caught:
        passwords.check(password, "zhang.san")
    assert caught.value.code == code


@pytest.mark.parametrize("password", ["Stone-Moat-2026", "石渠阁藏书万卷Ab1x7", "correct Horse battery 9"])
def test_good_ones_are_taken(password: str) -> None:
    passwords.check(password, "zhang.san")
