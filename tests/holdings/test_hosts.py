"""A store joined with the host beneath it: shares, disks, mounts, programs that synchronise, and where copies go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from checks.holdings import hosts
from scanner.collect.holdings.ground import ground_of
from scanner.facts.fact import read_files, write_files
from scanner.facts.holdings import Holdings, hosts_of, paths_of
from scanner.facts.holdings.custody import placed
from scanner.facts.holdings.stores import written
from scanner.facts.linux import Connections, CopyJob, CopyJobs, HostFiles, Mount, Mounts, Storage
from scanner.facts.linux.storage import Block
from scanner.facts.site import Declared, Member
from scanner.facts.site.words import day
from scanner.model.absent import Absent, Why
from scanner.model.canonical import canonical
from scanner.model.evidence import Answer

ZONES = {"lan": {"kind": "lan", "networks": ["192.0.2.0/24"]}, "internet": {"kind": "internet", "networks": ["198.51.100.0/24"]}}


def held(url: str, **storage: Any) -> Holdings:
    data = {
        "as_of": "2026-11-25",
        "target": {"id": "cat", "zone": "lan", "system": "s", "url": url},
        "stores": [],
        "unread": [],
        "storage": storage,
    }
    found = Holdings.read(Answer(written(data)))
    assert isinstance(found, Holdings)
    return found


def declared(*members: dict[str, str]) -> Declared:
    found = Declared.read(Answer(canonical({"as_of": "2026-11-25", "zones": ZONES, "systems": [], "targets": list(members)})))
    assert isinstance(found, Declared) and day("2026-11-25") == found.as_of
    return found


def files(texts: dict[str, str]) -> HostFiles:
    return HostFiles(read_files(Answer(write_files(texts))))


BOX = {"id": "box", "kind": "linux", "address": "192.0.2.11"}
HERE = {"id": "here", "kind": "linux", "address": "local"}


@pytest.mark.parametrize(
    ("url", "carriers"),
    [
        ("postgresql://192.0.2.11/archive", ("box",)),
        ("postgresql://192.0.2.12/archive", ()),
        ("postgresql://127.0.0.1:5432/archive", ("here",)),
        ("mysql://localhost/archive", ("here",)),
        ("file:/data/", ("here",)),
        ("sqlite:////data/a.db", ("here",)),
        ("elasticsearch+https://[2001:db8:1::5]:9200/", ()),
    ],
)
def test_the_host_of_a_store_is_told_by_its_address(url: str, carriers: tuple[str, ...]) -> None:
    assert hosts_of(held(url), declared(BOX, HERE)) == carriers


def test_a_named_host_goes_before_the_address() -> None:
    unit = declared(BOX, HERE, {"id": "cat", "kind": "catalogue", "host": "box"})
    assert hosts_of(held("file:/data/"), unit) == ("box",)
    assert Member("cat", "catalogue", "", "box", "") in unit.members


def test_paths_come_from_the_url_and_from_what_the_server_says() -> None:
    store = {"data_directory": "/var/lib/pg/", "tablespaces": [{"name": "x", "location": "/mnt/x"}, {"name": "pg_default", "location": ""}]}
    assert paths_of(held("postgresql://192.0.2.11/a", stores=[store])) == ("/var/lib/pg", "/mnt/x")
    assert paths_of(held("sqlite:////data/a%20b.db")) == ("/data/a b.db",)


def test_shares_that_hold_the_store_or_a_part_of_it() -> None:
    text = files({
        "/etc/exports": "/data 192.0.2.0/24(ro) *(ro)\n/other *(rw)\n/data/in 192.0.2.9(ro)\n",
        "/etc/samba/smb.conf": "[a]\n path = /data\n guest ok = yes\n[b]\npath=/srv\n[c]\n directory = /\n",
    })  # fmt: skip
    assert list(hosts.shared(text, ["/data"])) == [
        ("nfs", "/data", "192.0.2.0/24"), ("nfs", "/data", "*"), ("nfs", "/data/in", "192.0.2.9"), ("samba", "/data", "*"), ("samba", "/", "users"),
    ]  # fmt: skip


def test_a_path_is_encrypted_only_where_its_own_mount_is() -> None:
    blocks = (Block("sda1", "sda1", "sda", "part", "ext4", "/"), Block("cr", "dm-0", "sda2", "crypt", "ext4", "/data"))
    mounts = Mounts(
        {"/": frozenset(), "/data": frozenset(), "/data/net": frozenset()}, {"/": "ext4", "/data": "ext4", "/data/net": "nfs"}, {}
    )
    disks = Storage(blocks, ())
    assert hosts.encrypted(disks, mounts, "/data/a.db") is True
    assert hosts.encrypted(disks, mounts, "/database/a.db") is False
    assert hosts.encrypted(disks, mounts, "/data/net/a.db") is None, "what another machine serves says nothing here"


def test_places_are_told_by_the_declared_ranges() -> None:
    live = Connections((), (Mount("nfs4", "198.51.100.5:/x", "/data", "198.51.100.5"), Mount("nfs4", "192.0.2.5:/y", "/home", "192.0.2.5")))
    copies = CopyJobs(
        (CopyJob("rsync", "192.0.2.30", "/etc/cron.d/a"), CopyJob("curl", "b.oss-cn-hangzhou.aliyuncs.com", "/etc/cron.d/a")), ()
    )
    found = {
        (item.kind, item.where): item.place
        for item in hosts.places(held("file:/data/in/"), declared(HERE), "here", live, copies, None, None)
    }
    assert found == {
        ("mount", "198.51.100.5"): "outside",
        ("copy-job", "192.0.2.30"): "inside",
        ("copy-job", "b.oss-cn-hangzhou.aliyuncs.com"): "outside",
    }


@pytest.mark.parametrize(
    ("where", "place"),
    [("203.0.113.9", "outside"), ("8.8.8.8", "outside"), ("2001:db8:9::1", "outside"), ("192.0.2.9", "inside"), ("10.1.2.3", "undeclared")],
)
def test_addresses_that_no_zone_holds(where: str, place: str) -> None:
    assert placed(held("file:/data/in/"), declared(HERE), "foreign-server", where, "").place == place


def test_what_nobody_showed_is_named() -> None:
    assert hosts.unseen((("disk", None), ("mounts", Absent(Why.NO_PERMISSION)), ("shares", files({"/etc/exports": ""})))) == [
        "disk",
        "mounts",
    ]


MOUNTS = """25 1 8:1 / / rw - ext4 /dev/sda1 rw
30 25 0:40 / /srv/\\040x rw - nfs4 198.51.100.5:/pool rw
31 25 0:41 / /srv/share rw - cifs //nas.example/share rw
32 25 253:0 / /data rw - ext4 /dev/mapper/cr rw
33 25 253:1 / /half rw - ext4 /dev/md0 rw
"""


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    blocks = tmp_path / "block"
    for name, uuid, below in (
        ("253:0", "CRYPT-LUKS2-abc", ()),
        ("8:1", "", ()),
        ("253:1", "", ("253:0", "8:1")),
        ("253:2", "", ("253:0",)),
    ):
        (blocks / name / "dm").mkdir(parents=True)
        (blocks / name / "slaves").mkdir()
        (blocks / name / "dm/uuid").write_text(uuid, "ascii")
        for one in below:
            (blocks / name / "slaves" / one).symlink_to(blocks / one)
    (tmp_path / "mountinfo").write_text(MOUNTS, "utf-8")
    return blocks


@pytest.mark.parametrize(
    ("path", "state", "where"),
    [
        ("/data/a.db", "on", []),
        ("/database", "off", []),
        ("/half/a", "off", []),
        ("/srv/ x/a", "unknown", [{"kind": "mount", "where": "198.51.100.5"}]),
        ("/srv/share", "unknown", [{"kind": "mount", "where": "nas.example"}]),
    ],
)
def test_the_ground_of_a_local_path(path: str, state: str, where: list[dict[str, str]], devices: Path) -> None:
    found = ground_of(Path(path), (), devices.parent / "mountinfo", devices)
    assert found.storage["at_rest"]["state"] == state  # type: ignore[index]
    assert found.custody["elsewhere"] == where


def test_a_closed_folder_closes_its_files(tmp_path: Path) -> None:
    inner = tmp_path / "closed"
    inner.mkdir()
    inner.chmod(0o700)
    (inner / "a.db").write_text("x", "utf-8")
    modes = [0o100644, 0o100600]
    assert ground_of(inner / "a.db", modes).storage["open_to_others"] == 0
    if os.path.samefile(tmp_path.anchor, "/") and all(folder.stat().st_mode & 0o001 for folder in inner.parents):
        inner.chmod(0o755)
        assert ground_of(inner / "a.db", modes).storage["open_to_others"] == 1
