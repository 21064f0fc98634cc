"""Malware protection, intrusion detection and file integrity / 恶意代码防范、入侵检测、完整性校验."""

from scanner.api import Verdict, Why, awaits_person, check, linux, met, not_applicable, unknown, unmet

# Process names (15 characters at most count) as far as they are publicly known; units add their own by parameter.
AGENTS = {
    "clamav": ("clamd", "clamonacc"),
    "qianxin": ("qaxsafed", "qaxtray", "qaxentclient"),
    "360": ("360entclient", "360safed", "zhudongfangyu"),
    "sangfor": ("edr_agent", "eps_services", "sfavsrv", "edr_monitor"),
    "asiainfo-trend": ("ds_agent", "ds_am"),
    "rising": ("ravservice", "rsavd", "RavMond"),
    "jiangmin": ("kvsrv", "kvdaemon"),
    "antiy": ("iepagent", "avlsvc"),
    "huorong": ("hipsdaemon", "hrsvc"),
    "eset": ("oaeventd", "esets_daemon", "odfeeder"),
    "kaspersky": ("kesl",),
    "microsoft": ("wdavdaemon",),
    "crowdstrike": ("falcon-sensor",),
    "alibaba": ("AliYunDun", "AliSecGuard"),
    "tencent": ("YDService",),
    "qingteng": ("titanagent",),
}
DETECTORS = {
    "fail2ban": ("fail2ban-server",),
    "wazuh-ossec": ("wazuh-agentd", "wazuh-syscheckd", "ossec-agentd", "ossec-syscheckd", "ossec-logcollector", "wazuh-logcollector"),
    "suricata": ("Suricata-Main", "suricata"),
    "snort": ("snort", "snort3"),
    "samhain": ("samhain",),
    "falco": ("falco",),
    "crowdsec": ("crowdsec",),
    **{name: AGENTS[name] for name in ("qianxin", "360", "sangfor", "asiainfo-trend", "qingteng", "alibaba", "tencent", "crowdstrike")},
}


# Where a product installs itself: a process may have any name, a product that runs has its folder too.
HOMES = {
    "qianxin": ("/opt/qaxsafe",),
    "360": ("/opt/360safe",),
    "sangfor": ("/opt/sangfor",),
    "asiainfo-trend": ("/opt/ds_agent",),
    "rising": ("/opt/rising",),
    "jiangmin": ("/opt/jiangmin",),
    "antiy": ("/opt/antiy",),
    "huorong": ("/opt/huorong",),
    "eset": ("/opt/eset",),
    "kaspersky": ("/opt/kaspersky",),
    "microsoft": ("/opt/microsoft/mdatp",),
    "crowdstrike": ("/opt/CrowdStrike",),
    "alibaba": ("/usr/local/aegis",),
    "tencent": ("/usr/local/qcloud/YunJing",),
    "qingteng": ("/titan/agent",),
}


def _found(services: linux.Services, names: dict[str, tuple[str, ...]], more: str) -> list[str]:
    known = {**names, **{word: (word,) for word in more.replace(",", " ").split()}}
    return sorted(product for product, processes in known.items() if any(p[:15] in services.processes for p in processes))


@check("linux.malware-protection")
def malware_protection(services: linux.Services, guards: linux.Guards, schedules: linux.Schedules, *, more_agents: str = "") -> Verdict:
    """Something looks at files: a product that runs and is installed where it belongs, or ClamAV that has signatures and watches or scans.

    Processes that ``more_agents`` names are the unit's own word; a name of ours alone proves nothing.
    """
    found = _found(services, AGENTS, more_agents)
    jobs = schedules.of("clamscan", "clamdscan")
    scans = jobs[:10] + (["clamav-clamonacc.service"] if services.active("clamav-clamonacc.service") else [])
    folders = sorted(path for path in guards.paths if path.startswith(("/opt/", "/titan/", "/usr/local/")))
    shown = {"running": found, "scheduled_scans": scans, "folders": folders[:20]}
    # A job that no scheduler runs scans nothing, and without signatures nothing is found.
    watches = "clamonacc" in services.processes or services.active("clamav-clamonacc.service")
    clam = guards.signatures and (watches or (jobs and schedules.daemons))
    proven = [name for name in found if guards.paths & set(HOMES.get(name, ())) or name in more_agents.replace(",", " ").split()]
    if clam or proven:
        return met(shown)
    if found or folders or jobs or watches:
        return awaits_person(shown, wanted="the product really scans")
    return unmet(shown, wanted="a protection product that runs")


