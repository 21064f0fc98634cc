"""The door: all that a check or a plug-in may import (outsiders: ``import shiqu``)."""

from __future__ import annotations

from scanner.facts import database, holdings, linux, middleware, netdev, network, site, web, windows
from scanner.facts.fact import Files, FileText, Unreadable, fact, read_files, sections, whole_number, write_files
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe
from scanner.model.verdict import Opinion, Severity, Status
from scanner.rulebook.check import Across, check
from scanner.rulebook.opinions import awaits_person, met, not_applicable, unknown, unmet

Verdict = Opinion
"""What a judge returns; the engine adds check, target and evidence."""

__all__ = [
    "Absent", "Across", "Answer", "FileText", "Files", "Opinion", "Probe", "Severity", "Status", "Unreadable",
    "Verdict", "Why", "awaits_person", "check", "database", "fact", "holdings", "linux", "met", "middleware", "netdev",
    "network", "not_applicable", "read_files", "sections", "site", "unknown", "unmet", "web", "whole_number",
    "windows", "write_files",
]  # fmt: skip
