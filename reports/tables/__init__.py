"""Findings as flat tables, for workbooks and comma-separated files: what a row says, not how it is written."""
