"""Home folders and what stands in them / 用户主目录及其中的敏感文件."""

from collections.abc import Callable

from scanner.api import Absent, Verdict, Why, check, linux, met, unknown, unmet

NOBODY = 65534


def _people(accounts: linux.Accounts, defs: linux.LoginDefs | Absent, root: bool = False) -> list[linux.Account]:
    number = None if isinstance(defs, Absent) else defs.number("UID_MIN")
    low = number if number is not None and number > 0 else 1000
    return [a for a in accounts.accounts if a.can_log_in and a.uid != NOBODY and (a.uid >= low or (root and a.uid == 0))]


def _judge(
    accounts: linux.Accounts,
    people: list[linux.Account],
    homes: linux.Homes | Absent,
    names: tuple[str, ...],
    wrong: Callable[[linux.Account, linux.Homes], list[str]],
    wanted: object,
) -> Verdict:
    if isinstance(homes, Absent) and (people or homes.why is not Why.NOT_PRESENT):
        return unknown(homes.why, homes.detail)
    bad = [] if isinstance(homes, Absent) else [item for account in people for item in wrong(account, homes)]
    observed = {"checked": len(people), "count": len(bad), "places": bad[:20]}
    if bad:
        return unmet(observed, wanted=wanted)
    for account in people:
        hidden = None if isinstance(homes, Absent) else homes.hidden(account.home, *names)
        if hidden is not None:
            return unknown(Why.NO_PERMISSION, hidden, observed)
        home = None if isinstance(homes, Absent) else homes.home(account.home)
        if isinstance(home, Absent) and home.why is not Why.NOT_PRESENT:
            return unknown(home.why, f"{account.name} {account.home}", observed)
    if accounts.malformed:
        return unknown(Why.GARBLED, f"line not understood: {accounts.malformed[0]}", observed)
    return met(observed, wanted=wanted)


def _modes(account: linux.Account, homes: linux.Homes, most: int) -> list[str]:
    found = homes.home(account.home)
    return [f"{account.home} {found.octal}"] if not isinstance(found, Absent) and found.beyond(most) else []


def _owners(account: linux.Account, homes: linux.Homes) -> list[str]:
    found = homes.home(account.home)
    return [f"{account.home} {found.owner}"] if not isinstance(found, Absent) and found.uid != account.uid else []


@check("linux.home-modes")
def modes(accounts: linux.Accounts, homes: linux.Homes | Absent, defs: linux.LoginDefs | Absent, *, most: str = "0750") -> Verdict:
    limit = int(most, 8)
    return _judge(accounts, _people(accounts, defs), homes, (), lambda a, h: _modes(a, h, limit), most)


@check("linux.home-owner")
def owner(accounts: linux.Accounts, homes: linux.Homes | Absent, defs: linux.LoginDefs | Absent) -> Verdict:
    return _judge(accounts, _people(accounts, defs), homes, (), _owners, "owner")


@check("linux.home-exists")
def exists(accounts: linux.Accounts, homes: linux.Homes | Absent, defs: linux.LoginDefs | Absent) -> Verdict:
    def wrong(account: linux.Account, known: linux.Homes) -> list[str]:
        found = known.home(account.home) if account.home.startswith("/") else Absent(Why.NOT_PRESENT, account.home)
        if isinstance(found, Absent):
            gone = found.why is Why.NOT_PRESENT or account.home == "/"
            return [f"{account.name} {account.home}"] if gone else []
        return [] if found.kind == "directory" else [f"{account.name} {account.home}"]

    return _judge(accounts, _people(accounts, defs), homes, (), wrong, "directory")


@check("linux.no-rhosts")
def no_rhosts(accounts: linux.Accounts, homes: linux.Homes | Absent, defs: linux.LoginDefs | Absent, modes: linux.Modes) -> Verdict:
    names = (".rhosts", ".shosts")
    system = modes.get("/etc/hosts.equiv")
    if not isinstance(system, Absent):
        return unmet({"checked": 0, "count": 1, "places": ["/etc/hosts.equiv"]}, wanted=0)
    if system.why is not Why.NOT_PRESENT:
        return unknown(system.why, system.detail)
    return _judge(accounts, _people(accounts, defs, True), homes, names, lambda a, h: [m.path for m in h.dots(a.home, *names)], 0)


@check("linux.no-netrc")
def no_netrc(accounts: linux.Accounts, homes: linux.Homes | Absent, defs: linux.LoginDefs | Absent) -> Verdict:
    return _judge(accounts, _people(accounts, defs, True), homes, (".netrc",), lambda a, h: [m.path for m in h.dots(a.home, ".netrc")], 0)


@check("linux.ssh-user-keys")
def ssh_user_keys(accounts: linux.Accounts, homes: linux.Homes | Absent, defs: linux.LoginDefs | Absent) -> Verdict:
    private = (".ssh/id_rsa", ".ssh/id_ed25519", ".ssh/id_ecdsa")
    public = (".ssh", ".ssh/authorized_keys", ".ssh/authorized_keys2")

    def wrong(account: linux.Account, known: linux.Homes) -> list[str]:
        closed = [m for m in known.dots(account.home, *private) if m.mode & 0o077 or m.uid not in (0, account.uid)]
        firm = [m for m in known.dots(account.home, *public) if m.mode & 0o022 or m.uid not in (0, account.uid)]
        return [f"{m.path} {m.octal} {m.owner}" for m in [*closed, *firm]]

    return _judge(accounts, _people(accounts, defs, True), homes, public + private, wrong, "go-w; private keys 0600")


@check("linux.home-history-modes")
def history(accounts: linux.Accounts, homes: linux.Homes | Absent, defs: linux.LoginDefs | Absent) -> Verdict:
    names = (".bash_history",)

    def wrong(account: linux.Account, known: linux.Homes) -> list[str]:
        return [f"{m.path} {m.octal}" for m in known.dots(account.home, *names) if m.kind.startswith("regular") and m.beyond(0o600)]

    return _judge(accounts, _people(accounts, defs, True), homes, names, wrong, "0600")
