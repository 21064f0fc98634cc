"""The clock follows named sources: a record is worth no more than its time."""

from scanner.api import Verdict, Why, awaits_person, check, linux, met, unknown, unmet

SERVICES = (
    ("chrony", "chronyd"), ("chronyd", "chronyd"), ("ntp", "ntpd"), ("ntpd", "ntpd"), ("ntpsec", "ntpd"),
    ("systemd-timesyncd", "systemd-timesyn"),
)  # fmt: skip


@check("linux.clock-in-step")
def clock_in_step(services: linux.LogServices, clock: linux.Clock) -> Verdict:
    running = sorted({process for unit, process in SERVICES if services.running(unit, process)})
    at_boot = sorted({process for unit, process in SERVICES if services.at_boot(unit)} & set(running))
    seen = {"running": running, "at_boot": at_boot, "in_step": clock.in_step}
    wanted = {"running": "one service, also at boot", "in_step": True}
    if not running and services.container:
        return awaits_person({**seen, "container": True}, wanted=wanted)
    if not at_boot or clock.in_step is False:
        return unmet(seen, wanted=wanted)
    if clock.in_step is None:
        return unknown(Why.COMMAND_FAILED, "no service says whether the clock is in step", seen)
    return met(seen, wanted=wanted)


@check("linux.clock-sources")
def clock_sources(services: linux.LogServices, files: linux.ClockFiles, clock: linux.Clock) -> Verdict:
    named = {"chronyd": files.chrony, "ntpd": files.ntp, "systemd-timesyn": files.timesyncd}
    running = sorted({process for unit, process in SERVICES if services.running(unit, process)})
    sources = [source for process in running for source in named[process]]
    seen = {"running": running, "sources": sources[:20]}
    if sources:
        return met(seen)
    if clock.in_step or (services.container and not running):
        # A lease, a built-in list or the machine below steers the clock.
        return awaits_person(seen, wanted="time sources named by the unit")
    return unmet(seen, wanted="time sources named by the unit")
