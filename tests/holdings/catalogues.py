"""Catalogues made of a seed, with the truth beside them: places with every kind of mixing, and places that only look like it."""

from __future__ import annotations

import csv
import hashlib
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.holdings.maker import CHINESE, COLUMNS, Cell, Maker, Place, Table, catalogue
from tests.holdings.stores import ORDERS, blank, bystanders, ciphered, coded, english, linked, numbered, opaque, shelved, volumes


def places(seed: int, size: int = 1) -> tuple[list[Place], list[str]]:
    """Every kind of mixing, and places that only look like it. Returns the places and pieces of all titles."""
    maker = Maker(seed)
    rnd = maker.random
    mixed = catalogue(maker, "wsda_wj", C=20 * size, R=8 * size, D=8 * size, N=200 * size)
    backup = Table("wsda_wj_bak2019", COLUMNS, mixed.rows[: 100 * size], mixed.truth[: 100 * size])
    if "C" not in backup.truth:
        backup.rows.append(mixed.rows[mixed.truth.index("C")])
        backup.truth.append("C")
    secret = Table("sm_wj", COLUMNS, [maker.row(maker.pick("秘密", "机密", "绝密")) for _ in range(30)], ["C"] * 30)
    levels = Table(
        "zd_mj", ["dm", "mc"], [{"dm": str(n), "mc": text} for n, text in enumerate(["公开", "秘密", "机密", "绝密"])], record=False
    )
    open_rows = catalogue(maker, "kf_wj", N=60 * size)
    split = [Table("a_sm", COLUMNS, [maker.row("机密★20年") for _ in range(9)], ["C"] * 9), catalogue(maker, "b_kf", N=50)]
    index = catalogue(maker, "doc", C=6, N=30)
    order = rnd.randrange(len(ORDERS))
    out = [
        Place("mixed.db", [mixed, backup, *bystanders(maker)], {"X0", "D1", "D3", "D7"}),
        Place("secret.db", [secret, levels], {"X0"}),
        Place("open.db", [open_rows, levels, *bystanders(maker)[:3]], set()),
        Place("split.db", split, {"X0", "D3"}),
        Place("volumes.db", volumes(maker), {"X0", "D0", "D1", "D3"}),
        Place("released.db", [catalogue(maker, "js_wj", D=20, N=40)], set()),
        Place("index.db", [index], {"X0", "D1", "D3", "D7"}, indexed=("doc_fts", "doc", "tm")),
        Place("opaque.db", opaque(maker), {"X0", "D1", "D3"}),
        Place("english.db", [english(maker)], {"X0", "D1", "D3"}),
        Place("cipher.db", [ciphered(maker)], set()),
        Place("blank.db", [blank(maker)], set()),
        Place("suspected.db", [catalogue(maker, "ys_wj", R=5, N=60)], set(), {"X0", "D1", "D3"}),
    ]
    for n, how in enumerate(("reference", "dictionary", "types", "nothing")):
        tables = coded(maker, ORDERS[(order + n) % len(ORDERS)], how)
        mix = {"C", "N"} <= set(tables[0].truth)
        out.append(Place(f"coded_{how}.db", tables, ({"X0", "D1", "D3"} if mix else {"X0"}) if "C" in tables[0].truth else set()))
    for path, encoding, numbers, degrees in (
        ("one/mixed_gbk.csv", "gb18030", {"C": 9, "R": 3, "D": 3, "N": 120}, {"X0", "D1", "D2"}),
        ("two/mixed.csv", "utf-8-sig", {"C": 9, "D": 3, "N": 120}, {"X0", "D1", "D2"}),
        ("three/secret.csv", "utf-8", {"C": 25}, {"X0"}),
        ("three/open.csv", "utf-8", {"N": 60}, {"D2"}),
        ("four/open.csv", "gb18030", {"N": 60}, set()),
    ):
        out.append(Place(path, [catalogue(maker, "", **numbers)], degrees, encoding=encoding))
    return out + strange(maker, ORDERS[order]), maker.titles


