"""Readers of the system's facts: broken answers become absent, never an exception and never an empty fact."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import FactSpec, read, spec_of, write_files
from scanner.facts.linux import (
    Attachment,
    Connections,
    Firewall,
    FirewallFiles,
    Guards,
    HostFiles,
    Kernel,
    Mounts,
    Nat,
    NetworkProfiles,
    NetworkSettings,
    OperatingSystem,
    Packages,
    RemoteTools,
    Schedules,
    Services,
    Sockets,
    Storage,
    Sysctl,
    UsbNetworks,
)
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

TYPES = [
    Attachment, Connections, Firewall, Guards, Kernel, Nat, NetworkProfiles, NetworkSettings, OperatingSystem, Packages, RemoteTools,
    Schedules, Services, Sockets, Storage, Sysctl, UsbNetworks,
]  # fmt: skip
SPECS: list[FactSpec[object]] = [spec_of(kind) for kind in TYPES]  # type: ignore[type-abstract]
WORDS = """init unit-files units boot-dirs boot inetd processes ss tcp udp running unreadable files lines kernel ipv6 nft iptables-save now dpkg
rpm lists offered releases apt trusted os-release old kernels reboot modules present builtin radios usb trust selinux-config apparmor-profiles
clamav paths grub jobs daemons lsblk swaps addr routes4 routes6 neighbours sys conf tables-ip tables-ip6 hidden iwd wireguard resolv forwarders
named proxies chrony ntp programs forwards packages sources seen session mounts o-link o-addr"""
NAMES = st.sampled_from(WORDS.split())
LINES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "rc=0",
            "rc=1",
            "[]",
            "[{}]",
            "D /etc/x",
            ":a=b",
            "1 772 - - virtual - lo",
            "loaded",
            "F /etc/x.conf",
            "1 systemd",
            "Netid",
            '{"nftables": [1]}',
            "*filter",
        ]
    ),
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    out = []
    for name, lines in draw(st.dictionaries(NAMES, st.lists(LINES, max_size=3), max_size=12)).items():
        out += [f"== {name}", *(f"|{line}" for line in lines)]
    return "".join(f"{line}\n" for line in out).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.probe.id)
def test_nothing_is_absent(spec: FactSpec[object]) -> None:
    for stdout in (b"", b"\n", b"???", b"\xff\xfe\x00"):
        assert isinstance(read(spec, Answer(stdout)), Absent)


@settings(max_examples=60, deadline=None)
@given(answers())
def test_any_sections_are_a_fact_or_absent(stdout: bytes) -> None:
    for spec in SPECS:
        assert isinstance(read(spec, Answer(stdout)), spec.type | Absent)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_absent(stdout: bytes) -> None:
    for spec in SPECS:
        assert isinstance(read(spec, Answer(stdout)), Absent)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["/proc/self/mountinfo", "/etc/fstab", "/etc/systemd/system/tmp.mount", "/etc/exports"]), st.text(max_size=80)
    )
)
def test_any_files_are_a_fact_or_absent(files: dict[str, str]) -> None:
    answer = Answer(write_files({path: text.replace("\r", "") for path, text in files.items()}).decode("utf-8", "replace").encode())
    for kind in (Mounts, HostFiles, FirewallFiles):
        spec = spec_of(kind)  # type: ignore[type-var]
        assert isinstance(read(spec, answer), spec.type | Absent)
