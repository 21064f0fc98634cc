"""Verdicts + Profile -> Findings, points, conclusion, gate. Pure."""
