"""Inventories of other tools become ours: names and addresses only, no secret, no authorisation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import load_lined
from scanner.targets.importers import ansible_ini, ansible_yaml, foreign, inventory_of, read_foreign, ssh_config
from scanner.targets.inventory import Inventory, parse_inventory

INI = """
# comment
bastion ansible_host=192.0.2.1 ansible_user=audit
[web]
web[01:03].example.org ansible_port=2222
192.0.2.9:2200
[db]
db1 ansible_host=192.0.2.20 ansible_password=Hunter2
[prod:children]
web
db
[prod:vars]
ansible_user=ops
ansible_become=true
[all:vars]
ansible_ssh_private_key_file=~/.ssh/k
"""
YAML = """
all:
  vars: {ansible_user: ops}
  children:
    web:
      hosts:
        web01: {ansible_host: 192.0.2.10, ansible_port: 2222}
        win1: {ansible_host: 192.0.2.11, ansible_connection: winrm, ansible_password: Hunter2}
    here:
      hosts: {me: {ansible_connection: local}}
"""
SSH = """
Host *
  User everyone
Host web01 web02
  HostName 192.0.2.10
  Port 2222
  IdentityFile ~/.ssh/a
Host db !dbx
  HostName=192.0.2.20
  User later
Match exec "touch /tmp/never"
  User mallory
Host far
  ProxyCommand nc %h %p
"""


def read(data: dict[str, Any]) -> Inventory:
    return parse_inventory(load_lined(yaml.safe_dump(data), "i.yaml"), Path("/x/i.yaml"))


def test_ini_ranges_ports_and_inherited_variables() -> None:
    hosts = ansible_ini(INI).hosts
    assert list(hosts) == ["bastion", "web01.example.org", "web02.example.org", "web03.example.org", "192.0.2.9:2200", "db1"]
    assert hosts["web02.example.org"] == {
        "address": "web02.example.org",
        "kind": "linux",
        "user": "ops",
        "key": "~/.ssh/k",
        "port": "2222",
        "become": "yes",
    }
    assert (hosts["192.0.2.9:2200"]["address"], hosts["192.0.2.9:2200"]["port"]) == ("192.0.2.9", "2200")
    assert hosts["bastion"]["user"] == "audit"


def test_yaml_groups_kinds_and_this_machine() -> None:
    hosts = ansible_yaml(YAML, "hosts.yml").hosts
    assert hosts["web01"] == {"address": "192.0.2.10", "kind": "linux", "user": "ops", "port": "2222"}
    assert hosts["win1"]["kind"] == "windows"
    assert hosts["me"]["address"] == "local"


def test_ssh_config_first_value_wins_and_nothing_is_run() -> None:
    found = ssh_config(SSH)
    assert found.hosts["web02"] == {"address": "192.0.2.10", "kind": "linux", "user": "everyone", "key": "~/.ssh/a", "port": "2222"}
    assert found.hosts["db"]["user"] == "everyone"
    assert "match" in found.skipped and "far: ProxyJump" in found.skipped


@pytest.mark.parametrize("text,name", [(INI, "hosts"), (YAML, "hosts.yml"), (SSH, "config")])
def test_what_was_read_is_a_valid_inventory_that_authorises_nothing(text: str, name: str) -> None:
    book = read(inventory_of(foreign(text, name)))
    assert book.targets and book.scope.allow == ()


@pytest.mark.parametrize("text,name", [(INI, "hosts"), (YAML, "hosts.yml")])
def test_a_password_is_asked_for_and_never_copied(text: str, name: str) -> None:
    data = inventory_of(foreign(text, name))
    assert "Hunter2" not in repr(data)
    assert any(login.get("password") == "ask" for login in data["logins"].values())


def test_hosts_that_log_in_alike_share_a_login() -> None:
    assert (
        len(inventory_of(ansible_ini("a ansible_host=192.0.2.1 ansible_user=x\nb ansible_host=192.0.2.2 ansible_user=x\n"))["logins"]) == 1
    )


@pytest.mark.parametrize("line", ["-oProxyCommand=x", "a;b", "web ansible_host={{lookup}}", "0x7f.1", "web ansible_host='-oN x'"])
def test_a_hostile_host_is_left_out_and_told(line: str) -> None:
    found = ansible_ini(line + "\n")
    assert found.hosts == {} and found.skipped


def test_a_huge_range_is_refused() -> None:
    with pytest.raises(UseError) as caught:
        ansible_ini("web[1:999999999]\n")
    assert caught.value.code == "import-too-many"


def test_groups_in_a_circle_end() -> None:
    assert list(ansible_ini("[a]\nh\n[a:children]\nb\n[b:children]\na\n").hosts) == ["h"]


def test_a_file_without_hosts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("[]")
    with pytest.raises(UseError) as caught:
        read_foreign(tmp_path / "x.yml")
    assert caught.value.code == "import-no-hosts"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="[]:=#;' \nabh01.-*!{}", max_size=80), st.sampled_from(["hosts", "x.yml", "config"]))
def test_any_text_is_read_or_refused(text: str, name: str) -> None:
    try:
        data = inventory_of(foreign(text, name))
    except UseError:
        return
    read(data)
