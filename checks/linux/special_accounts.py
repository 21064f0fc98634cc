"""System, default and shared accounts / 系统账户、默认账户与共用账户."""

from scanner.api import Absent, Status, Verdict, Why, awaits_person, check, linux, met, not_applicable, unknown, unmet

DEFAULTS = (
    "admin,administrator,guest,test,tester,user,demo,pi,ubuntu,debian,centos,rocky,almalinux,fedora,ec2-user,cloud-user,vagrant,"
    "kylin,uos,openeuler,anolis,deepin,anonymous,toor,temp,tmp,default,oracle,weblogic,tomcat,mysql,nagios,zabbix,ftpuser"
)
SHARED = "public,share,shared,common,gongyong,ops,yunwei,dev,team,group,staff,dangan,archive,keyboard,all"


def _uid_min(defs: linux.LoginDefs | Absent) -> int:
    number = None if isinstance(defs, Absent) else defs.number("UID_MIN")
    return number if number is not None and number > 0 else 1000


def _listed(names: list[str], accounts: linux.Accounts) -> Verdict:
    observed = {"count": len(names), "accounts": sorted(names)[:20]}
    if names:
        return unmet(observed, wanted=0)
    if accounts.malformed:
        return unknown(Why.GARBLED, f"line not understood: {accounts.malformed[0]}", observed)
    return met(observed)


@check("linux.system-accounts-no-shell")
def no_shell(accounts: linux.Accounts, defs: linux.LoginDefs | Absent) -> Verdict:
    low = _uid_min(defs)
    return _listed([a.name for a in accounts.accounts if 0 < a.uid < low and a.name != "root" and a.can_log_in], accounts)


@check("linux.system-accounts-no-password")
def no_password(accounts: linux.Accounts, shadow: linux.Shadow, defs: linux.LoginDefs | Absent) -> Verdict:
    low = _uid_min(defs)
    kinds = {s.name: s for s in shadow.secrets}
    system = [a.name for a in accounts.accounts if 0 < a.uid < low]
    opinion = _listed([name for name in system if name in kinds and kinds[name].usable], accounts)
    if opinion.status is Status.MET and shadow.malformed:
        return unknown(Why.GARBLED, f"line not understood: {shadow.malformed[0]}")
    return opinion


@check("linux.nologin-not-in-shells")
def nologin_not_in_shells(defs: linux.LoginDefs) -> Verdict:
    text = defs.files.text("/etc/shells")
    if isinstance(text, Absent):
        return not_applicable("/etc/shells") if text.why is Why.FILE_MISSING else unknown(text.why, text.detail)
    lines = [line.split("#")[0].strip() for line in text.split("\n")]
    bad = [line for line in lines if line.rpartition("/")[2] in ("nologin", "false")]
    return unmet({"lines": bad[:20]}, wanted=[]) if bad else met({"lines": bad})


@check("linux.default-accounts")
def default_accounts(accounts: linux.Accounts, shadow: linux.Shadow, *, names: str = DEFAULTS) -> Verdict:
    known = set(names.split(","))
    ended = {s.name for s in shadow.secrets if s.expires is not None and 0 <= s.expires <= shadow.today}
    return _listed([a.name for a in accounts.accounts if a.name.lower() in known and a.can_log_in and a.name not in ended], accounts)


@check("linux.shared-accounts")
def shared_accounts(accounts: linux.Accounts, defs: linux.LoginDefs | Absent, *, names: str = SHARED) -> Verdict:
    low = _uid_min(defs)
    people = sorted(a.name for a in accounts.accounts if a.uid >= low and a.uid != 65534 and a.can_log_in)
    known = set(names.split(","))
    observed = {"count": len(people), "accounts": people[:20], "look-shared": [n for n in people if n.lower() in known][:20]}
    return awaits_person(observed, wanted="one named owner each")
