"""Wireless and mobile networks on a Windows host / Windows 主机的无线与移动网络."""

from scanner.api import Absent, Verdict, Why, awaits_person, check, met, network, unknown, unmet, windows


@check("isolation.windows-wireless")
def wireless(host: windows.Attachment, history: windows.NetworkHistory) -> Verdict:
    """No radio is on, no network is saved, the list of networks names none."""
    cards = [item.shown() for item in host.interfaces if item.kind in network.RADIO]
    on = [str(card["name"]) for card in cards if card["up"]]
    listed = [item.shown() for item in history.networks if item.type == "wireless"]
    saved = None if history.wireless is None else list(history.wireless[:20])
    shown = {"cards": cards, "on": on, "profiles": saved, "networks": listed[:20]}
    if on or saved or listed:
        return unmet(shown, wanted={"on": [], "profiles": [], "networks": []}, strength="A" if on else "B")
    if saved is None:
        return unknown(Why.COMMAND_FAILED, "saved wireless networks could not be listed", shown)
    return awaits_person(shown, wanted={"cards": []}, detail="a card is there and off", strength="D") if cards else met(shown)


@check("isolation.windows-mobile")
def mobile(host: windows.Attachment, history: windows.NetworkHistory, settings: windows.NetworkSettings) -> Verdict:
    """No modem, telephone or dial-up line, neither now nor in the registry and the installation log."""
    # A Bluetooth adapter always shows a network of its own: it counts once it is on.
    kinds = network.MOBILE - {"bluetooth"}
    now = [item.shown() for item in host.interfaces if (item.kind in kinds and item.present) or (item.kind == "bluetooth" and item.up)]
    gone = [item.shown() for item in host.interfaces if item.kind in kinds and not item.present]
    used = [str(item["name"]) for item in now if item["up"]]
    listed = [item.shown() for item in history.networks if item.type == "mobile"]
    before = [item.shown() for item in history.usb]
    shown = {"now": now, "absent": gone, "networks": listed[:20], "dial": list(settings.dial[:20]), "history": before[:20]}
    if used or listed or settings.dial:
        return unmet(shown, wanted={"now": [], "networks": [], "dial": []}, strength="A" if used else "B")
    if now or gone or before:
        return awaits_person(shown, wanted={"history": []}, detail="a device was or is plugged in", strength="C")
    return met(shown) if history.log_read else unknown(Why.NO_PERMISSION, "setupapi.dev.log", shown)


@check("isolation.windows-tunnels")
def tunnels(host: windows.Attachment, sharing: windows.Sharing, settings: windows.NetworkSettings, tools: windows.RemoteTools) -> Verdict:
    """No tunnel adapter is on, no VPN is set up, no transition tunnel is qualified, no program of that kind runs."""
    up = [item.shown() for item in host.interfaces if item.kind in network.TUNNELS - {"tunnel"} and item.up]
    up += [item.shown() for item in host.interfaces if item.kind == "tunnel" and item.up and item.real]
    entries = settings.vpn
    programs = [trace.shown() for trace in tools.of("vpn") if trace.state in ("running", "starts")]
    active = {name: state for name, state in sharing.transition.items() if state.lower() in ("qualified", "enabled")}
    shown = {"adapters": up[:20], "programs": programs[:20], "transition": dict(sharing.transition)}
    if isinstance(entries, Absent):
        return unmet(shown, wanted={"adapters": []}, strength="B") if up else unknown(entries.why, entries.detail, shown)
    shown["entries"] = [item.shown() for item in entries][:20]
    if up or entries:
        return unmet(shown, wanted={"adapters": [], "entries": []}, strength="B")
    if programs or active:
        return awaits_person(shown, wanted={"programs": []}, detail="ready to make a tunnel", strength="C")
    return met(shown)
