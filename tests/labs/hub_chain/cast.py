"""Who plays: hubs and units, each in its own namespace and folder. All that they do is done by the program's commands, as people run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

from tests.labs.hub_chain.loaded import Loaded
from tests.labs.isolation.topology import Net
from tests.labs.isolation.topology import run as tool

SECRET = "dragon-gate-of-the-stone-canal"
PROFILE, PORT = "archives-l2", 8443
COUNTY, CITY, PROVINCE = "330102", "330100", "330000"
CONFIG = Path(__file__).resolve().parents[3] / "examples/archive/configs/core.cfg"
SHIQU = (sys.executable, "-P", "-m", "scanner.cli.main")
PASSWORD = re.compile(r"\S+-\S+-\S+-\S+$", re.MULTILINE)


@dataclass
class Actor:
    """One place with its own network and folder."""

    net: Net
    loaded: Loaded
    """Runs its commands."""
    box: str
    folder: Path
    """Also the working directory."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        secretly(self.folder / "pass", SECRET)

    def shiqu(self, *argv: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command there; returns what it said."""
        environment = {**os.environ, "HOME": str(self.folder / "user"), "SHIQU_LANG": "zh"}
        environment.pop("SHIQU_HOME", None)
        code, said, complaint = self.loaded.run(self.net.boxes[self.box].space, self.folder, environment, *argv)
        assert code in codes, f"{self.box}: shiqu {' '.join(argv)}: {code}: {said}{complaint}"
        return said


@dataclass
class Hub(Actor):
    """A county, city or province."""

    code: str = ""
    address: str = ""
    rank: str = ""
    url: str = ""

    @property
    def home(self) -> tuple[str, ...]:
        return ("--home", str(self.folder / "hub"))

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.home, "--passphrase", "file:pass")

    def key(self, name: str) -> str:
        """A public key, as it is handed out."""
        return str(self.folder / "hub/keys" / f"{name}.pub")

    def found(self, *options: str) -> None:
        self.shiqu("hub", "init", *self.keys, "--unit", self.code, "--name", f"试验{self.code}局", "--rank", self.rank, *options)

    def serve(self) -> None:
        """Start it and wait until it listens."""
        subject = ("-subj", "/CN=hub", "-addext", f"subjectAltName=IP:{self.address}")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(self.folder / "tls.key"))
        tool("openssl", "req", "-x509", *key, "-out", self.ca, "-days", "2", *subject)
        words = ("hub", "serve", *self.home, "--passphrase", f"file:{self.folder / 'pass'}", "--host", self.address, "--port", str(PORT))
        tls = ("--tls-cert", self.ca, "--tls-key", str(self.folder / "tls.key"))
        process = self.net.start(self.box, *SHIQU, *words, *tls, stdout=subprocess.PIPE)
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        process.stdout.close()
        self.url = f"https://{self.address}:{PORT}"
        assert self.url in line, line

    @property
    def ca(self) -> str:
        """The certificate that those who connect pin."""
        return str(self.folder / "tls.pem")

    def officer(self) -> str:
        """An account for the person who works there; returns its first password."""
        said = self.shiqu("hub", "account", "add", "officer", "--full-name", "李干事", "--role", self.rank, "--unit", self.code, *self.home)
        found = PASSWORD.search(said)
        assert found, said
        return found[0]


@dataclass
class Unit(Actor):
    """An archive that reports."""

    code: str = ""
    wired: bool = True

    @property
    def canaries(self) -> tuple[str, ...]:
        """Words that stand in its inventory, its devices and its catalogue: nobody above its county may see one."""
        tail = self.code[-3:]
        return (f"canary-sw-{tail}", f"canary-host-{tail}", f"10.199.{int(tail)}.77", f"甲乙丙{tail}丁")

    @property
    def disc(self) -> Path:
        return self.folder / "disc"

    def furnish(self, leaks: bool) -> None:
        """Its switch and its catalogue; one that leaks has a classified record on an open store."""
        switch, host, address, title = self.canaries
        text = CONFIG.read_text("utf-8").replace("archive-core", host).replace("192.0.2.30", address)
        (self.folder / "core.cfg").write_text(text, "utf-8")
        (self.folder / "data").mkdir()
        level = "秘密" if leaks else ""
        lines = ["档号,题名,密级,保管期限", f"X001-WS-2001-0001,{title},{level},永久", "X001-WS-2001-0002,工作总结,,30年"]
        (self.folder / "data/catalogue.csv").write_text("\n".join(lines) + "\n", "utf-8")
        targets = [
            {"id": switch, "kind": "netdev", "platform": "huawei_vrp", "config": "./core.cfg"},
            {"id": f"cat-{switch}", "kind": "catalogue", "url": "file:./data/"},
        ]
        system = {"id": "dams", "name": "数字档案馆系统", "grade": 2, "zone": "lan", "holds": "unclassified", "targets": targets}
        book = {
            "unit": {"code": self.code, "name": f"试验{self.code}馆"},
            "scope": {"allow": ["file:./data/**"], "authorised_by": "分管领导", "until": "2099-12-31"},
            "zones": {"lan": {"kind": "lan", "networks": ["192.0.2.0/24"]}},
            "systems": [system],
        }
        (self.folder / "inventory.yaml").write_text(json.dumps(book, ensure_ascii=False), "utf-8")
        self.disc.mkdir()

    def new_key(self) -> None:
        self.shiqu("keys", "new", "--unit", self.code, "-o", "unit.key", "--passphrase", "file:pass")

    def mend(self) -> None:
        """What the notice asks for."""
        text = (self.folder / "core.cfg").read_text("utf-8").replace("telnet server enable", "undo telnet server enable")
        (self.folder / "core.cfg").write_text(text.replace("protocol inbound all", "protocol inbound ssh"), "utf-8")

    def scan(self, out: str) -> dict[str, str]:
        """A run; returns the hazards that stand, check to id."""
        self.shiqu("scan", "-i", "inventory.yaml", "-p", PROFILE, "-o", out, "--quiet", codes=(1, 4))
        held = json.loads((self.folder / out / "result.json").read_text("utf-8"))["hazards"]
        return {line["check"]: line["id"] for line in held if line["state"] != "closed"}

    def envelope(self, out: str, county: Hub) -> None:
        """Masked, sealed, encrypted, on its disc."""
        reader = ("--to", COUNTY, "--encrypt-to", county.key("encrypt"))
        self.shiqu("dispatch", "make", out, "--key", "unit.key", "--passphrase", "file:pass", *reader, "-o", "disc")

    def send(self, county: Hub, token: Path) -> None:
        """Over the wire what lies on the disc; it goes on until the receipt is there."""
        files = [str(path) for path in sorted(self.disc.glob("*.shiqu"))]
        self.shiqu("dispatch", "send", county.url, *files, "--ca", county.ca, "--token", f"file:{token}")
        for path in files:
            Path(path).unlink()

    def read(self, folder: Path, kind: str) -> str:
        """What came down for this unit."""
        files = [str(path) for path in sorted(folder.glob(f"{self.code}-{kind}-*"))]
        assert files, f"{self.code}: no {kind} in {sorted(path.name for path in folder.iterdir())}"
        return self.shiqu("dispatch", "read", *files)


@dataclass
class Register:
    """A workbook of units and keys, as offices hand them around."""

    units: list[tuple[str, str, str]] = field(default_factory=list)
    """Code, parent, rank."""
    keys: list[tuple[str, Path]] = field(default_factory=list)

    def into(self, hub: Hub) -> None:
        """Filled into the hub's own template and imported."""
        file = hub.folder / "units.xlsx"
        hub.shiqu("hub", "unit", "template", "-o", str(file))
        book = openpyxl.load_workbook(file)
        for code, parent, rank in self.units:
            book["单位"].append([code, f"试验{code}", parent, rank])
        for code, path in self.keys:
            book["密钥"].append([code, path.read_text(), "2026-01-01"])
        book.save(file)
        book.close()
        hub.shiqu("hub", "unit", "import", str(file), *hub.home)


def secretly(path: Path, text: str) -> Path:
    """A file that nobody else may read."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
    return path


def carry(source: Path, to: Path) -> None:
    """Somebody walks over with a disc."""
    shutil.copytree(source, to, dirs_exist_ok=True)
