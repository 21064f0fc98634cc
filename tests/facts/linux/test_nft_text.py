"""Reading nftables files: what is not understood is never narrower than it is."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import Unreadable
from scanner.facts.linux.firewall import closed
from scanner.facts.linux.netfilter_json import read_ruleset
from scanner.facts.linux.nft_text import read_nft

CHAIN = """table inet f {{
 set admins {{ type ipv4_addr; elements = {{ 192.0.2.1 }} }}
 chain input {{
  type filter hook input priority 0; policy {policy};
  {rules}
 }}
 chain more {{
  {more}
 }}
}}
"""
NARROW = [
    "iif lo accept", 'iifname "lo" accept', "ct state established,related accept", "ct state { established, related } counter accept",
    "ct state vmap { established : accept, related : accept, invalid : drop }", "tcp dport 22 accept", "tcp dport { 22, 443 } accept",
    "ip saddr 192.0.2.0/24 accept", "ip saddr @admins tcp dport 22 accept", "icmp type echo-request accept", "meta l4proto icmp accept",
    "ct state invalid drop", "tcp dport ssh ct state new accept", "udp dport 67-68 accept", "drop",
]  # fmt: skip
WIDE = [
    "accept", "counter accept", "ct state new accept", "ct state new,established accept", "meta l4proto tcp accept", "tcp dport 1-65535 accept",
    "tcp dport != 22 accept", "ip saddr 0.0.0.0/0 accept", "ip saddr != 192.0.2.1 accept", "limit rate 10/second accept", "iifname \"eth0\" accept",
    "tcp dport vmap { 22 : accept }", "ct state vmap { new : accept }", "tcp sport 53 accept", "jump more", "goto more",
]  # fmt: skip


def text(rules: list[str], policy: str = "drop", more: str = "accept") -> str:
    return CHAIN.format(policy=policy, rules="\n  ".join(rules), more=more)


@pytest.mark.parametrize("rule", NARROW)
def test_narrow_ways_leave_it_closed(rule: str) -> None:
    assert closed(read_nft(text([rule])), "v4") == "deny"


# The kernel here has no queue to hand packets to, and refuses the star alone.
@pytest.mark.parametrize("rule", [*WIDE, 'iifname "*" accept', "queue num 0"])
def test_wide_ways_open_it(rule: str) -> None:
    assert closed(read_nft(text(["tcp dport 22 accept", rule])), "v4") in ("allow", "unsure")


def test_a_policy_of_accept_with_a_last_drop() -> None:
    assert closed(read_nft(text(["tcp dport 22 accept", "drop"], "accept")), "v6") == "deny"
    assert closed(read_nft(text(["tcp dport 22 accept"], "accept")), "v6") == "allow"


@pytest.mark.parametrize(
    "broken",
    [
        "table inet f {",
        "}",
        "add rule inet f input accept",
        text([]) + "flush ruleset\n",
        "table inet f { flags dormant; }\n",
        "table inet f { chain a { type filter; } }",
    ],
)
def test_what_cannot_be_followed_is_unreadable(broken: str) -> None:
    with pytest.raises(Unreadable):
        read_nft(broken)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='{};\n "$@#\\acceptdroptableinchan0123', max_size=200))
def test_any_text_is_read_or_refused(noise: str) -> None:
    try:
        read_nft(noise)
    except Unreadable:
        return


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")
@pytest.mark.parametrize("rule", NARROW + WIDE)
def test_the_kernel_agrees(rule: str, tmp_path: Path) -> None:
    """The file as the kernel holds it, in a network namespace of its own: the text is never called closed where the kernel is open."""
    rules = text(["tcp dport 22 accept", rule])
    (tmp_path / "rules.nft").write_text(rules)
    script = f"nft -f {tmp_path}/rules.nft && nft -j list ruleset"
    done = subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    held = closed(read_ruleset(json.dumps(json.loads(done.stdout))), "v4")
    said = closed(read_nft(rules), "v4")
    assert said == held or said != "deny"
