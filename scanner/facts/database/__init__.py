"""Facts of the family database: one subject a file."""

from scanner.facts.database.postgresql import PgCopies, PgExtensions, PgOverrides, PgServer, PgSetting, PgSettings
from scanner.facts.database.postgresql_ends import END_OF_LIFE as POSTGRESQL_END_OF_LIFE
from scanner.facts.database.postgresql_hba import HbaRule, PgHba, PgHbaLoaded
from scanner.facts.database.postgresql_roles import PgPublic, PgRole, PgRoles, PgSecrets

__all__ = [
    "POSTGRESQL_END_OF_LIFE", "HbaRule", "PgCopies", "PgExtensions", "PgHba", "PgHbaLoaded", "PgOverrides", "PgPublic",
    "PgRole", "PgRoles", "PgSecrets", "PgServer", "PgSetting", "PgSettings",
]  # fmt: skip
