"""Ways to change a sealed run. Every one changes at least one byte; none is allowed to pass as good and trusted."""

from __future__ import annotations

import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import asdict

from scanner.ledger import pdf, sealzip
from scanner.ledger.keys import PrivateKey
from scanner.ledger.seal import mark_of
from scanner.ledger.statement import KEY, MANIFEST, PARTS, SIGNATURE, pack
from scanner.model.canonical import canonical, canonical_unchecked

Files = dict[str, bytes]
SEAL = "result.json.seal"


class Mutator:
    """Holds what an attacker may have: the sealed run, another sealed run, and a key of his own."""

    def __init__(self, run: Files, other: Files, stranger: PrivateKey) -> None:
        self.run, self.other, self.stranger = run, other, stranger
        self.ways: list[Callable[[random.Random, Files], None]] = [
            self.flip, self.flip, self.cut, self.grow, self.drop_bytes, self.drop_file, self.add_file, self.swap, self.take_over, self.copy_over,
            self.drop_row, self.change_result, self.reorder, self.rezip, self.seal_flip, self.seal_cut, self.seal_grow, self.seal_of_other,
            self.statement, self.statement_resigned, self.statement_loose, self.signature_other, self.signature_gone, self.algorithm,
            self.key_other, self.members, self.parts, self.rehash, self.stranger_whole,
        ]  # fmt: skip

    def mutated(self, number: int) -> tuple[str, Files]:
        """(way, the files) for one number; the same number gives the same files."""
        rng = random.Random(number)
        way = self.ways[number % len(self.ways)]
        files = dict(self.run)
        for _ in range(20):
            way(rng, files)
            if files != self.run:
                break
        assert files != self.run, way.__name__
        return way.__name__, files

    def _name(self, rng: random.Random, files: Files) -> str:
        return rng.choice(sorted(name for name in files if name != SEAL))

    # Files

    def flip(self, rng: random.Random, files: Files) -> None:
        name = self._name(rng, files)
        files[name] = _flipped(rng, files[name])

    def cut(self, rng: random.Random, files: Files) -> None:
        name = self._name(rng, files)
        files[name] = files[name][: rng.randrange(len(files[name]))]

    def grow(self, rng: random.Random, files: Files) -> None:
        name = self._name(rng, files)
        files[name] += rng.choice([b"\n", b"\0", b" ", b"%%EOF\n", files[name][-40:], rng.randbytes(rng.randrange(1, 200))])

    def drop_bytes(self, rng: random.Random, files: Files) -> None:
        name = self._name(rng, files)
        start = rng.randrange(len(files[name]))
        files[name] = files[name][:start] + files[name][start + rng.randrange(1, 500) :]

    def drop_file(self, rng: random.Random, files: Files) -> None:
        del files[self._name(rng, files)]

    def add_file(self, rng: random.Random, files: Files) -> None:
        files[rng.choice(["report.leader.html", "report.json", "note.txt"])] = rng.choice([b"", b"all is well", files["report.html"]])

    def swap(self, rng: random.Random, files: Files) -> None:
        one, two = rng.sample(sorted(name for name in files if name != SEAL), 2)
        files[one], files[two] = files[two], files[one]

    def take_over(self, rng: random.Random, files: Files) -> None:
        """A file of the other run."""
        name = self._name(rng, files)
        files[name] = self.other[name]

    def copy_over(self, rng: random.Random, files: Files) -> None:
        one, two = rng.sample(sorted(name for name in files if name != SEAL), 2)
        files[one] = files[two]

    def drop_row(self, rng: random.Random, files: Files) -> None:
        rows = files["report.csv"].split(b"\r\n")
        del rows[rng.randrange(len(rows) - 1)]
        files["report.csv"] = b"\r\n".join(rows)

    def change_result(self, rng: random.Random, files: Files) -> None:
        """Verdicts turned, findings dropped: as valid and canonical as before."""
        data = json.loads(files["result.json"])
        what = rng.randrange(6)
        if what == 0:
            rng.choice(data["verdicts"])["status"] = "met"
        elif what == 1:
            system = rng.choice([block for block in data["systems"] if block["findings"]])
            del system["findings"][rng.randrange(len(system["findings"]))]
        elif what == 2:
            at = rng.randrange(len(data["verdicts"]))
            del data["verdicts"][at], data["asked"][at]
        elif what == 3:
            data["gate"] = "pass"
        elif what == 4:
            rng.choice(data["core_hazards"])["state"] = "cleared"
        else:
            data["run"]["finished"] = "2020-01-01T00:00:00Z"
        files["result.json"] = canonical_unchecked(data)

    def reorder(self, rng: random.Random, files: Files) -> None:
        data = json.loads(files["result.json"])
        rng.shuffle(data[rng.choice(["verdicts", "asked", "targets"])])
        files["result.json"] = canonical_unchecked(data)

    def rezip(self, rng: random.Random, files: Files) -> None:
        """The same members in another zip, or with one changed."""
        name = rng.choice(["shelf.zip", "report.xlsx", "report.docx"])
        held = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(files[name])) as old,
            zipfile.ZipFile(held, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as new,
        ):
            names = old.namelist()
            changed = rng.choice([None, *names])
            for member in rng.sample(names, len(names)):
                new.writestr(member, _flipped(rng, old.read(member) or b" ") if member == changed else old.read(member))
        files[name] = held.getvalue()

    # The seal

    def seal_flip(self, rng: random.Random, files: Files) -> None:
        files[SEAL] = _flipped(rng, files[SEAL])

    def seal_cut(self, rng: random.Random, files: Files) -> None:
        files[SEAL] = files[SEAL][: rng.randrange(len(files[SEAL]))]

    def seal_grow(self, rng: random.Random, files: Files) -> None:
        more = rng.choice([b"\0", files[SEAL], b"PK\x05\x06" + b"\0" * 18, rng.randbytes(30)])
        files[SEAL] = files[SEAL] + more if rng.random() < 0.5 else more + files[SEAL]

    def seal_of_other(self, rng: random.Random, files: Files) -> None:
        """An older or foreign seal put in its place, or beside it."""
        files[SEAL if rng.random() < 0.5 else f"{self._name(rng, files)}.seal"] = self.other[SEAL]

    def statement(self, rng: random.Random, files: Files) -> None:
        """Another statement under the old signature."""
        self._with(files, {MANIFEST: _restated(rng, sealzip.read(files[SEAL])[MANIFEST])})

    def statement_resigned(self, rng: random.Random, files: Files) -> None:
        """Another statement, signed by the stranger, under the unit's key or under his own."""
        held = sealzip.read(files[SEAL])
        own = rng.random() < 0.7
        said = json.loads(held[MANIFEST] if own and rng.random() < 0.7 else _restated(rng, held[MANIFEST]))
        if own:
            said |= {"key": self.stranger.public.fingerprint, "algorithm": self.stranger.public.algorithm}
        manifest = canonical(said)
        self._signed(files, manifest, self.stranger.public.pem if own else held[KEY])

    def stranger_whole(self, rng: random.Random, files: Files) -> None:
        """A changed file and everything sealed anew by the stranger, the PDF inside as well: intact, but his."""
        held = sealzip.read(files[SEAL])
        said = json.loads(held[MANIFEST]) | {"key": self.stranger.public.fingerprint, "algorithm": self.stranger.public.algorithm}
        name = rng.choice(["report.csv", "report.html", "report.docx"])
        files[name] = _flipped(rng, files[name])
        said["files"][name] = asdict(mark_of(files[name]))
        manifest = canonical(said)
        self._signed(files, manifest, self.stranger.public.pem)
        document = pdf.taken_apart(files["report.pdf"])[0]
        files["report.pdf"] = (
            pdf.embedded(document, pack(manifest, sealzip.read(files[SEAL])[SIGNATURE[said["algorithm"]]], self.stranger.public, {})) or b""
        )

    def statement_loose(self, rng: random.Random, files: Files) -> None:
        """The same statement in another form: spaces, a doubled key, another order."""
        text = sealzip.read(files[SEAL])[MANIFEST].decode()
        loose = rng.choice(
            [
                text + "\n",
                " " + text,
                text.replace(",", ", ", 1),
                text.replace("{", '{"schema":"shiqu/seal/1",', 1),
                json.dumps(json.loads(text)),
            ]
        )
        self._with(files, {MANIFEST: loose.encode()})

    def signature_other(self, rng: random.Random, files: Files) -> None:
        held = sealzip.read(files[SEAL])
        name = next(name for name in SIGNATURE.values() if name in held)
        signature = rng.choice(
            [b"", b"\0" * 64, held[name][::-1], held[name] + b"\0", rng.randbytes(64), self.stranger.sign(held[MANIFEST])]
        )
        self._with(files, {name: signature})

    def signature_gone(self, rng: random.Random, files: Files) -> None:
        held = sealzip.read(files[SEAL])
        for name in [*SIGNATURE.values(), rng.choice([KEY, PARTS, MANIFEST, "x"])]:
            held.pop(name, None)
        files[SEAL] = sealzip.write(held)

    def algorithm(self, rng: random.Random, files: Files) -> None:
        """The signature under the other algorithm's name, with or without the statement saying so."""
        held = sealzip.read(files[SEAL])
        mine = next(name for name in SIGNATURE.values() if name in held)
        other = next(name for name in SIGNATURE.values() if name != mine)
        if rng.random() < 0.5:
            said = json.loads(held[MANIFEST])
            said["algorithm"] = "sm2" if said["algorithm"] == "ed25519" else "ed25519"
            held[MANIFEST] = canonical(said)
        held[other] = held.pop(mine) if rng.random() < 0.5 else held[mine]
        files[SEAL] = sealzip.write(held)

    def key_other(self, rng: random.Random, files: Files) -> None:
        pem = self.stranger.public.pem
        self._with(files, {KEY: rng.choice([pem, b"", sealzip.read(files[SEAL])[KEY] + b"\n", pem + sealzip.read(files[SEAL])[KEY]])})

    def members(self, rng: random.Random, files: Files) -> None:
        """Members in another order, doubled, or more of them."""
        held = sealzip.read(files[SEAL])
        names = list(held)
        what = rng.randrange(3)
        if what == 0:
            rng.shuffle(names)
            files[SEAL] = sealzip.write({name: held[name] for name in names})
        elif what == 1:
            files[SEAL] = sealzip.write(held | {rng.choice(["more", "a.sig", "time.tsr", "receipt.json"]): rng.randbytes(9)})
        else:
            with zipfile.ZipFile(data := io.BytesIO(), "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
                for name in names:
                    archive.writestr(name, held[name])
            files[SEAL] = data.getvalue()

    def parts(self, rng: random.Random, files: Files) -> None:
        held = sealzip.read(files[SEAL])[PARTS]
        self._with(files, {PARTS: rng.choice([b"{}", b"", _flipped(rng, held)])})

    def rehash(self, rng: random.Random, files: Files) -> None:
        """A changed file, and every digest of it set right: only the signature is missing."""
        name = self._name(rng, files)
        files[name] = _flipped(rng, files[name])
        held = sealzip.read(files[SEAL])
        said = json.loads(held[MANIFEST])
        said["files"][name] |= {"sha256": hashlib.sha256(files[name]).hexdigest(), "bytes": len(files[name])}
        if name == "result.json":
            said["result"] = "sha256:" + said["files"][name]["sha256"]
        if rng.random() < 0.5:
            self._signed(files, canonical(said), held[KEY])
        else:
            self._with(files, {MANIFEST: canonical(said)})

    def _with(self, files: Files, members: Files) -> None:
        held = sealzip.read(files[SEAL])
        held.update(members)
        files[SEAL] = sealzip.write(held)

    def _signed(self, files: Files, manifest: bytes, pem: bytes) -> None:
        held = sealzip.read(files[SEAL])
        parts = held[PARTS]
        name = SIGNATURE[self.stranger.public.algorithm]
        files[SEAL] = sealzip.write({MANIFEST: manifest, name: self.stranger.sign(manifest), KEY: pem, PARTS: parts})


def _flipped(rng: random.Random, data: bytes) -> bytes:
    held = bytearray(data or b"\0")
    for _ in range(rng.choice([1, 1, 1, 5])):
        held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
    return bytes(held)


def _restated(rng: random.Random, manifest: bytes) -> bytes:
    said = json.loads(manifest)
    key = rng.choice(sorted(said))
    value = said[key]
    if isinstance(value, str):
        said[key] = rng.choice(["", value[:-1], value[:-1] + "0", value.upper(), "x"])
    elif isinstance(value, dict):
        said[key] = dict(list(value.items())[1:])
    else:
        said[key] = "sha256:" + "0" * 64
    return canonical(said)
