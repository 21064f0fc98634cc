"""``shiqu dispatch read``: what an envelope says and whether to believe it; receipts and notices go into the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from scanner.cli.keeping import home_option
from scanner.cli.key_files import config_folder, grouped, open_key
from scanner.cli.output import make_folder, write_whole
from scanner.cli.words import say, sentence
from scanner.errors import KeepError, ShiquError, UseError
from scanner.ledger import packs
from scanner.ledger.bulletin import alias_with, check_bulletin
from scanner.ledger.envelope import LIMIT, Envelope, decrypted, open_envelope
from scanner.ledger.home import Home, home_for
from scanner.ledger.outbox import Outbox
from scanner.ledger.reply import Acknowledged, read_receipt
from scanner.ledger.trust import Trust, read_trust, why_not
from scanner.model.canonical import canonical, canonical_unchecked, digest, strict_loads
from scanner.model.dispatch import MEMBERS, RECEIPT, Bulletin
from scanner.model.hazard import LEVELS
from scanner.model.result import STATUSES

MAX_FILE = LIMIT + LIMIT // 512
MAX_TEXT = 4 * 1024 * 1024
SHOWN = 40
ABOUT, MAX_ABOUT = ("number", "title", "deadline", "code", "name", "version", "withdrawn"), 200
HAZARD = re.compile(r"H-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}")
WORST = (5, 2, 4, 0)


@click.command("read", help=say("dispatch.read.help"))
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@home_option
@click.option("--trust", "trusted", default=None, metavar="DIR", help=say("dispatch.trust"))
@click.option("--key", "named", default=None, metavar="KEY", help=say("dispatch.decrypt"))
@click.option("--passphrase", "reference", default="ask", metavar="REF", help=say("keys.passphrase"))
@click.option("-o", "--output", default=None, metavar="DIR", help=say("dispatch.write"))
def read_command(
    files: tuple[str, ...], inventory: str | None, trusted: str | None, named: str | None, reference: str, output: str | None
) -> int:
    trust = trust_at(trusted)
    key = open_key(named, reference) if named is not None else None
    home = home_for(Path(inventory) if inventory is not None else None)
    codes = {0}
    for name in files:
        try:
            data = decrypted(read_file(Path(name)), decrypt=key)
            envelope = open_envelope(data)
            reason = _why_not(envelope, trust)
            for line in _told(Path(name), envelope, reason, home):
                click.echo(line)
            if envelope.manifest["kind"] == packs.KIND and reason is None and home.exists():
                click.echo(_packed(home, envelope, data))
            codes.add(4 if reason is not None else 0)
            if output is not None:
                _write(make_folder(output, ""), envelope)
        except ShiquError as error:
            codes.add(error.exit_code)
            click.echo(f"{name}: {sentence(error)}")
    return next(code for code in WORST if code in codes)


def trust_at(trusted: str | None) -> Trust:
    """The named folder of pins, or the user's own. Raises UseError."""
    place = Path(trusted) if trusted is not None else config_folder("trust")
    return read_trust(place if trusted is not None or place.is_dir() else None)


