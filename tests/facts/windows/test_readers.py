"""Readers of Windows answers: broken ones become absent, kinds of adapters, dates, words. Answers are constructed, see windows/answers.py."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import FactSpec, read, spec_of
from scanner.facts.network.remote_tools import TOOLS
from scanner.facts.windows import Attachment, NetworkHistory, NetworkSettings, RemoteTools, Sharing
from scanner.facts.windows.adapter_kinds import adapter_kind
from scanner.facts.windows.answers import mac, tables
from scanner.facts.windows.network_history import moment
from scanner.facts.windows.network_settings import _ends
from scanner.facts.windows.remote_tools import _is
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer

TYPES = [Attachment, NetworkHistory, NetworkSettings, RemoteTools, Sharing]
SPECS: list[FactSpec[object]] = [spec_of(kind) for kind in TYPES]  # type: ignore[type-abstract]
TABLES = sorted({part.split("'")[1] for spec in SPECS for part in spec.probe.ask[0].split("\n") if part.startswith("Look '")})
FIELDS = [
    "Name", "ifIndex", "InterfaceIndex", "Status", "IPAddress", "PrefixLength", "InterfaceAlias", "DestinationPrefix", "NextHop",
    "Forwarding", "AddressFamily", "State", "StartMode", "Guid", "ProfileGuid", "Gateway", "Created", "Last", "NameType",
    "ProxyEnable", "ProxyServer", "ServerAddress", "ServerAddresses", "Remote", "Port", "RemoteName", "Key", "Value", "IPSubnet",
    "DefaultIPGateway", "LinkLayerAddress", "Enabled", "Listen", "Connect", "Section", "Start", "Type", "NtpServer",
]  # fmt: skip
VALUES = st.one_of(
    st.none(), st.sampled_from(["7", "True", "Up", "192.0.2.1", "24", "0.0.0.0/0", "00-15-5D-00-00-07", "::1", "ea0701000000"]), st.text(max_size=12),
    st.lists(st.text(max_size=8), max_size=2),
)  # fmt: skip
ROWS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8)
ANSWERS = st.dictionaries(st.sampled_from(TABLES), st.one_of(st.none(), st.lists(ROWS, max_size=3)), max_size=8)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.probe.id)
def test_nothing_is_absent(spec: FactSpec[object]) -> None:
    for stdout in (
        b"",
        b"\n",
        b"???",
        b"\xff\xfe\x00",
        b"[]",
        b"{}",
        b'{"found": {}, "failed": {}}',
        b'{"found": {"adapters": [1]}, "failed": {}}',
    ):
        found = read(spec, Answer(stdout))
        if isinstance(found, NetworkSettings):
            # Each purpose stands by itself: then every one of them is absent.
            assert isinstance(found.connections, Absent) and isinstance(found.proxies, Absent) and isinstance(found.vpn, Absent)
        else:
            assert isinstance(found, Absent)


@settings(max_examples=150, deadline=None)
@given(ANSWERS)
def test_any_tables_are_a_fact_or_absent(found: dict[str, object]) -> None:
    stdout = json.dumps({"found": found, "failed": {}}).encode()
    for spec in SPECS:
        assert isinstance(read(spec, Answer(stdout)), spec.type | Absent)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"Name": "WLAN", "PhysicalMediaType": "Native 802.11", "HardwareInterface": "True"}, "wifi"),
        ({"Name": "手机网络", "PhysicalMediaType": "Wireless WAN"}, "wwan"),
        ({"Name": "e3", "InterfaceDescription": "Remote NDIS based Internet Sharing Device", "PnPDeviceID": "USB\\VID_1"}, "usb"),
        ({"Name": "e3", "InterfaceDescription": "Apple Mobile Device Ethernet", "DriverFileName": "netaapl64.sys", "PnPDeviceID": "USB\\VID_05AC"}, "usb"),
        ({"Name": "e4", "InterfaceDescription": "Realtek USB GbE Family Controller", "PnPDeviceID": "USB\\VID_0BDA", "HardwareInterface": "True"}, "physical"),
        ({"Name": "本地连接* 3", "InterfaceDescription": "Microsoft Teredo Tunneling Adapter", "Hidden": "True"}, "tunnel"),
        ({"Name": "tun", "InterfaceDescription": "TAP-Windows Adapter V9"}, "tun"),
        ({"Name": "wg0", "InterfaceDescription": "WireGuard Tunnel"}, "wireguard"),
        ({"Name": "team", "InterfaceDescription": "Microsoft Network Adapter Multiplexor Driver"}, "bond"),
        ({"Name": "网桥", "InterfaceDescription": "MAC Bridge Miniport"}, "bridge"),
        ({"Name": "vEthernet (WSL)", "InterfaceDescription": "Hyper-V Virtual Ethernet Adapter"}, "dummy"),
        ({"Name": "vEthernet (外网)", "InterfaceDescription": "Hyper-V Virtual Ethernet Adapter"}, "other"),
        ({"Name": "Local Area Connection* 1", "InterfaceDescription": "WAN Miniport (IP)", "Hidden": "True"}, "dummy"),
        ({"Name": "Intel(R) PRO/1000", "PhysicalAdapter": "True", "NetConnectionID": "本地连接"}, "physical"),
    ],
)  # fmt: skip
def test_kinds_of_adapters(row: dict[str, str], kind: str) -> None:
    assert adapter_kind(row) == kind


def test_moments_and_addresses() -> None:
    raw = b"".join(value.to_bytes(2, "little") for value in (2026, 10, 5, 2, 9, 12, 1, 0))
    assert moment(raw.hex()) == "2026-10-02T09:12:01" and moment("") == ""
    assert mac("00-15-5D-01-02-03") == mac("00155D010203") == "00:15:5d:01:02:03"
    assert mac("") == mac("00-00-00-00-00-00") == mac("0015") == ""


def test_proxies_as_windows_writes_them() -> None:
    ends = [(item.server, item.port) for item in _ends("http=a.example:80;https=192.0.2.1:443;socks=[2001:db8::1]:1080", "x")]
    assert ends == [("a.example", 80), ("192.0.2.1", 443), ("2001:db8::1", 1080)]
    assert [(item.server, item.port) for item in _ends("http://user@proxy.example/x.pac", "x")] == [("proxy.example", None)]
    assert list(_ends("", "x")) == []


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("ToDesk_Service.exe", "todesk"),
        ("SunloginClient", "sunlogin"),
        ("向日葵远程控制 15", "sunlogin"),
        ("npc.exe", "nps"),
        ("AnyDesk", "anydesk"),
    ],
)
def test_words_of_tools(name: str, tool: str) -> None:
    assert tool in [item.id for item in TOOLS if _is(item, name)]


@pytest.mark.parametrize(
    "name", ["npcsvc.exe", "Pretodesk", "msedge.exe", "svchost.exe", "Windows Update", "Intel(R) Graphics Command Center"]
)
def test_words_that_only_look_alike(name: str) -> None:
    assert [item.id for item in TOOLS if _is(item, name)] == []


def test_why_a_table_is_missing() -> None:
    found = tables(
        Answer(
            b'{"found": {"a": null, "b": null}, "failed": {"a": "UnauthorizedAccessException: Access is denied", "b": "CommandNotFoundException"}}'
        )
    )
    assert not isinstance(found, Absent)
    whys = [item.why for item in (found.missing("a"), found.missing("b"), found.missing("c")) if item is not None]
    assert whys == [Why.NO_PERMISSION, Why.COMMAND_MISSING, Why.COMMAND_FAILED]
