"""Secrets never rest."""

import time

import pytest

from scanner.collect.clean import clean, mask
from scanner.model.evidence import Evidence, Probe


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (b"root:$6$abcdefgh$0123456789abcdef:19000", b"root:[masked]:19000"),
        (b"root:$y$j9T$abc$defghijkl:1", b"root:[masked]:1"),
        (b"password = hunter2!x", b"password = [masked]"),
        (b"url postgresql://u:s3cret@h/db", b"url postgresql://u:[masked]@h/db"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n", b"[masked]\n"),
        (b'password="a long secret", x=1', b'password="[masked]", x=1'),
        (b"password = 'a b;c'", b"password = '[masked]'"),
        (b'{"password":"ab,cd"}', b'{"password":"[masked]"}'),
        (b"password=on-the-rocks", b"password=[masked]"),
        (b"password=12-abcXYZ", b"password=[masked]"),
        (b"password: yes", b"password: yes"),
        (b"password=off;", b"password=off;"),
        (b"passwordauthentication no", b"passwordauthentication no"),
        (b"password requisite pam_pwquality.so retry=3", b"password requisite pam_pwquality.so retry=3"),
        (b"passwd: files systemd", b"passwd: files systemd"),
        (b"password_encryption = scram-sha-256", b"password_encryption = scram-sha-256"),
    ],
)
def test_mask(given: bytes, kept: bytes) -> None:
    assert mask(given) == kept


def test_lines_keep_only_what_matches_and_the_headers_of_files() -> None:
    probe = Probe("p", "files", ("/x",), keeps="lines:^keep")
    found = clean(Evidence(target="t", probe="p", stdout=b"F /x\n|keep me\n|drop me\nM /y\n"), probe)
    assert found.stdout == b"F /x\n|keep me\nM /y\n"


def test_digest_keeps_no_content() -> None:
    probe = Probe("p", "sh", ("x",), keeps="digest")
    assert clean(Evidence(target="t", probe="p", stdout=b"secret"), probe).stdout.startswith(b"sha256:")


def test_a_hint_on_one_line_and_its_value_on_the_next() -> None:
    assert mask(b"a\npassword:\n  hunter2xyz\nb\n") == b"a\npassword:\n  [masked]\nb\n"


def test_two_hints_on_neighbouring_lines() -> None:
    assert mask(b"secret=abcdefg1\npassword=abcdefg2\n\nx\ntoken: y\n") == b"secret=[masked]\npassword=[masked]\n\nx\ntoken: y\n"


@pytest.mark.parametrize("given", [b"-" * 200_000 + b"passw", b"a.-" * 70_000 + b"passw"])
def test_a_hostile_answer_does_not_hold_the_mask(given: bytes) -> None:
    began = time.process_time()
    mask(given)
    assert time.process_time() - began < 5


def test_a_zone_called_secret_stays_a_zone_and_a_password_in_a_declaration_does_not() -> None:
    probe = Probe("site.declared", "declared", ("inventory",), kinds=("site",))
    stdout = b'{"as_of":"2026-11-25","note":{"password":"hunter2hunter2"},"zones":{"secret":{"kind":"classified","networks":[]}}}'
    kept = clean(Evidence(target="u", probe="site.declared", stdout=stdout, exit=0), probe).stdout
    assert b'"secret":{"kind":"classified","networks":[]}' in kept and b"hunter2" not in kept and b"[masked]" in kept