def read_file(path: Path) -> bytes:
    """An envelope's file. Raises UseError."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    if len(data) > MAX_FILE:
        raise UseError("file-unreadable", file=path, detail=f"> {MAX_FILE >> 20} MiB")
    return data


def _packed(home: Home, envelope: Envelope, data: bytes) -> str:
    pack = packs.read_pack(envelope)
    key = "dispatch.read.pack" if packs.take(home, envelope, data) else "dispatch.read.pack-before"
    return say(key, name=pack.name, version=pack.version, count=len(pack.values))


def _why_not(envelope: Envelope, trust: Trust) -> str | None:
    """None when a pin covers it: a unit's for its reports, a hub's for everything else."""
    manifest = envelope.manifest
    role = "unit" if manifest["kind"] == "report" else "hub"
    return why_not(trust.of(envelope.key.fingerprint, role), manifest["unit"], manifest["created"], None)


def _told(path: Path, envelope: Envelope, reason: str | None, home: Home) -> Iterator[str]:
    manifest = envelope.manifest
    yield say(
        "dispatch.read.head",
        file=path,
        kind=say(f"dispatch.kind.{manifest['kind']}"),
        unit=manifest["unit"],
        to=manifest["to"] or say("dispatch.above"),
        sequence=manifest["sequence"],
        created=manifest["created"],
    )
    yield say(
        "dispatch.read.level",
        disclosure=say(f"dispatch.disclosure.{manifest['disclosure']}"),
        marking=manifest["marking"] or "-",
        fingerprint=grouped(manifest["key"]),
    )
    yield say("dispatch.read.trusted") if reason is None else say("dispatch.read.not-trusted", why=say(f"verify.why.{reason}"))
    data = envelope.members[MEMBERS[manifest["kind"]][0]]
    if manifest["kind"] == "report":
        yield from _report(check_bulletin(data, manifest["disclosure"]), envelope)
    elif manifest["kind"] == RECEIPT:
        yield "  " + keep_receipt(Acknowledged(envelope, read_receipt(data), reason), home)
    else:
        yield from _came(_document(data), envelope, reason, home)


def _report(bulletin: Bulletin, envelope: Envelope) -> Iterator[str]:
    run = bulletin["run"]
    if bulletin["unit"] != envelope.manifest["unit"]:
        raise KeepError("bulletin-form", where="unit")
    whole = envelope.members.get("result.json")
    if whole is not None and digest(whole) != bulletin["result"]:
        raise KeepError("bulletin-form", where="result")
    yield say("dispatch.read.run", run=run["id"], finished=run["finished"], profiles=" ".join(run["profiles"]) or "-")
    yield say("dispatch.read.gate", gate=say(f"gate.{bulletin['gate']}"))
    for code, state in bulletin["core"].items():
        yield "  " + say("dispatch.read.core", id=code, name=say(f"core.{code}"), state=say(f"core-state.{state}"))
    total = {status: sum(line.get(status, 0) for line in bulletin["counts"].values()) for status in STATUSES}
    yield say("dispatch.read.verdicts", counts="  ".join(f"{say(f'status.{status}')} {n}" for status, n in total.items()))
    standing = {level: sum(n for state, n in line.items() if state != "closed") for level, line in bulletin["hazard_counts"].items()}
    counts = "  ".join(f"{say(f'hazard.level.{level}')} {standing.get(level, 0)}" for level in LEVELS)
    yield say("dispatch.read.hazards", counts=counts, overdue=bulletin["overdue"])


def keep_receipt(found: Acknowledged, home: Home) -> str:
    """Only the receipt of a hub that is trusted is kept, and only of what was sent. Raises UseError, KeepError."""
    receipt = found.receipt
    fields = {"sequence": receipt["sequence"], "time": receipt["received"], "log": receipt["log"]}
    if found.not_trusted is not None:
        return say("dispatch.read.receipt-doubtful", why=say(f"verify.why.{found.not_trusted}"), **fields)
    if not home.exists():
        return say("dispatch.read.receipt", **fields)
    Outbox(home).answer(found.envelope, receipt)
    return say("dispatch.read.receipt-kept", **fields)


def _document(data: bytes) -> dict[str, Any]:
    try:
        found = strict_loads(data) if len(data) <= MAX_TEXT else None
        if not isinstance(found, dict):
            raise ValueError("not a mapping")
    except (ValueError, RecursionError):
        raise KeepError("incoming-form") from None
    return found


def _came(document: Mapping[str, Any], envelope: Envelope, reason: str | None, home: Home) -> Iterator[str]:
    """A notice, an advisory, a summary, a pack: what it says at its top, and which of our own hazards it means."""
    about = {key: _short(document[key]) for key in ABOUT if isinstance(document.get(key), str | int)}
    for key, value in about.items():
        yield "  " + say(f"dispatch.about.{key}", value=value)
    kind, unit = envelope.manifest["kind"], envelope.manifest["unit"]
    if not home.exists() or kind == "summary":
        return
    outbox = Outbox(home)
    yield from _meant(document, home, outbox)
    if reason is not None:
        return
    yield say("dispatch.read.noted") if outbox.came(envelope, about) else say("dispatch.read.noted-before")
    missing = outbox.missing(unit, kind)
    if missing:
        yield say("dispatch.read.missing", unit=unit, numbers=" ".join(str(n) for n in missing[:SHOWN]))


def _short(value: str | int) -> str | int:
    return value if isinstance(value, int) else value[:MAX_ABOUT]


def _meant(document: Mapping[str, Any], home: Home, outbox: Outbox) -> Iterator[str]:
    """A notice names hazards by their aliases; only here they can be told apart again."""
    alias = alias_with(outbox.alias_secret())
    named = set(HAZARD.findall(canonical(document).decode()))
    if not named:
        return
    for key, line in sorted(home.book().hazards.items()):
        known = f"H-{alias(key)}"
        if known in named or key in named:
            yield "  " + say("dispatch.read.hazard", alias=known, id=key, check=line["check"], target=line["target"])


def _write(folder: Path, envelope: Envelope) -> None:
    """JSON members only, written anew under names of our own; nothing of the envelope becomes a file as it came."""
    for name in MEMBERS[envelope.manifest["kind"]]:
        if name not in envelope.members or not name.endswith(".json"):
            continue
        try:
            data = canonical_unchecked(strict_loads(envelope.members[name]))
        except (ValueError, RecursionError):
            raise KeepError("incoming-form") from None
        write_whole(folder / name, data)
        click.echo(say("dispatch.read.written", file=folder / name))
