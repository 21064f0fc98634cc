"""No login over Telnet / 不接受 Telnet 登录."""

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, unknown, unmet


@check("netdev.telnet-off")
def telnet_off(device: netdev.Device) -> Verdict:
    lines = {line.name: None if line.protocols is None else list(line.protocols) for line in device.vty if line.shell}
    observed = {"server": device.telnet.on, "source": device.telnet.source, "lines": lines}
    if device.telnet.on is False:
        return met(observed, scope=device.coverage)
    shut_out = bool(lines) and not device.vty_uncovered and all(protocols == ["ssh"] for protocols in lines.values())
    if shut_out and not device.unparsed:
        return met(observed, detail="every terminal line admits SSH only", scope=device.coverage)
    if device.telnet.on:
        return unmet(observed, wanted={"server": False}, scope=device.coverage)
    if device.unparsed or device.telnet.source == "contradiction":
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood; server {device.telnet.source}", observed)
    return awaits_person(observed, wanted={"server": False}, detail="the configuration does not say and defaults differ by model")
