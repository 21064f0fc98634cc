"""Services that an archive's server does not need must neither run nor start / 不需要的服务不得运行或自启."""

from collections.abc import Callable
from typing import NamedTuple

from scanner.api import Verdict, Why, check, linux, met, unknown, unmet


class Row(NamedTuple):
    """Names of one service: unit names without their ending (also start links), processes, inetd entries."""

    stems: tuple[str, ...]
    processes: tuple[str, ...] = ()
    inetd: tuple[str, ...] = ()


SERVICES = {
    "autofs": Row(("autofs",), ("automount",)),
    "avahi": Row(("avahi-daemon",), ("avahi-daemon",)),
    "bluetooth": Row(("bluetooth",), ("bluetoothd",)),
    "cups": Row(("cups", "cups-browsed", "cupsd"), ("cupsd", "cups-browsed")),
    "debug-shell": Row(("debug-shell",)),
    "dhcp-server": Row(("dhcpd", "dhcpd6", "isc-dhcp-server", "isc-dhcp-server6", "kea-dhcp4-server"), ("dhcpd", "kea-dhcp4")),
    "dns-server": Row(("named", "bind9", "named-chroot"), ("named",)),
    "dovecot": Row(("dovecot",), ("dovecot",)),
    "ftp": Row(("vsftpd", "proftpd", "pure-ftpd", "wu-ftpd"), ("vsftpd", "proftpd", "pure-ftpd", "in.ftpd", "ftpd"), ("ftp",)),
    "ldap-server": Row(("slapd",), ("slapd",)),
    "nfs": Row(("nfs-server", "nfs", "nfs-kernel-server"), ("nfsd",)),
    "nis-client": Row(("ypbind", "nis"), ("ypbind",)),
    "nis-server": Row(("ypserv", "yppasswdd", "ypxfrd"), ("ypserv", "rpc.yppasswdd", "rpc.ypxfrd")),
    "rexec": Row(("rexec",), ("in.rexecd", "rexecd"), ("exec", "rexec")),
    "rlogin": Row(("rlogin",), ("in.rlogind", "rlogind"), ("login", "rlogin")),
    "rpcbind": Row(("rpcbind", "portmap"), ("rpcbind", "portmap")),
    "rsh": Row(("rsh",), ("in.rshd", "rshd"), ("shell", "rsh")),
    "rsync-daemon": Row(("rsync", "rsyncd"), (), ("rsync",)),
    "samba": Row(("smbd", "smb", "nmbd", "nmb", "samba", "samba-ad-dc"), ("smbd", "nmbd", "samba")),
    "snmp": Row(("snmpd", "snmptrapd"), ("snmpd", "snmptrapd")),
    "squid": Row(("squid", "squid3"), ("squid", "squid3")),
    "talk": Row(("talk", "ntalk"), ("in.talkd", "talkd", "in.ntalkd"), ("talk", "ntalk")),
    "telnet": Row(("telnet", "telnetd", "inetutils-telnetd"), ("in.telnetd", "telnetd"), ("telnet", "telnets")),
    "tftp": Row(("tftp", "tftpd-hpa", "atftpd", "tftpd"), ("in.tftpd", "tftpd", "atftpd"), ("tftp",)),
    "xinetd": Row(("xinetd", "inetd", "openbsd-inetd", "inetutils-inetd"), ("xinetd", "inetd")),
}


def judge(services: linux.Services, row: Row) -> Verdict:
    """Running or starting is unmet wherever it shows; met needs to see what starts, or that no such unit exists at all."""
    use = services.use(row.stems, row.processes, row.inetd)
    if use.any:
        return unmet(use.shown(), wanted={"running": [], "at_boot": []})
    if not services.boot_known and (use.installed or not services.unit_files):
        return unknown(Why.COMMAND_MISSING, f"neither systemd nor start links: {services.init}", use.shown())
    return met(use.shown())


def _make(name: str) -> Callable[..., Verdict]:
    @check(f"linux.service-{name}")
    def one(services: linux.Services) -> Verdict:
        return judge(services, SERVICES[name])

    return one


globals().update({"service_" + name.replace("-", "_"): _make(name) for name in SERVICES})
