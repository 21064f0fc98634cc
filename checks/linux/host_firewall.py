"""The host's packet filter: now, after a restart, and for administration / 主机防火墙."""

import re
from fnmatch import fnmatchcase

from scanner.api import Unreadable, Verdict, Why, awaits_person, check, linux, met, unknown, unmet


def _shown(firewall: linux.Firewall) -> dict[str, object]:
    out: dict[str, object] = {"ipv6_in_use": firewall.ipv6_in_use}
    for family, stance in (("v4", firewall.v4), ("v6", firewall.v6)):
        kinds = [accept.kind for accept in stance.accepts]
        out[family] = {"default": stance.default, "chain": stance.chain, "rules": {kind: kinds.count(kind) for kind in sorted(set(kinds))}}
    return out


@check("linux.firewall-default-deny")
def default_deny(firewall: linux.Firewall) -> Verdict:
    """Both families must refuse by default; a rule that lets all in undoes the policy."""
    shown = _shown(firewall)
    stances = [firewall.v4, *([firewall.v6] if firewall.ipv6_in_use else [])]
    kinds = {accept.kind for stance in stances for accept in stance.accepts}
    if any(stance.default in ("none", "allow") for stance in stances) or "wide" in kinds:
        return unmet(shown, wanted={"default": "deny", "rules": {"wide": 0}})
    if any(stance.default == "unsure" for stance in stances):
        return unknown(Why.GARBLED, "the rules hand packets to something that cannot be read", shown)
    if kinds & {"interface", "unsure"}:
        return awaits_person(shown, wanted="rules that open a whole interface are meant so")
    if not firewall.ipv6_in_use and firewall.v6.default != "deny":
        return met(shown, detail="IPv6 is not in use")
    return met(shown)


@check("linux.firewall-at-boot")
def at_boot(services: linux.Services, files: linux.FirewallFiles) -> Verdict:
    """A manager that starts at boot and whose saved rules refuse by default."""
    try:
        found = {name: state for name, state in _managers(services, files).items() if state}
    except Unreadable as error:
        return unknown(Why.GARBLED, str(error))
    shown = {"managers": found}
    if "deny" in found.values():
        return met(shown)
    if "unsure" in found.values():
        return awaits_person(shown, wanted="the saved rules refuse by default")
    if not services.boot_known:
        return unknown(Why.COMMAND_MISSING, f"neither systemd nor start links: {services.init}", shown)
    return unmet(shown, wanted={"managers": "one that starts at boot and refuses by default"})


def _starts(services: linux.Services, *names: str) -> bool:
    return len(services.use(names).at_boot) > 0


def _managers(services: linux.Services, files: linux.FirewallFiles) -> dict[str, str]:
    saved = {
        family: [p for p in (f"/etc/iptables/rules.{family}", f"/etc/sysconfig/{tool}") if files.text(p)] for family, tool in TOOLS.items()
    }
    stances = {family: linux.boot_stance({path: files.text(path) for path in paths}, family) for family, paths in saved.items()}
    out = {"firewalld": _firewalld(files) if _starts(services, "firewalld") else ""}
    if _starts(services, "ufw"):
        enabled = files.words("/etc/ufw/ufw.conf").get("ENABLED", "no").lower() == "yes"
        words = files.words("/etc/default/ufw")
        refuses = words.get("DEFAULT_INPUT_POLICY") in ("DROP", "REJECT") and words.get("IPV6", "yes").lower() == "yes"
        out["ufw"] = "deny" if enabled and refuses else "allow"
    if _starts(services, "nftables"):
        out["nftables"] = _nftables(files)
    if _starts(services, "netfilter-persistent", "iptables"):
        both = stances["v4"] == stances["v6"] == "deny" and _starts(services, "netfilter-persistent", "ip6tables")
        out["iptables"] = "deny" if both else "unsure" if "deny" in stances.values() else "allow"
    return out


TOOLS = {"v4": "iptables", "v6": "ip6tables"}


def _firewalld(files: linux.FirewallFiles) -> str:
    zone = files.words("/etc/firewalld/firewalld.conf").get("DefaultZone", "public")
    own = files.text(f"/etc/firewalld/zones/{zone}.xml")
    return "allow" if zone == "trusted" or 'target="ACCEPT"' in own else "deny"


def _nftables(files: linux.FirewallFiles) -> str:
    text = _bare(files.text("/etc/nftables.conf") + "\n" + files.text("/etc/sysconfig/nftables.conf"))
    # Only what the main file includes is loaded; samples beside it are not.
    patterns = re.findall(r'include\s+"([^"]+)"', text)
    included = [path for path in files.files.texts if any(fnmatchcase(path, pattern) for pattern in patterns)]
    text = "\n".join([text, *(_bare(files.text(path)) for path in included)])
    hooks = re.findall(r"table\s+(\S+)\s|hook\s+input\s+priority\s+[^;]+;(?:\s*policy\s+(\w+)\s*;)?", text)
    family, seen = "", set()
    for table, policy in hooks:
        family = table or family
        if not table:
            seen.add((family, policy))
    if ("inet", "drop") in seen or {("ip", "drop"), ("ip6", "drop")} <= seen:
        return "unsure" if re.search(r"(?m)^\s*(counter\s+)?accept\s*$", text) else "deny"
    return "unsure" if "include" in text or "drop" in text or "reject" in text else "allow"


def _bare(text: str) -> str:
    return "\n".join(line.partition("#")[0] for line in text.split("\n"))


@check("linux.admin-source-limits")
def admin_source_limits(firewall: linux.Firewall, *, ports: str = "22") -> Verdict:
    """Every rule that lets administration in names the sources that may come."""
    wanted = [int(port) for port in ports.replace(",", " ").split()]
    stances = [firewall.v4, *([firewall.v6] if firewall.ipv6_in_use else [])]
    ways = [accept for stance in stances for accept in stance.accepts if any(accept.covers(port) for port in wanted)]
    unlimited = [accept for accept in ways if "saddr" not in accept.limits]
    shown = {"default": [stance.default for stance in stances], "ways_in": len(ways), "without_source": len(unlimited), "ports": wanted}
    if all(stance.default == "deny" for stance in stances) and not unlimited:
        return met(shown)
    return awaits_person(shown, wanted="administration is limited to named sources on this host, a bastion or the network")
