"""The files of a profile package, each read and validated with file and line in every error; nothing is joined here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

from scanner.errors import UseError
from scanner.model.control import Control, MajorTrigger, Words
from scanner.rulebook.objects import KINDS_OF
from scanner.rulebook.yaml_lines import Lined, load_lined

_PROFILE = {"profile", "abstract", "title", "level", "scored", "note", "extends", "domains", "controls"}
_CONTROL = {
    "id", "clause", "unit_code", "layer", "control_point", "sag", "zh", "en", "method", "verify", "objects", "settles",
    "l3_ref", "checks", "like", "status", "core_hazard",
}  # fmt: skip
_CONTROL_NEEDS = ("id", "clause", "layer", "control_point", "zh", "en", "method", "verify", "objects")
_TRIGGER = {"id", "scope", "zh", "en", "status", "items", "checks"}
_ONE_OF: dict[str, tuple[str, ...]] = {
    "sag": ("S", "A", "G"),
    "verify": ("automatic", "semi_automatic", "attestation"),
    "status": ("V", "V1", "M", "P"),
    "core_hazard": ("CH1", "CH2", "CH3", "CH4"),
}
_METHODS = ("config", "scan", "document", "interview", "physical")
_LEVEL_KEY = re.compile(r"l([1-5])")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands."""

    file: str
    line: int

    def error(self, code: str, **fields: object) -> UseError:
        """A UseError that names this place."""
        return UseError(code, file=self.file, line=self.line, **fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawControl:
    """A control as one file has it."""

    control: Control
    like: tuple[str, ...]
    """``LAYER`` or ``LAYER/CONTROL POINT`` whose checks it takes over, as far as they look at its objects."""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RawProfile:
    """One profile file."""

    id: str
    abstract: bool
    title: Words
    level: int | None
    scored: bool
    note: Words | None
    extends: tuple[str, ...]
    controls: tuple[RawControl, ...]
    folder: str
    """Folder within the package, empty for its root: maps of the same folder speak to this profile."""
    place: Place


@dataclass(frozen=True, slots=True)
class RawTriggers:
    """A list of major-risk triggers and the profiles that use it."""

    profiles: tuple[str, ...]
    triggers: tuple[tuple[MajorTrigger, Place], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class RawMapping:
    """One line of a ``checks.*.yaml``: what a check speaks to."""

    check: str
    folder: str
    items: Mapping[int, tuple[str, ...]]
    """Level to control ids."""
    triggers: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class RawPending:
    """A check that is named before it is installed."""

    check: str
    place: Place


Raw = RawProfile | RawTriggers | RawMapping | RawPending


def read_package(root: Traversable, name: str, folder: str = "") -> Iterator[Raw]:
    """Everything in the YAML files of one package and its folders, in order of names. Raises UseError."""
    for item in sorted(root.iterdir(), key=lambda i: i.name):
        if item.is_dir() and not item.name.startswith(("_", ".")):
            yield from read_package(item, f"{name}/{item.name}", item.name)
        elif item.name.endswith(".yaml") and not item.name.endswith(".example.yaml"):
            file = f"{name}/{item.name}"
            yield from _read(load_lined(item.read_text("utf-8-sig"), file), file, item.name, folder)


def _read(data: Any, file: str, base: str, folder: str) -> Iterator[Raw]:
    place = Place(file, 1)
    if base.startswith("checks."):
        if data is not None:
            yield from _mappings(_mapping(data, place), file, folder)
        return
    top = _mapping(data, place)
    if "profile" in top:
        yield _profile(top, file, folder)
    elif "triggers_of" in top:
        _keys(top, {"triggers_of", "triggers"}, ("triggers",), file)
        triggers = tuple(_trigger(item, file) for item in _items(top, "triggers", file))
        yield RawTriggers(_strings(top, "triggers_of", file), triggers, place)
    elif "pending" in top:
        _keys(top, {"pending"}, (), file)
        for check in _strings(top, "pending", file):
            yield RawPending(check, Place(file, top.lines["pending"]))
    elif "policy" not in top:
        # Policies of the gate are read by scanner.rulebook.policies.
        raise place.error("profile-file-unknown")


def _profile(top: Lined, file: str, folder: str) -> RawProfile:
    _keys(top, _PROFILE, ("title", "level", "scored", "controls"), file)
    place = Place(file, top.lines["profile"])
    level = top["level"]
    if level is not None and (type(level) is not int or level not in range(1, 6)):
        raise Place(file, top.lines["level"]).error("profile-value", key="level", value=level)
    for key in ("abstract", "scored"):
        if not isinstance(top.get(key, False), bool):
            raise Place(file, top.lines[key]).error("profile-value", key=key, value=top[key])
    extends = [top["extends"]] if isinstance(top.get("extends"), str) else top.get("extends", [])
    where = Place(file, top.lines.get("extends", place.line))
    domains = _domains(top, file)
    return RawProfile(
        id=_text(top, "profile", file),
        abstract=top.get("abstract", False),
        title=_words(top, "title", file),
        level=level,
        scored=top["scored"],
        note=_words(top, "note", file) if "note" in top else None,
        extends=_string_list(extends, "extends", where),
        controls=tuple(_control(item, domains, file) for item in _items(top, "controls", file)),
        folder=folder,
        place=place,
    )


def _control(item: Lined, domains: Mapping[str, str], file: str) -> RawControl:
    _keys(item, _CONTROL, _CONTROL_NEEDS, file)
    place = Place(file, item.line)
    for key, allowed in _ONE_OF.items():
        _allowed(item, key, [item[key]] if key in item else [], allowed, file)
    method = _strings(item, "method", file)
    objects = _strings(item, "objects", file)
    _allowed(item, "method", method, _METHODS, file)
    _allowed(item, "objects", objects, KINDS_OF, file)
    layer = _text(item, "layer", file)
    control = Control(
        id=_text(item, "id", file),
        clause=_text(item, "clause", file),
        layer=layer,
        control_point=_text(item, "control_point", file),
        text=Words(zh=_text(item, "zh", file), en=_text(item, "en", file)),
        sag=item.get("sag", "G"),
        method=method,
        verify=item["verify"],
        objects=objects,
        settles=_strings(item, "settles", file) if "settles" in item else (),
        checks=_strings(item, "checks", file),
        status=item.get("status", "V"),
        core_hazard=item.get("core_hazard"),
        unit_code=item.get("unit_code"),
        domain=domains.get(layer, ""),
    )
    return RawControl(control=control, like=_strings(item, "like", file), place=place)


def _trigger(item: Lined, file: str) -> tuple[MajorTrigger, Place]:
    _keys(item, _TRIGGER, ("id", "zh", "en", "status"), file)
    _allowed(item, "status", [item["status"]], _ONE_OF["status"], file)
    text = Words(zh=_text(item, "zh", file), en=_text(item, "en", file))
    trigger = MajorTrigger(id=_text(item, "id", file), text=text, checks=_strings(item, "checks", file), status=item["status"])
    return trigger, Place(file, item.line)


def _mappings(top: Lined, file: str, folder: str) -> Iterator[RawMapping]:
    for check, value in top.items():
        place = Place(file, top.lines[check])
        entry = _mapping(value, place)
        items: dict[int, tuple[str, ...]] = {}
        for key in entry:
            level = _LEVEL_KEY.fullmatch(key)
            if level is not None:
                items[int(level[1])] = _strings(entry, key, file)
            elif key != "triggers":
                raise Place(file, entry.lines[key]).error("profile-key-unknown", key=key)
        yield RawMapping(check, folder, items, _strings(entry, "triggers", file), place)


def _domains(top: Lined, file: str) -> dict[str, str]:
    if "domains" not in top:
        return {}
    value = _mapping(top["domains"], Place(file, top.lines["domains"]))
    _keys(value, {"technical", "management"}, (), file)
    return {layer: domain for domain in value for layer in _strings(value, domain, file)}


def _mapping(data: Any, place: Place) -> Lined:
    if not isinstance(data, Lined):
        raise place.error("profile-not-mapping")
    return data


def _items(data: Lined, key: str, file: str) -> list[Lined]:
    value = data[key]
    place = Place(file, data.lines[key])
    if not isinstance(value, list):
        raise place.error("profile-value", key=key, value=type(value).__name__)
    return [_mapping(item, place) for item in value]


def _keys(data: Lined, known: Collection[str], needed: Collection[str], file: str) -> None:
    for key in data:
        if key not in known:
            raise Place(file, data.lines[key]).error("profile-key-unknown", key=key)
    for key in needed:
        if key not in data:
            raise Place(file, data.line).error("profile-key-missing", key=key)


def _allowed(data: Lined, key: str, values: Collection[Any], allowed: Collection[str], file: str) -> None:
    for value in values:
        if not isinstance(value, str) or value not in allowed:
            raise Place(file, data.lines[key]).error("profile-value", key=key, value=value)


def _text(data: Lined, key: str, file: str) -> str:
    value = data[key]
    if not isinstance(value, str) or not value.strip():
        raise Place(file, data.lines[key]).error("profile-value", key=key, value=value)
    return value.strip()


def _strings(data: Lined, key: str, file: str) -> tuple[str, ...]:
    return _string_list(data[key], key, Place(file, data.lines[key])) if key in data else ()


def _string_list(value: Any, key: str, place: Place) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise place.error("profile-value", key=key, value=value)
    for number, item in enumerate(value):
        if item in value[:number]:
            raise place.error("profile-named-twice", key=key, id=item)
    return tuple(value)


def _words(data: Lined, key: str, file: str) -> Words:
    value = _mapping(data[key], Place(file, data.lines[key]))
    _keys(value, {"zh", "en"}, ("zh", "en"), file)
    return Words(zh=_text(value, "zh", file), en=_text(value, "en", file))
