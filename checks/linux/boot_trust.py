"""Who may interfere with the start / 启动环节的保护."""

from scanner.api import Verdict, Why, awaits_person, check, linux, met, not_applicable, unknown, unmet


@check("linux.boot-loader-password")
def boot_loader_password(guards: linux.Guards) -> Verdict:
    """Changing GRUB's entries needs a hashed password and a superuser."""
    words = frozenset().union(*guards.boot_loader.values()) if guards.boot_loader else frozenset()
    shown = {"files": sorted(guards.boot_loader)[:10], "found": sorted(words)}
    if guards.hidden:
        return unknown(Why.NO_PERMISSION, guards.hidden[0], shown)
    if not guards.boot_loader:
        return not_applicable("GRUB", shown)
    hashed = "password" in words or "variable" in words
    right = "superusers" in words and hashed and "plain" not in words
    return met(shown) if right else unmet(shown, wanted=["superusers", "password"])


@check("linux.ctrl-alt-del")
def ctrl_alt_del(services: linux.Services) -> Verdict:
    """Three keys on the console must not restart the server."""
    state = services.unit_files.get("ctrl-alt-del.target", "")
    shown = {"init": services.init, "ctrl-alt-del.target": state}
    if services.init != "systemd":
        return unknown(Why.COMMAND_MISSING, f"not systemd: {services.init}", shown)
    return met(shown) if state == "masked" else unmet(shown, wanted="masked")


@check("linux.ctrl-alt-del-burst")
def ctrl_alt_del_burst(files: linux.HostFiles, services: linux.Services) -> Verdict:
    """Pressing the keys seven times must do nothing either."""
    value = files.systemd("system.conf", "CtrlAltDelBurstAction") or "reboot-force"
    if services.init != "systemd":
        return unknown(Why.COMMAND_MISSING, f"not systemd: {services.init}")
    return met({"action": value}) if value == "none" else unmet({"action": value}, wanted="none")


@check("linux.measured-boot")
def measured_boot(kernel: linux.Kernel) -> Verdict:
    """Facts for a person: what measures the start and the running system."""
    names = ("efi", "secureboot", "tpm", "ima", "evm", "lockdown", "sig_enforce", "cmdline")
    shown = {name: kernel.trust.get(name, "") for name in names}
    return awaits_person(shown, wanted="boot, kernel, key settings and programs are measured; failures alarm and reach the audit")
