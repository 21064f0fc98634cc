"""Ports that nobody uses are shut / 闲置端口应关闭."""

from scanner.api import Verdict, awaits_person, check, netdev


@check("netdev.unused-ports")
def unused_ports(device: netdev.Device) -> Verdict:
    open_bare = [port.name for port in device.ports if not port.shut and not port.configured]
    observed = {
        "ports": len(device.ports), "shut": sum(port.shut for port in device.ports),
        "open_without_settings": len(open_bare), "first": open_bare[:20],
    }  # fmt: skip
    return awaits_person(observed, wanted="every port without a cable is shut", detail="the file does not show which ports are in use")
