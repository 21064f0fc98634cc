"""An idle session on a terminal line ends / 终端空闲会话自动退出."""

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, unknown, unmet

DEFAULT_SECONDS = 600  # manuals of Huawei, H3C, Cisco IOS and Ruijie: ten minutes unless stated


@check("netdev.idle-timeout")
def idle_timeout(device: netdev.Device, *, minutes: int = 10) -> Verdict:
    lines = [line for line in (*device.vty, *device.console) if line.shell]
    unstated = None if device.vendor == "nxos" else DEFAULT_SECONDS
    seconds = {line.name: unstated if line.idle_seconds is None else line.idle_seconds for line in lines}
    observed = {"seconds": seconds, "default": sorted(line.name for line in lines if line.idle_seconds is None)}
    if any(value is not None and (value == 0 or value > minutes * 60) for value in seconds.values()):
        return unmet(observed, wanted={"minutes": minutes}, scope=device.coverage)
    if device.unparsed:
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
    if device.vendor == "nxos" and any(line.idle_seconds is None for line in lines):
        return awaits_person(observed, wanted={"minutes": minutes}, detail="unstated, and NX-OS releases differ")
    if not device.vty or (device.vty_uncovered and minutes * 60 < DEFAULT_SECONDS):
        return awaits_person(observed, wanted={"minutes": minutes}, detail="not every terminal line is listed")
    return met(observed, scope=device.coverage)
