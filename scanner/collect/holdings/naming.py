"""How a document's path may be told: its file name is often its title, and no title leaves its place."""

from __future__ import annotations

import hashlib
import re

LONG = 8
"""Chinese characters of a file name from which on it may be a title."""
KINDS = (
    ".doc", ".docx", ".wps", ".pdf", ".ofd", ".ceb", ".gd", ".sep", ".rtf", ".txt", ".htm", ".html", ".mht", ".eml", ".ppt", ".pptx", ".dps",
    ".jpg", ".jpeg", ".tif", ".tiff", ".png", ".bmp", ".gif", ".djvu", ".mp3", ".mp4", ".wav", ".avi",
)  # fmt: skip
"""Ends of files that are documents whether they could be read or not."""
_ORDINARY = re.compile(
    r"[A-Za-z0-9_:@-]{0,40}|(?:目录|文件|案卷|卷内|卷|件|档案|全宗|级|条目|条|记录|数据|列表|清单|著录|元数据|信息|表|项|行|册|盒|内容|附件|文书|科技|归档"
    r"|移交|电子|根|集合|集|封装|包|签名|块|对象|实体|关系|被|的|类型|描述|属性|编号|号|档|份|页|文档|会计|照片|声像|业务|机构|人员|馆|室|库|存)+"
)
"""Names that people give to kinds of records, and no record to itself."""
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def told(path: str) -> str:
    """The path with a file name that may be a title replaced: what stands before its Chinese characters, their number, the first six
    digits of the SHA-256 of the whole name, and the extension."""
    at = max(path.rfind("/"), path.rfind("!")) + 1
    name = path[at:]
    stem, dot, end = name.rpartition(".")
    if not dot or len(end) > 5 or _HAN.search(end):
        stem, dot, end = name, "", ""
    found = _HAN.findall(stem)
    if len(found) < LONG:
        return path
    mark = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    return f"{path[:at]}{stem[: stem.index(found[0])]}…{len(found)}~{mark}{dot}{end}"


def told_name(name: str, between: str) -> str:
    """A name that the data made: keys of JSON, tags of XML. Each of its parts that may be a title is replaced by its length and digest."""
    return between.join(piece if _ORDINARY.fullmatch(piece) else _told_piece(piece) for piece in name.split(between))


def _told_piece(piece: str) -> str:
    mark = hashlib.sha256(piece.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"…{len(piece)}~{mark}"


def told_unread(path: str) -> str:
    """The same for what could not be read, by what its name says it is."""
    return told(path) if path.lower().endswith(KINDS) else path
