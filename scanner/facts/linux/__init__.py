"""Linux facts: one subject a file. ``scanner.api.linux`` is this package; what a check may name is imported here."""

from scanner.facts.linux import pam_modules
from scanner.facts.linux.accounts import Account, Accounts, Group, Secret, Shadow
from scanner.facts.linux.attachment import Attachment
from scanner.facts.linux.audit_cover import Cover
from scanner.facts.linux.audit_rules import Field, Rule, RuleSet
from scanner.facts.linux.audit_state import AuditFiles, AuditLoaded
from scanner.facts.linux.connections import Connection, Connections, Mount
from scanner.facts.linux.copy_jobs import CopyJob, CopyJobs
from scanner.facts.linux.firewall import Firewall, boot_stance, closed, ufw_stance
from scanner.facts.linux.firewalld import FirewalldBound, firewalld_stance
from scanner.facts.linux.guards import Guards
from scanner.facts.linux.homes import Homes
from scanner.facts.linux.hostfiles import FirewallFiles, HostFiles
from scanner.facts.linux.kernel import Kernel
from scanner.facts.linux.log_services import LogServices
from scanner.facts.linux.logindefs import LoginDefs
from scanner.facts.linux.logrotate import Logrotate
from scanner.facts.linux.modes import FileMode, Modes
from scanner.facts.linux.mounts import Mounts
from scanner.facts.linux.nat import Nat
from scanner.facts.linux.netfilter import Accept, Stance
from scanner.facts.linux.network_profiles import NetworkProfiles
from scanner.facts.linux.network_settings import Asked, NetworkSettings
from scanner.facts.linux.nft_text import read_nft
from scanner.facts.linux.os_life import TABLE_AS_OF, OperatingSystem
from scanner.facts.linux.packages import Lists, Packages
from scanner.facts.linux.pam import Pam
from scanner.facts.linux.pam_modules import Lockout, Quality
from scanner.facts.linux.profile_files import Profile
from scanner.facts.linux.remote_tools import RemoteTools
from scanner.facts.linux.rsyslog import Route, loops_back
from scanner.facts.linux.schedules import Schedules
from scanner.facts.linux.services import Services, Use
from scanner.facts.linux.shellrc import ShellRc
from scanner.facts.linux.sockets import Socket, Sockets
from scanner.facts.linux.sshd import SshdConfig
from scanner.facts.linux.sshd_daemon import SshdDaemon
from scanner.facts.linux.sshd_match import SshdMatch
from scanner.facts.linux.sshd_settings import SshdSetting, sshd_seconds, sshd_setting
from scanner.facts.linux.storage import Storage
from scanner.facts.linux.sudoers import Sudoers
from scanner.facts.linux.sysctl import Setting, Sysctl
from scanner.facts.linux.syslog import SyslogFiles, remote_unreadable
from scanner.facts.linux.timesync import Clock, ClockFiles
from scanner.facts.linux.usb_network import UsbNetworks
from scanner.facts.linux.versions import VersionKey

__all__ = [
    "TABLE_AS_OF", "Accept", "Account", "Accounts", "Asked", "Attachment", "AuditFiles", "AuditLoaded", "Clock", "ClockFiles",
    "Connection", "Connections", "CopyJob", "CopyJobs", "Cover", "Field", "FileMode", "Firewall", "FirewallFiles", "FirewalldBound",
    "Group", "Guards", "Homes", "HostFiles",
    "Kernel", "Lists", "Lockout", "LogServices", "LoginDefs", "Logrotate", "Modes", "Mount", "Mounts", "Nat", "NetworkProfiles",
    "NetworkSettings", "OperatingSystem", "Packages", "Pam", "Profile", "Quality", "RemoteTools", "Route", "Rule", "RuleSet",
    "Schedules", "Secret", "Services", "Setting", "Shadow", "ShellRc", "Socket", "Sockets", "SshdConfig", "SshdDaemon", "SshdMatch",
    "SshdSetting", "Stance", "Storage", "Sudoers", "Sysctl", "SyslogFiles", "UsbNetworks", "Use", "VersionKey", "boot_stance",
    "closed", "firewalld_stance",     "loops_back", "pam_modules", "read_nft", "remote_unreadable", "sshd_seconds", "sshd_setting", "ufw_stance",
]  # fmt: skip
