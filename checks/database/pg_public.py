"""What everyone may do without being granted it / PUBLIC 的默认权限."""

from scanner.api import Verdict, check, database, met, unmet


@check("postgresql.public-create")
def public_create(public: database.PgPublic, server: database.PgServer) -> Verdict:
    schemas = [name for name, (_, make) in public.schemas.items() if make]
    databases = [name for name, (_, make) in public.databases.items() if make]
    observed = {"schemas": schemas[:20], "databases": databases[:20]}
    scope = {"schemas of": server.database}
    return unmet(observed, wanted="none", scope=scope) if schemas or databases else met(observed, scope=scope)


@check("postgresql.public-connect")
def public_connect(public: database.PgPublic, *, allowed: tuple[str, ...] = ("postgres",)) -> Verdict:
    names = [name for name, (use, _) in public.databases.items() if use and name not in allowed]
    observed = {"databases": names[:20], "count": len(names)}
    return unmet(observed, wanted="none") if names else met(observed)
