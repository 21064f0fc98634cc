"""Address translation on the host: whoever translates also passes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.facts.fact import Unreadable, fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.canonical import strict_loads
from scanner.model.evidence import Answer, Probe

# Listing must not load what is not loaded: the legacy tool would bring the table `nat` into the kernel.
_ASK = """
IFS= read -r b </proc/sys/kernel/osrelease; b=/lib/modules/$b/modules.builtin
k=loaded
if [ -r /proc/modules ] && [ -r "$b" ] &&
  ! grep -q -e '^\\(nf_tables\\|ip_tables\\|ip6_tables\\) ' -e '/\\(nf_tables\\|ip_tables\\)\\.ko' /proc/modules "$b"; then k=not-loaded; fi
echo '== kernel'; echo "|$k"
if [ $k = loaded ]; then
  if command -v nft >/dev/null 2>&1; then
    echo '== nft'; { nft -j -t list ruleset 2>/dev/null || nft -j list ruleset; echo "rc=$?"; } | sed 's/^/|/'
  fi
  for n in ip ip6; do
    f=/proc/net/${n}_tables_names l= w=
    [ -r $f ] && while IFS= read -r t; do l="$l|$t
"; [ "$t" = nat ] && w=yes; done <$f
    for c in ${n}tables-legacy-save ${n}tables-save; do
      [ "$w" ] && command -v $c >/dev/null 2>&1 || continue
      echo "== $c"; { $c -t nat; echo "rc=$?"; } | sed 's/^/|/'
      break
    done
    echo "== tables-$n"; printf %s "$l"
  done
fi
exit 0
"""
_NFT = {"masquerade": "masquerade", "snat": "snat", "dnat": "dnat", "redirect": "redirect"}
_TARGETS = {"MASQUERADE": "masquerade", "SNAT": "snat", "DNAT": "dnat", "REDIRECT": "redirect", "NETMAP": "dnat"}


@dataclass(frozen=True, slots=True, order=True)
class Translation:
    """One rule that changes an address."""

    kind: str
    """``masquerade``, ``snat``, ``dnat`` or ``redirect``."""
    where: str
    """Table and chain."""
    to: str = ""
    """The new address, where the rule names one."""

    def shown(self) -> dict[str, str]:
        """For a verdict's ``observed``."""
        return {"kind": self.kind, "where": self.where, "to": self.to}


@fact(Probe("linux.nat", "sh", (_ASK,), root=True, seconds=20, max_bytes=4_000_000))
@dataclass(frozen=True, slots=True)
class Nat:
    """Rules that translate addresses, in the host's own network namespace."""

    rules: tuple[Translation, ...]

    @property
    def passing(self) -> tuple[Translation, ...]:
        """Those that serve others: a redirect to the host itself does not."""
        return tuple(rule for rule in self.rules if rule.kind != "redirect")

    @classmethod
    def read(cls, answer: Answer) -> Nat | Absent:
        """Read the sections. Absent(command-missing) when the kernel may hold rules that no tool here can list."""
        found = sections(answer)
        if answer.exit != 0 or not found.get("kernel"):
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        if found["kernel"] == ["not-loaded"]:
            return cls(())
        rules: set[Translation] = set()
        tools = 0
        for name, lines in found.items():
            if name == "kernel" or name.startswith("tables-"):
                continue
            if not lines or lines[-1] != "rc=0":
                refused = "not permitted" in answer.stderr.decode("utf-8", "replace").lower()
                return Absent(Why.NO_PERMISSION if refused else Why.COMMAND_FAILED, f"{name} {answer.complaint}")
            tools += 1
            rules.update(_nft("\n".join(lines[:-1])) if name == "nft" else _save(lines[:-1], name))
        for family in ("ip", "ip6"):
            if "nat" in found[f"tables-{family}"] and not {f"{family}tables-save", f"{family}tables-legacy-save"} & set(found):
                return Absent(Why.COMMAND_MISSING, f"{family}tables-save")
        if not tools and not (found["tables-ip"] or found["tables-ip6"]):
            return Absent(Why.COMMAND_MISSING, "nft, iptables-save")
        return cls(tuple(sorted(rules)))


def _nft(text: str) -> Iterator[Translation]:
    data = strict_loads(text.encode("utf-8"))
    if not isinstance(data, dict):
        raise Unreadable("nft gave no object")
    for item in data["nftables"]:
        rule = item.get("rule")
        if rule is None:
            continue
        where = f"{rule['family']} {rule['table']} {rule['chain']}"
        for part in rule["expr"]:
            for key, kind in _NFT.items():
                if isinstance(part, dict) and key in part:
                    yield Translation(kind, where, _to(part[key]))
            # What iptables-nft wrote with its own extensions shows as `xt`, with the target's name in the later releases.
            if isinstance(part, dict) and "xt" in part and not _xt_named(part["xt"]):
                raise Unreadable(f"nft cannot show a rule of {where}")
            target = _xt(part)
            if target in _TARGETS:
                yield Translation(_TARGETS[target], where)


def _to(value: Any) -> str:
    address = value.get("addr") if isinstance(value, dict) else None
    return str(address)[:60] if isinstance(address, str) else ""


def _xt(part: Any) -> str:
    inner = part.get("xt") if isinstance(part, dict) else None
    return str(inner.get("name") or "") if isinstance(inner, Mapping) and inner.get("type") == "target" else ""


def _xt_named(inner: Any) -> bool:
    return isinstance(inner, Mapping) and bool(inner.get("name"))


def _save(lines: list[str], name: str) -> Iterator[Translation]:
    family = "ip6" if name.startswith("ip6") else "ip"
    for line in lines:
        words = line.split()
        if len(words) < 4 or words[0] != "-A" or "-j" not in words[:-1]:
            continue
        target = words[words.index("-j") + 1]
        if target in _TARGETS:
            to = next((words[i + 1] for i, word in enumerate(words[:-1]) if word in ("--to-destination", "--to-source", "--to")), "")
            yield Translation(_TARGETS[target], f"{family} nat {words[1]}", to)
