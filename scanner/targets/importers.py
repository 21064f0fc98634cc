"""Hosts that other tools know, as an inventory to be completed: Ansible (YAML or INI) and ssh_config.

Only names, addresses, users and key files are taken over. A password is never copied (it becomes ``ask``), no command of a
file is run, and nothing is authorised: ``scope.allow`` stays empty until a person fills it in.
"""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import Lined, load_lined
from scanner.targets.fields import ID, USER, address

MAX_HOSTS = 5000
MAX_BYTES = 4_000_000
_RANGE = re.compile(r"\[([0-9]+|[a-z]):([0-9]+|[a-z])(?::([1-9][0-9]{0,3}))?\]")
_SECTION = re.compile(r"\[([^\]:]+)(?::(children|vars))?\]")
_SECRETS = ("ansible_password", "ansible_ssh_pass", "ansible_ssh_password")
_BECOME_SECRETS = ("ansible_become_password", "ansible_become_pass", "ansible_sudo_pass")


@dataclass(slots=True)
class Imported:
    """What a file told."""

    hosts: dict[str, dict[str, str]] = field(default_factory=dict)
    """By name: ``address port user key password kind jump`` as far as the file says; ``password`` only says that there is one."""
    skipped: list[str] = field(default_factory=list)
    """Lines or names that could not be taken over, shortened, without values."""


