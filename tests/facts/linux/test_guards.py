"""The guards probe, run by a real shell over a made-up /boot: what GRUB's own templates say is no password yet."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scanner.facts.fact import spec_of
from scanner.facts.linux import Guards

TEMPLATE = """
if [ -f ${prefix}/user.cfg ]; then
  source ${prefix}/user.cfg
  if [ -n "${GRUB2_PASSWORD}" ]; then
    set superusers="root"
    export superusers
    password_pbkdf2 root ${GRUB2_PASSWORD}
  fi
fi
"""
HASH = "grub.pbkdf2.sha512.10000.AB.CD"


def _words(boot: Path) -> list[str]:
    ask = spec_of(Guards).probe.ask[0].replace("/boot/", f"{boot}/")
    done = subprocess.run(["/bin/sh", "-c", ask], capture_output=True, text=True, timeout=20, check=True)
    return [word for line in done.stdout.split("\n") if line.startswith("|F ") for word in line.split(" ")[2:]]


@pytest.mark.parametrize(
    ("place", "files", "words"),
    [
        ("grub2", {"grub.cfg": TEMPLATE}, ["superusers"]),
        ("grub2", {"grub.cfg": TEMPLATE, "user.cfg": f"GRUB2_PASSWORD={HASH}\n"}, ["superusers", "variable"]),
        ("grub2", {"grub.cfg": TEMPLATE, "user.cfg": "GRUB2_PASSWORD=\n"}, ["superusers"]),
        ("efi/EFI/redhat", {"grub.cfg": TEMPLATE, "user.cfg": f"GRUB2_PASSWORD={HASH}\n"}, ["superusers", "variable"]),
        ("grub", {"grub.cfg": f'set superusers="root"\npassword_pbkdf2 root {HASH}\n'}, ["superusers", "password"]),
        ("grub", {"grub.cfg": 'set superusers="root"\npassword root secret\n'}, ["superusers", "plain"]),
    ],
)
def test_grub_words(tmp_path: Path, place: str, files: dict[str, str], words: list[str]) -> None:
    (tmp_path / place).mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / place / name).write_text(text)
    assert _words(tmp_path) == words
