"""What a set of audit rules records: paths, system calls, and what is taken out again by ``never`` rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.facts.linux.audit_rules import Field, Rule, RuleSet

_ALIASES = (("/var/run/", "/run/"),)
_MERGED = (("/bin/", "/usr/bin/"), ("/sbin/", "/usr/sbin/"), ("/lib/", "/usr/lib/"))
# Services that are commonly left out; any other program could be in a person's hands.
_SERVICES = {"vmtoolsd", "qemu-ga", "chronyd", "ntpd", "systemd-timesyncd", "cron", "crond", "zabbix_agentd", "node_exporter", "clamd"}
_PEOPLES_TYPES = {"unconfined_t", "sysadm_t", "staff_t", "user_t", "guest_t", "xguest_t"}
# Exclusions of these record types leave path and system call events unreadable or gone.
_VITAL = {"SYSCALL", "PATH", "1300", "1302"}
# system calls that the 64-bit ABI of newer machines (arm64, riscv, loongarch) never had
_LEGACY = frozenset({"chmod", "chown", "lchown", "open", "creat", "unlink", "rename", "rmdir", "stime"})


@dataclass(frozen=True, slots=True)
class Cover:
    """Questions put to one rule set on one machine."""

    rules: RuleSet
    machine: str
    """``uname -m``."""
    merged_usr: bool = True
    """/bin is a link to /usr/bin: both spell the same object."""
    least_person: int = 1000
    """Lowest login id of a person: rules that begin at or below it cover every person."""

    @property
    def arches(self) -> tuple[str, ...]:
        """The ABIs of this machine, native first."""
        if self.machine in {"loongarch64", "riscv64"}:
            return ("b64",)
        return ("b64", "b32") if "64" in self.machine or self.machine == "s390x" else ("b32",)

    def silenced(self) -> str | None:
        """Why no rule takes effect at all, or None."""
        for rule in self.rules.rules:
            bare = not rule.fields and not rule.compares and rule.path is None and rule.tree is None
            if rule.action == "never" and rule.list == "task" and bare:
                return "never,task"
            if rule.list == "exclude" and _vital(rule) is not None:
                return f"exclude msgtype={_vital(rule)}"
        return None

    def path(self, target: str, perm: str) -> bool:
        """Every access of the kinds in ``perm`` to the path is recorded on every ABI, for every person.

        A target that ends in ``/`` means the folder with all that is in it: a rule on the folder's own path is not enough.
        """
        return all(set(perm) <= self._kinds(target, arch) for arch in self.arches)

    def _kinds(self, target: str, arch: str) -> set[str]:
        kinds: set[str] = set()
        for index, rule in enumerate(self.rules.rules):
            if not self._records(rule) or rule.syscalls != {"all"} or rule.arch not in (arch, None) or rule.compares:
                continue
            if self._reaches(rule, target) and self._only_people(rule) and not self._taken_out(index, target=target, arch=arch):
                kinds |= rule.perm
        return kinds

    def _reaches(self, rule: Rule, target: str) -> bool:
        whole = target.endswith("/")
        wanted = self._same(target.rstrip("/"))
        if not whole and rule.path is not None and self._same(rule.path) == wanted:
            return True
        return rule.tree is not None and f"{wanted}/".startswith(f"{self._same(rule.tree).rstrip('/')}/")

    def _touches(self, rule: Rule, target: str) -> bool:
        """The rule speaks about the target or about something inside it."""
        inside = self._same(target.rstrip("/")) + "/"
        return self._reaches(rule, target) or any(
            f"{self._same(place)}/".startswith(inside) for place in (rule.path, rule.tree) if place is not None
        )

    def _same(self, path: str) -> str:
        for link, real in (*_ALIASES, *(_MERGED if self.merged_usr else ())):
            if path.startswith(link):
                path = real + path.removeprefix(link)
        return path

    def missing_calls(self, calls: Iterable[str], *allowed: Field) -> tuple[str, ...]:
        """``arch:call`` for every system call that is not recorded for every person; one ``allowed`` condition may narrow it."""
        out = []
        for arch in self.arches:
            for call in sorted(calls):
                if not self._known(arch, call) or self._call(arch, call, allowed):
                    continue
                out.append(f"{arch}:{call}")
        return tuple(out)

    def _known(self, arch: str, call: str) -> bool:
        if call == "stime":
            return arch == "b32"
        modern = arch == "b64" and self.machine in {"aarch64", "loongarch64", "riscv64"}
        return not (modern and call in _LEGACY) and not (call == "renameat" and self.machine in {"loongarch64", "riscv64"})

    def _call(self, arch: str, call: str, allowed: tuple[Field, ...]) -> bool:
        for index, rule in enumerate(self.rules.rules):
            if not self._records(rule) or rule.path is not None or rule.tree is not None or rule.compares or rule.perm != frozenset("rwxa"):
                continue
            native = rule.arch is None and (rule.syscalls == {"all"} or arch == self.arches[0])
            if (rule.arch == arch or native) and (call in rule.syscalls or "all" in rule.syscalls):
                wanted = {field for field in rule.fields if not self._covers_people(field)}
                if (not wanted or wanted in [{field} for field in allowed]) and not self._taken_out(index, call=call, arch=arch):
                    return True
        return False

    def program(self, path: str) -> bool:
        """Every run of the program by a person is recorded."""
        return self.path(path, "x") or self._every_run()

    def _every_run(self) -> bool:
        """All program starts, or all that gain another identity, are recorded on every ABI."""
        return all(any(self._run(index, rule, arch) for index, rule in enumerate(self.rules.rules)) for arch in self.arches)

    def _run(self, index: int, rule: Rule, arch: str) -> bool:
        if not self._records(rule) or rule.path is not None or rule.tree is not None or rule.arch not in (arch, None):
            return False
        if rule.arch is None and rule.syscalls != {"all"} and arch != self.arches[0]:
            return False
        if not ({"all", "execve"} & rule.syscalls) or self._taken_out(index, call="execve", arch=arch):
            return False
        rest = {field for field in rule.fields if not self._covers_people(field)}
        gain = rule.compares <= {"uid!=euid", "euid!=uid"} and rest <= {Field("euid", "=", "0")}
        return gain if rule.compares else not rest

    def _records(self, rule: Rule) -> bool:
        return rule.action == "always" and rule.list == "exit"

    def _only_people(self, rule: Rule) -> bool:
        return all(self._covers_people(field) for field in rule.fields)

    def _covers_people(self, field: Field) -> bool:
        """The condition leaves in every person's login."""
        if field.key != "auid":
            return False
        if field.value == "unset":
            return field.op == "!="
        if not re.fullmatch("[0-9]{1,10}", field.value):
            return False
        return (field.op == ">=" and int(field.value) <= self.least_person) or (field.op == ">" and int(field.value) < self.least_person)

    def _taken_out(self, before: int, *, target: str | None = None, call: str | None = None, arch: str | None = None) -> bool:
        """An earlier ``never`` rule hides the event from the rule at this place (the first that fits decides)."""
        return any(self._hides(rule, target, call, arch) for rule in self._never(before))

    def _never(self, before: int) -> Iterator[Rule]:
        for index, rule in enumerate(self.rules.rules):
            if rule.action == "never" and (rule.list == "task" or (rule.list == "exit" and index < before)):
                yield rule

    def _hides(self, rule: Rule, target: str | None, call: str | None, arch: str | None) -> bool:
        if any(_no_person(field) for field in rule.fields):
            return False
        if target is not None and rule.arch not in (None, arch):
            return False
        if target is not None:
            # A never rule with a path hides that path; one without hides whatever call it names, so also accesses to the path.
            return (rule.path is None and rule.tree is None) or self._touches(rule, target)
        if rule.path is not None or rule.tree is not None:
            return False
        return (rule.arch in (None, arch)) and ("all" in rule.syscalls or call in rule.syscalls)


def _no_person(field: Field) -> bool:
    """The condition leaves every person's doings out of the rule."""
    if field.op != "=":
        return False
    if field.key == "exe":
        return field.value.rpartition("/")[2] in _SERVICES
    if field.key == "subj_type":
        return field.value.endswith("_t") and field.value not in _PEOPLES_TYPES
    return field == Field("auid", "=", "unset") or field == Field("subj_user", "=", "system_u")


def _vital(rule: Rule) -> str | None:
    if any(field.key != "msgtype" for field in rule.fields):
        return None
    for field in rule.fields:
        if field.op == "=" and field.value.upper() in _VITAL:
            return field.value.upper()
        if field.op in {"!=", ">", ">=", "<", "<="}:
            return field.value.upper()
    return None
