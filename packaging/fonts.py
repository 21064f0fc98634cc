"""Makes the fonts of the PDF reports: ``python packaging/fonts.py`` (needs fonttools and Debian's fonts-noto-cjk and unicode-data).

The packaged fonts are subsets of Noto CJK (SIL Open Font License 1.1), renamed as that licence asks of changed copies. They hold
GB 2312, the 8,105 characters of the Table of General Standard Chinese Characters (which names of persons and places are written
with), Latin with accents and the signs that a report needs. Run only when the set changes; the files are part of the repository.
"""

from __future__ import annotations

import bz2
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

NOTO = Path("/usr/share/fonts/opentype/noto")
UNIHAN = Path("/usr/share/unicode")
OUT = Path(__file__).parents[1] / "reports" / "fonts"
FONTS = (
    ("NotoSerifCJK-Regular.ttc", "Noto Serif CJK SC", "Shiqu Serif SC", "Regular"),
    ("NotoSansCJK-Bold.ttc", "Noto Sans CJK SC", "Shiqu Sans SC", "Bold"),
)
SIGNS = "−∕‐‑–—―‖‘’“”†‡•‥…‰′″※←↑→↓↔⇒√≈≠≤≥■□▲△●○★☆【】〔〕《》「」『』￥×÷·⟨⟩①②③④⑤⑥⑦⑧⑨⑩"


def characters(unihan: Path) -> set[int]:
    """Code points of the subset."""
    found = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | set(map(ord, SIGNS))
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            found |= {ord(char) for char in bytes([high, low]).decode("gb2312", "ignore")}
    for file in unihan.glob("Unihan_*.txt.bz2"):
        for line in bz2.decompress(file.read_bytes()).decode("utf-8").splitlines():
            if "\tkTGH\t" in line:
                found.add(int(line.split("\t")[0][2:], 16))
    return found


def make(source: str, family: str, name: str, style: str, chosen: set[int]) -> Path:
    """Write one subset under its own name."""
    font: TTFont = next(one for one in TTCollection(NOTO / source).fonts if (one["name"].getDebugName(1) or "").startswith(family))
    options = subset.Options()
    options.layout_features = ["kern", "locl"]
    options.name_IDs = [0, 13, 14]
    options.notdef_outline = True
    options.hinting = False
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]
    cut = subset.Subsetter(options)
    cut.populate(unicodes=chosen)
    cut.subset(font)
    plain = f"{name.replace(' ', '')}-{style}"
    names = font["name"]
    for number, text in ((1, name), (2, style), (3, f"{plain};1.0"), (4, f"{name} {style}"), (5, "Version 1.0"), (6, plain)):
        names.setName(text, number, 3, 1, 0x409)
    table = font["CFF "].cff
    table.fontNames[0] = plain
    table.topDictIndex[0].FullName = f"{name} {style}"
    table.topDictIndex[0].FamilyName = name
    font["head"].created = font["head"].modified = 3_600_000_000
    font.recalcTimestamp = False
    out = OUT / f"{plain}.otf"
    font.save(out)
    return out


def main() -> None:
    OUT.mkdir(exist_ok=True)
    chosen = characters(Path(sys.argv[1]) if sys.argv[1:] else UNIHAN)
    for source, family, name, style in FONTS:
        out = make(source, family, name, style, chosen)
        print(out.name, len(chosen), out.stat().st_size)
    known = set.intersection(*(set(TTFont(file).getBestCmap()) for file in OUT.glob("*.otf")))
    (OUT / "covered.txt").write_text("".join(map(chr, sorted(known | {0x200B}))), "utf-8")


if __name__ == "__main__":
    main()
