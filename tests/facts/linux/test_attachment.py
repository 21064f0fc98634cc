"""Attachment: `ip` with and without JSON say the same; settings files give names and never secrets."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scanner.facts.fact import read, spec_of
from scanner.facts.linux import Attachment, NetworkProfiles
from scanner.facts.linux.profile_files import Profile, read_file
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

ASK = spec_of(Attachment).probe.ask[0]
NO_JSON = 'ip() { case $1 in -json) return 1;; esac; command ip "$@"; }\n'


def ask(text: str, *shell: str) -> Answer:
    done = subprocess.run([*(shell or ("sh",)), "-c", text], capture_output=True, check=False, timeout=30)
    return Answer(done.stdout, done.stderr, done.returncode)


def test_text_and_json_say_the_same_of_this_machine() -> None:
    spec = spec_of(Attachment)
    modern, old = read(spec, ask(ASK)), read(spec, ask(NO_JSON + ASK))
    assert isinstance(modern, Attachment) and isinstance(old, Attachment)
    shape = [
        [(item.name, item.up, item.mac, item.addresses, item.master, item.forwards) for item in fact.interfaces] for fact in (modern, old)
    ]
    assert shape[0] == shape[1]
    assert set(modern.routes) == set(old.routes)
    assert set(modern.neighbours) == set(old.neighbours)
    assert any(item.kind == "loopback" for item in modern.interfaces)


def test_without_ip_it_is_absent() -> None:
    assert isinstance(read(spec_of(Attachment), Answer(b"", b"", 0)), Absent)


FILES = {
    "NetworkManager/system-connections/guest.nmconnection": (
        "[connection]\nid=guest\ntype=wifi\n[wifi]\nssid=archive-guest\n[wifi-security]\npsk=SECRET1\n[ipv4]\naddress1=192.0.2.9/24,192.0.2.1\n"
    ),
    "netplan/01.yaml": (
        "network:\n  ethernets:\n    eth0:\n      addresses:\n        - 192.0.2.5/24\n    eth1:\n      addresses: [198.51.100.7/24]\n"
        '  wifis:\n    wlan0:\n      access-points:\n        "My WiFi":\n          auth:\n            password: "SECRET2"\n'
        "        other:\n          password: SECRET3\n      dhcp4: true\n  modems:\n    cdc0:\n      apn: x\n"
    ),
    "wpa_supplicant/wpa_supplicant.conf": 'network={\n\tssid="home net"\n\tpsk="SECRET4"\n}\n',
    "wireguard/wg0.conf": "[Interface]\nPrivateKey = SECRET5\n[Peer]\nPresharedKey = SECRET6\nEndpoint = 203.0.113.5:51820\n",
    "openvpn/c.ovpn": "client\nremote vpn.example.com 1194\n<key>\nSECRET7\n</key>\n",
    "swanctl/conf.d/a.conf": "a {\n remote_addrs = 203.0.113.6\n}\nsecrets {\n ike { secret = SECRET8\n }\n}\n",
    "ppp/peers/provider": "connect '/usr/sbin/chat -v SECRET9'\nuser SECRET9\n/dev/ttyUSB0\n",
}


def test_settings_give_names_and_no_secret(tmp_path: Path) -> None:
    """The very script, on files of ours, by every shell and awk that is here."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    script = spec_of(NetworkProfiles).probe.ask[0]
    for folder in ("NetworkManager", "netplan", "wpa_supplicant", "wireguard", "openvpn", "swanctl", "ppp"):
        script = script.replace(f"/etc/{folder}/", f"{tmp_path}/{folder}/")
    shells = [("sh",), *((("busybox", "sh"),) if shutil.which("busybox") else ())]
    for shell in shells:
        answer = ask(script, *shell)
        assert b"SECRET" not in answer.stdout + answer.stderr
        found = read(spec_of(NetworkProfiles), Answer(answer.stdout.replace(str(tmp_path).encode(), b"/etc"), answer.stderr, answer.exit))
        assert isinstance(found, NetworkProfiles)
        names = {(profile.kind, profile.name) for profile in found.profiles}
        assert {("wifi", "archive-guest"), ("wifi", "My WiFi"), ("wifi", "other"), ("wifi", "home net"), ("mobile", "cdc0")} <= names
        assert ("wifi", "auth") not in names
        assert {profile.addresses for profile in found.of("wired")} >= {("192.0.2.5/24",), ("198.51.100.7/24",)}
        assert {end for profile in found.of("vpn") for end in profile.remotes} == {"vpn.example.com", "203.0.113.5", "203.0.113.6"}
        assert found.of("mobile")


@pytest.mark.parametrize(
    ("path", "lines", "expected"),
    [
        ("/etc/network/interfaces", ["iface eth0 inet static", " address 192.0.2.1", " netmask 255.255.255.0"], ("wired", "eth0", ("192.0.2.1/255.255.255.0",))),
        ("/etc/network/interfaces", ["iface wlan0 inet dhcp", " wpa-ssid cafe"], ("wifi", "cafe", ())),
        ("/etc/sysconfig/network-scripts/ifcfg-p1", ["DEVICE=p1", "IPADDR=192.0.2.4", "NETMASK=255.255.255.0"], ("wired", "p1", ("192.0.2.4/255.255.255.0",))),
        ("/etc/systemd/network/1.network", ["[Match]", "Name=eth9", "[Network]", "Address=192.0.2.7/24"], ("wired", "eth9", ("192.0.2.7/24",))),
        ("/etc/NetworkManager/system-connections/old", ["[connection]", "type=wifi", "[wifi]", "ssid=228;184;173;"], ("wifi", "中", ())),
        ("/etc/udev/rules.d/70-persistent-net.rules", ['SUBSYSTEM=="net", ATTR{address}=="00:16:3E:00:00:01", NAME="eth7"'], ("wired", "eth7", ())),
    ],
)  # fmt: skip
def test_files_of_each_family(path: str, lines: list[str], expected: tuple[str, str, tuple[str, ...]]) -> None:
    found: list[Profile] = list(read_file(path, lines))
    assert [(item.kind, item.name, item.addresses) for item in found] == [expected]
