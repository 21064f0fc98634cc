"""The host's packet filter: now, after a restart, and for administration / 主机防火墙."""

import re
from collections.abc import Iterable
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
def at_boot(services: linux.Services, files: linux.FirewallFiles, bound: linux.FirewalldBound) -> Verdict:
    """A manager that starts at boot and whose saved rules refuse by default, every way in being a narrow one."""
    try:
        found = {name: state for name, state in _managers(services, files, bound).items() if state}
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


def _managers(services: linux.Services, files: linux.FirewallFiles, bound: linux.FirewalldBound) -> dict[str, str]:
    out = {}
    if _starts(services, "firewalld"):
        zone = files.words("/etc/firewalld/firewalld.conf").get("DefaultZone", "public")
        out["firewalld"] = linux.firewalld_stance(zone, files.below("/etc/firewalld/"), bound.zones)
    if _starts(services, "ufw"):
        out["ufw"] = _ufw(files)
    if _starts(services, "nftables"):
        out["nftables"] = _nftables(files)
    if _starts(services, "netfilter-persistent", "iptables"):
        stances = [_saved(files, family) for family in TOOLS]
        both = stances == ["deny", "deny"] and _starts(services, "netfilter-persistent", "ip6tables")
        out["iptables"] = "deny" if both else "allow" if "allow" in stances or not {"deny", "unsure"} & set(stances) else "unsure"
    return out


TOOLS = {"v4": "iptables", "v6": "ip6tables"}


def _saved(files: linux.FirewallFiles, family: str) -> str:
    paths = (f"/etc/iptables/rules.{family}", f"/etc/sysconfig/{TOOLS[family]}")
    return linux.boot_stance({path: files.text(path) for path in paths if files.text(path)}, family)


def _ufw(files: linux.FirewallFiles) -> str:
    words = files.words("/etc/default/ufw")
    refuses = words.get("DEFAULT_INPUT_POLICY") in ("DROP", "REJECT") and words.get("IPV6", "yes").lower() == "yes"
    if files.words("/etc/ufw/ufw.conf").get("ENABLED", "no").lower() != "yes" or not refuses:
        return "allow"
    own = {family: f"/etc/ufw/user{'6' if family == 'v6' else ''}.rules" for family in TOOLS}
    return _worst(linux.ufw_stance(files.text(path), path, family) for family, path in own.items())


def _nftables(files: linux.FirewallFiles) -> str:
    whole: list[str] = []
    mains = [path for path in ("/etc/nftables.conf", "/etc/sysconfig/nftables.conf") if files.text(path)]
    missing = [pattern for path in mains for pattern in _unroll(files, path, whole)]
    tables = linux.read_nft("\n".join(whole))
    state = _worst(linux.closed(tables, family) for family in TOOLS)
    # What an include that was not found would bring is not known: it may open what stands closed here, or the reverse.
    return "unsure" if missing else "allow" if state == "none" else state


def _unroll(files: linux.FirewallFiles, path: str, whole: list[str], depth: int = 0) -> list[str]:
    """Append a file with what it includes, each at its place; returns the patterns that led to no file."""
    missing: list[str] = []
    for line in files.text(path).split("\n"):
        named = re.fullmatch(r"\s*include\s+\"([^\"]+)\"\s*;?\s*(?:#.*)?", line)
        if named is None:
            whole.append(line)
            continue
        inner = sorted(other for other in files.files.texts if fnmatchcase(other, named[1]))
        if not inner or depth > 4:
            missing.append(named[1])
        for other in inner if depth <= 4 else ():
            missing += _unroll(files, other, whole, depth + 1)
    return missing


def _worst(states: Iterable[str]) -> str:
    """The weakest of several: one family left open is open."""
    return max(states, key=("deny", "unsure", "none", "allow").index)


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
