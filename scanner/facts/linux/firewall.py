"""The host's packet filter: what the kernel holds now, and what the managers' files say about the next start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.facts.linux.netfilter import Chain, Rule, Stance, Table, stance
from scanner.facts.linux.netfilter_json import read_ruleset
from scanner.facts.linux.netfilter_text import read_save
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# Listing must not load the kernel's filter where it is not loaded: then there are no rules, and that is the answer.
# Without terse sets a blocklist would make the answer huge; old nft does not know -t.
_ASK = """
IFS= read -r b </proc/sys/kernel/osrelease; b=/lib/modules/$b/modules.builtin
k=loaded
if [ -r /proc/modules ] && [ -r "$b" ] &&
  ! grep -q -e '^\\(nf_tables\\|ip_tables\\|ip6_tables\\) ' -e '/\\(nf_tables\\|ip_tables\\)\\.ko' /proc/modules "$b"; then k=not-loaded; fi
echo '== kernel'; echo "|$k"
echo '== ipv6'; [ -e /proc/net/if_inet6 ] && sed -n '/ lo$/!s/^/|/p' /proc/net/if_inet6
if [ $k = loaded ]; then
  for c in nft iptables-save ip6tables-save; do
    command -v $c >/dev/null 2>&1 || continue
    echo "== $c"
    { if [ $c = nft ]; then nft -j -t list ruleset 2>/dev/null || nft -j list ruleset; else $c; fi; echo "rc=$?"; } | sed 's/^/|/'
  done
  for n in ip ip6; do
    echo "== legacy-$n"
    f=/proc/net/${n}_tables_names w=
    [ -r $f ] && while IFS= read -r t; do echo "|$t"; [ "$t" = filter ] && w=yes; done <$f
    c=${n}tables-legacy-save
    if [ "$w" ] && command -v $c >/dev/null 2>&1; then
      echo "== $c"; { $c; echo "rc=$?"; } | sed 's/^/|/'
    fi
  done
fi
exit 0
"""


@fact(Probe("linux.firewall", "sh", (_ASK,), root=True, seconds=20, max_bytes=4_000_000))
@dataclass(frozen=True, slots=True)
class Firewall:
    """What the kernel does now with a new connection from outside."""

    v4: Stance
    v6: Stance
    ipv6_in_use: bool
    """Whether an interface other than lo has an IPv6 address (link-local counts)."""

    @classmethod
    def read(cls, answer: Answer) -> Firewall | Absent:
        """Read the sections. Absent(command-missing) when the kernel may hold rules that no tool here can list."""
        found = sections(answer)
        if answer.exit != 0 or not found.get("kernel"):
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        in_use = len(found["ipv6"]) > 0
        if found["kernel"] == ["not-loaded"]:
            return cls(Stance("none"), Stance("none"), in_use)
        tables: list[Table] = []
        tools = 0
        for tool in ("nft", "iptables-save", "ip6tables-save", "iptables-legacy-save", "ip6tables-legacy-save"):
            if tool not in found:
                continue
            lines = found[tool]
            if not lines or not lines[-1].startswith("rc="):
                raise Unreadable(f"{tool} gave no exit status")
            if lines[-1] != "rc=0":
                refused = "not permitted" in answer.stderr.decode("utf-8", "replace").lower()
                return Absent(Why.NO_PERMISSION if refused else Why.COMMAND_FAILED, f"{tool} {lines[-1]} {answer.complaint}")
            tools += 1
            text = "\n".join(lines[:-1])
            tables += read_ruleset(text) if tool == "nft" else read_save(lines[:-1], "v6" if tool.startswith("ip6") else "v4", tool)
        if not tools:
            return Absent(Why.COMMAND_MISSING, "nft, iptables-save")
        for name, tool in (("legacy-ip", "iptables"), ("legacy-ip6", "ip6tables")):
            if found.get(name) and not {f"{tool}-save", f"{tool}-legacy-save"} & set(found):
                return Absent(Why.COMMAND_MISSING, f"{tool}-save")
        tables = [table for table in tables if table.name not in _shown_better(found)]
        return cls(stance(tables, "v4"), stance(tables, "v6"), in_use)


def _shown_better(found: Mapping[str, list[str]]) -> set[str]:
    """nft cannot show what iptables' own matches mean; where iptables-save speaks for the same table, it is believed."""
    out = set()
    for tool, name in (("iptables-save", "nft ip filter"), ("ip6tables-save", "nft ip6 filter")):
        lines = found.get(tool, [])
        if "*filter" in lines and ("nf_tables" in lines[0] or "xtables" in lines[0]):
            out.add(name)
    return out


def boot_stance(files: Mapping[str, str], family: str) -> str:
    """Stance that saved iptables rules will give: ``deny``, ``allow``, ``unsure`` or ``none``. Raises Unreadable."""
    return closed([table for path, text in files.items() for table in read_save(text.split("\n"), family, path)], family)


def closed(tables: Iterable[Table], family: str) -> str:
    """``deny`` only where every way in is narrow; ``unsure`` where one opens an interface or is not understood."""
    found = stance(tables, family)
    kinds = {accept.kind for accept in found.accepts}
    if found.default != "deny" or not kinds - {"narrow"}:
        return found.default
    return "allow" if "wide" in kinds else "unsure"


def ufw_stance(rules: str, path: str, family: str) -> str:
    """What ufw's own rules, added by its user, leave of a default of deny. Raises Unreadable."""
    chains = {name: chain for table in read_save(rules.split("\n"), family, path) for name, chain in table.chains.items()}
    entry = "ufw6-user-input" if family == "v6" else "ufw-user-input"
    way = (Rule("jump", target=entry),) if entry in chains else ()
    return closed([Table("ufw", frozenset({family}), chains | {"input": Chain(way, "input", "drop")})], family)
