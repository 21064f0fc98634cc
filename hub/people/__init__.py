"""Who may see and do what: accounts, roles, sessions, the one choke point to a unit's data, and the log of what was done."""
