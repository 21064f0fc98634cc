"""The reader of Match blocks: against generated files, and against what a real sshd does with the same files."""

import shutil
import subprocess
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import write_files
from scanner.facts.linux.sshd_match import SshdMatch, directive
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

KEYWORDS = ("X11Forwarding", "PermitRootLogin", "allowtcpforwarding", "PERMITEMPTYPASSWORDS")
blank = st.sampled_from([" ", "\t", "  ", " \t", "=", " = "])
end = st.sampled_from(["", " ", "\r", " \t\r"])
setting = st.tuples(st.sampled_from(KEYWORDS), blank, st.sampled_from(["yes", "no", '"yes"', '"no"']), end)
noise = st.sampled_from(["", "   ", "# X11Forwarding yes", "\t#Match all", "#\u2028Match all"])


def read(files: dict[str, str]) -> SshdMatch:
    found = SshdMatch.read(Answer(write_files(files)))
    assert isinstance(found, SshdMatch)
    return found


@given(st.lists(st.tuples(noise, setting)), st.lists(st.tuples(st.sampled_from(["User a", "Group b", "all"]), st.lists(setting))))
def test_every_setting_of_every_block_is_seen_once(head: list, blocks: list) -> None:
    lines = [f"{n}\n{k}{b}{v}{e}" for n, (k, b, v, e) in head]
    expected: dict[tuple[str, str], str] = {}
    for criteria, body in blocks:
        lines.append(f"  mAtch {criteria}")
        for keyword, between, value, tail in body:
            lines.append(f"\t{keyword}{between}{value}{tail}")
            expected.setdefault((criteria, keyword.lower()), value.strip('"'))
    found = read({"/etc/ssh/sshd_config": "\n".join(lines) + "\n"})
    assert {(s.criteria, s.keyword): s.value for s in found.settings} == expected
    assert len(found.settings) == len(expected)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    answer = Answer(b"F /etc/ssh/sshd_config\n" + b"".join(b"|" + line + b"\n" for line in data.split(b"\n")))
    from scanner.facts.fact import read as read_fact
    from scanner.facts.fact import spec_of

    assert isinstance(read_fact(spec_of(SshdMatch), answer), SshdMatch | Absent)


def test_blocks_end_with_their_file_and_nest_through_includes() -> None:
    found = read(
        {
            "/etc/ssh/sshd_config": "Include sshd_config.d/*.conf\nX11Forwarding no\nMatch User a\n"
            "Include /etc/ssh/sshd_config.d/20.conf\n",
            "/etc/ssh/sshd_config.d/10.conf": "Match Group g\nPermitRootLogin yes\n",
            "/etc/ssh/sshd_config.d/20.conf": "AllowTcpForwarding yes\nMatch Group h\nPermitTTY no\n",
        }
    )
    assert [(s.criteria, s.keyword, s.file[-7:], s.line) for s in found.settings] == [
        ("Group g", "permitrootlogin", "10.conf", 2),
        ("Group h", "permittty", "20.conf", 3),
        ("User a", "allowtcpforwarding", "20.conf", 1),
        ("User a & Group h", "permittty", "20.conf", 3),
    ]
    assert found.unread == ()


@pytest.mark.parametrize("pattern", ["/opt/x.conf", "../x.conf", "sshd_config.d/*", "/etc/ssh/sshd_config.d/.*.conf", "~/x.conf"])
def test_an_include_out_of_sight_is_named(pattern: str) -> None:
    assert read({"/etc/ssh/sshd_config": f"Include {pattern}\n"}).unread


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("Banner none # said", ("banner", "none")),
        ('Match User "a b"', ("match", 'User "a b"')),
        ("X11Forwarding=yes", ("x11forwarding", "yes")),
        ("\u2028X11Forwarding yes", None),
    ],
)
def test_directive(line: str, pair: tuple[str, str] | None) -> None:
    if pair is None:
        with pytest.raises(Exception, match="not a setting"):
            directive(line)
    else:
        assert directive(line) == pair


@pytest.mark.lab
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["User a", "User a,b", "User *", "all"]), st.lists(setting, max_size=4)), max_size=4))
def test_a_real_sshd_never_shows_a_value_that_the_reader_does_not(blocks: list) -> None:
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")
    assert sshd is not None
    lines = [f"Match {criteria}\n" + "".join(f" {k}{b}{v}{e}\n" for k, b, v, e in body) for criteria, body in blocks]
    text = "X11Forwarding no\nPermitRootLogin no\nAllowTcpForwarding no\nPermitEmptyPasswords no\n" + "".join(lines)
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        # A mount namespace of its own gives sshd the empty folder that it insists on.
        script = 'mount -t tmpfs none /run && mkdir /run/sshd && exec "$1" -T -f "$2" -C user=a,host=h,addr=192.0.2.1'
        command = ["unshare", "-m", "sh", "-c", script, "sh", sshd, file.name]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert shown.returncode == 0, shown.stderr
    seen = {(s.keyword, s.value) for s in read({"/etc/ssh/sshd_config": text}).settings}
    for line in shown.stdout.split("\n"):
        keyword, _, value = line.partition(" ")
        if keyword in {k.lower() for k in KEYWORDS} and value != "no":
            assert (keyword, value) in seen
