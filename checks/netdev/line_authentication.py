"""Terminal lines ask for a user name and a password / 终端线路按账户鉴别."""

from collections.abc import Sequence

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, unknown, unmet


@check("netdev.vty-authentication")
def vty_authentication(device: netdev.Device) -> Verdict:
    return _judge(device, device.vty, device.vty_uncovered)


@check("netdev.console-authentication")
def console_authentication(device: netdev.Device) -> Verdict:
    return _judge(device, device.console, False)


def _judge(device: netdev.Device, lines: Sequence[netdev.Line], uncovered: bool) -> Verdict:
    modes = {line.name: line.authentication for line in lines if line.shell}
    observed = {"lines": modes, "others_on_default": uncovered}
    if any(mode in ("none", "password") for mode in modes.values()):
        return unmet(observed, wanted="aaa / scheme", scope=device.coverage)
    if device.unparsed:
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
    if modes and not uncovered and all(mode == "aaa" for mode in modes.values()):
        return met(observed, scope=device.coverage)
    return awaits_person(observed, wanted="aaa / scheme", detail="unstated lines run on a default that differs by model")
