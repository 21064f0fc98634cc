"""A declared folder of backups: there, fresh, verified by digests, elsewhere, restored, looked after, in open formats / 备份文件夹.

What a machine can see (files, ages, digests, volumes) is judged; what only the unit can say is its word and waits for a person.
"""

from __future__ import annotations

from typing import Any

from scanner.api import Absent, Across, Opinion, Status, Verdict, Why, awaits_person, check, holdings, met, not_applicable, unknown, unmet

_OPEN = """
csv txt xml json jsonl eep ofd pdf tif tiff jpg jpeg png bmp html htm xlsx docx pptx ods odt odp sql dbf sqlite db zip tar tgz gz bz2 xz 7z
mp3 wav mp4 mpg flac md5 sha1 sha256 sha512 sm3 log yaml yml md
"""
OPEN_FORMATS = frozenset(_OPEN.split())
"""Ends of names of formats that are published and read by more than one maker's programs."""
MAX_NAMED = 40


def _declared(folder: holdings.BackupFolder) -> dict[str, Any]:
    return {"of": folder.said.of, "files": folder.files, "bytes": folder.bytes, "newest": str(folder.newest or "")}


@check("backup.present")
def present(held: holdings.Holdings, folder: holdings.BackupFolder | Absent, every: Across[holdings.BackupFolder | Absent]) -> Verdict:
    """A catalogue has a backup that is there: a folder declared to be of it, with files in it."""
    mine = held.target.get("id", "")
    if folder.why is not Why.NOT_PRESENT if isinstance(folder, Absent) else folder.said.of != mine:
        return not_applicable("the target is itself a folder of backups")
    copies = {name: item for name, item in every if isinstance(item, holdings.BackupFolder) and item.said.of == mine}
    observed = {"backups": [{"target": name, **_declared(item)} for name, item in copies.items()][:MAX_NAMED]}
    lost = [name for name, item in every if isinstance(item, Absent) and item.why is not Why.NOT_PRESENT]
    if not copies:
        return unknown(
            Why.NOT_DECLARED, f"not looked at: {', '.join(lost[:6])}" if lost else "no folder of backups is declared to be of it", observed
        )
    if not any(item.files for item in copies.values()):
        return unmet(observed, wanted="files")
    return met(observed, wanted="files")


@check("backup.fresh")
def fresh(folder: holdings.BackupFolder, *, max_days: int = 30) -> Verdict:
    """The newest file is no older than the declared interval, else than the parameter."""
    limit = folder.said.every_days or max_days
    age = (folder.as_of - folder.newest).days if folder.newest is not None else None
    observed = {**_declared(folder), "days": age}
    wanted = {"days_at_most": limit}
    if age is None:
        return unmet(observed, wanted=wanted, detail="no file is there")
    if age < 0:
        return unknown(Why.GARBLED, "the newest file is of a day to come", observed)
    return met(observed, wanted=wanted) if age <= limit else unmet(observed, wanted=wanted)


@check("backup.verified")
def verified(folder: holdings.BackupFolder) -> Verdict:
    """Every file is listed in a manifest of digests and still has its digest."""
    counts = dict(folder.counts)
    observed = {
        "files": folder.files,
        **counts,
        "manifests": [dict(item) for item in folder.manifests][:MAX_NAMED],
        "wrong": list(folder.wrong)[:MAX_NAMED],
    }
    wanted = {"broken": 0, "missing": 0, "unlisted": 0}
    if counts["broken"] or counts["missing"]:
        return unmet(observed, wanted=wanted)
    if not folder.files or not folder.manifests:
        return unmet(observed, wanted=wanted, detail="no manifest of digests is there" if folder.files else "no file is there")
    if counts["unread"]:
        return unknown(Why.NO_PERMISSION, f"unread: {counts['unread']}", observed)
    if counts["left"]:
        return unknown(Why.TIMED_OUT, f"not hashed in time: {counts['left']}", observed)
    if counts["unlisted"]:
        return unmet(observed, wanted=wanted)
    if counts["weak"]:
        return awaits_person(observed, wanted=wanted, detail="MD5 and SHA-1 show damage, not tampering")
    return met(observed, wanted=wanted)


@check("backup.elsewhere")
def elsewhere(folder: holdings.BackupFolder, every: Across[holdings.Holdings | Absent]) -> Verdict:
    """Kept in another place, on another medium, not on the volume of what it is a backup of."""
    said = folder.said
    original = next((held for name, held in every if name == said.of and isinstance(held, holdings.Holdings)), None)
    volumes = {store.container["volume"] for store in original.stores if "volume" in store.container} if original is not None else set()
    same = folder.volume in volumes
    observed = {
        "of": said.of,
        "medium": said.medium,
        "offsite": said.offsite,
        "online": said.online,
        "same_volume": same if volumes else None,
    }
    wanted = {"offsite": True, "off_line_or_other_medium": True, "same_volume": False}
    if same or said.offsite is False or (said.online is True and not said.medium):
        return unmet(observed, wanted=wanted)
    if said.offsite is None or not said.medium:
        return unknown(Why.NOT_DECLARED, "place or medium of the backup is not declared", observed)
    return awaits_person(observed, wanted=wanted, detail="the unit's word: see the place and the medium")


@check("backup.restored")
def restored(folder: holdings.BackupFolder, *, restore_days: int = 365) -> Verdict:
    """A test of restoring is recorded, recent and went well."""
    return _tried(folder, folder.said.restored, restore_days, "a test of restoring")


@check("backup.kept")
def kept(folder: holdings.BackupFolder, *, check_days: int = 365) -> Verdict:
    """The medium is entered in a register, somebody answers for it, and it was tested not long ago."""
    said = folder.said
    missing = [name for name, text in (("register", said.register), ("keeper", said.keeper)) if not text]
    if missing:
        return unknown(
            Why.NOT_DECLARED, f"not declared: {', '.join(missing)}", {"register": bool(said.register), "keeper": bool(said.keeper)}
        )
    return _tried(folder, said.checked, check_days, "a test of the medium")


@check("backup.formats")
def formats(folder: holdings.BackupFolder) -> Verdict:
    """Files are in formats that more than one maker's programs read, so that they can be moved on."""
    closed = {end or "?": number for end, number in folder.formats.items() if end not in OPEN_FORMATS}
    observed = {"formats": dict(folder.formats), "others": closed}
    if not folder.formats:
        return unmet(observed, wanted={"others": {}}, detail="no file is there")
    return awaits_person(observed, wanted={"others": {}}) if closed else met(observed, wanted={"others": {}})


def _tried(folder: holdings.BackupFolder, tried: holdings.Tried | None, days: int, what: str) -> Verdict:
    wanted = {"result": "success", "days_at_most": days}
    if tried is None or tried.on is None:
        return unknown(Why.NOT_DECLARED, f"{what} is not declared")
    age = (folder.as_of - tried.on).days
    observed = {"days": age, "result": tried.result, "record": bool(tried.record)}
    if tried.result == "failure" or age > days:
        return unmet(observed, wanted=wanted)
    if age < 0 or not tried.record:
        return Opinion(
            Status.UNKNOWN,
            observed,
            wanted,
            Why.NOT_DECLARED,
            f"{what} is of a day to come" if age < 0 else f"the record of {what} is not named",
        )
    return awaits_person(observed, wanted=wanted, detail="the unit's word: see the record")
