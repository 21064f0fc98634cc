"""Shared folders and radios / 共享目录与无线."""

from scanner.api import Verdict, Why, check, linux, met, not_applicable, unknown, unmet

_YES = {"yes", "true", "1"}


@check("linux.samba-guests")
def samba_guests(files: linux.HostFiles) -> Verdict:
    """No share lets guests in; an include could, so it leaves the question open."""
    path = "/etc/samba/smb.conf"
    if path not in files.files.texts:
        return not_applicable("Samba", {"file": path})
    section, open_shares, mapped, included = "", [], False, False
    for _, line in files.lines(path):
        if line.startswith("["):
            section = line.strip("[]").strip()
            continue
        key, equals, value = line.partition("=")
        name, word = " ".join(key.lower().split()), value.strip().lower()
        if equals and name in ("guest ok", "public", "guest only", "only guest") and word in _YES:
            open_shares.append(section)
        mapped = mapped or (name == "map to guest" and word not in ("never", ""))
        included = included or name in ("include", "copy", "registry shares")
    shown = {"guest_shares": sorted(set(open_shares))[:20], "map_to_guest": mapped}
    if open_shares:
        return unmet(shown, wanted={"guest_shares": []})
    return unknown(Why.FILE_MISSING, "smb.conf includes other settings", shown) if included else met(shown)


@check("linux.nfs-exports")
def nfs_exports(files: linux.HostFiles) -> Verdict:
    """No export to everyone, and root stays squashed."""
    lines = [line.partition("#")[0].strip() for _, line in files.lines("/etc/exports")]
    open_to, unsquashed = [], []
    for line in filter(None, lines):
        words = line.split()
        defaults = next((word[1:] for word in words[1:] if word.startswith("-")), "")
        clients = [word for word in words[1:] if not word.startswith("-")] or ["*"]
        for client in clients:
            name, _, options = client.partition("(")
            if not name.strip("*?.") or name.endswith(("/0", "/0.0.0.0")):
                open_to.append(words[0])
            if "no_root_squash" in [*options.rstrip(")").split(","), *defaults.split(",")]:
                unsquashed.append(words[0])
    shown = {"exports": len(lines), "to_everyone": sorted(set(open_to))[:20], "root_not_squashed": sorted(set(unsquashed))[:20]}
    if not lines:
        return not_applicable("NFS exports", shown)
    return met(shown) if not open_to and not unsquashed else unmet(shown, wanted={"to_everyone": [], "root_not_squashed": []})


@check("linux.wireless-interfaces")
def wireless_interfaces(kernel: linux.Kernel) -> Verdict:
    """A server of an archive has no radio: neither a wireless network card that is up nor Bluetooth."""
    up = [entry for entry in kernel.wireless if not entry.endswith(" down")]
    shown = {"wireless": list(kernel.wireless), "bluetooth": list(kernel.bluetooth)}
    return unmet(shown, wanted={"wireless": [], "bluetooth": []}) if up or kernel.bluetooth else met(shown)
