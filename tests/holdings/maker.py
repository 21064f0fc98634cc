"""Rows of every kind that the decision table knows, made of a seed. Each is made to be what it is: nothing here asks the decision functions.
Names, titles and numbers are invented.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

AS_OF_YEAR = 2026
_LETTERS = "安北城东方高光海和河虹华江金静凯兰林龙明南宁平青泉荣山石水松泰天万文西祥新兴阳银永玉云振正志中竹滨川岛丰岗港谷江湖礁岭陆桥沙滩潭湾屿园岳洲庄"
_MENTIONS = (
    "{}保密工作", "《机密工作条例》{}", "机密文件管理{}", "{}秘书处", "密集架{}", "商业秘密{}保护", "保守国家秘密{}", "国家秘密载体{}", "绝密飞行{}",
    "秘密侦查{}批复", "{}公开的秘密", "机密等级划分{}", "{}泄露国家秘密通报", "{}工作秘密★3年", "商业秘密★5年{}", "解密工作{}通知", "密码管理{}", "机要{}",
    "涉密人员{}", "揭秘{}", "人口密度{}",
)  # fmt: skip
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
