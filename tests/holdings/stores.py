"""Tables of all kinds with what is true of them: catalogues, what explains their codes, and what only looks like a catalogue."""

from __future__ import annotations

from tests.holdings.maker import COLUMNS, Maker, Table

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
    of all dictionaries, to which other columns refer as well), ``choices`` (one of all fields' choices) or nothing.
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
        "choices": [Table("selectitem", ["id", "field_id", "selectvalue", "selectname"], [
            {"id": n, "field_id": kind, "selectvalue": key, "selectname": text}
            for n, (kind, key, text) in enumerate([*((51, key, text) for key, text in order.items()), (52, "1", "特急"), (52, "2", "加急"), (52, "3", "平件")])
        ], record=False, types={"field_id": "INT /* 字段 */"})],
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


def linked(maker: Maker) -> list[Table]:
    """Records that are linked with their levels: none of the three tables has both."""
    words = ["公开", "秘密", "机密", "绝密"]
    levels = Table(
        "t_level", ["level_id", "level_name"], [{"level_id": n, "level_name": text} for n, text in enumerate(words)], record=False
    )
    levels.types = {"level_name": "TEXT /* 密级名称 */"}
    records = Table("t_doc", ["doc_id", "archive_no", "title"])
    links = Table("t_doc_level", ["doc_id", "level_id"], record=False)
    for number in range(40):
        level = maker.random.randrange(len(words)) if number > 1 else number
        records.rows.append({"doc_id": number, "archive_no": maker.number(), "title": maker.title()})
        records.truth.append("C" if level else "N")
        links.rows.append({"doc_id": number, "level_id": level})
    return [records, levels, links]


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
