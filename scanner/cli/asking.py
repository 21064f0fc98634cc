"""From an inventory or bare targets to a request: logins with their secrets resolved, systems with their profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scanner import flow
from scanner.cli.words import say
from scanner.collect.jobs import read_regular
from scanner.collect.login import Login, Reference
from scanner.errors import UseError
from scanner.facts.holdings.span import PROBE as UNIT
from scanner.flow.joining import trials_of
from scanner.flow.keeping import to_shelf
from scanner.ledger.home import home_for
from scanner.model.absent import Absent
from scanner.model.canonical import canonical
from scanner.model.target import Target
from scanner.rulebook.grades import profile_for
from scanner.rulebook.yaml_lines import load_lined
from scanner.secret import resolve_secret
from scanner.targets.fields import USER, address
from scanner.targets.inventory import Inventory, LoginEntry, System
from scanner.targets.unit import unit_target
from scanner.targets.zone_pairs import declared_pairs, pair_id, pair_targets

DEFAULT_PROFILE = "gbt22239-l3"
MAX_FORM = 1_000_000


def local_options(operator: str) -> dict[str, Any]:
    """Options of a run that nobody tuned."""
    return {"profile": None, "only": (), "skip": (), "jobs": 1, "values": {}, "authorised_by": None, "operator": operator}


def plain_request(targets: tuple[Target, ...], options: Mapping[str, Any], logins: Mapping[str, Login] | None = None) -> flow.Request:
    """A request for targets that belong to no declared system."""
    return _request(targets, {"code": "local", "name": ""}, [_local_system(options)], {}, logins or {}, {}, options)


def carried_request(book: Inventory, carried: Sequence[Target], options: Mapping[str, Any]) -> flow.Request:
    """A request for hosts whose answers were brought here, under the inventory's declaration.

    A host that calls itself by the id of one of the inventory's targets of the same kind is that target.
    """
    known = {(target.id.lower(), target.kind): target for target in book.targets}
    targets = tuple(_carried(target, known.get((target.id.lower(), target.kind))) for target in carried)
    systems = [_system(system, options) for system in book.systems if any(target.system == system.id for target in targets)]
    if any(target.system == "local" for target in targets):
        systems.append(_local_system(options))
    return _request(targets, book.unit, systems, book.masked(), {}, _declared(book, ()), options)


def _carried(target: Target, known: Target | None) -> Target:
    return target if known is None else replace(target, system=known.system, zone=known.zone)


def local_request(names: Sequence[str], options: Mapping[str, Any], secrets: bool) -> flow.Request:
    """``local`` and ``ssh://user@host:port`` targets without an inventory; this machine when none is named. Raises UseError."""
    targets, logins = _bare(names or ("local",), options)
    return plain_request(tuple(targets), options, logins)


def _bare(names: Sequence[str], options: Mapping[str, Any]) -> tuple[list[Target], dict[str, Login]]:
    targets: dict[str, Target] = {}
    logins: dict[str, Login] = {}
    for name in names:
        if name == "local":
            targets.setdefault("local", Target(id="local", kind="linux", address="local"))
            continue
        target, login = _ssh_target(name)
        if not options["authorised_by"]:
            raise UseError("authorised-by-needed", target=name)
        targets.setdefault(target.id, target)
        logins[login.name] = login
    return list(targets.values()), logins


def _ssh_target(name: str) -> tuple[Target, Login]:
    try:
        parts = urlsplit(name)
        port = parts.port or 22
    except ValueError:
        raise UseError("target-shape", id=name[:80]) from None
    host = address(parts.hostname or "")
    user = parts.username or "root"
    if (
        parts.scheme != "ssh"
        or host is None
        or host == "local"
        or parts.password is not None
        or parts.path not in ("", "/")
        or not USER.fullmatch(user)
    ):
        raise UseError("target-shape", id=name.split("@")[-1][:80])
    login = f"{user}@{host}"
    # A bare target says nothing about keys: the client knows the user's agent, configuration and known_hosts.
    config = Path("~/.ssh/config").expanduser()
    entry = Reference(name=login, user=user, elevate="sudo", transport="openssh", ssh_config=str(config) if config.exists() else None)
    return Target(id=f"{host}:{port}", kind="linux", address=host, port=port, login=login), entry.login(lambda _: "")


