"""A realistic synthetic result: two systems (one classified), hostile strings, unreached targets; and large ones for measuring."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.golden.make_holdings import holdings_view
from tests.golden.make_pairs import INVENTORY, breach, clean, verdict_of, views

HERE = Path(__file__).parent
CHECKS = json.loads((HERE / "checks.json").read_text("utf-8"))
CONTROLS = json.loads((HERE / "controls_l3.json").read_text("utf-8"))
HOSTILE = "x\x1b[31m</script><script>alert(1)</script>\u202eexe.gnp\u2066\x00\u2028{{7*7}}" + (
    "<img src=http://192.0.2.66/ onerror=alert(2)>\udcff\"'&"
)
KINDS = {"linux", "windows", "database", "netdev", "web"}


def sha(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def target(
    name: str, kind: str, system: str, zone: str | None, address: str | None, why: str | None = None, detail: str = ""
) -> dict[str, Any]:
    how = {"linux": ("sudo", "audit@ssh"), "windows": ("user", "audit@winrm"), "database": ("user", "ro@sql")}.get(kind, ("", "local"))
    return {
        "id": name,
        "kind": kind,
        "zone": zone,
        "system": system,
        "reached": why is None,
        "why": why,
        "address": address,
        "privilege": how[0] if why is None else "",
        "operator": how[1],
        "seconds": 1.25 if why is None else 10.0,
        "detail": detail,
    }


TARGETS = [
    target("web01", "linux", "dams", "lan", "192.0.2.10"),
    target("web02", "linux", "dams", "lan", "192.0.2.11"),
    target("storage01", "linux", "dams", "lan", "192.0.2.12"),
    target("scan-<b>03</b>", "linux", "dams", "lan", "192.0.2.13"),
    target("backup01", "linux", "dams", "lan", "192.0.2.14", "timed-out", "connect: 10 s"),
    target("reading-pc", "windows", "dams", "lan", "192.0.2.30", "auth-failed", "NTLM: logon failure\x1b[0m"),
    target("catdb", "database", "dams", "lan", "192.0.2.20"),
    target("catalogue", "catalogue", "dams", "lan", "192.0.2.20"),
    target("core-sw", "netdev", "dams", "lan", None),
    target("portal", "web", "dams", "lan", "192.0.2.10"),
    target("lan:internet", "pair", "dams", None, None),
    target("vault01", "linux", "vault", "classified", "198.51.100.10"),
    target("classified:lan", "pair", "vault", None, None),
]

UNMET: dict[tuple[str, str], tuple[Any, Any]] = {
    ("linux.ssh-root-login", "web01"): ({"permitrootlogin": "yes"}, "no"),
    ("linux.ssh-root-login", "web02"): ({"permitrootlogin": "yes"}, "no"),
    ("linux.ssh-root-login", "storage01"): ({"permitrootlogin": "without-password"}, "no"),
    ("linux.password-empty", "storage01"): ({"accounts": ["scanuser", "guest"], "count": 2}, {"count": 0}),
    ("linux.services-needless", "web02"): ({"services": ["rpcbind", "avahi-daemon", "cups"]}, {"services": []}),
    ("linux.audit-running", "scan-<b>03</b>"): ({"active": False, "enabled": False, "unit": HOSTILE}, {"active": True, "enabled": True}),
    ("linux.password-length", "web01"): ({"minlen": 6}, {"minlen": 12}),
    ("linux.password-length", "web02"): ({"minlen": 6}, {"minlen": 12}),
    ("linux.password-length", "vault01"): ({"minlen": 8}, {"minlen": 12}),
    ("database.remote-auth", "catdb"): ({"line": "host all all 0.0.0.0/0 md5", "number": 97}, "scram-sha-256"),
    ("netdev.snmp-community", "core-sw"): ({"communities": ["public"], "access": "ro"}, {"communities": []}),
    ("netdev.idle-ports", "core-sw"): ({"ports": [f"GigabitEthernet0/0/{n}" for n in range(13, 24)], "count": 11}, {"count": 0}),
    ("holdings.segregated", "catalogue"): (
        {
            "stores": [
                {
                    "path": "public.ajml",
                    "rows": 182340,
                    "classified": 3,
                    "suspected": 11,
                    "declassified": 420,
                    "open": 181906,
                    "undecided": 0,
                    "method": "full",
                },
                {
                    "path": "public.wjml",
                    "rows": 903112,
                    "classified": 0,
                    "suspected": 0,
                    "declassified": 0,
                    "open": 903112,
                    "undecided": 0,
                    "method": "full",
                },
            ],
            "mixing": [{"degree": "D3", "where": "public.ajml", "certainty": "confirmed"}],
        },
        {"mixing": []},
    ),
}
UNKNOWN = {
    ("linux.password-empty", "web02"): ("no-permission", "awk: /etc/shadow: Permission denied"),
    ("linux.audit-running", "web01"): ("command-missing", "auditctl"),
    ("linux.packages-updates", "scan-<b>03</b>"): ("garbled", HOSTILE),
    ("linux.time-sync", "storage01"): ("defect", "KeyError: 'offset'"),
    ("database.superusers", "catdb"): ("no-permission", "permission denied for table pg_authid"),
}
ABSENT_SUBJECT = {("linux.telnet-off", "vault01"): ("not-present", "telnetd")}
TRIGGERS = {
    "A-09": ("边界设备接口或空闲端口失控", "boundary ports uncontrolled"),
    "A-18": ("空口令、弱口令、一密多用或可绕过登录", "empty, weak or shared passwords"),
    "A-21": ("多余服务、共享、危险端口可远程碰到", "needless services reachable"),
    "A-22": ("已知高危漏洞可利用", "exploitable high-risk flaws"),
    "A-24": ("口令或重要数据明文传", "sensitive data sent in clear"),
    "A-29": ("互联网暴露面过大，含内网私通互联网", "over-exposed to internet"),
    "A-30": ("数据收传存备没有章法", "data handled without rules"),
}


def small() -> dict[str, Any]:
    """The result of the golden report."""
    verdicts: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = []
    evidence: dict[str, Any] = {}
    excerpts: dict[str, str] = {}
    for one in TARGETS:
        for row in CHECKS:
            if _applies(row[0], one):
                why_not = None if one["reached"] else one["why"]
                asked.append({"target": one["id"], "check": row[0], "why_not": why_not})
                verdicts.append(_verdict(row, one, evidence, excerpts))
    persons: dict[str, int] = {}
    for control in CONTROLS:
        if not _checks_of(control[0]):
            persons[control[0]] = len(verdicts)
            asked.append({"target": "dams", "check": f"person.{control[0]}", "why_not": "person"})
            verdicts.append(person_verdict(f"person.{control[0]}", "dams"))
    systems = [_dams(verdicts, persons), _vault(verdicts)]
    return {
        "schema": "shiqu/result/1",
        "run": {
            "id": "20261124T061150Z-7f3a",
            "started": "2026-11-24T06:11:50Z",
            "finished": "2026-11-24T06:14:02Z",
            "operator": "张三",
            "authorised_by": "分管领导",
            "unit": {"code": "330100-001", "name": "示例市档案馆", "region": "330100", "rank": "municipal"},
            "rulebook": sha("rulebook"),
            "shelf": sha("shelf"),
            "version": "0.1.0",
            "profiles": ["gbt22239-l3", "segregation"],
            "jobs": 8,
            "interrupted": False,
            "values": {"linux.password-length:minimum": 12},
        },
        "targets": TARGETS,
        "asked": asked,
        "verdicts": verdicts,
        "systems": systems,
        "core_hazards": [
            {"id": "CH1", "state": "not_tested", "verdicts": []},
            {"id": "CH2", "state": "confirmed", "verdicts": [n for n, v in enumerate(verdicts) if v["check"] == "holdings.segregated"]},
            {"id": "CH3", "state": "suspected", "verdicts": []},
            {"id": "CH4", "state": "confirmed", "verdicts": [n for n, v in enumerate(verdicts) if v["check"] == "isolation.no-path"]},
        ],
        "gate": "fail",
        "texts": _texts(),
        "evidence": evidence,
        "excerpts": excerpts,
        "views": {"zones": INVENTORY["zones"], "isolation": views(verdicts, TARGETS), "holdings": holdings_view(verdicts, TARGETS)},
    }


def _applies(check: str, one: dict[str, Any]) -> bool:
    family = check.split(".")[0]
    return family == {"pair": "isolation", "catalogue": "holdings"}.get(one["kind"], one["kind"])


def _verdict(row: list[Any], one: dict[str, Any], evidence: dict[str, Any], excerpts: dict[str, str]) -> dict[str, Any]:
    check, name = row[0], one["id"]
    out = {
        "check": check,
        "target": name,
        "status": "met",
        "severity": row[1],
        "observed": {"ok": True},
        "wanted": None,
        "why": None,
        "detail": "",
        "strength": None,
        "scope": None,
        "evidence": [],
        "references": row[10],
    }
    if not one["reached"]:
        return out | {"status": "unknown", "observed": None, "why": one["why"], "detail": one["detail"]}
    mark = sha(f"{check} {name}")
    out["evidence"] = [mark]
    evidence[mark] = {"probe": f"{check}-config", "kind": "answer", "exit": 0, "bytes": 812, "stderr_bytes": 0, "why": None, "detail": ""}
    key = (check, name)
    if one["kind"] == "pair":
        return out | verdict_of(breach() if name == "lan:internet" else clean()) | {"detail": "现场两人确认"}
    if key in UNMET:
        excerpts[mark] = "# sshd -T\nport 22\npermitrootlogin yes\n" if "root" in check else f"{check}\n{HOSTILE}\n<!-- {name} -->\n"
        return out | {"status": "unmet", "observed": UNMET[key][0], "wanted": UNMET[key][1]}
    if key in UNKNOWN:
        evidence[mark] |= {"exit": 1, "stderr_bytes": 45, "why": UNKNOWN[key][0], "detail": UNKNOWN[key][1]}
        return out | {"status": "unknown", "observed": None, "why": UNKNOWN[key][0], "detail": UNKNOWN[key][1]}
    if key in ABSENT_SUBJECT:
        return out | {"status": "not-applicable", "observed": None, "why": ABSENT_SUBJECT[key][0], "detail": ABSENT_SUBJECT[key][1]}
    return out


def person_verdict(check: str, unit: str) -> dict[str, Any]:
    return {
        "check": check,
        "target": unit,
        "status": "awaits-person",
        "severity": "low",
        "observed": {"uncovered": ["web01", "core-sw"], "count": 2} if check.endswith("a") else None,
        "wanted": None,
        "why": "person",
        "detail": "",
        "strength": None,
        "scope": None,
        "evidence": [],
        "references": {},
    }


def _checks_of(control: str) -> list[str]:
    return sorted(row[0] for row in CHECKS if control in row[8])


def _result(statuses: list[str]) -> str:
    live = [status for status in statuses if status != "not-applicable"]
    if statuses and not live:
        return "not_applicable"
    if "unmet" in live:
        return "partial" if "met" in live else "noncompliant"
    return "compliant" if live and set(live) == {"met"} else "insufficient"


def _finding(control: str, rows: list[int], verdicts: list[dict[str, Any]]) -> dict[str, Any]:
    result = _result([verdicts[n]["status"] for n in rows])
    return {"control": control, "result": result, "basis": "judged", "verdicts": rows, "waiver": None, "attestation": None}


def _attested(number: int) -> dict[str, Any]:
    return {"id": f"at-{number:03d}", "by": "李四", "since": "2026-06-30", "until": "2027-06-30"}


def _dams(verdicts: list[dict[str, Any]], persons: dict[str, int]) -> dict[str, Any]:
    mine = {one["id"] for one in TARGETS if one["system"] == "dams"}
    findings = []
    for number, control in enumerate(CONTROLS):
        checks = set(_checks_of(control[0]))
        rows = [n for n, v in enumerate(verdicts) if v["check"] in checks and v["target"] in mine]
        if control[0] in persons:
            rows = [persons[control[0]]]
        finding = _finding(control[0], rows, verdicts)
        if control[0] in persons and number % 3 != 2:
            finding |= {"result": "compliant", "basis": "attested", "attestation": _attested(number)}
        if control[0] in persons and number % 29 == 5:
            finding |= {"result": "not_applicable", "basis": "attested", "attestation": _attested(number)}
        if control[0] == "L3-8.1.4.2-b":
            finding["waiver"] = {
                "id": "w-1",
                "approved_by": "王五",
                "reason": "更换中",
                "measure": "堡垒机限定来源",
                "since": "2026-10-01",
                "until": "2027-03-31",
            }
        findings.append(finding)
    counts = _counts(findings)
    rate = round(counts["compliant"] / (len(findings) - counts["not_applicable"]), 4)
    return {
        "id": "dams",
        "name": "数字档案馆系统",
        "grade": 3,
        "holds": "unclassified",
        "profile": {"id": "gbt22239-l3", "digest": sha("gbt22239-l3")},
        "findings": findings,
        "layers": _layers(findings),
        "points": _points(findings),
        "conclusion": {
            "template": "2025",
            "rate": rate,
            "rate_half_credit": round(rate + 0.5 * counts["partial"] / (len(findings) - counts["not_applicable"]), 4),
            "major": 4,
            "triggers": ["A-09", "A-18", "A-24", "A-30"],
            "verdict": "不符合",
            "score_2021": 57.58,
            "grade_2021": "差",
            "counts": counts,
            "vetoed_by": ["CH2"],
        },
        "why_no_conclusion": None,
    }


def _vault(verdicts: list[dict[str, Any]]) -> dict[str, Any]:
    controls = [control for control in CONTROLS if control[0] in {"L3-8.1.2.1-d", "L3-8.1.3.1-c", "L3-8.1.4.1-a", "L3-8.1.4.2-b"}]
    findings = []
    for control in controls:
        rows = [n for n, v in enumerate(verdicts) if v["check"] in _checks_of(control[0]) and v["target"] in {"vault01", "classified:lan"}]
        findings.append(_finding(control[0], rows, verdicts))
    return {
        "id": "vault",
        "name": f"涉密档案管理系统 {HOSTILE[:6]}",
        "grade": None,
        "holds": "classified",
        "profile": {"id": "segregation", "digest": sha("segregation")},
        "findings": findings,
        "layers": _layers(findings),
        "points": _points(findings),
        "conclusion": None,
        "why_no_conclusion": "holds-classified",
    }


def _counts(findings: list[dict[str, Any]]) -> dict[str, int]:
    out = dict.fromkeys(("compliant", "partial", "noncompliant", "not_applicable", "insufficient"), 0)
    for finding in findings:
        out[finding["result"]] += 1
    return out


_BY_ID = {control[0]: control for control in CONTROLS}


def _layers(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict.fromkeys(_BY_ID[f["control"]][3] for f in findings)
    return [{"layer": name, "counts": _counts([f for f in findings if _BY_ID[f["control"]][3] == name])} for name in names]


def _points(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        groups.setdefault((_BY_ID[finding["control"]][3], _BY_ID[finding["control"]][4]), []).append(finding["result"])
    return [{"layer": layer, "control_point": point, "result": _point(results)} for (layer, point), results in groups.items()]


def _point(results: list[str]) -> str:
    live = {result for result in results if result != "not_applicable"}
    if not live:
        return "not_applicable"
    if len(live) == 1:
        return live.pop()
    return "insufficient" if live == {"compliant", "insufficient"} else "partial"


def _texts() -> dict[str, Any]:
    return {
        "checks": {
            row[0]: {"title": {"zh": row[2], "en": row[3]}, "why": {"zh": row[4], "en": row[5]}, "remedy": {"zh": row[6], "en": row[7]}}
            for row in CHECKS
        },
        "controls": {
            c[0]: {
                "clause": c[1],
                "layer": c[3],
                "control_point": c[4],
                "zh": c[6],
                "en": c[7],
                "method": c[8],
                "verify": c[9],
                "sag": c[5],
                "status": "M" if c[0].startswith("L3-8.1.9") else c[10],
                "unit_code": c[2],
                "checks": _checks_of(c[0]),
            }
            for c in CONTROLS
        },
        "profiles": {
            "gbt22239-l3": {
                "title": {"zh": "GB/T 22239-2019 第三级安全通用要求", "en": "GB/T 22239-2019 level 3"},
                "level": 3,
                "scored": True,
                "note": {"zh": "条款文字为自拟简述。", "en": "Wording is our own summary."},
            },
            "segregation": {"title": {"zh": "涉密隔离与分存", "en": "Segregation"}, "note": None, "level": None, "scored": False},
        },
        "triggers": {key: {"zh": zh, "en": en} for key, (zh, en) in TRIGGERS.items()},
    }
