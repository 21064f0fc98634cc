"""Frames: whatever a host sends, every question gets exactly one answer or one reason."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.compose import Script, Slot, compose
from scanner.collect.frames import Raw, Reading, read_frames
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Evidence, Probe

TOKEN = "deadbeef" * 4


def ask(*probes: Probe, shell: str = "sh") -> dict[str, Evidence]:
    script = compose([Slot("t", probe) for probe in probes], TOKEN)
    done = subprocess.run([shell, "-s"], input=script.text, capture_output=True, check=False)
    return {item.probe: item for item in read_frames(script, Raw(done.stdout, done.stderr), "", 0.0).evidence}


def reading(stdout: bytes, *probes: Probe, cut: Absent | None = None) -> Reading:
    script = Script(b"", TOKEN, tuple(Slot("t", probe) for probe in probes))
    return read_frames(script, Raw(stdout, b"", cut), "", 0.0)


def sh(text: str, **more: object) -> Probe:
    return Probe("p", "sh", (text,), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_an_answer_comes_back_whole_with_its_exit_status(shell: str) -> None:
    found = ask(sh("printf 'a\\n\\nb'; exit 3"), shell=shell)["p"]
    assert (found.stdout, found.exit, found.absent) == (b"a\n\nb", 3, None)


def test_stderr_stands_beside_the_answer() -> None:
    assert ask(sh("echo no >&2"))["p"].stderr == b"no\n"


def test_an_unterminated_quote_loses_nobody_else() -> None:
    found = ask(Probe("bad", "sh", ("echo 'x",)), Probe("good", "sh", ("echo y",)))
    assert found["good"].stdout == b"y\n"
    assert found["bad"].exit == 2


def test_a_flood_is_cut_and_says_so() -> None:
    found = ask(sh("yes", max_bytes=1000))["p"]
    assert found.absent is not None and found.absent.why is Why.TRUNCATED
    assert len(found.stdout) == 1000


def test_exactly_the_limit_is_whole() -> None:
    assert ask(sh("printf 12345", max_bytes=5))["p"].absent is None


def test_a_slow_probe_times_out_alone() -> None:
    found = ask(Probe("slow", "sh", ("sleep 9",), seconds=1), Probe("good", "sh", ("echo y",)))
    assert found["slow"].absent == Absent(Why.TIMED_OUT, "1 s")
    assert found["good"].absent is None


def test_a_stderr_flood_leaves_the_answers_whole() -> None:
    found = ask(Probe("loud", "sh", ("yes >&2",), seconds=1), Probe("good", "sh", ("echo y",)))
    assert found["good"].stdout == b"y\n"


def test_a_probe_reads_nothing_of_the_script() -> None:
    found = ask(Probe("cat", "sh", ("cat",)), Probe("good", "sh", ("echo y",)))
    assert found["cat"].stdout == b""
    assert found["good"].stdout == b"y\n"


def test_marks_with_another_token_are_content() -> None:
    other = "0" * 32
    found = ask(sh(f"printf '\\n{other} E 0\\n{other} Z\\n'"))["p"]
    assert found.stdout == f"\n{other} E 0\n{other} Z\n".encode()


def test_root_probes_are_not_put_without_privilege() -> None:
    script = compose([Slot("t", sh("echo never", root=True))], TOKEN)
    text = script.text.replace(b"U=$(id -u)", b"U=1000")
    done = subprocess.run(["sh", "-s"], input=text, capture_output=True, check=False)
    found = read_frames(script, Raw(done.stdout, done.stderr), "", 0.0)
    assert found.evidence[0].absent == Absent(Why.NO_PERMISSION, "root")
    assert found.privilege == "user"


def test_files_come_back_with_missing_and_content_marked(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from scanner.facts.fact import read_files
    from scanner.model.evidence import Answer

    (tmp_path / "a.conf").write_bytes(b"x\nM fake\n\xff")
    (tmp_path / "b.conf").write_bytes(b"")
    probe = Probe("f", "files", (f"{tmp_path}/*.conf", f"{tmp_path}/no"))
    found = ask(probe)["f"]
    files = read_files(Answer(found.stdout))
    assert [(p.rsplit("/", 1)[1], f.text) for p, f in files.texts.items()] == [("a.conf", "x\nM fake\n\\xff\n"), ("b.conf", "")]
    assert files.missing == (f"{tmp_path}/no",)


def test_a_fifo_in_place_of_a_file_hangs_nobody(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import os

    os.mkfifo(tmp_path / "f")
    found = ask(Probe("f", "files", (f"{tmp_path}/f",)))["f"]
    assert found.stdout == f"D {tmp_path}/f\n".encode()


def test_a_file_over_the_limit_is_marked_cut(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "big").write_text("0123456789\n" * 100)
    found = ask(Probe("f", "files", (f"{tmp_path}/big",), max_bytes=200))["f"]
    assert found.stdout.endswith(b"\nC\n")


def test_a_missing_end_is_truncated_never_an_answer() -> None:
    found = reading(f"\n{TOKEN} H 1 0 1\n\n{TOKEN} B 0\nhalf".encode(), sh("x"))
    assert found.evidence[0].absent is not None and found.evidence[0].absent.why is Why.TRUNCATED


def test_a_lost_exit_status_is_garbled() -> None:
    found = reading(f"\n{TOKEN} B 0\nx\n{TOKEN} E 0\n".encode(), sh("x"))
    assert found.evidence[0].absent is not None and found.evidence[0].absent.why is Why.GARBLED


def test_a_frame_that_comes_twice_is_garbled() -> None:
    frame = f"\n{TOKEN} B 0\nx\n{TOKEN} R 0 0\n\n{TOKEN} E 0\n"
    found = reading((frame + frame).encode(), sh("x"))
    assert found.evidence[0].absent is not None and found.evidence[0].absent.why is Why.GARBLED


def test_nothing_at_all_is_garbled_with_a_reason() -> None:
    assert reading(b"", sh("x")).evidence[0].absent == Absent(Why.GARBLED, "no frame mark came back")


def test_a_cut_conversation_gives_its_reason_to_what_is_missing() -> None:
    cut = Absent(Why.TIMED_OUT, "host")
    assert reading(f"\n{TOKEN} H 1 0 1\n".encode(), sh("x"), cut=cut).evidence[0].absent == cut


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=30),
            st.sampled_from([b"B 0", b"R 0 0", b"E 0", b"P 0", b"Z", b"H 1 0 1", b"B 1", b"E 9", b"R 0 x"]).map(
                lambda w: f"\n{TOKEN} ".encode() + w + b"\n"
            ),
        ),
        max_size=12,
    )
)
def test_no_stream_breaks_the_reader_or_the_count(pieces: list[bytes]) -> None:
    found = reading(b"".join(pieces), Probe("a", "sh", ("x",)), Probe("b", "files", ("/x",)))
    assert [item.probe for item in found.evidence] == ["a", "b"]


def test_globs_are_quoted_but_for_the_glob() -> None:
    script = compose([Slot("t", Probe("f", "files", ("/etc/a b;$(x)*.conf",)))], TOKEN)
    assert b"/etc/a' 'b';''$''('x')'*.conf" in script.text
