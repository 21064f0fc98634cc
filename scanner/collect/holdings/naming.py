"""How a place may be told: the name of a file, folder, archive, sheet or table is often a title, and no title leaves its place."""

from __future__ import annotations

import hashlib
import re

LONG = 8
"""Chinese characters of a name from which on it may be a title."""
KINDS = (
    ".doc", ".docx", ".wps", ".pdf", ".ofd", ".ceb", ".gd", ".sep", ".rtf", ".txt", ".htm", ".html", ".mht", ".eml", ".ppt", ".pptx", ".dps",
    ".jpg", ".jpeg", ".tif", ".tiff", ".png", ".bmp", ".gif", ".djvu", ".mp3", ".mp4", ".wav", ".avi",
)  # fmt: skip
"""Ends of files that are documents whether they could be read or not."""
_ORDINARY = re.compile(
    r"[A-Za-z0-9_:@-]{0,40}|(?:目录|文件|案卷|卷内|卷|件|档案|全宗|级|条目|条|记录|数据|列表|清单|著录|元数据|信息|表|项|行|册|盒|内容|附件|文书|科技|归档"
    r"|移交|电子|根|集合|集|封装|包|签名|块|对象|实体|关系|被|的|类型|描述|属性|编号|号|档|份|页|文档|会计|照片|声像|业务|机构|人员|馆|室|库|存|非?涉密|机密|秘密|绝密|公开|内部|密级|密件)+"
)
"""Names that people give to kinds of records, and no record to itself."""
_USUAL = re.compile(
    r"(?:[A-Za-z0-9 _:@.,()（）【】\[\]—–+&~·、-]|非?涉密|机密|秘密|绝密|未?公开|内部|开放|控制|划控|解密|定密|密级|目录|文件|案卷|卷内|档案|全宗|条目|记录|数据|列表|清单|著录"
    r"|元数据|信息|内容|附件|文书|科技|归档|移交|接收|进馆|馆藏|电子|纸质|数字化|扫描|备份|副本|导出|导入|下载|上传|统计|汇总|明细|登记|台账|报表|审核|鉴定|销毁|利用|查询|检索|全文"
    r"|会计|照片|声像|音像|实物|业务|机构|人员|专门|民生|永久|长期|短期|定期|年度?|季度?|月份?|日|第|总|新|旧|原|各|类|级|号|册|盒|卷|件|张|页|份|表|库|馆|室|单位|部门|系统|平台|测试"
    r"|一|二|三|四|五|六|七|八|九|十|上|下|前|后|期|批|次|版|的|及|和|与)*"
)
"""Names of places that say what kind of records lie there, and when they came."""
_BETWEEN = frozenset("/!#")
_PIECES = re.compile(r"([/!#])")
SHOWN = 2
"""Chinese characters of a name that are told of a place other than a document."""
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def told(path: str) -> str:
    """The path of a document. A file name that may be a title is replaced: what stands before its Chinese characters, their number, the
    first six digits of the SHA-256 of the whole name, and the extension. What it lies in is told as places are."""
    at = max(path.rfind("/"), path.rfind("!")) + 1
    return told_place(path[:at]) + _told_file(path[at:], 0)


def told_place(path: str) -> str:
    """The path of a table, and what lies on the way to it: every name in it that may be a title is replaced by its first two Chinese
    characters, their number, a digest as of documents, and the extension. Names that say of what kind their place is stay."""
    if len(_HAN.findall(path)) < LONG:
        return path
    return "".join(piece if piece in _BETWEEN or _USUAL.fullmatch(piece) else _told_file(piece, SHOWN) for piece in _PIECES.split(path))


def _told_file(name: str, shown: int) -> str:
    stem, dot, end = name.rpartition(".")
    if not dot or len(end) > 5 or _HAN.search(end):
        stem, dot, end = name, "", ""
    found = _HAN.findall(stem)
    if len(found) < LONG:
        return name
    mark = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    return f"{stem[: stem.index(found[0])]}{''.join(found[:shown])}…{len(found)}~{mark}{dot}{end}"


def told_name(name: str, between: str) -> str:
    """A name that the data made: keys of JSON, tags of XML. Each of its parts that may be a title is replaced by its length and digest."""
    return between.join(piece if _ORDINARY.fullmatch(piece) else _told_piece(piece) for piece in name.split(between))


def _told_piece(piece: str) -> str:
    mark = hashlib.sha256(piece.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"…{len(piece)}~{mark}"


def told_unread(path: str) -> str:
    """The same for what could not be read, by what its name says it is."""
    return told(path) if path.lower().endswith(KINDS) else told_place(path)
