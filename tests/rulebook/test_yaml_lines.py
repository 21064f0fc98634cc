"""What a YAML file may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.errors import UseError
from scanner.rulebook.yaml_lines import load_lined


@pytest.mark.parametrize("word", [".nan", ".NaN", ".inf", "-.Inf", "1.0e+999", "!!float nan"])
def test_what_is_no_number_is_refused_with_its_line(word: str) -> None:
    with pytest.raises(UseError) as caught:
        load_lined(f"a: 1\nb: [2, {{c: {word}}}]\n", "values.yaml")
    assert caught.value.fields["line"] == "2"


def test_numbers_stay_numbers() -> None:
    assert load_lined("a: 1.5\nb: -2\nc: 6.02e+23\n", "x") == {"a": 1.5, "b": -2, "c": 6.02e23}


@pytest.mark.parametrize("text", ["foo: .nan\n", '{"foo": [1, .inf]}'])
def test_values_without_a_number_are_wrong_use(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "values.yaml").write_text(text)
    code = main(["scan", "local", "--dry-run", "--only", "linux.ssh-root-login", "--values", str(tmp_path / "values.yaml")])
    assert code == 2
    said = capsys.readouterr().err
    assert "values.yaml" in said and "Traceback" not in said
