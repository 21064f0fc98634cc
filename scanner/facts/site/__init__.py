"""Facts of the family site: one subject a file."""

from scanner.facts.site.declared import Declared, Member, System, Zone
from scanner.facts.site.form import Backup, Form
from scanner.facts.site.words import Dated

__all__ = ["Backup", "Dated", "Declared", "Form", "Member", "System", "Zone"]
