"""IOS, NX-OS and Ruijie: the reader by indentation, the masking, what their lines mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import Unreadable, read, spec_of
from scanner.facts.netdev import Device
from scanner.facts.netdev.indented import read_indented
from scanner.facts.netdev.masking import mask_config
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer

SHELF = Path(__file__).parent.parent / "shelves" / "netdev"
HEAD = "!\nversion 15.2\nhostname sw\n!\n"


def device(text: bytes, platform: str | None = None) -> Device | Absent:
    found = read(spec_of(Device), Answer(mask_config(text, platform)))
    assert isinstance(found, Device | Absent)
    return found


SECRET_LINES = [
    "enable secret 5 $1$SECR${}",
    "enable secret level 15 5 {}",
    "enable password {}",
    "enable password level 7 7 {}",
    "enable algorithm-type scrypt secret {}",
    "username admin privilege 15 secret 9 $9${}",
    "username admin password 7 {}",
    "username admin password 5 $5${}  role network-admin",
    "username x common-criteria-policy P password 0 {}",
    " password 7 {}",
    " password {} {} words",
    "snmp-server community {} RO 10",
    "snmp-server community 7 {} rw",
    "snmp-server host 192.0.2.1 {}",
    "snmp-server host 192.0.2.1 version 2c {}",
    "snmp-server host 192.0.2.1 vrf MGMT traps version 3 priv {} udp-port 162",
    "snmp-server user u g v3 auth sha {} priv aes 128 {}",
    "snmp-server user admin network-admin auth md5 0x{} priv 0x{} localizedkey",
    "tacacs-server key 7 {}",
    "tacacs-server key {}",
    'tacacs-server host 192.0.2.3 key 7 "{}" timeout 3',
    'radius-server host 192.0.2.3 key 7 "{}" authentication accounting',
    "radius-server host 192.0.2.3 auth-port 1812 acct-port 1813 key {}",
    " key 7 {}",
    " key {}",
    " pac key 7 {}",
    " client 192.0.2.1 server-key 7 {}",
    "crypto isakmp key {} address 0.0.0.0 0.0.0.0",
    "crypto isakmp key 6 {} address 0.0.0.0",
    " pre-shared-key address 0.0.0.0 0.0.0.0 key {}",
    " pre-shared-key local 6 {}",
    " pre-shared-key {}",
    "  key-string 7 {}",
    " ip ospf authentication-key 7 {}",
    " ip ospf message-digest-key 1 md5 7 {}",
    " neighbor 192.0.2.1 password 7 {}",
    " standby 1 authentication {}",
    " standby 1 authentication md5 key-string 7 {}",
    " vrrp 1 authentication text {}",
    " authentication text {}",
    " ppp chap password 0 {}",
    " ppp pap sent-username u password 7 {}",
    " wpa-psk ascii 0 {}",
    " security wpa akm psk set-key ascii {}",
    " ip nhrp authentication {}",
    "ntp authentication-key 1 md5 {} 7",
    "vtp password {}",
    "area-password {}",
    " l2tp tunnel password 7 {}",
    " encryption key 1 size 128bit 7 {} transmit-key",
    " encryption vlan 1 key 1 size 40bit 0 {}",
    "webmaster level 0 username admin password 7 {}",
    " key-string {}",
    " isis password {} level-2",
    "ip ftp password 7 {}",
    " ip http client password 0 {}",
    " key {}",
    " server-private 192.0.2.1 key 7 {}",
    "mpls ldp neighbor 192.0.2.1 password 7 {}",
    "  path ftp://u:{}@192.0.2.1/x",
    "snmp mib community-map {} engineid 80",
]


@pytest.mark.parametrize("line", SECRET_LINES)
@settings(deadline=None, max_examples=15)
@given(st.text(alphabet="ABCXYZ0189!@$%^&*()_+=~[]{}:;,.?/\\|<>'#", min_size=6, max_size=24))
def test_no_form_of_a_secret_is_left(line: str, secret: str) -> None:
    masked = mask_config((HEAD + line.replace("{}", "Q9" + secret) + "\n!\nend\n").encode())
    assert b"Q9" not in masked
    assert mask_config(masked) == masked


@pytest.mark.parametrize(
    "line",
    [
        "key 1",
        "aaa authentication login default group tacacs+ local",
        "ip ssh version 2",
        "crypto key generate rsa",
        "service password-encryption",
        "username y nopassword",
        " switchport access vlan 10",
    ],
)
def test_settings_are_not_masked(line: str) -> None:
    assert line.encode() in mask_config((HEAD + line + "\n!\nend\n").encode())


def test_what_follows_the_end_or_stands_behind_a_prompt_is_dropped() -> None:
    masked = mask_config((HEAD + "no ip http server\nsw#Q9typed\n!\nend\nsw#Q9again\nQ9answer\n").encode())
    assert b"Q9" not in masked and b"dropped: 2" in masked


@pytest.mark.parametrize(("platform", "vendor"), [("cisco_ios", "ios"), ("cisco_nxos", "nxos"), ("ruijie_os", "ruijie")])
def test_the_inventorys_platform_decides(platform: str, vendor: str) -> None:
    found = device((HEAD + "line vty 0 4\n login local\n!\nend\n").encode(), platform)
    assert isinstance(found, Device) and found.vendor == vendor


def test_platforms_are_recognised() -> None:
    names = {"ios_good.cfg": "ios", "ios_bad.cfg": "ios", "nxos_good.log": "nxos", "ruijie_good.cfg": "ruijie", "ruijie_bad.cfg": "ruijie",
             "vrp_good.cfg": "vrp", "comware_bad.cfg": "comware"}  # fmt: skip
    for name, vendor in names.items():
        found = device((SHELF / name).read_bytes())
        assert isinstance(found, Device) and found.vendor == vendor, name


@pytest.mark.parametrize("name", ["ios_good.cfg", "ruijie_good.cfg"])
def test_cut_anywhere_is_never_read(name: str) -> None:
    raw = mask_config((SHELF / name).read_bytes())
    last = raw.rindex(b"\nend") + 1
    for at in range(0, last + 2, 7):
        found = read(spec_of(Device), Answer(raw[:at]))
        assert isinstance(found, Absent), at
        assert found.why in (Why.TRUNCATED, Why.GARBLED)


def test_nxos_without_the_prompt_is_never_whole() -> None:
    raw = (SHELF / "nxos_good.log").read_bytes()
    whole, cut = device(raw), device(raw[: raw.rindex(b"archive-core#")])
    assert isinstance(whole, Device) and isinstance(cut, Device)
    assert (whole.unparsed, cut.unparsed) == (0, 1)


def test_sections_only_are_refused() -> None:
    found = device(b"version 15.2\nhostname sw\ninterface GigabitEthernet0/1\n no ip address\nline vty 0 4\n login local\n")
    assert isinstance(found, Absent) and found.why is Why.TRUNCATED


def test_line_numbers_are_those_of_the_file() -> None:
    raw = b"Building configuration...\n\nCurrent configuration : 10 bytes\n" + (HEAD + "interface Vlan1\n shutdown\n!\nend\n").encode()
    block = next(read_indented(mask_config(b"sw#show run Q9\n" + raw)).starting("interface"))
    assert (block.line, block.numbers) == (9, (10,))


@pytest.mark.parametrize("residue", [" --More-- " + "\b" * 9 + " " * 8 + "\b" * 9, " --More-- \r          \r", "--More--\x1b[K", ""])
def test_paging_residue_of_a_terminal(residue: str) -> None:
    text = HEAD + "interface Vlan1\n" + residue + " ip address 192.0.2.1 255.255.255.0\n!\nend\n"
    config = read_indented(mask_config(text.encode()))
    assert config.unparsed == 0
    assert [block.body for block in config.starting("interface")] == [("ip address 192.0.2.1 255.255.255.0",)]


def test_gbk_and_crlf_read_alike() -> None:
    raw = (SHELF / "ios_good.cfg").read_bytes()
    one = read_indented(mask_config(raw))
    other = read_indented(mask_config(raw.decode().replace("\n", "\r\n").encode("gbk")))
    assert (one.blocks, one.unparsed, other.encoding) == (other.blocks, other.unparsed, "gbk")


def test_a_banner_that_never_ends() -> None:
    with pytest.raises(Unreadable):
        read_indented((HEAD + "banner motd ^C\nhello\nend\n").encode())


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400), st.sampled_from(["cisco_ios", "cisco_nxos", "ruijie_os", None]))
def test_any_bytes_give_a_fact_or_a_reason(data: bytes, platform: str | None) -> None:
    for raw in (data, HEAD.encode() + data, HEAD.encode() + data + b"\n!\nend\n"):
        assert isinstance(device(raw, platform), Device | Absent)
