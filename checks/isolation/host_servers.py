"""Whom a Linux host asks and talks to: proxies, names, time, standing connections, mounts / Linux 主机在向谁要服务、和谁连着."""

from checks.isolation import standing
from scanner.api import Status, Verdict, Why, check, linux, site, unknown


def _hidden(verdict: Verdict, settings: linux.NetworkSettings) -> Verdict:
    """A file that may not be read leaves a clean answer open."""
    if verdict.status is Status.MET and settings.hidden:
        return unknown(Why.NO_PERMISSION, settings.hidden[0], verdict.observed)
    return verdict


@check("isolation.host-proxies")
def proxies(settings: linux.NetworkSettings, host: linux.Attachment, unit: site.Declared) -> Verdict:
    asked = ((item.server, item.shown()) for item in settings.proxies)
    return _hidden(standing.servers(asked, host, unit, strength="B", inside_too=True), settings)


@check("isolation.host-name-servers")
def name_servers(settings: linux.NetworkSettings, host: linux.Attachment, unit: site.Declared) -> Verdict:
    asked = ((item.server, item.shown()) for item in settings.name_servers)
    return _hidden(standing.servers(asked, host, unit), settings)


@check("isolation.host-time-sources")
def time_sources(settings: linux.NetworkSettings, files: linux.ClockFiles, host: linux.Attachment, unit: site.Declared) -> Verdict:
    named = [(daemon, source) for daemon in ("chrony", "ntp", "timesyncd") for source in getattr(files, daemon)]
    asked: list[tuple[str, dict[str, object]]] = [(source, {"server": source, "where": daemon}) for daemon, source in named]
    asked += [(item.server, item.shown()) for item in settings.time_sources]
    # A reference clock (/dev/…, SHM) is on the host itself.
    return standing.servers(((server, row) for server, row in asked if not server.startswith("/") and server != "SHM"), host, unit)


@check("isolation.host-connections")
def connections(live: linux.Connections, host: linux.Attachment, unit: site.Declared) -> Verdict:
    """What stands or is being asked for now. The connection over which the host is looked at is left out where it can be told."""
    return standing.servers(((item.remote, item.shown()) for item in live.connections), host, unit)


@check("isolation.host-mounts")
def mounts(live: linux.Connections, host: linux.Attachment, unit: site.Declared) -> Verdict:
    """File systems that a machine outside serves."""
    rows = [(item.server, {"type": item.type, "source": item.source, "at": item.at}) for item in live.mounts if item.server]
    return standing.servers([(server, dict(row)) for server, row in rows], host, unit, strength="A")
