"""At most one failed login per account and run; secrets by reference."""

import os
import threading

import pytest

from scanner.collect.login import Attempts, Login
from scanner.errors import ReachError, UseError
from scanner.secret import resolve_secret

LOGIN = Login(name="ops", user="u", password="p")


def test_a_refused_account_is_not_tried_again() -> None:
    attempts = Attempts()
    key = Login(name="k", user="u", key="/x")
    attempts.begin(key, "h:22")
    attempts.end(key, "h:22", False)
    with pytest.raises(ReachError):
        attempts.begin(key, "h:22")


def test_a_password_refused_first_is_tried_nowhere_else() -> None:
    attempts = Attempts()
    attempts.begin(LOGIN, "a:22")
    attempts.end(LOGIN, "a:22", False)
    with pytest.raises(ReachError):
        attempts.begin(LOGIN, "b:22")


def test_others_wait_for_the_first_trial_of_a_password() -> None:
    attempts = Attempts()
    attempts.begin(LOGIN, "a:22")
    went: list[str] = []
    thread = threading.Thread(target=lambda: (attempts.begin(LOGIN, "b:22"), went.append("b")))
    thread.start()
    thread.join(0.1)
    assert went == []
    attempts.end(LOGIN, "a:22", True)
    thread.join(2)
    assert went == ["b"]


def test_a_proven_password_refused_by_one_host_is_tried_on_the_next() -> None:
    attempts = Attempts()
    attempts.begin(LOGIN, "a:22")
    attempts.end(LOGIN, "a:22", True)
    attempts.begin(LOGIN, "b:22")
    attempts.end(LOGIN, "b:22", False)
    attempts.begin(LOGIN, "c:22")


def test_an_unreached_first_host_leaves_the_trial_to_the_next() -> None:
    attempts = Attempts()
    attempts.begin(LOGIN, "a:22")
    attempts.end(LOGIN, "a:22", None)
    attempts.begin(LOGIN, "b:22")


def test_no_secret_shows_in_a_login() -> None:
    assert "hunter2" not in repr(Login(name="x", password="hunter2", passphrase="hunter2", elevate_password="hunter2"))


def test_secrets_come_by_reference(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "s"
    path.write_text("pw\n")
    os.chmod(path, 0o600)
    assert resolve_secret(f"file:{path}", "") == "pw"
    assert resolve_secret("env:X", "", {"X": "y"}) == "y"


def test_an_open_secret_file_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "s"
    path.write_text("pw\n")
    os.chmod(path, 0o644)
    with pytest.raises(UseError, match="secret-file-open"):
        resolve_secret(f"file:{path}", "")
