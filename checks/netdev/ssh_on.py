"""Remote management runs over SSH 2 / 远程管理使用 SSH 第 2 版."""

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, unknown, unmet


@check("netdev.ssh-on")
def ssh_on(device: netdev.Device) -> Verdict:
    observed = {"server": device.ssh.on, "source": device.ssh.source, "protocol_1": device.ssh1.on}
    wanted = {"server": True, "protocol_1": False}
    if device.ssh.on is False or (device.ssh.on and device.ssh1.on):
        return unmet(observed, wanted=wanted, scope=device.coverage)
    both = device.vendor in ("ios", "ruijie") and device.ssh1.on is None and not device.unparsed
    if device.ssh.on and both:
        # Unless `ip ssh version 2` is stated, most of their releases serve protocol 1 as well.
        return awaits_person(observed, wanted=wanted, detail="ip ssh version is not stated")
    if device.ssh.on and device.ssh1.source != "contradiction" and not device.unparsed:
        return met(observed, scope=device.coverage)
    if device.unparsed or "contradiction" in (device.ssh.source, device.ssh1.source):
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
    return awaits_person(observed, wanted=wanted, detail="the configuration does not say and defaults differ by model")
