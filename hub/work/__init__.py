"""Campaigns, draws, reminders, notices, escalation, advisories and rule packs."""
