"""``shiqu report -f``: every format of the contract, under the file names that programs rely on."""

from pathlib import Path

import pytest

from reports.json_file import render as render_json
from scanner.cli.main import main
from tests.golden.make_result import small

NAMES = {
    "html": "html",
    "xlsx": "xlsx",
    "csv": "csv",
    "json": "json",
    "oscal": "oscal.json",
    "sarif": "sarif.json",
    "junit": "junit.xml",
    "hdf": "hdf.json",
}


@pytest.mark.parametrize(("reader", "middle"), [("liaison", ""), ("leader", ".leader"), ("annex", ".annex")])
def test_every_format_is_written_under_its_name(tmp_path: Path, reader: str, middle: str) -> None:
    file = tmp_path / "result.json"
    file.write_bytes(render_json(small()))
    code = main(["report", str(file), "-f", ",".join(NAMES), "--reader", reader, "-o", str(tmp_path / "out")])
    assert code == 0
    found = {path.name: path.stat() for path in (tmp_path / "out").iterdir()}
    assert set(found) == {f"report{middle}.{ending}" for ending in NAMES.values()}
    assert {stat.st_mode & 0o777 for stat in found.values()} == {0o600}
    assert all(stat.st_size > 1000 for stat in found.values())
