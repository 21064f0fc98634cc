"""The block reader, the masking and what both vendors' files say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import Unreadable, read, spec_of
from scanner.facts.netdev import Device
from scanner.facts.netdev.blocks import read_blocks
from scanner.facts.netdev.masking import mask_config
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer

SHELF = Path(__file__).parent.parent / "shelves" / "netdev"
FILES = [
    "vrp_good.cfg", "vrp_bad.cfg", "vrp_bad_log.txt", "comware_good.cfg", "comware_bad.cfg",
    "ios_good.cfg", "ios_bad.cfg", "nxos_good.log", "ruijie_good.cfg", "ruijie_bad.cfg",
]  # fmt: skip


def device(name: str) -> Device:
    found = read(spec_of(Device), Answer(mask_config((SHELF / name).read_bytes())))
    assert isinstance(found, Device), found
    return found


@pytest.mark.parametrize("name", FILES)
def test_no_secret_survives_masking(name: str) -> None:
    raw = (SHELF / name).read_bytes()
    masked = mask_config(raw)
    assert b"CANARY" in raw
    assert b"CANARY" not in masked, [line for line in masked.split(b"\n") if b"CANARY" in line]
    assert mask_config(masked) == masked


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_understood(name: str) -> None:
    assert device(name).unparsed == 0


def test_vrp_pair() -> None:
    good, bad = device("vrp_good.cfg"), device("vrp_bad.cfg")
    assert (good.vendor, good.telnet.on, good.ssh.on, good.http.on) == ("vrp", False, True, False)
    assert (bad.vendor, bad.telnet.on, bad.http.on, bad.lockout.on) == ("vrp", True, True, False)
    assert good.snmp.versions == ("v3",) and good.snmp.communities == 0
    assert (bad.snmp.well_known, bad.snmp.communities) == (1, 2)
    assert {s.owner: s.form for s in good.secrets} == {"user audit": "irreversible"}
    assert {s.owner: s.form for s in bad.secrets} == {"con 0": "unclear", "user admin": "plain", "user old": "reversible"}
    assert good.acls["2001"].permits == 1 and "2009" not in bad.acls
    assert bad.vty[0].acl == "2009" and bad.vty[0].idle_seconds == 0


def test_comware_pair() -> None:
    good, bad = device("comware_good.cfg"), device("comware_bad.cfg")
    assert (good.vendor, good.telnet.on, good.ssh.on, good.http.on) == ("comware", False, True, False)
    assert (bad.telnet.on, bad.ssh1.on, bad.http.on, bad.lockout.on) == (True, True, True, False)
    assert not good.vty_uncovered and good.vty[-1].name == "class vty"
    assert {s.owner: s.form for s in bad.secrets} == {"user admin": "reversible", "user guest": "empty", "vty 0 63": "plain"}
    assert bad.acls["2001"].permits_all and not good.acls["2001"].permits_all


def test_a_session_log_reads_like_the_file() -> None:
    log, saved = device("vrp_bad_log.txt"), device("vrp_bad.cfg")
    assert (log.telnet, log.secrets, log.vty, log.ports, log.snmp) == (saved.telnet, saved.secrets, saved.vty, saved.ports, saved.snmp)


def test_gbk_reads_like_utf8() -> None:
    text = (SHELF / "vrp_good.cfg").read_bytes().decode()
    config = read_blocks(mask_config(text.replace("\n", "\r\n").encode("gbk")))
    assert config.encoding == "gbk"
    assert any(block.body[:1] == ("description 档案库房",) for block in config.blocks)


@pytest.mark.parametrize("name", ["vrp_good.cfg", "comware_good.cfg"])
def test_cut_anywhere_is_never_read(name: str) -> None:
    raw = mask_config((SHELF / name).read_bytes())
    last = raw.rindex(b"return")
    for at in range(0, last + 6, 7):
        found = read(spec_of(Device), Answer(raw[:at]))
        assert isinstance(found, Absent), at
        assert found.why in (Why.TRUNCATED, Why.GARBLED)


def test_a_banner_hides_nothing_and_never_ends() -> None:
    with pytest.raises(Unreadable):
        read_blocks(b"#\n header motd %\nhello\n#\n telnet server enable\n#\nreturn\n")


WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-/.", min_size=1, max_size=12).filter(lambda w: w not in ("return", "header"))
LINE = st.lists(WORDS, min_size=1, max_size=4).map(" ".join).filter(lambda t: not t.startswith("version ") and t[0].isalpha())
BLOCK = st.tuples(LINE, st.lists(LINE, max_size=5))


@settings(deadline=None, max_examples=150)
@given(st.lists(BLOCK, min_size=1, max_size=8), st.booleans(), st.booleans())
def test_what_is_written_is_read(blocks: list[tuple[str, list[str]]], crlf: bool, same_segment: bool) -> None:
    between = [] if same_segment else ["#"]
    lines = ["#"]
    for header, body in blocks:
        lines += [header, *(f" {line}" for line in body), *between]
    lines += ["#", "return", "<prompt>telnet server enable"]
    config = read_blocks(("\r\n" if crlf else "\n").join(lines).encode())
    assert [(b.header, list(b.body)) for b in config.blocks] == blocks
    assert config.returned and config.unparsed == 0


@settings(deadline=None, max_examples=150)
@given(st.lists(LINE, min_size=1, max_size=10))
def test_indented_segments_are_global_lines(lines: list[str]) -> None:
    text = "#\n" + "".join(f" {line}\n" for line in lines) + "#\nreturn\n"
    assert [b.header for b in read_blocks(text.encode()).blocks] == lines


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_fact_or_a_reason(data: bytes) -> None:
    for raw in (data, b"#\n version 7.1\n" + data, b"!Software Version V200R1\n#\n" + data + b"\n#\nreturn\n"):
        assert isinstance(read(spec_of(Device), Answer(mask_config(raw))), Device | Absent)
        assert isinstance(mask_config(raw), bytes)


SECRET_LINES = [
    " password simple {}", " local-user a password cipher {}", " super password level 3 simple {}", " peer 192.0.2.1 password cipher {}",
    "snmp-agent community read {}", "snmp-agent community write cipher {}", " key authentication simple {}", " radius-server shared-key {}",
    "snmp-agent usm-user v3 u g authentication-mode sha {} privacy-mode aes128 {}",
    " pre-shared-key cipher {}", " set authentication password {}",
]  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(SECRET_LINES), st.text(alphabet="ABCXYZ0189!@$%^&*()_+=~[]{}:;,.?/\\|<>\"'#", min_size=6, max_size=24))
def test_no_form_of_a_secret_is_left(line: str, secret: str) -> None:
    text = f"#\nsysname a\n#\n{line.format('Q9' + secret, 'Q9' + secret)}\n#\nreturn\n"
    assert b"Q9" not in mask_config(text.encode())
