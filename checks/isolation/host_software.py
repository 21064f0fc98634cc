"""Programs that lead past the boundary, on Linux / Linux 上能绕过边界的软件."""

from checks.isolation import standing
from scanner.api import Verdict, check, linux


@check("isolation.host-remote-control")
def remote_control(tools: linux.RemoteTools) -> Verdict:
    """Remote control through the maker's servers."""
    return standing.software(tools.of("remote-control"), tools.packages_known)


@check("isolation.host-penetration")
def penetration(tools: linux.RemoteTools) -> Verdict:
    """Ports carried outward, relays, and virtual networks of the peer-to-peer kind."""
    return standing.software(tools.of("penetration", "proxy"), tools.packages_known)


@check("isolation.host-cloud-sync")
def cloud_sync(tools: linux.RemoteTools) -> Verdict:
    """Clients of cloud drives."""
    return standing.software(tools.of("sync"), tools.packages_known)
