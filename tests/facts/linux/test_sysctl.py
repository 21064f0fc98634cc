"""Order of the boot for kernel settings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanner.facts.fact import read, spec_of
from scanner.facts.linux.sysctl import Sysctl
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

KEY = "kernel.randomize_va_space"
FOLDERS = ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"]


def fact(files: dict[str, str], systemd: bool = True, masked: tuple[str, ...] = ()) -> Sysctl:
    out = [
        "== running",
        f"|/proc/sys/{KEY.replace('.', '/')}:2",
        "== unreadable",
        "== init",
        *(["|systemd"] if systemd else []),
        "== files",
    ]
    out += [f"|F {path}" for path in files] + [f"|0 {path}" for path in masked]
    out += ["== lines", *(f"|{path}:{KEY} = {value}" for path, value in files.items())]
    got = read(spec_of(Sysctl), Answer("".join(f"{line}\n" for line in out).encode()))
    assert isinstance(got, Sysctl)
    return got


@given(st.dictionaries(st.tuples(st.sampled_from(FOLDERS), st.sampled_from(["10-a", "50-b", "99-c"])), st.sampled_from("012"), min_size=1))
def test_last_name_and_first_folder_win(entries: dict[tuple[str, str], str]) -> None:
    found = fact({f"{folder}/{name}.conf": value for (folder, name), value in entries.items()}).after_restart(KEY)
    last = max(name for _, name in entries)
    folder = min((f for f, name in entries if name == last), key=FOLDERS.index)
    assert not isinstance(found, Absent)
    assert (found.value, found.source) == (entries[folder, last], f"{folder}/{last}.conf")


def test_masked_file_hides_the_vendors() -> None:
    found = fact({"/usr/lib/sysctl.d/50-a.conf": "0"}, masked=("/etc/sysctl.d/50-a.conf",)).after_restart(KEY)
    assert not isinstance(found, Absent)
    assert found.value is None


@given(st.sampled_from(["kernel.x", "net/ipv4/conf/eth0.7/rp_filter", "net.ipv4.conf.eth0/7.rp_filter"]))
def test_interface_names_with_dots(name: str) -> None:
    text = "== running\n|/proc/sys/net/ipv4/conf/eth0.7/rp_filter:1\n== unreadable\n== init\n|systemd\n== files\n|F /etc/sysctl.d/a.conf\n"
    got = read(spec_of(Sysctl), Answer(f"{text}== lines\n|/etc/sysctl.d/a.conf:{name}=2\n".encode()))
    assert isinstance(got, Sysctl)
    assert got.interfaces("ipv4") == ["eth0/7"]
    later = got.after_restart("net.ipv4.conf.eth0/7.rp_filter")
    assert not isinstance(later, Absent)
    assert later.value == (None if name == "kernel.x" else "2")


def test_only_real_blanks_are_stripped() -> None:
    found = fact({"/etc/sysctl.d/a.conf": "2\u2028"}).after_restart(KEY)
    assert not isinstance(found, Absent)
    assert found.value == "2\u2028"


def test_a_folder_that_may_not_be_read_leaves_the_restart_open() -> None:
    text = "== running\n|/proc/sys/kernel/sysrq:0\n== unreadable\n== init\n|systemd\n== files\n|D /etc/sysctl.d\n== lines\n"
    got = read(spec_of(Sysctl), Answer(text.encode()))
    assert isinstance(got, Sysctl)
    assert isinstance(got.after_restart("kernel.sysrq"), Absent)
