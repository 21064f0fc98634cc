"""PostgreSQL's effective settings, one judge a setting or a pair / PostgreSQL 生效参数."""

import re
from collections.abc import Callable, Mapping

from scanner.api import Absent, Verdict, Why, awaits_person, check, database, met, not_applicable, unknown, unmet

Good = Callable[[str], bool]
PERSONAL = {"user", "database", "database user"}
EVERYWHERE = {"*", "0.0.0.0", "::", "0"}  # noqa: S104  (a value to refuse)
OFF = {"off", "false", "no", "0", ""}


def _judge(settings: database.PgSettings, overrides: database.PgOverrides, rules: Mapping[str, Good], wanted: object) -> Verdict:
    """Every setting good, for everyone, now and after a restart."""
    observed: dict[str, object] = {}
    bad: list[str] = []
    doubt: list[str] = []
    missing: Absent | None = None
    for name, good in rules.items():
        found = settings.get(name)
        if isinstance(found, Absent):
            missing = found
            continue
        observed[name] = found.value
        if not good(found.value):
            bad.append(name)
        elif found.pending or found.source in PERSONAL or (found.source == "session" and overrides.of(name)):
            doubt.append(name)
        weaker = {who: value for who, value in overrides.of(name) if not good(value)}
        if weaker:
            bad.append(name)
            observed[f"{name} for"] = dict(list(weaker.items())[:20])
    if bad:
        return unmet(observed, wanted=wanted)
    if missing is not None:
        return unknown(missing.why, missing.detail, observed)
    if doubt:
        return awaits_person(observed, wanted=wanted, detail="changes at restart, or set for the asking account alone: " + ", ".join(doubt))
    return met(observed, wanted=wanted)


def _on(value: str) -> bool:
    return value.lower() not in OFF


@check("postgresql.password-encryption")
def password_encryption(settings: database.PgSettings, overrides: database.PgOverrides) -> Verdict:
    return _judge(settings, overrides, {"password_encryption": lambda v: v.lower() == "scram-sha-256"}, "scram-sha-256")


@check("postgresql.tls")
def tls(settings: database.PgSettings, overrides: database.PgOverrides) -> Verdict:
    rules = {"ssl": _on, "ssl_min_protocol_version": lambda v: v in ("TLSv1.2", "TLSv1.3")}
    return _judge(settings, overrides, rules, {"ssl": "on", "ssl_min_protocol_version": "TLSv1.2"})


@check("postgresql.listen-addresses")
def listen_addresses(settings: database.PgSettings, overrides: database.PgOverrides) -> Verdict:
    def narrow(value: str) -> bool:
        return not EVERYWHERE & {part.strip().strip('"') for part in value.split(",")}

    return _judge(settings, overrides, {"listen_addresses": narrow}, "named addresses")


@check("postgresql.log-connections")
def log_connections(settings: database.PgSettings, overrides: database.PgOverrides) -> Verdict:
    def logged(value: str) -> bool:
        # From version 18 on it is a list of aspects; who it was is in two of them.
        return value.lower() in ("on", "true", "yes", "1", "all") or bool({"authentication", "authorization"} & _parts(value))

    return _judge(settings, overrides, {"log_connections": logged, "log_disconnections": _on}, "on")


def _parts(value: str) -> set[str]:
    return {part.strip().lower() for part in value.split(",")}


def _audited(settings: database.PgSettings, wanted: set[str]) -> bool:
    """pgaudit is loaded and records these classes for everyone."""
    loaded, classes = settings.words("shared_preload_libraries"), settings.words("pgaudit.log")
    return not isinstance(loaded, Absent) and not isinstance(classes, Absent) and "pgaudit" in loaded and _covers(classes, wanted)


def _covers(classes: frozenset[str], wanted: set[str]) -> bool:
    return not {f"-{name}" for name in wanted} & classes and (wanted <= classes or "all" in classes)


@check("postgresql.log-ddl")
def log_ddl(settings: database.PgSettings, overrides: database.PgOverrides) -> Verdict:
    if _audited(settings, {"ddl"}) and not overrides.of("pgaudit.log"):
        return met({"pgaudit.log": settings.values["pgaudit.log"].value})
    return _judge(settings, overrides, {"log_statement": lambda v: v.lower() in ("ddl", "mod", "all")}, "ddl")


@check("postgresql.statement-audit")
def statement_audit(settings: database.PgSettings, overrides: database.PgOverrides) -> Verdict:
    statements = settings.get("log_statement")
    if isinstance(statements, Absent):
        return unknown(statements.why, statements.detail)
    loaded = settings.words("shared_preload_libraries")
    observed = {
        "log_statement": statements.value,
        "pgaudit": None if isinstance(loaded, Absent) else "pgaudit" in loaded,
        "weaker": [who for name in ("log_statement", "pgaudit.log") for who, _ in overrides.of(name)][:20],
    }
    whole = statements.value.lower() == "all" and statements.source not in PERSONAL
    if (whole or _audited(settings, {"ddl", "role", "write"})) and not observed["weaker"]:
        return met(observed)
    return awaits_person(observed, wanted={"pgaudit.log": "ddl, role, write"}, detail="another system may record the statements")


