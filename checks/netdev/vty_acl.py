"""Remote logins are limited to named addresses by an ACL that exists / 远程登录由确实存在的访问控制列表限定来源."""

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, unknown, unmet


@check("netdev.vty-acl")
def vty_acl(device: netdev.Device) -> Verdict:
    lines = [line for line in device.vty if line.shell]
    fault = {name: why for name in _bound(device) if (why := _fault(device, name))}
    covered = _globally(device, lines) or (bool(lines) and not device.vty_uncovered and all(line.acl for line in lines))
    observed = {
        "lines": {line.name: line.acl for line in lines}, "ssh_acl": device.ssh_acl, "telnet_acl": device.telnet_acl,
        "faults": fault, "others_on_default": device.vty_uncovered,
    }  # fmt: skip
    if device.unparsed:
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
    if fault or not (covered or (lines and all(line.acl for line in lines))):
        return unmet(observed, wanted="every line bound to an ACL that names the management addresses", scope=device.coverage)
    if not covered or (device.ipv6 and not all(line.acl6 for line in lines)):
        return awaits_person(observed, wanted="IPv6 and the lines that are not listed limited too", detail=f"ipv6 {device.ipv6}")
    return met(observed, scope=device.coverage)


def _bound(device: netdev.Device) -> list[str]:
    names = [line.acl for line in device.vty if line.shell] + [f"6:{line.acl6}" for line in device.vty if line.shell and line.acl6]
    return sorted({name for name in [*names, device.ssh_acl, device.telnet_acl] if name})


def _fault(device: netdev.Device, name: str) -> str:
    acl = device.acls.get(name)
    if acl is None:
        return "not defined"
    return "no rule" if not acl.rules else "permits everyone" if acl.permits_all else ""


def _globally(device: netdev.Device, lines: list[netdev.Line]) -> bool:
    ssh_only = bool(lines) and not device.vty_uncovered and all(line.protocols == ("ssh",) for line in lines)
    return bool(device.ssh_acl) and (device.telnet.on is False or ssh_only or bool(device.telnet_acl))
