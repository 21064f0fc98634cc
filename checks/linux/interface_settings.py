"""What network interfaces really do, whatever the settings named "all" say / 各网卡实际生效的设置."""

from collections.abc import Callable

from scanner.api import Verdict, Why, check, linux, met, not_applicable, unknown, unmet

Rule = Callable[[int, int, bool], int]


def _either(every: int, own: int, forwarding: bool) -> int:
    return max(every, own)


def _both(every: int, own: int, forwarding: bool) -> int:
    return min(every, own)


def _redirects(every: int, own: int, forwarding: bool) -> int:
    # A router believes redirects only when both switches are on, a host when either is.
    return min(every, own) if forwarding else max(every, own)


def _own(every: int, own: int, forwarding: bool) -> int:
    return own


def _advertised(every: int, own: int, forwarding: bool) -> int:
    # A router listens to other routers only when told so with 2.
    return 0 if forwarding and own == 1 else own


# Check: setting, then for each family how the kernel combines "all" with the interface's own value, then what is right.
ROWS: dict[str, tuple[str, dict[str, Rule], Callable[[int], bool]]] = {
    "interface-redirects-accepted": ("accept_redirects", {"ipv4": _redirects, "ipv6": _own}, lambda value: value == 0),
    "interface-redirects-sent": ("send_redirects", {"ipv4": _either}, lambda value: value == 0),
    "interface-source-routes": ("accept_source_route", {"ipv4": _both, "ipv6": _own}, lambda value: value <= 0),
    "interface-source-addresses": ("rp_filter", {"ipv4": _either}, lambda value: value >= 1),
    "interface-router-advertisements": ("accept_ra", {"ipv6": _advertised}, lambda value: value == 0),
}


def judge(sysctl: linux.Sysctl, name: str, rules: dict[str, Rule], right: Callable[[int], bool]) -> Verdict:
    """Every interface but lo, by the value that the kernel really uses."""
    seen: dict[str, int] = {}
    for family, rule in rules.items():
        for interface in sysctl.interfaces(family):
            prefix = f"net.{family}.conf."
            values = [sysctl.running.get(f"{prefix}{place}.{name}", "") for place in ("all", interface)]
            if sysctl.running.get(f"{prefix}{interface}.disable_ipv6") == "1":
                continue
            if not all(value.removeprefix("-").isdigit() for value in values):
                return unknown(Why.GARBLED, f"{prefix}{interface}.{name}")
            forwarding = sysctl.running.get(f"{prefix}{interface}.forwarding", "0") != "0"
            seen[f"{family} {interface}"] = rule(int(values[0]), int(values[1]), forwarding)
    if not seen:
        return not_applicable("no interface")
    wrong = sorted(place for place, value in seen.items() if not right(value))
    shown = {"setting": name, "interfaces": len(seen), "wrong": wrong[:20]}
    return met(shown) if not wrong else unmet(shown, wanted={"wrong": []})


def _make(name: str) -> Callable[..., Verdict]:
    @check(f"linux.{name}")
    def one(sysctl: linux.Sysctl) -> Verdict:
        return judge(sysctl, *ROWS[name])

    return one


globals().update({name.replace("-", "_"): _make(name) for name in ROWS})