def read_foreign(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Data of an inventory and what was left out. Raises UseError. The format is told by what the file looks like."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    if len(raw) > MAX_BYTES:
        raise UseError("yaml-too-large", file=path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UseError("file-not-utf8", file=path, detail=f"byte {error.start}") from None
    found = foreign(text, str(path))
    if not found.hosts:
        raise UseError("import-no-hosts", file=path)
    return inventory_of(found), found.skipped


def foreign(text: str, name: str) -> Imported:
    """Tell the format and read it. Raises UseError."""
    if re.search(r"(?im)^\s*host[\s=]+\S", text) and not re.search(r"(?m)^\s*\[", text) and not name.endswith((".yml", ".yaml")):
        return ssh_config(text)
    if name.endswith((".yml", ".yaml", ".json")) or re.search(r"(?m)^(all|---)\b", text):
        return ansible_yaml(text, name)
    return ansible_ini(text)


def inventory_of(found: Imported, system: str = "imported") -> dict[str, Any]:
    """An inventory of the hosts found; hosts that log in alike share a login."""
    logins: dict[str, dict[str, Any]] = {}
    names: dict[tuple[str, ...], str] = {}
    targets: list[dict[str, Any]] = []
    for name, host in found.hosts.items():
        target: dict[str, Any] = {
            "id": _fresh(name, {item["id"] for item in targets}),
            "kind": host.get("kind", "linux"),
            "address": host["address"],
        }
        if "port" in host:
            target["port"] = int(host["port"])
        if host["address"] != "local":
            shape = tuple(host.get(key, "") for key in ("user", "key", "password", "become", "become_password"))
            if shape not in names:
                names[shape] = _fresh(host.get("user") or "ops", set(logins))
                logins[names[shape]] = _login(host)
            target["login"] = names[shape]
        targets.append(target)
    return {"scope": {"allow": []}, "systems": [{"id": system, "name": system, "grade": 3, "targets": targets}], "logins": logins}


def _login(host: Mapping[str, str]) -> dict[str, Any]:
    login: dict[str, Any] = {key: host[key] for key in ("user", "key") if key in host}
    if "password" in host:
        login |= {"password": "ask"}
    if "become" in host:
        login["sudo"] = {"password": "ask"} if "become_password" in host else True
    return login


def _fresh(name: str, taken: set[str]) -> str:
    """An id made of a name, not taken yet."""
    base = re.sub(r"[^A-Za-z0-9\u4e00-\u9fff._-]", "-", name).strip("._-")[:56] or "host"
    found, number = base, 2
    while found in taken or not ID.fullmatch(found):
        found, number = f"{base}-{number}", number + 1
    return found


def ansible_yaml(text: str, name: str) -> Imported:
    """Groups of groups of hosts; variables of a group reach its hosts, nearer ones win. Raises UseError for broken YAML."""
    found, seen = Imported(), dict[str, dict[str, str]]()
    data = load_lined(text, name)
    if not isinstance(data, Lined):
        raise UseError("import-no-hosts", file=name)
    for group, value in data.items():
        _group(group, value, {}, seen, found, 0)
    _settle(seen, found)
    return found


def _group(name: str, value: Any, inherited: Mapping[str, str], seen: dict[str, dict[str, str]], found: Imported, depth: int) -> None:
    if value is None:
        return
    if not isinstance(value, Lined) or depth > 20:
        found.skipped.append(name[:60])
        return
    given = {**inherited, **_plain(value.get("vars"))}
    hosts = value.get("hosts")
    for host, own in hosts.items() if isinstance(hosts, Lined) else ():
        _host(host, {**given, **_plain(own)}, seen, found)
    children = value.get("children")
    for child, inner in children.items() if isinstance(children, Lined) else ():
        _group(child, inner, given, seen, found, depth + 1)


def _plain(value: Any) -> dict[str, str]:
    return {key: str(item) for key, item in value.items() if isinstance(item, str | int)} if isinstance(value, Lined) else {}


def ansible_ini(text: str) -> Imported:
    """``[group]``, ``[group:children]`` and ``[group:vars]`` with hosts and their variables one a line."""
    found = Imported()
    members: dict[str, dict[str, dict[str, str]]] = {"": {}}
    children: dict[str, list[str]] = {}
    given: dict[str, dict[str, str]] = {}
    group, part = "", None
    for line in text.split("\n"):
        words = _words(line, found)
        section = _SECTION.fullmatch(line.split("#")[0].strip())
        if section is not None:
            group, part = section[1], section[2]
            members.setdefault(group, {})
        elif words and part == "vars":
            key, _, value = line.partition("=")
            given.setdefault(group, {})[key.strip()] = value.strip().strip("'\"")
        elif words and part == "children":
            children.setdefault(group, []).append(words[0])
        elif words:
            members[group].setdefault(words[0], {}).update(dict(word.split("=", 1) for word in words[1:] if "=" in word))
    seen: dict[str, dict[str, str]] = {}
    above = _ancestors(children)
    for name, hosts in members.items():
        for host, own in hosts.items():
            inherited = {key: value for owner in ("all", *above.get(name, ()), name) for key, value in given.get(owner, {}).items()}
            _host(host, {**inherited, **own}, seen, found)
    _settle(seen, found)
    return found


def _words(line: str, found: Imported) -> list[str]:
    if line.lstrip().startswith((";", "#")):
        return []
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        found.skipped.append(line.split()[0][:60] if line.split() else "?")
        return []


def _ancestors(children: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """For each group the groups above it, farthest first; a circle ends where it closes."""
    parents: dict[str, list[str]] = {}
    for parent, below in children.items():
        for child in below:
            parents.setdefault(child, []).append(parent)

    def above(name: str, path: tuple[str, ...]) -> list[str]:
        out: list[str] = []
        for parent in parents.get(name, ()):
            if parent not in path and len(path) < 20:
                out += [*above(parent, (*path, parent)), parent]
        return list(dict.fromkeys(out))

    return {name: above(name, (name,)) for name in parents}


def _host(pattern: str, variables: Mapping[str, str], seen: dict[str, dict[str, str]], found: Imported) -> None:
    for name in _expand(pattern):
        if len(seen) >= MAX_HOSTS and name not in seen:
            raise UseError("import-too-many", limit=MAX_HOSTS)
        # A host that stands in several groups keeps what it has heard and hears more.
        seen[name] = {**seen.get(name, {}), **variables}


def _expand(pattern: str) -> Iterator[str]:
    """``web[01:03].example`` and ``db-[a:c]``, both ends included, zeros kept."""
    part = _RANGE.search(pattern)
    if part is None:
        yield pattern
        return
    first, last, step = part[1], part[2], int(part[3] or 1)
    if first.isdigit() != last.isdigit() or len(first) > 9 or len(last) > 9:
        yield pattern
        return
    numbers = range(int(first), int(last) + 1, step) if first.isdigit() else range(ord(first), ord(last) + 1, step)
    if len(numbers) > MAX_HOSTS:
        raise UseError("import-too-many", limit=MAX_HOSTS)
    for number in numbers:
        middle = str(number).zfill(len(first)) if first.isdigit() else chr(number)
        yield from _expand(pattern[: part.start()] + middle + pattern[part.end() :])


def _settle(seen: Mapping[str, Mapping[str, str]], found: Imported) -> None:
    """From Ansible's variables to ours. A value that is a template or no address is left out and told."""
    for name, given in seen.items():
        bare, _, port = name.rpartition(":") if name.count(":") == 1 else (name, "", "")
        connection = given.get("ansible_connection", "")
        where = "local" if connection == "local" else address(given.get("ansible_host") or given.get("ansible_ssh_host") or bare)
        if where is None:
            found.skipped.append(name[:60])
            continue
        windows = connection in ("winrm", "psrp")
        network = "network" in connection or connection in ("netconf", "httpapi")
        wanted = {"address": where, "kind": "windows" if windows else "netdev" if network else "linux"}
        wanted |= _access(given, given.get("ansible_port") or given.get("ansible_ssh_port") or port)
        found.hosts[name] = wanted


def _access(given: Mapping[str, str], port: str) -> dict[str, str]:
    out: dict[str, str] = {}
    user = given.get("ansible_user") or given.get("ansible_ssh_user") or ""
    key = given.get("ansible_ssh_private_key_file", "")
    if USER.fullmatch(user):
        out["user"] = user
    if key and key.isprintable() and "{{" not in key:
        out["key"] = key
    if port.isdigit() and 1 <= int(port[:6]) <= 65535:
        out["port"] = str(int(port))
    if any(given.get(word) for word in _SECRETS):
        out |= {"password": "asked"}
    if given.get("ansible_become", "").lower() in ("true", "yes", "1"):
        out["become"] = "yes"
    if any(given.get(word) for word in _BECOME_SECRETS):
        out |= {"become_password": "asked"}
    return out


def ssh_config(text: str) -> Imported:
    """Every ``Host`` without a wildcard; the first value of a key wins, wildcard blocks included. ``Match`` and ``Include`` are left out."""
    found = Imported()
    blocks: list[tuple[list[str], dict[str, str]]] = [(["*"], {})]
    for line in text.split("\n"):
        words = _words(line.replace("=", " ", 1) if "=" in line else line, found)
        if not words:
            continue
        key = words[0].lower()
        if key == "host":
            blocks.append((words[1:], {}))
        elif key in ("match", "include"):
            found.skipped.append(key)
            blocks += [([], {})] if key == "match" else []
        elif len(words) > 1:
            blocks[-1][1].setdefault(key, words[1])
    names = dict.fromkeys(name for patterns, _ in blocks for name in patterns if not re.search(r"[*?!]", name))
    for name in list(names)[:MAX_HOSTS]:
        said: dict[str, str] = {}
        for patterns, values in blocks:
            if _names(name, patterns):
                said = {**values, **said}
        where = address(said.get("hostname", name).replace("%h", name))
        if where is None or where == "local":
            found.skipped.append(name[:60])
            continue
        given = {"ansible_user": said.get("user", ""), "ansible_ssh_private_key_file": said.get("identityfile", "")}
        found.hosts[name] = {"address": where, "kind": "linux", **_access(given, said.get("port", ""))}
        if {"proxyjump", "proxycommand"} & set(said):
            found.skipped.append(f"{name[:40]}: ProxyJump")
    return found


def _names(name: str, patterns: Iterable[str]) -> bool:
    hit = False
    for pattern in patterns:
        if pattern.startswith("!") and fnmatch.fnmatchcase(name.lower(), pattern[1:].lower()):
            return False
        hit = hit or fnmatch.fnmatchcase(name.lower(), pattern.lower())
    return hit
