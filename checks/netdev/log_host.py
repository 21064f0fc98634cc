"""Logs leave the device for a log host / 日志外发到日志服务器."""

from scanner.api import Verdict, Why, check, met, netdev, unknown, unmet


@check("netdev.log-host")
def log_host(device: netdev.Device) -> Verdict:
    observed = {"info_center": device.info_center.on, "hosts": len(device.loghosts)}
    if device.info_center.on is False or (not device.loghosts and not device.unparsed):
        return unmet(observed, wanted={"info_center": True, "hosts": 1}, scope=device.coverage)
    if device.info_center.on is None or not device.loghosts:
        return unknown(Why.GARBLED, f"{device.unparsed} lines not understood", observed)
    return met(observed, scope=device.coverage)