def strange(maker: Maker, order: dict[str, str]) -> list[Place]:
    """What a stranger's tables were misread in."""
    out = [Place("volumes_named.db", numbered(maker), {"X0", "D0", "D1", "D3"})]
    for how in ("comment", "many", "choices"):
        tables = coded(maker, order, how)
        truth = set(tables[0].truth)
        out.append(Place(f"coded_{how}.db", tables, ({"X0", "D1", "D3"} if "N" in truth else {"X0"}) if "C" in truth else set()))
    volume, item = shelved(maker)
    secret = Table("", COLUMNS, [maker.row("机密") for _ in range(9)], ["C"] * 9)
    return [
        *out,
        Place("linked.db", linked(maker), {"X0", "D1", "D3"}),
        Place("five/案卷目录.csv", [volume], {"D0", "D2"}, encoding="gb18030"),
        Place("five/卷内目录.csv", [item], {"X0", "D1", "D2"}, encoding="gb18030"),
        Place("six/paged.csv", [catalogue(maker, "", C=4, N=20)], {"X0", "D1", "D2"}, encoding="gb18030", paged=6),
        Place("seven/summed.csv", [secret], {"X0"}, encoding="gb18030", end="合计：9件"),
    ]


def write(root: Path, made: Sequence[Place]) -> None:
    """Write every place below a folder."""
    for place in made:
        path = root / place.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            _write_csv(path, place)
        else:
            _write_sqlite(path, place)


def _write_csv(path: Path, place: Place) -> None:
    table = place.tables[0]
    with path.open("w", encoding=place.encoding, newline="") as stream:
        writer = csv.writer(stream)
        names = [CHINESE.get(name, name) for name in table.columns]
        writer.writerow(names)
        for number, row in enumerate(table.rows):
            if place.paged and number and number % place.paged == 0:
                writer.writerow(names)
            writer.writerow([_text(row.get(name)) for name in table.columns])
        if place.end:
            writer.writerow([place.end])


def _text(value: Cell) -> str:
    return "" if value is None else str(value)


def _write_sqlite(path: Path, place: Place) -> None:
    with sqlite3.connect(path) as base:
        for table in sorted(place.tables, key=lambda item: item.record):
            columns = ", ".join(f'"{name}" {table.types.get(name, "TEXT")}' for name in table.columns)
            base.execute(f'CREATE TABLE "{table.name}" ({columns})')
            marks = ", ".join("?" for _ in table.columns)
            base.executemany(
                f'INSERT INTO "{table.name}" VALUES ({marks})', [[row.get(name) for name in table.columns] for row in table.rows]
            )
        if place.indexed is not None:
            name, table_name, column = place.indexed
            base.execute(f'CREATE VIRTUAL TABLE "{name}" USING fts5("{column}")')
            base.execute(f'INSERT INTO "{name}" SELECT "{column}" FROM "{table_name}"')
    base.close()


def backups(root: Path, seed: int) -> None:
    """Two folders of backups with manifests: in ``good`` every digest holds, in ``broken`` one file was changed and one is gone."""
    maker = Maker(seed)
    for name in ("good", "broken"):
        made = [Place(f"{year}.csv", [catalogue(maker, "", N=40)], set()) for year in (2023, 2024, 2025)]
        write(root / name, made)
        lines = [f"{hashlib.sha256((root / name / place.path).read_bytes()).hexdigest()}  {place.path}\n" for place in made]
        (root / name / "SHA256SUMS").write_text("".join(lines), "utf-8")
    with (root / "broken/2024.csv").open("r+b") as stream:
        stream.seek(200)
        stream.write(b"?")
    (root / "broken/2023.csv").unlink()


def main() -> None:
    """``python -m tests.holdings.catalogues FOLDER SEED``: an ordinary network's places in ``lan``, a classified one's in ``classified``,
    folders of backups in ``backups``.
    """
    root, made = Path(sys.argv[1]), places(int(sys.argv[2]))[0]
    if not root.exists():
        write(root / "lan", made)
        write(root / "classified", [place for place in made if place.path == "secret.db"])
    if not (root / "backups").exists():
        backups(root / "backups", int(sys.argv[2]))


if __name__ == "__main__":
    main()
