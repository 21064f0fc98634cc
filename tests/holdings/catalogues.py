"""Catalogues made of a seed, with the truth beside them. The truth is known because each row is made to be what it is:
nothing here asks the decision functions. Names, titles and numbers are invented.
"""

from __future__ import annotations

import csv
import hashlib
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AS_OF_YEAR = 2026
_LETTERS = "安北城东方高光海和河虹华江金静凯兰林龙明南宁平青泉荣山石水松泰天万文西祥新兴阳银永玉云振正志中竹滨川岛丰岗港谷江湖礁岭陆桥沙滩潭湾屿园岳洲庄"
_MENTIONS = (
    "{}保密工作", "《机密工作条例》{}", "机密文件管理{}", "{}秘书处", "密集架{}", "商业秘密{}保护", "保守国家秘密{}", "国家秘密载体{}", "绝密飞行{}",
    "秘密侦查{}批复", "{}公开的秘密", "机密等级划分{}", "{}泄露国家秘密通报", "{}工作秘密★3年", "商业秘密★5年{}", "解密工作{}通知", "密码管理{}", "机要{}",
    "涉密人员{}", "揭秘{}", "人口密度{}",
)  # fmt: skip
ORDERS = (
    {"1": "公开", "2": "内部", "3": "秘密", "4": "机密", "5": "绝密"},
    {"0": "非涉密", "1": "秘密", "2": "机密", "3": "绝密"},
    {"1": "绝密", "2": "机密", "3": "秘密", "4": "公开"},
    {"1": "公开", "2": "秘密", "3": "机密"},
    {"01": "公开", "02": "秘密", "03": "绝密"},
    {"0": "公开", "5": "内部", "6": "秘密", "7": "机密", "8": "绝密"},
    {"1": "公开", "2": "内部", "3": "机密", "4": "绝密"},
    {"10": "公开", "20": "内部", "60": "秘密", "70": "机密"},
    {"1": "内部", "2": "受控", "3": "商密", "4": "公开"},
)
Cell = Any
Row = dict[str, Cell]


@dataclass
class Table:
    """One table and what is true of it."""

    name: str
    columns: list[str]
    rows: list[Row] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)
    """A decision for each row; empty where the table holds no records."""
    record: bool = True
    types: dict[str, str] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        found = Counter(self.truth) if self.truth else Counter({"N": len(self.rows)})
        return {code: found[code] for code in "CRDNU"}


@dataclass
class Place:
    """One database or file and the degrees that are true of it in an ordinary network."""

    path: str
    tables: list[Table]
    degrees: set[str]
    suspected: set[str] = field(default_factory=set)
    indexed: tuple[str, str, str] | None = None
    """(name of a full-text index, its table, its column)."""
    encoding: str = "utf-8"
    paged: int = 0
    """Records after which the names of the columns come again, as on printed pages."""
    end: str = ""
    """A line below the records."""


