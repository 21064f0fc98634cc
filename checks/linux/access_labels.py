"""Mandatory access control / 强制访问控制与安全标记."""

from scanner.api import Verdict, Why, awaits_person, check, linux, met, not_applicable, unknown, unmet


def _state(kernel: linux.Kernel) -> dict[str, object]:
    return {
        "selinux_running": {"1": "enforcing", "0": "permissive"}.get(kernel.trust.get("selinux", ""), "off"),
        "selinux_after_restart": kernel.selinux_config.get("SELINUX", ""),
        "policy": kernel.selinux_config.get("SELINUXTYPE", ""),
        "apparmor": kernel.trust.get("apparmor", "N") == "Y",
        "profiles": dict(kernel.apparmor_profiles) if kernel.apparmor_profiles is not None else None,
        "lsm": kernel.trust.get("lsm", ""),
    }


def _overruled(kernel: linux.Kernel) -> bool:
    """The kernel's command line beats /etc/selinux/config at the next start."""
    words = kernel.trust.get("cmdline", "").split()
    return "selinux=0" in words or "enforcing=0" in words


@check("linux.mandatory-access-control")
def mandatory_access_control(kernel: linux.Kernel) -> Verdict:
    """SELinux enforces now and after a restart; AppArmor confines only the programs that have a profile, and which matter a person says."""
    shown = _state(kernel)
    if shown["selinux_running"] == "enforcing" and shown["selinux_after_restart"] == "enforcing" and not _overruled(kernel):
        return met(shown)
    if shown["selinux_running"] != "off":
        return unmet(shown, wanted="enforcing")
    if shown["apparmor"] and kernel.apparmor_profiles is None:
        return unknown(Why.NO_PERMISSION, "AppArmor's profiles", shown)
    if shown["apparmor"] and kernel.apparmor_profiles and kernel.apparmor_profiles.get("enforce", 0) > 0:
        return awaits_person(shown, wanted="the enforced profiles confine the programs that serve and those that hold the data")
    return unmet(shown, wanted="SELinux enforcing or AppArmor profiles enforced")


@check("linux.selinux-enforcing")
def selinux_enforcing(kernel: linux.Kernel) -> Verdict:
    """Where SELinux is in the system, it enforces now and after a restart."""
    shown = _state(kernel)
    if shown["selinux_running"] == "off" and not shown["selinux_after_restart"]:
        return not_applicable("SELinux", shown)
    right = shown["selinux_running"] == "enforcing" and shown["selinux_after_restart"] == "enforcing"
    return met(shown) if right and not _overruled(kernel) else unmet(shown, wanted="enforcing")


@check("linux.security-labels")
def security_labels(kernel: linux.Kernel) -> Verdict:
    """Labels on important subjects and objects: the mechanism is visible, the labels are a person's to judge."""
    shown = _state(kernel)
    if shown["selinux_running"] == "off" and not any(name in str(shown["lsm"]) for name in ("smack", "kysec", "selinux")):
        return unmet(shown, wanted="a mechanism that enforces labels")
    return awaits_person(shown, wanted="important subjects and objects carry labels that decide access")
