"""The PostgreSQL major version still gets security fixes / PostgreSQL 大版本仍在支持期."""

from scanner.api import Verdict, Why, check, database, met, unknown, unmet

ENDS = database.POSTGRESQL_END_OF_LIFE


@check("postgresql.supported-version")
def supported_version(server: database.PgServer) -> Verdict:
    if not server.genuine:
        return unknown(Why.GARBLED, "a product derived from PostgreSQL has its own terms of support", {"version": server.version[:80]})
    major = server.number // 10000
    end = ENDS.get(major)
    observed = {"version": major, "number": server.number, "end": end, "today": server.today}
    if major < min(ENDS):
        return unmet(observed, wanted=f"{max(ENDS)}")
    if end is None:
        return unknown(Why.NOT_DECLARED, "end of support is not known to this release", observed)
    return met(observed) if server.today <= end else unmet(observed, wanted="a supported version")
