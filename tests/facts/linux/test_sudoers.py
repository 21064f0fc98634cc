"""sudoers: the reader on any text, the order of files, and the way through the mask."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.clean import mask
from scanner.facts.fact import read, spec_of, write_files
from scanner.facts.linux.sudoers import Sudoers
from scanner.facts.linux.sudoers_text import Parsed, parse
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

NAMES = st.sampled_from(["alice", "%wheel", "#1000", "ADMINS", "ALL", "+net", '"a b"'])
COMMANDS = st.sampled_from(["ALL", "/bin/ls", "/bin/cat /etc/motd", "CMDS", "!/bin/sh", "sudoedit /etc/x", "/a\\,b c\\:d"])
TAGS = st.sampled_from(["", "NOPASSWD: ", "PASSWD:", "NOPASSWD:SETENV: ", "NOEXEC : "])
RUNAS = st.sampled_from(["", "(root) ", "(ALL:ALL) ", "(:adm) "])
ITEMS = st.lists(st.tuples(RUNAS, TAGS, COMMANDS), min_size=1, max_size=4)


def sudoers(**files: str) -> Sudoers | Absent:
    named = {("/etc/sudoers" if key == "main" else f"/etc/sudoers.d/{key}"): text for key, text in files.items()}
    return read(spec_of(Sudoers), Answer(write_files(named)))


@given(st.lists(NAMES, min_size=1, max_size=2), ITEMS)
def test_what_is_written_is_read(users: list[str], items: list[tuple[str, str, str]]) -> None:
    text = f"{', '.join(users)} ALL = {', '.join(run + tag + command for run, tag, command in items)}\n"
    whole = Parsed([], [], {}, [])
    parse(text, "f", whole, lambda directive, name: None)
    assert [rule.command for rule in whole.rules] == [command for _, _, command in items]
    free, expected = False, []
    for _, tag, _ in items:
        free = "NOPASSWD" in tag if "PASSWD" in tag else free
        expected.append(free)
    assert ["NOPASSWD" in rule.tags for rule in whole.rules] == expected
    assert all(len(rule.users) == len(users) for rule in whole.rules)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    found = sudoers(main=text)
    assert isinstance(found, Sudoers | Absent)


@given(ITEMS)
def test_the_mask_leaves_the_rules_as_they_are(items: list[tuple[str, str, str]]) -> None:
    text = f"bob ALL = {', '.join(run + tag + command for run, tag, command in items)}\n"
    sent = write_files({"/etc/sudoers": text.replace("PASSWD:", "PASSWD~:").replace("PASSWD :", "PASSWD~:")})
    kept = read(spec_of(Sudoers), Answer(mask(sent)))
    whole = sudoers(main=text)
    assert isinstance(kept, Sudoers) and isinstance(whole, Sudoers)
    assert [(r.command, r.tags) for r in kept.rules] == [(r.command, r.tags) for r in whole.rules]


def test_the_last_default_wins_over_all_files() -> None:
    found = sudoers(
        main="Defaults use_pty\nroot ALL=(ALL) ALL\n@includedir /etc/sudoers.d\n", b="Defaults !use_pty\n", a="Defaults use_pty\n"
    )
    assert isinstance(found, Sudoers) and found.default("use_pty") is False


def test_a_comment_is_not_continued() -> None:
    found = sudoers(main="# alice, \\\nbob ALL=NOPASSWD: ALL\n")
    assert isinstance(found, Sudoers) and found.rules[0].users == ("bob",)


def test_an_include_that_did_not_come_is_named() -> None:
    found = sudoers(main="root ALL=(ALL) ALL\n#include /opt/rules\n")
    assert isinstance(found, Sudoers) and found.unread == ("/opt/rules",)
