"""PAM as a tree: the reader on any text, and what makes a module effective."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.fact import write_files
from scanner.facts.linux import pam_modules
from scanner.facts.linux.pam import Entry, Pam
from scanner.facts.linux.pam_chain import outcomes
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

STACK = [
    "password requisite pam_pwquality.so retry=3 minlen=10",
    "password [success=1 default=ignore] pam_unix.so use_authtok yescrypt",
    "password requisite pam_deny.so",
    "password required pam_permit.so",
]
LINES = st.lists(
    st.sampled_from(
        [
            *STACK,
            "password sufficient pam_sss.so use_authtok",
            "password [default=2] pam_succeed_if.so uid < 5",
            "password optional pam_gnome_keyring.so",
            "password substack c",
            "password include c",
            "@include c",
            "auth required pam_unix.so",
            "# password requisite pam_deny.so",
            "password requisite \\",
            "",
        ]
    ),
    max_size=8,
)


def pam(**services: str) -> Pam:
    files = {f"/etc/pam.d/{name}": text for name, text in services.items()}
    fact = Pam.read(Answer(write_files({**files, "/etc/os-release": 'ID=debian\nVERSION_ID="12"\n'})))
    assert isinstance(fact, Pam)
    return fact


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    fact = pam(passwd=text.replace("\r", ""), other="auth required pam_deny.so\n")
    for phase in ("auth", "account", "password", "session"):
        chain = fact.chain("passwd", phase)
        if isinstance(chain, tuple):
            outcomes(chain, lambda entry: ("success",))


@settings(max_examples=60)
@given(LINES, LINES)
def test_an_included_file_reads_like_its_lines_in_place(outer: list[str], inner: list[str]) -> None:
    inner = [line for line in inner if "include" not in line and "substack" not in line and not line.endswith("\\")]
    outer = [line for line in outer if "substack" not in line and not line.endswith("\\")]
    flat = "\n".join("\n".join(inner) if "include c" in line else line for line in outer)
    split = pam(passwd="\n".join(outer), c="\n".join(inner), other="password required pam_deny.so\n")
    whole = pam(passwd=flat, other="password required pam_deny.so\n")
    one, two = split.chain("passwd", "password"), whole.chain("passwd", "password")
    assert isinstance(one, tuple) and isinstance(two, tuple)
    assert [(e.module, e.actions, e.args) for e in one] == [(e.module, e.actions, e.args) for e in two]


@settings(max_examples=80)
@given(LINES, LINES)
def test_a_guarded_stack_never_sets_a_refused_password(outer: list[str], inner: list[str]) -> None:
    """Whatever a stack looks like: when quality() says it binds, no play-through with a refusal ends well."""
    fact = pam(passwd="\n".join(outer), c="\n".join(inner).replace("include c", "include d"), other="password required pam_deny.so\n")
    found = pam_modules.quality(fact)
    if not isinstance(found, pam_modules.Quality):
        return
    chain = fact.chain("passwd", "password")
    assert isinstance(chain, tuple)

    def codes(entry: Entry) -> tuple[str, ...]:
        return ("authtok_err",) if entry.module == "pam_pwquality" else ("success",)

    assert not any(success for success, _ in outcomes(chain, codes))


@pytest.mark.parametrize("gone", [0])
def test_without_the_module_nothing_binds(gone: int) -> None:
    text = "\n".join(line for index, line in enumerate(STACK) if index != gone)
    assert pam_modules.quality(pam(passwd=text)) is None
    assert pam_modules.quality(pam(passwd="\n".join(STACK))) is not None


def test_a_file_that_may_not_be_read_is_no_answer() -> None:
    fact = Pam.read(Answer(write_files({"/etc/pam.d/other": ""}, denied=["/etc/pam.d/passwd"])))
    assert isinstance(fact, Absent)


def test_includes_in_a_circle_end() -> None:
    chain = pam(passwd="@include passwd\n").chain("passwd", "password")
    assert isinstance(chain, Absent)
