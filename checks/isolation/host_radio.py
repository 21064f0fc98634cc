"""Wireless and mobile networks on a Linux host / Linux 主机的无线与移动网络."""

from scanner.api import Absent, Verdict, awaits_person, check, linux, met, network, unknown, unmet


@check("isolation.host-wireless")
def wireless(host: linux.Attachment, profiles: linux.NetworkProfiles | Absent) -> Verdict:
    """No radio is on, no network is remembered, the host is no access point."""
    cards = [item.shown() for item in host.interfaces if item.kind in network.RADIO]
    on = [str(card["name"]) for card in cards if card["up"]]
    if isinstance(profiles, Absent):
        if on:
            return unmet({"cards": cards, "on": on, "profiles": None}, wanted={"on": []}, strength="A")
        return unknown(profiles.why, profiles.detail, {"cards": cards})
    known = [profile.shown() for profile in profiles.of("wifi", "access-point")]
    shown = {"cards": cards, "on": on, "profiles": known[:20]}
    if on or known:
        return unmet(shown, wanted={"on": [], "profiles": []}, strength="A" if on else "B")
    return awaits_person(shown, wanted={"cards": []}, detail="a card is there and off", strength="D") if cards else met(shown)


@check("isolation.host-mobile")
def mobile(host: linux.Attachment, profiles: linux.NetworkProfiles, usb: linux.UsbNetworks | Absent) -> Verdict:
    """No modem, telephone or dial-up line, neither now nor in the log."""
    now = [item.shown() for item in host.interfaces if item.kind in network.MOBILE]
    used = [str(item["name"]) for item in now if item["up"]]
    known = [profile.shown() for profile in profiles.of("mobile")]
    shown: dict[str, object] = {"now": now, "profiles": known[:20]}
    if isinstance(usb, Absent):
        return unmet(shown, wanted={"now": []}, strength="A") if used or known else unknown(usb.why, usb.detail, shown)
    before = [item.shown() for item in usb.history]
    shown |= {
        "plugged": list(usb.plugged[:20]),
        "history": before[:20],
        "leases": list(usb.leases[:20]),
        "searched": list(usb.sources[:20]),
    }
    if used or known:
        return unmet(shown, wanted={"now": [], "profiles": []}, strength="A" if used else "B")
    if now or usb.plugged or before or usb.leases:
        # A server's management controller shows itself as a network over USB too.
        return awaits_person(shown, wanted={"history": []}, detail="a device was or is plugged in", strength="C")
    return met(shown)