def request_from(
    book: Inventory, names: Sequence[str], options: Mapping[str, Any], secrets: bool, here: Callable[[Target], bool] = lambda _: True
) -> flow.Request:
    """A request from an inventory; ``names`` pick targets from it. Raises UseError for a name that is not there.

    With ``secrets`` those of targets that are asked from ``here`` are resolved; the others stay references.
    """
    known = {target.id: target for target in (*book.targets, *pair_targets(book))}
    bare = [name for name in names if name == "local" and name not in known or name.startswith("ssh://")]
    for name in names:
        if name not in known and name not in bare:
            raise UseError("target-unknown", id=name, known=", ".join(list(known)[:12]))
    chosen = [known[name] for name in dict.fromkeys(names) if name in known] if names else list(known.values())
    chosen += unit_target(book, chosen)
    extra, logins = _bare(bare, options) if bare else ([], {})
    used = {target.login for target in chosen if target.login is not None}
    for name in sorted(used):
        logins[name] = _login(book, book.logins[name], secrets and any(here(target) for target in chosen if target.login == name))
    systems = [_system(system, options) for system in book.systems if any(target.system == system.id for target in chosen)]
    if extra or not systems:
        systems.append(_local_system(options))
    declared = _declared(book, chosen)
    return _request((*chosen, *extra), book.unit, systems, book.masked(), logins, declared, options)


def _login(book: Inventory, entry: LoginEntry, secrets: bool) -> Login:
    def resolve(reference: str) -> str:
        return resolve_secret(reference, say("ask.secret", login=entry.name)) if secrets else ""

    return _reference(book, entry).login(resolve)


def _reference(book: Inventory, entry: LoginEntry) -> Reference:
    elevated = "su" if entry.su else "sudo" if entry.sudo else "none"
    return Reference(
        name=entry.name,
        user=entry.user,
        key=entry.key,
        passphrase=entry.passphrase,
        password=entry.password,
        known_hosts=entry.known_hosts,
        elevate=elevated if entry.user != "root" else "none",
        elevate_password=entry.elevate_password,
        jump=_reference(book, book.logins[entry.jump]) if entry.jump is not None else None,
        address=entry.address,
        port=entry.port,
        transport=entry.transport,
        ssh_config=entry.ssh_config,
    )


def _system(system: System, options: Mapping[str, Any]) -> dict[str, Any]:
    profile = options["profile"] or system.profile or profile_for(system.grade).id
    return {
        "id": system.id,
        "name": system.name,
        "grade": _level(system.grade),
        "sag": system.grade,
        "holds": system.holds,
        "profile": profile,
        "zone": system.zone,
    }


def _level(grade: str) -> int:
    return max(int(char) for char in grade if char.isdigit())


def _local_system(options: Mapping[str, Any]) -> dict[str, Any]:
    profile = options["profile"] or DEFAULT_PROFILE
    return {"id": "local", "name": "local", "grade": 3, "sag": "3", "holds": "unclassified", "profile": profile}


def _declared(book: Inventory, targets: Sequence[Target]) -> dict[str, bytes]:
    """The unit's declaration by probe id, and each site target's form by ``target:probe``."""
    systems = [{**asdict(replace(system, details={})), **system.details} for system in book.systems]
    for system in systems:
        system.pop("details")
    masked = book.masked()
    data = {key: masked[key] for key in ("unit", "zones", "isolation", "crossings")} | {"systems": systems, "as_of": flow.now_text()}
    data["targets"] = [{key: getattr(target, key) for key in ("id", "kind", "address", "host", "zone")} for target in book.targets]
    found = {"site.declared": canonical(data)}
    found[UNIT] = canonical({"unit": str(book.unit["code"])})
    found |= to_shelf(home_for(book.path))
    for name, pair in declared_pairs(book).items():
        found[f"{name}:isolation.pair"] = canonical(pair)
    for item in book.isolation:
        if pair_id(item) in {target.id for target in targets} and "records" in item:
            records = item["records"]
            plan, body = trials_of(Path(records["plan"]), Path(records["inner"]), [Path(text) for text in records["outer"]])
            if plan.pair != pair_id(item):
                raise UseError("isolation-pair-unknown", pair=plan.pair, known=pair_id(item), file=book.path)
            found[f"{plan.pair}:isolation.trials"] = body
    for target in targets:
        if target.kind == "site" and target.config is not None:
            raw = read_regular(Path(target.config), MAX_FORM)
            if isinstance(raw, Absent):
                raise UseError("file-unreadable", file=target.config, detail=raw.detail)
            form = load_lined(raw.decode("utf-8-sig", "strict"), target.config)
            found[f"{target.id}:site.form"] = canonical({"form": form, "as_of": flow.now_text()})
    return found


def _request(
    targets: tuple[Target, ...],
    unit: Mapping[str, Any],
    systems: Sequence[Mapping[str, Any]],
    masked: Mapping[str, Any],
    logins: Mapping[str, Login],
    declared: Mapping[str, bytes],
    options: Mapping[str, Any],
) -> flow.Request:
    return flow.Request(
        targets=targets,
        unit=unit,
        systems=tuple(systems),
        inventory=masked,
        logins=logins,
        declared=declared,
        values=options["values"],
        only=tuple(options["only"]),
        skip=tuple(options["skip"]),
        operator=options["operator"],
        authorised_by=options["authorised_by"] or (masked.get("scope") or {}).get("authorised_by"),
        jobs=options["jobs"],
    )