@check("postgresql.log-fields")
def log_fields(settings: database.PgSettings) -> Verdict:
    prefix, places, own = (settings.get(name) for name in ("log_line_prefix", "log_destination", "logging_collector"))
    for one in (prefix, places, own):
        if isinstance(one, Absent):
            return unknown(one.why, one.detail)
    assert not isinstance(prefix, Absent) and not isinstance(places, Absent) and not isinstance(own, Absent)
    kinds = _parts(places.value)
    observed = {"log_line_prefix": prefix.value, "log_destination": places.value}
    if kinds and kinds <= {"csvlog", "jsonlog"} and _on(own.value):
        return met(observed)
    codes = set(re.findall(r"%-?[0-9]*([A-Za-z%])", prefix.value))
    lacking = [name for name, any_of in (("time", "mtn"), ("user", "u"), ("database", "d"), ("host", "hr")) if not codes & set(any_of)]
    if kinds == {"syslog"} and "time" in lacking:
        lacking.remove("time")
    return unmet(observed | {"lacking": lacking}, wanted="%m %u %d %h") if lacking else met(observed)


@check("postgresql.log-file-mode")
def log_file_mode(settings: database.PgSettings, overrides: database.PgOverrides) -> Verdict:
    own = settings.get("logging_collector")
    if isinstance(own, Absent):
        return unknown(own.why, own.detail)
    if not _on(own.value):
        return awaits_person({"logging_collector": own.value}, wanted="0640", detail="something else writes the log files")
    mode = settings.get("log_file_mode")
    if not isinstance(mode, Absent) and not re.fullmatch("[0-7]{3,4}", mode.value):
        return unknown(Why.GARBLED, "not a file mode", {"log_file_mode": mode.value[:20]})
    return _judge(settings, overrides, {"log_file_mode": lambda v: not int(v, 8) & 0o137}, "0640")


@check("postgresql.idle-timeouts")
def idle_timeouts(
    settings: database.PgSettings, overrides: database.PgOverrides, server: database.PgServer, *, max_idle_minutes: int = 30
) -> Verdict:
    if server.genuine and server.number < 140000:
        return unmet({"version": server.number}, wanted={"idle_session_timeout": f"{max_idle_minutes}min", "version": 140000})
    most = max_idle_minutes * 60_000

    def short(value: str) -> bool:
        found = _milliseconds(value)
        return found is not None and 0 < found <= most

    rules = {"idle_session_timeout": short, "idle_in_transaction_session_timeout": short}
    return _judge(settings, overrides, rules, f"{max_idle_minutes}min")


UNITS = {"": 1.0, "us": 0.001, "ms": 1.0, "s": 1000.0, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}


def _milliseconds(value: str) -> float | None:
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*", value)
    return float(found[1]) * UNITS[found[2]] if found and found[2] in UNITS else None


def _loads(settings: database.PgSettings, modules: Mapping[str, tuple[str, int] | None], wanted: object) -> Verdict:
    """One of the modules is loaded, and its setting (name, least value) is at least that."""
    loaded = settings.words("shared_preload_libraries")
    if isinstance(loaded, Absent):
        return unknown(loaded.why, loaded.detail)
    names = {word.rpartition("/")[2] for word in loaded}
    observed: dict[str, object] = {"shared_preload_libraries": sorted(loaded)[:20]}
    holds = False
    for module in sorted(names & set(modules)):
        rule = modules[module]
        found = settings.get(rule[0]) if rule is not None else None
        if rule is not None and found is not None:
            observed[rule[0]] = None if isinstance(found, Absent) else found.value
        holds = holds or rule is None or (isinstance(found, database.PgSetting) and found.value.isdigit() and int(found.value) >= rule[1])
    if not holds:
        return unmet(observed, wanted=wanted)
    if settings.values["shared_preload_libraries"].pending:
        return awaits_person(observed, wanted=wanted, detail="changes at restart")
    return met(observed)


@check("postgresql.password-policy")
def password_policy(settings: database.PgSettings, *, min_length: int = 8) -> Verdict:
    modules = {"passwordcheck": None, "credcheck": ("credcheck.password_min_length", min_length)}
    return _loads(settings, modules, ["passwordcheck", f"credcheck.password_min_length = {min_length}"])


@check("postgresql.login-failures")
def login_failures(settings: database.PgSettings) -> Verdict:
    modules = {"auth_delay": ("auth_delay.milliseconds", 1), "credcheck": ("credcheck.max_auth_failure", 1)}
    return _loads(settings, modules, ["auth_delay.milliseconds > 0", "credcheck.max_auth_failure > 0"])


@check("postgresql.data-checksums")
def data_checksums(settings: database.PgSettings, server: database.PgServer) -> Verdict:
    found = settings.get("data_checksums")
    if isinstance(found, Absent):
        if server.genuine and server.number < 90300:
            return not_applicable("older than checksums")
        return unknown(found.why, found.detail)
    return met({"data_checksums": found.value}) if found.value == "on" else unmet({"data_checksums": found.value}, wanted="on")
