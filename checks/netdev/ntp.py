"""The clock follows a time server / 设备时钟与时间服务器同步."""

from scanner.api import Verdict, Why, check, met, netdev, unknown, unmet


@check("netdev.ntp")
def ntp(device: netdev.Device) -> Verdict:
    observed = {"on": device.ntp.on, "source": device.ntp.source, "servers": len(device.ntp_servers)}
    if device.ntp.on is None:
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
    if device.ntp.on and device.ntp_servers:
        return met(observed, scope=device.coverage)
    return unmet(observed, wanted={"on": True, "servers": 1}, scope=device.coverage)
