"""Copies of the data as far as the server shows them / 从服务器能看到的备份与归档."""

from scanner.api import Absent, Verdict, awaits_person, check, database, unknown, unmet


@check("postgresql.backup")
def backup(settings: database.PgSettings, copies: database.PgCopies) -> Verdict:
    mode = settings.get("archive_mode")
    if isinstance(mode, Absent):
        return unknown(mode.why, mode.detail)
    observed = {
        "archive_mode": mode.value, "archived": copies.archived, "failed": copies.failed,
        "hours_since_archived": None if copies.archived_ago is None else copies.archived_ago // 3600, "standbys": copies.standbys,
    }  # fmt: skip
    wanted = {"restore": "tried"}
    failing = copies.failed_ago is not None and (copies.archived_ago is None or copies.failed_ago < copies.archived_ago)
    if mode.value != "off" and failing:
        return unmet(observed, wanted=wanted, detail="the last attempt to archive failed")
    return awaits_person(observed, wanted=wanted, detail="dumps, copies elsewhere and a tried restore are for a person to see")
