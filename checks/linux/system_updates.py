"""Known flaws: updates, restarts, end of support, signatures / 补丁、重启、停服与软件签名."""

from datetime import UTC, date, datetime

from scanner.api import Absent, Verdict, Why, awaits_person, check, linux, met, unknown, unmet


@check("linux.security-updates")
def security_updates(packages: linux.Packages, *, max_list_age_days: int = 30) -> Verdict:
    """No security version is waiting, said by lists that are fresh enough to know."""
    lists = packages.lists
    if isinstance(lists, Absent):
        return unknown(lists.why, lists.detail)
    age = None if lists.released is None else (packages.now - lists.released) // 86400
    names = [f"{p.name} {p.installed} -> {p.offered}" for p in lists.pending]
    shown = {"pending": names[:20], "count": len(names), "security_lists": lists.security, "lists": lists.count, "list_age_days": age}
    if names:
        return unmet(shown, wanted={"count": 0})
    if lists.count == 0 or age is None:
        return unknown(Why.FILE_MISSING, "no package lists with a date", shown)
    if age > max_list_age_days or age < -2:
        return unmet(shown, wanted={"list_age_days": max_list_age_days})
    return met(shown) if lists.security else awaits_person(shown, wanted="the ordinary lists carry the maker's security versions")


@check("linux.automatic-updates")
def automatic_updates(packages: linux.Packages, services: linux.Services) -> Verdict:
    """Either the host updates itself or a person answers for it."""
    words = {name: packages.apt.get(f"apt::periodic::{name}", "0") for name in ("update-package-lists", "unattended-upgrade")}
    timers = sorted(
        u
        for u in ("apt-daily-upgrade.timer", "dnf-automatic.timer", "dnf-automatic-install.timer", "yum-cron.service")
        if services.enabled(u)
    )
    shown = {"apt": words, "timers": timers, "unattended_upgrades": packages.has("unattended-upgrades")}
    apt = (
        all(word not in ("0", "") for word in words.values())
        and "apt-daily-upgrade.timer" in timers
        and "unattended-upgrades" in packages.installed
    )
    rpm = packages.manager == "rpm" and "dnf-automatic-install.timer" in timers
    return met(shown) if apt or rpm else awaits_person(shown, wanted="updates are tested and installed by a person on time")


@check("linux.reboot-pending")
def reboot_pending(system: linux.OperatingSystem) -> Verdict:
    """The running kernel is the newest that is installed, and nothing asks for a restart."""
    flavour = system.running.rpartition("-")[2]
    same = [kernel for kernel in system.kernels if kernel.rpartition("-")[2] == flavour or kernel == system.running]
    newest = max(same, key=linux.VersionKey, default="")
    shown = {"running": system.running, "newest": newest, "flag": system.reboot_flag}
    if system.reboot_flag:
        return unmet(shown, wanted={"flag": False})
    if system.running not in system.kernels:
        return unknown(Why.FILE_MISSING, "/boot holds no kernel of the running release", shown)
    return met(shown) if newest == system.running else unmet(shown, wanted={"running": newest})


@check("linux.os-supported")
def os_supported(system: linux.OperatingSystem, *, as_of: str = "", margin_days: int = 0) -> Verdict:
    """The release still gets free security support on the day of the evidence (or the day given)."""
    end = system.end_of_support()
    day = date.fromisoformat(as_of) if as_of else datetime.fromtimestamp(system.now, UTC).date()
    shown = {"release": system.name, "end_of_support": end, "day": day.isoformat(), "table_as_of": linux.TABLE_AS_OF}
    if end is None:
        return unknown(Why.NOT_DECLARED, "no public date for this release is known here", shown)
    left = (date.fromisoformat(end) - day).days
    return met(shown) if left >= margin_days else unmet(shown, wanted={"end_of_support": "later"})


_OFF = {"0", "false", "no", "off", "without", "disable"}


@check("linux.package-signatures")
def package_signatures(packages: linux.Packages) -> Verdict:
    """Nothing lets unsigned packages in."""
    if packages.manager == "dpkg":
        # apt-config always names some of these settings: no line means that it did not answer.
        if not packages.apt:
            return unknown(Why.COMMAND_MISSING, "apt-config")
        names = ("apt::get::allowunauthenticated", "acquire::allowinsecurerepositories", "acquire::allowweakrepositories",
                 "acquire::allowdowngradetoinsecurerepositories")  # fmt: skip
        loose = [name for name in names if packages.apt.get(name, "0").lower() not in _OFF]
        shown = {"loose_settings": loose, "trusted_sources": list(packages.trusted_sources)[:20]}
        return (
            met(shown) if not loose and not packages.trusted_sources else unmet(shown, wanted={"loose_settings": [], "trusted_sources": []})
        )
    if packages.manager != "rpm" or not packages.gpgcheck:
        return unknown(Why.COMMAND_MISSING, "apt-config, dnf.conf")
    off = sorted({path for path, _, key, value in packages.gpgcheck if key == "gpgcheck" and value in _OFF})
    stated = [value for path, section, key, value in packages.gpgcheck if key == "gpgcheck" and section == "main"]
    shown = {"switched_off_in": off[:20], "global": stated[-1:]}
    return met(shown) if not off and stated and stated[-1] not in _OFF else unmet(shown, wanted={"switched_off_in": [], "global": ["1"]})
