"""Large synthetic results for measuring: many hosts, many checks, distinct observations among identical ones."""

from __future__ import annotations

from typing import Any

from tests.golden.make_result import CHECKS, person_verdict, sha, small, target


def large(hosts: int, checks: int, *, distinct: bool = True) -> dict[str, Any]:
    """``hosts`` × ``checks`` verdicts on one system; ``distinct`` makes every tenth observation differ from host to host."""
    result = small()
    titles = result["texts"]["checks"]
    names = [f"linux.check-{n:03d}" for n in range(checks)]
    for n, name in enumerate(names):
        titles[name] = titles[CHECKS[n % 10][0]]
    evidence, excerpts, verdicts, asked, targets = result["evidence"], result["excerpts"], [], [], []
    statuses = ["met"] * 7 + ["unmet", "unknown", "not-applicable"]
    for h in range(hosts):
        host = f"host-{h:04d}"
        dead = h % 50 == 49
        targets.append(target(host, "linux", "dams", "lan", f"10.0.{h // 250}.{h % 250 + 1}", "timed-out" if dead else None))
        marks = [sha(f"{host} {p}") for p in range(80)]
        for mark in marks:
            evidence[mark] = {"probe": "linux.p", "kind": "answer", "exit": 0, "bytes": 900, "stderr_bytes": 0, "why": None, "detail": ""}
        for n, name in enumerate(names):
            status = "unknown" if dead else statuses[(h * 7 + n * 3 + h * n % 11) % 10]
            odd = f"{host}-{n}" if distinct and n % 10 == 0 else "yes"
            row = person_verdict(name, host) | {
                "status": status,
                "severity": ("critical", "high", "medium", "low")[n % 4],
                "evidence": [] if dead else [marks[n % 80]],
                "observed": {"value": odd, "line": n} if status in ("met", "unmet") else None,
                "wanted": "no" if status == "unmet" else None,
                "why": "timed-out"
                if dead
                else "no-permission"
                if status == "unknown"
                else "not-present"
                if status == "not-applicable"
                else None,
                "references": {"cac": [f"rule_{n}"]},
            }
            asked.append({"target": host, "check": name, "why_not": "timed-out" if dead else None})
            verdicts.append(row)
            if status == "unmet":
                excerpts.setdefault(marks[n % 80], f"{name} on {host}\n" + "setting = yes\n" * 40)
    result |= {"verdicts": verdicts, "asked": asked, "targets": targets}
    controls = list(result["texts"]["controls"].values())
    for n, name in enumerate(names):
        controls[n % len(controls)]["checks"].append(name)
    for n, finding in enumerate(result["systems"][0]["findings"]):
        finding["verdicts"] = [h * checks + n for h in range(hosts)] if n < checks else []
    result["systems"] = result["systems"][:1]
    for hazard in result["core_hazards"]:
        hazard["verdicts"] = []
    return result
