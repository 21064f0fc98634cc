"""Linux facts: one subject a file. ``scanner.api.linux`` is this package; what a check may name is imported here."""

from scanner.facts.linux.audit_cover import Cover
from scanner.facts.linux.audit_rules import Field, Rule, RuleSet
from scanner.facts.linux.audit_state import AuditFiles, AuditLoaded
from scanner.facts.linux.firewall import Firewall, boot_stance
from scanner.facts.linux.guards import Guards
from scanner.facts.linux.hostfiles import FirewallFiles, HostFiles
from scanner.facts.linux.kernel import Kernel
from scanner.facts.linux.log_services import LogServices
from scanner.facts.linux.logrotate import Logrotate
from scanner.facts.linux.mounts import Mounts
from scanner.facts.linux.netfilter import Accept, Stance
from scanner.facts.linux.os_life import TABLE_AS_OF, OperatingSystem
from scanner.facts.linux.packages import Lists, Packages
from scanner.facts.linux.rsyslog import Route, loops_back
from scanner.facts.linux.schedules import Schedules
from scanner.facts.linux.services import Services, Use
from scanner.facts.linux.sockets import Socket, Sockets
from scanner.facts.linux.sshd import SshdConfig
from scanner.facts.linux.sshd_daemon import SshdDaemon
from scanner.facts.linux.sshd_match import SshdMatch
from scanner.facts.linux.sshd_settings import SshdSetting, sshd_seconds, sshd_setting
from scanner.facts.linux.storage import Storage
from scanner.facts.linux.sysctl import Setting, Sysctl
from scanner.facts.linux.syslog import SyslogFiles, remote_unreadable
from scanner.facts.linux.timesync import Clock, ClockFiles
from scanner.facts.linux.versions import VersionKey

__all__ = [
    "TABLE_AS_OF",
    "Accept",
    "AuditFiles",
    "AuditLoaded",
    "Clock",
    "ClockFiles",
    "Cover",
    "Field",
    "Firewall",
    "FirewallFiles",
    "Guards",
    "HostFiles",
    "Kernel",
    "Lists",
    "LogServices",
    "Logrotate",
    "Mounts",
    "OperatingSystem",
    "Packages",
    "Route",
    "Rule",
    "RuleSet",
    "Schedules",
    "Services",
    "Setting",
    "Socket",
    "Sockets",
    "SshdConfig",
    "SshdDaemon",
    "SshdMatch",
    "SshdSetting",
    "Stance",
    "Storage",
    "Sysctl",
    "SyslogFiles",
    "Use",
    "VersionKey",
    "boot_stance",
    "loops_back",
    "remote_unreadable",
    "sshd_seconds",
    "sshd_setting",
]  # fmt: skip
