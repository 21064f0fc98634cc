"""No web management in clear text / 关闭明文网页管理."""

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, unknown, unmet


@check("netdev.http-off")
def http_off(device: netdev.Device) -> Verdict:
    observed = {"http": device.http.on, "source": device.http.source}
    if device.http.on is None:
        if device.unparsed or device.http.source == "contradiction":
            return unknown(Why.GARBLED, f"{device.unparsed} lines not understood; {device.http.source}", observed)
        return awaits_person(observed, wanted={"http": False}, detail="the configuration does not say and defaults differ by model")
    if device.http.on:
        return unmet(observed, wanted={"http": False}, scope=device.coverage)
    return met(observed, scope=device.coverage)