class Maker:
    """Makes rows of every kind the decision table knows."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.titles: list[str] = []
        self._number = 0

    def title(self, pattern: str = "{}") -> str:
        words = "".join(self.random.choice(_LETTERS) for _ in range(self.random.randint(8, 20)))
        self.titles.append(words)
        return pattern.format(words)

    def number(self, volume: int | None = None) -> str:
        self._number += 1
        head = f"0{self.random.randint(1, 9)}3-WS·2011-Y" if volume is None else f"0123-2-{volume:04d}"
        return f"{head}-{self._number:05d}"

    def recent(self) -> str:
        return f"{self.random.randint(AS_OF_YEAR - 3, AS_OF_YEAR - 1)}-0{self.random.randint(1, 9)}-1{self.random.randint(0, 9)}"

    def row(self, level: Cell, title: str = "{}", remark: str = "", **cells: Cell) -> Row:
        base = {"dh": self.number(), "tm": self.title(title), "mj": level, "bz": remark, "cwrq": self.recent(), "bgqx": "永久", "bmqx": "", "jmrq": "",
                "zrz": "办公室"}  # fmt: skip
        return base | cells

    def pick(self, *options: Cell) -> Cell:
        return self.random.choice(options)

    def classified(self) -> Row:
        pick, level = self.pick, self.pick("秘密", "机密", "绝密")
        make: list[Callable[[], Row]] = [
            lambda: self.row(level), lambda: self.row(level + "级"), lambda: self.row(f"[{level}]"), lambda: self.row(f"（{level}）"),
            lambda: self.row(level[0] + pick(" ", "　", "\u200b") + level[1]), lambda: self.row({"秘密": "祕密", "机密": "機密", "绝密": "絕密"}[level]),
            lambda: self.row(f"{level}{pick(*'★☆*')}{pick('10年', '１０年', '十年')}"), lambda: self.row(f"{level}★长期", cwrq="1955-01-01"),
            lambda: self.row(f"秘密★{pick('启用前', '公布前')}", cwrq="1988"), lambda: self.row(level, jmrq=pick("0000-00-00", "2099-12-31", "长期", "待定")),
            lambda: self.row("机密★20年", cwrq=pick("不详", "", "约民国时")), lambda: self.row(level, bmqx="长期", cwrq="1960-05-01"),
            lambda: self.row(f"秘密★{AS_OF_YEAR + 4}年1月1日", cwrq="1999-01-01"), lambda: self.row("", f"{{}}（{level}★10年）"),
            lambda: self.row(None, "{}", f"密级：{level}"), lambda: self.row("-", "机密★{}"), lambda: self.row(level, remark="尚未解密"),
            lambda: self.row(f"秘密→{level}"), lambda: self.row({"秘密": "MM", "机密": "JM", "绝密": "UM"}[level]), lambda: self.row(level, del_flag="1"),
            lambda: self.row(f"{level}★{pick('60个月', '６０个月')}"), lambda: self.row(level, bgqx=pick("长期", "定期10年")),
        ]  # fmt: skip
        return self.random.choice(make)()

    def suspected(self) -> Row:
        pick = self.pick
        make: list[Callable[[], Row]] = [
            lambda: self.row(pick("秘密★1年", "机密★6个月"), cwrq="2001-03-04"), lambda: self.row("秘密", cwrq="1987"), lambda: self.row("机密", bmqx="5年", cwrq="2002-01-01"),
            lambda: self.row(pick("机宓", "秘蜜", "绝蜜", "纯密", "扒密", "机密食10年", "秘密★l0年", "机密★1O年", "绝密大长期")),
            lambda: self.row(pick("公开", "内部"), "{}（机密★10年）"), lambda: self.row("", "【机密】{}"), lambda: self.row("公开", "{}（秘密）"),
        ]  # fmt: skip
        return self.random.choice(make)()

    def released(self) -> Row:
        pick = self.pick
        make: list[Callable[[], Row]] = [
            lambda: self.row("机密", jmrq=pick("2015-06-01", "2012"), cwrq="2004-05-06"), lambda: self.row("秘密→公开"), lambda: self.row("机密(已解密)"),
            lambda: self.row("秘密", remark=pick("已解密", "原为秘密，2014年解密"), cwrq="2004-05-06"), lambda: self.row("已解密"),
        ]  # fmt: skip
        return self.random.choice(make)()

    def plain(self) -> Row:
        pick = self.pick
        empty = pick("", None, "-", "/", "无")
        make: list[Callable[[], Row]] = [
            lambda: self.row(pick("公开", "公开级", "内部", "非密", "无密级", "非涉密", "一般", "GK", "NB", "国内")), lambda: self.row(empty),
            lambda: self.row(pick("工作秘密", "商业秘密", "普通商密", "核心商密★3年")), lambda: self.row(pick("公开", empty), self.random.choice(_MENTIONS)),
            lambda: self.row(empty, remark=pick("无密级", "不涉密", "已解密", "原为机密，现已解密", "保密审查通过")), lambda: self.row("公开", del_flag="1"),
            lambda: self.row(pick("公开", empty), bgqx=pick("长期", "10年", "定期30年")),
        ]  # fmt: skip
        return self.random.choice(make)()

    def rows(self, **numbers: int) -> tuple[list[Row], list[str]]:
        """Rows in random order with their truth."""
        makers = {"C": self.classified, "R": self.suspected, "D": self.released, "N": self.plain}
        pairs = [(makers[code](), code) for code, number in numbers.items() for _ in range(number)]
        self.random.shuffle(pairs)
        return [row for row, _ in pairs], [code for _, code in pairs]


COLUMNS = ["dh", "tm", "mj", "bz", "cwrq", "bgqx", "bmqx", "jmrq", "zrz", "del_flag"]
CHINESE = dict(zip(COLUMNS, ["档号", "题名", "密级", "备注", "成文日期", "保管期限", "保密期限", "解密日期", "责任者", "删除标志"]))


def catalogue(maker: Maker, name: str, columns: Sequence[str] = COLUMNS, **numbers: int) -> Table:
    """A catalogue with plain words in its secrecy column."""
    rows, truth = maker.rows(**numbers)
    return Table(name, list(columns), rows, truth)


def bystanders(maker: Maker) -> list[Table]:
    """Tables that look like catalogues of secrets and are none."""
    people = Table("sys_user", ["user_id", "real_name", "mj", "phone"], record=False)
    people.rows = [
        {"user_id": i, "real_name": "甲乙", "mj": maker.pick("核心涉密", "重要涉密", "一般涉密", "机密"), "phone": "0"} for i in range(12)
    ]
    rack = Table("mjj_rack", ["mjjh", "mj", "location"], record=False, types={"mj": "REAL"})
    rack.rows = [{"mjjh": f"密集架{i}", "mj": 80.5 + i, "location": f"库房{i}"} for i in range(15)]
    roles = Table("sys_role_secret", ["role_id", "secret_level"], record=False)
    roles.rows = [{"role_id": i, "secret_level": maker.pick("秘密", "机密")} for i in range(6)]
    log = Table("sys_oper_log", ["id", "oper_name", "action", "detail", "oper_time", "ip"])
    for i in range(30):
        quoting = i % 10 == 0
        log.rows.append({"id": i, "oper_name": "admin", "action": "view", "detail": "打开" + maker.title("{}（机密★10年）" if quoting else "{}保密工作"),
                         "oper_time": "2026-01-01 08:00:00", "ip": "192.0.2.7"})  # fmt: skip
        log.truth.append("R" if quoting else "N")
    return [people, rack, roles, log]


def coded(maker: Maker, order: dict[str, str], how: str) -> list[Table]:
    """A catalogue whose levels are numbers, and what explains them: ``reference``, ``dictionary``, ``types``, ``comment``, ``many`` (one table
    of all dictionaries, to which other columns refer as well) or nothing.
    """
    table = Table("t_item", ["id", "archive_no", "title", "secret_level", "retention", "creator"])
    for i in range(60):
        key = maker.pick(*order)
        table.rows.append(
            {"id": i, "archive_no": maker.number(), "title": maker.title(), "secret_level": key, "retention": "永久", "creator": "办公室"}
        )
        table.truth.append("U" if how == "nothing" else "C" if order[key] in ("秘密", "机密", "绝密") else "N")
    others = {
        "reference": [Table("base_level", ["code", "label"], [{"code": key, "label": text} for key, text in order.items()], record=False)],
        "dictionary": [Table("t_secret_level", ["dm", "mc"], [{"dm": key, "mc": text} for key, text in order.items()], record=False)],
        "types": [Table("sys_dict_data", ["dict_code", "dict_type", "dict_label", "dict_value"], [
            {"dict_code": n, "dict_type": kind, "dict_label": text, "dict_value": key}
            for n, (kind, key, text) in enumerate([*(("secret_level", key, text) for key, text in order.items()),
                                                   ("sys_yes_no", "1", "是"), ("sys_yes_no", "0", "否"), ("retention", "1", "永久"), ("retention", "2", "长期")])
        ], record=False)],
        "many": [Table("base_dict", ["code", "kind", "label"], [
            {"code": key, "kind": kind, "label": text}
            for kind, words in (("secret_level", order), ("retention", {"901": "永久", "902": "30年", "903": "10年"})) for key, text in words.items()
        ], record=False)],
        "comment": [],
        "nothing": [],
    }  # fmt: skip
    if how == "reference":
        table.types["secret_level"] = "TEXT REFERENCES base_level(code)"
    if how == "comment":
        table.types["secret_level"] = f"TEXT /* 密级({' '.join(f'{key}:{text}' for key, text in order.items())}) */"
    if how == "many":
        table.types |= dict.fromkeys(("secret_level", "retention"), "TEXT REFERENCES base_dict(code)")
        for row in table.rows:
            row["retention"] = maker.pick("901", "902", "903")
    return [table, *others[how]]


def opaque(maker: Maker) -> list[Table]:
    """Columns without meaning in their names; a field dictionary tells."""
    names = {"F01": "档号", "F02": "题名", "F09": "密级", "F10": "备注", "F11": "责任者", "F12": "保管期限"}
    rows, truth = maker.rows(C=8, D=0, N=30)
    table = Table("C_0012", list(names), truth=truth)
    table.rows = [dict(zip(names, (row["dh"], row["tm"], row["mj"], row["bz"], row["zrz"], row["bgqx"]))) for row in rows]
    for index, row in enumerate(rows):
        if row["jmrq"] or row["bmqx"]:
            table.rows[index]["F09"] = "机密★长期"
    labels = [{"table_name": "C_0012", "field_name": key, "field_label": text} for key, text in names.items()]
    return [table, Table("sys_field", ["table_name", "field_name", "field_label"], labels, record=False)]


def ciphered(maker: Maker) -> Table:
    """A secrecy column that is cipher text."""
    rows = [maker.row(f"{maker.random.getrandbits(128):032x}") for _ in range(40)]
    return Table("wj_cipher", COLUMNS, rows, ["U"] * len(rows))


def blank(maker: Maker) -> Table:
    """A secrecy column that nobody ever filled in."""
    rows = [maker.row(maker.pick("", None)) for _ in range(40)]
    return Table("wj_blank", COLUMNS, rows, ["N"] * len(rows))


def english(maker: Maker) -> Table:
    """Five English words, of which three are classified."""
    words = [maker.pick("PUBLIC", "INTERNAL", "SECRET", "CONFIDENTIAL", "TOP_SECRET") for _ in range(39)] + ["SECRET"]
    rows = [
        {"archive_no": maker.number(), "title": maker.title(), "classification": word, "creator": "x", "retention": "30"} for word in words
    ]
    truth = ["N" if word in ("PUBLIC", "INTERNAL") else "C" for word in words]
    return Table("records", ["archive_no", "title", "classification", "creator", "retention"], rows, truth)


def volumes(maker: Maker) -> list[Table]:
    """Volumes that are open, of which one holds a classified item."""
    volume = Table("wsda_aj", ["id", "dh", "ajtm", "mj", "bgqx"])
    item = Table("wsda_jn", ["id", "pid", "dh", "tm", "mj", "bgqx", "zrz"])
    for n in range(1, 9):
        volume.rows.append({"id": n, "dh": f"0123-2-{n:04d}", "ajtm": maker.title(), "mj": "公开", "bgqx": "永久"})
        volume.truth.append("N")
        for k in range(4):
            level = "机密★30年" if (n, k) == (3, 1) else "公开"
            item.rows.append(
                {"id": n * 10 + k, "pid": n, "dh": f"0123-2-{n:04d}-{k:04d}", "tm": maker.title(), "mj": level, "bgqx": "永久", "zrz": "甲"}
            )
            item.truth.append("C" if level != "公开" else "N")
    return [volume, item]


def shelved(maker: Maker) -> tuple[Table, Table]:
    """The same in two lists that name fonds, series and volume, and no volume's own number."""
    volume = Table("", ["全宗号", "目录号", "案卷号", "案卷题名", "密级"])
    item = Table("", ["全宗号", "目录号", "案卷号", "顺序号", "题名", "密级"])
    for n in range(1, 9):
        lying = {"全宗号": "0123", "目录号": "2", "案卷号": str(n)}
        volume.rows.append({**lying, "案卷题名": maker.title(), "密级": "公开"})
        volume.truth.append("N")
        for k in range(4):
            level = "机密★30年" if (n, k) == (5, 2) else "公开"
            item.rows.append({**lying, "案卷号": f"{n:04d}", "顺序号": f"{k:03d}", "题名": maker.title(), "密级": level})
            item.truth.append("C" if level != "公开" else "N")
    return volume, item


def numbered(maker: Maker) -> list[Table]:
    """The same in two tables of which the second refers to the number of the first one's volumes."""
    volume, item = volumes(maker)
    rows = [{"ajh": row["dh"], "ajtm": row["ajtm"], "mj": row["mj"]} for row in volume.rows]
    items = [{"ajh": row["dh"][:11], "sxh": row["dh"][12:], "tm": row["tm"], "mj": row["mj"]} for row in item.rows]
    return [
        Table("kj_aj", ["ajh", "ajtm", "mj"], rows, volume.truth, types={"ajh": "TEXT PRIMARY KEY"}),
        Table("kj_jn", ["ajh", "sxh", "tm", "mj"], items, item.truth, types={"ajh": "TEXT REFERENCES kj_aj(ajh)"}),
    ]


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
    for how in ("comment", "many"):
        tables = coded(maker, order, how)
        truth = set(tables[0].truth)
        out.append(Place(f"coded_{how}.db", tables, ({"X0", "D1", "D3"} if "N" in truth else {"X0"}) if "C" in truth else set()))
    volume, item = shelved(maker)
    secret = Table("", COLUMNS, [maker.row("机密") for _ in range(9)], ["C"] * 9)
    return [
        *out,
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