@check("linux.malware-signatures")
def malware_signatures(services: linux.Services, guards: linux.Guards, *, max_age_days: int = 31, more_agents: str = "") -> Verdict:
    """Signatures are not older than a month; only ClamAV shows their age on disk."""
    others = [name for name in _found(services, AGENTS, more_agents) if name != "clamav"]
    ages = {name: (guards.now - built) // 86400 for name, built in sorted(guards.signatures.items())}
    daily = [age for name, age in ages.items() if name.startswith("daily.")]
    shown = {"age_days": ages, "other_products": others}
    if daily:
        right = -2 <= min(daily) <= max_age_days
        return met(shown) if right else unmet(shown, wanted={"age_days": max_age_days})
    if others:
        return awaits_person(shown, wanted={"age_days": max_age_days})
    if "clamd" in services.processes or guards.signatures:
        return unknown(Why.FILE_MISSING, "no daily signatures in the usual folders", shown)
    return not_applicable("no protection product", shown)


@check("linux.host-intrusion-detection")
def host_intrusion_detection(services: linux.Services, guards: linux.Guards, *, more_agents: str = "") -> Verdict:
    """A detector runs; whether its alarms reach a person, a person has to say."""
    found = _found(services, DETECTORS, more_agents)
    folders = sorted({"/var/ossec", "/titan/agent", "/opt/sangfor", "/opt/qaxsafe"} & guards.paths)
    shown = {"running": found, "folders": folders}
    if not found and not folders:
        return unmet(shown, wanted="a detector that runs and alarms")
    return awaits_person(shown, wanted="alarms for grave events reach someone")


@check("linux.aide-installed")
def aide_installed(packages: linux.Packages) -> Verdict:
    found = packages.has("aide", "aide-common", "tripwire", "samhain")
    return met({"installed": found}) if found else unmet({"installed": []}, wanted="aide")


@check("linux.aide-database")
def aide_database(guards: linux.Guards) -> Verdict:
    """The reference database exists under the name that checks read, not only as the new one."""
    found = sorted(path for path in guards.paths if path.startswith(("/var/lib/aide/", "/var/lib/tripwire/", "/var/lib/samhain/")))
    return met({"databases": found}) if found else unmet({"databases": []}, wanted="/var/lib/aide/aide.db")


RESIDENT = {"samhain": "/var/lib/samhain/samhain_file", "wazuh-syscheckd": "/var/ossec", "ossec-syscheckd": "/var/ossec"}


@check("linux.integrity-scheduled")
def integrity_scheduled(services: linux.Services, schedules: linux.Schedules, guards: linux.Guards) -> Verdict:
    """A timer or a cron job compares, and the scheduler runs; or a daemon does that has its own files here."""
    jobs = schedules.of("aide", "tripwire")
    names = ("dailyaidecheck.timer", "aidecheck.timer", "aide-check.timer", "aide.timer")
    timers = [unit for unit in names if services.enabled(unit) and services.active(unit)]
    resident = sorted(name for name, home in RESIDENT.items() if name in services.processes and home in guards.paths)
    shown = {"jobs": jobs[:10], "timers": timers, "resident": resident, "schedulers": sorted(schedules.daemons)}
    right = timers or resident or (jobs and schedules.daemons)
    return met(shown) if right else unmet(shown, wanted="a scheduled comparison")
