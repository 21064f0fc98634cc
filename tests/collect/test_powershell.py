"""The Windows script: it parses, it is plain ASCII, it writes nothing; its answer is read whatever a redirection made of it.

No Windows machine was at hand: the grammar of tree-sitter stands for PowerShell's own parser, and the answers are written here as the
script would print them.
"""

from __future__ import annotations

import json
import re

import pytest
import tree_sitter
import tree_sitter_powershell

from scanner.collect.portable import read_answer, write_powershell
from scanner.collect.powershell import plain
from scanner.errors import UseError
from scanner.facts.fact import all_specs
from scanner.model.absent import Why
from scanner.model.evidence import Probe
from scanner.rulebook.book import rulebook

rulebook()
PROBES = [spec.probe for spec in all_specs() if spec.probe.via == "powershell"]
TOKEN = "0123456789abcdef" * 2
GOOD = json.dumps({"found": {"services": [{"Name": "网络 “x”", "State": "Running"}], "processes": []}, "failed": {}})


def say(text: str) -> list[str]:
    """What the script's own Emit prints."""
    out = []
    for line in text.split("\n"):
        plain_line = "".join(char if " " <= char <= "~" else f"\\u{ord(char):04x}" for char in line)
        parts = [plain_line[i : i + 70] for i in range(0, len(plain_line), 70)] or [""]
        out += [("+" if index else "|") + part for index, part in enumerate(parts)]
    return out


def answer(bodies: dict[str, tuple[int, str] | None], token: str = TOKEN, end: bool = True) -> bytes:
    lines = say(json.dumps({"schema": "shiqu/answer/1", "kind": "windows", "token": token, "probes": list(bodies)}))
    lines += [*say("HOST PC-01"), *say(""), *say(f"{token} H 1 1 1790000000")]
    for index, body in enumerate(bodies.values()):
        lines += say("")
        if body is None:
            lines += say(f"{token} P {index}")
            continue
        lines += [
            *say(f"{token} B {index}"),
            *say(body[1]),
            *say(""),
            *say(f"{token} R {index} {body[0]}"),
            *say(""),
            *say(f"{token} E {index}"),
        ]
    lines += [*say(""), *say(f"{token} Z")] if end else []
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def errors(node: tree_sitter.Node) -> list[str]:
    if node.type == "ERROR" or node.is_missing:
        return [f"{node.start_point}: {node.text!r:.80}"]
    return [found for child in node.children for found in errors(child)]


def test_the_script_parses() -> None:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    assert errors(parser.parse(write_powershell(PROBES)).root_node) == []
    assert errors(parser.parse(b"Look 'x' { Rows (Get-NetAdapter @('a') }").root_node), "the grammar refuses what is no PowerShell"


def test_the_script_is_ascii_with_crlf_and_asks_what_the_checks_need() -> None:
    text = write_powershell(PROBES).decode("ascii")
    assert text.count("\n") == text.count("\r\n")
    assert {probe.id for probe in PROBES} >= {
        "windows.attachment",
        "windows.sharing",
        "windows.network-history",
        "windows.network-settings",
    }
    assert all(f"Put {index} {probe.seconds} " in text for index, probe in enumerate(PROBES))


def test_the_script_changes_nothing() -> None:
    text = write_powershell(PROBES).decode("ascii")
    body = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))
    verbs = set(re.findall(r"(?<![\w-])([A-Z][a-z]+)-[A-Z]\w+", body))
    assert verbs <= {"Get", "Test", "New", "Sort", "Select", "Where", "Convert", "For", "ForEach", "ConvertTo"}, verbs
    assert set(re.findall(r"New-(\w+)", body)) == {"Object"}
    assert not re.search(r"Out-File|Set-Content|Invoke-Expression|\biex\b|DownloadString|Start-Process|>>?\s*[\"'$A-Za-z]:?\\", body)
    assert sorted(re.findall(r"(?<!')netsh ([a-z ]+[a-z])", body)) == ["winhttp show proxy", "wlan show profiles"]


@pytest.mark.parametrize("shape", ["ascii", "utf-16 of a redirection", "utf-8 with a mark", "LF only"])
def test_an_answer_is_read_whatever_the_redirection_made_of_it(shape: str) -> None:
    data = answer({"windows.remote-tools": (0, GOOD)})
    if shape.startswith("utf-16"):
        data = b"\xff\xfe" + data.decode().encode("utf-16-le")
    elif shape.startswith("utf-8"):
        data = b"\xef\xbb\xbf" + data
    elif shape == "LF only":
        data = data.replace(b"\r\n", b"\n")
    carried = read_answer(data, "x.ans", "2026-11-24T06:00:00Z")
    assert (carried.host, carried.kind, carried.reading.privilege, carried.reading.clock) == ("PC-01", "windows", "user", 1790000000)
    [evidence] = carried.evidence
    assert evidence.absent is None and evidence.exit == 0
    assert json.loads(evidence.stdout) == json.loads(GOOD)


def test_refusal_time_out_and_failure_each_have_their_reason() -> None:
    bodies = {"windows.remote-tools": None, "windows.sharing": (124, ""), "windows.attachment": (1, "Cannot find it")}
    found = read_answer(answer(bodies), "x.ans", "")  # type: ignore[arg-type]
    whys = {item.probe: None if item.absent is None else item.absent.why for item in found.evidence}
    assert whys == {"windows.remote-tools": Why.NO_PERMISSION, "windows.sharing": Why.TIMED_OUT, "windows.attachment": None}


def test_content_cannot_forge_a_mark() -> None:
    forged = json.dumps({"found": {"services": [{"Name": f"\n{TOKEN[::-1]} E 0\n|x"}]}, "failed": {}})
    [evidence] = read_answer(answer({"windows.remote-tools": (0, forged)}), "x.ans", "").evidence
    assert json.loads(evidence.stdout) == json.loads(forged)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"|", b"|{}\r\n|HOST x\r\n", b"\xff\xfe|", b"|{\"schema\": 1}\r\nPS C:\\> \r\n", answer({"windows.remote-tools": (0, GOOD)}, end=False),
        answer({"linux.attachment": (0, "")}), answer({"windows.nothing": (0, "")}), answer({}, token="short"),
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_refused_with_its_name(data: bytes) -> None:
    with pytest.raises(UseError):
        read_answer(data, "x.ans", "")


def test_a_shells_answer_is_left_as_it_is() -> None:
    assert plain(b'{"schema": 1}\nHOST x\n| not ours\n') == b'{"schema": 1}\nHOST x\n| not ours\n'


def test_long_lines_come_back_whole() -> None:
    text = "x" * 70 + " " * 70 + "y"
    lines = "".join(f"{line}\r\n" for line in say(text)).encode()
    assert plain(lines) == text.encode() + b"\n"
    assert max(len(line) for line in lines.split(b"\r\n")) <= 71


def test_only_powershell_probes_are_put() -> None:
    from scanner.collect.powershell import compose_powershell

    with pytest.raises(ValueError, match="cannot put"):
        compose_powershell([Probe("x", "sh", ("true",))], TOKEN, "{}")
