"""Whom a Windows host asks and talks to / Windows 主机在向谁要服务、和谁连着."""

from checks.isolation import standing
from scanner.api import Absent, Verdict, check, site, unknown, windows


def _judged(
    found: tuple[windows.Server, ...] | Absent, host: windows.Attachment, unit: site.Declared, strength: str = "C", inside_too: bool = False
) -> Verdict:
    if isinstance(found, Absent):
        return unknown(found.why, found.detail)
    return standing.servers(((item.server, item.shown()) for item in found), host, unit, strength=strength, inside_too=inside_too)


@check("isolation.windows-proxies")
def proxies(settings: windows.NetworkSettings, host: windows.Attachment, unit: site.Declared) -> Verdict:
    return _judged(settings.proxies, host, unit, "B", inside_too=True)


@check("isolation.windows-name-servers")
def name_servers(settings: windows.NetworkSettings, host: windows.Attachment, unit: site.Declared) -> Verdict:
    return _judged(settings.name_servers, host, unit)


@check("isolation.windows-time-sources")
def time_sources(settings: windows.NetworkSettings, host: windows.Attachment, unit: site.Declared) -> Verdict:
    return _judged(settings.time_sources, host, unit)


@check("isolation.windows-connections")
def connections(settings: windows.NetworkSettings, host: windows.Attachment, unit: site.Declared) -> Verdict:
    return _judged(settings.connections, host, unit)


@check("isolation.windows-drives")
def drives(settings: windows.NetworkSettings, host: windows.Attachment, unit: site.Declared) -> Verdict:
    return _judged(settings.drives, host, unit, "A")
