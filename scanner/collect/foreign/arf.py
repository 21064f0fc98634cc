"""Results of OpenSCAP and its kin: ARF (asset reporting format) or a bare XCCDF result file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from scanner.collect.foreign.shape import FAIL, MAX_ROWS, NOT_APPLICABLE, OPEN, PASS, Findings, Host, NotRead, Row, plain
from scanner.collect.foreign.xmlwalk import walk

MEANS: Mapping[str, str] = MappingProxyType({"pass": PASS, "fail": FAIL, "notapplicable": NOT_APPLICABLE})
"""XCCDF's words from which something follows; a rule that was mended during the run (``fixed``) has to be looked at again."""
NOT_SELECTED = "notselected"
MAX_TITLES = 100_000
SSG = "xccdf_org.ssgproject.content_rule_"


def read(data: bytes) -> Findings:
    """Everything that the file's test results say. Raises NotRead."""
    seen = _Results()
    walk(data, seen)
    return seen.findings()


class _Result:
    """One ``TestResult``."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self.began = plain(attributes.get("start-time", ""))
        self.whole = bool(attributes.get("end-time"))
        self.system = plain(attributes.get("test-system", ""))
        self.benchmark = self.profile = self.name = ""
        self.addresses: list[str] = []
        self.facts: dict[str, str] = {}
        self.rules: list[tuple[str, str, str]] = []
        """(rule, result, severity)."""


class _Results:
    """Walks a file; titles may stand before or behind the results that name their rules."""

    def __init__(self) -> None:
        self.results: list[_Result] = []
        self.titles: dict[str, str] = {}
        self.fact = self.rule = ""
        self.row: dict[str, str] = {}
        self.count = 0

    def open(self, path: list[str], attributes: dict[str, str]) -> None:
        tag, parent = path[-1], path[-2] if len(path) > 1 else ""
        if tag == "Rule":
            self.rule = attributes.get("id", "")
        elif tag == "TestResult":
            self.results.append(_Result(attributes))
        elif parent == "TestResult" and self.results:
            self._part(tag, attributes)
        elif tag == "fact" and parent == "target-facts":
            self.fact = attributes.get("name", "")
        elif tag == "override" and parent == "rule-result":
            self.row["override"] = "yes"

    def _part(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "rule-result":
            self.row = {"idref": attributes.get("idref", ""), "severity": attributes.get("severity", "")}
        elif tag == "benchmark":
            self.results[-1].benchmark = attributes.get("id") or attributes.get("href", "")
        elif tag == "profile":
            self.results[-1].profile = attributes.get("idref", "")

    def close(self, path: list[str], text: str) -> None:
        tag, parent = path[-1], path[-2] if len(path) > 1 else ""
        if tag == "title" and parent == "Rule" and len(self.titles) < MAX_TITLES:
            self.titles.setdefault(self.rule, plain(text))
        elif parent == "rule-result" and tag == "result":
            self.row["result"] = text.strip()
        elif not self.results:
            return
        elif tag == "rule-result" and parent == "TestResult":
            self._rule(self.results[-1])
        elif parent == "TestResult" and tag == "target":
            self.results[-1].name = plain(text)
        elif parent == "TestResult" and tag == "target-address":
            self.results[-1].addresses.append(plain(text))
        elif parent == "target-facts":
            self.results[-1].facts.setdefault(self.fact, plain(text))

    def _rule(self, result: _Result) -> None:
        self.count += 1
        if self.count > MAX_ROWS:
            raise NotRead(f"> {MAX_ROWS} rows")
        # What a person overrode is that person's word, not the tool's.
        said = "overridden" if "override" in self.row else self.row.get("result", "")
        result.rules.append((self.row.get("idref", ""), said, self.row.get("severity", "")))

    def findings(self) -> Findings:
        if not self.results:
            raise NotRead("no XCCDF TestResult")
        found = Findings(tool=_tool(self.results[0]), whole=all(result.whole for result in self.results))
        for result in self.results:
            profile = " ".join(part for part in (_short(result.benchmark), _short(result.profile)) if part)
            host = found.host(Host(name=result.name, addresses=tuple(result.addresses[:64]), began=result.began, profile=plain(profile)))
            for rule, said, severity in result.rules:
                if said == NOT_SELECTED:
                    found.left_out += 1
                else:
                    found.add(Row(host, plain(_rule(rule)), self.titles.get(rule, ""), plain(said), MEANS.get(said, OPEN), plain(severity)))
        return found


def _tool(result: _Result) -> str:
    name, version = (result.facts.get(f"urn:xccdf:fact:scanner:{part}", "") for part in ("name", "version"))
    return f"{name} {version}".strip() or result.system


def _rule(identifier: str) -> str:
    """A rule as people call it: ids of ComplianceAsCode without their constant beginning."""
    return identifier.removeprefix(SSG)


def _short(identifier: str) -> str:
    return identifier.removeprefix("xccdf_org.ssgproject.content_benchmark_").removeprefix("xccdf_org.ssgproject.content_profile_")
