"""Who may do everything in PostgreSQL, and how passwords are stored / PostgreSQL 高权限角色与口令存储."""

from scanner.api import Verdict, awaits_person, check, database, met, unmet


@check("postgresql.superusers")
def superusers(roles: database.PgRoles, *, max_superusers: int = 1) -> Verdict:
    names = [role.name for role in roles.roles if role.superuser and role.login]
    observed = {"superusers": names[:20], "count": len(names)}
    return met(observed) if len(names) <= max_superusers else unmet(observed, wanted={"at most": max_superusers})


@check("postgresql.powerful-members")
def powerful_members(roles: database.PgRoles) -> Verdict:
    found = {role.name: list(role.powers) for role in roles.roles if role.powers and not role.superuser}
    observed = {"roles": dict(list(found.items())[:20]), "count": len(found)}
    return unmet(observed, wanted="none") if found else met(observed)


@check("postgresql.stored-passwords")
def stored_passwords(secrets: database.PgSecrets) -> Verdict:
    weak = {name: kind for name, kind in secrets.kinds.items() if kind == "md5"}
    strange = {name: kind for name, kind in secrets.kinds.items() if kind == "other"}
    observed = {"weak": sorted(weak)[:20], "count": len(weak), "of": len(secrets.kinds)}
    if weak:
        return unmet(observed, wanted="scram-sha-256")
    if strange:
        return awaits_person(observed | {"strange": sorted(strange)[:20]}, wanted="scram-sha-256", detail="storage of another kind")
    return met(observed)
