"""Programs that lead past the boundary, on Windows / Windows 上能绕过边界的软件."""

from checks.isolation import standing
from scanner.api import Verdict, check, windows


@check("isolation.windows-remote-control")
def remote_control(tools: windows.RemoteTools) -> Verdict:
    """Remote control through the maker's servers."""
    return standing.software(tools.of("remote-control"), tools.programs_known)


@check("isolation.windows-penetration")
def penetration(tools: windows.RemoteTools) -> Verdict:
    """Ports carried outward, and relays."""
    return standing.software(tools.of("penetration", "proxy"), tools.programs_known)


@check("isolation.windows-cloud-sync")
def cloud_sync(tools: windows.RemoteTools) -> Verdict:
    """Clients of cloud drives."""
    return standing.software(tools.of("sync"), tools.programs_known)
