"""The shelf: the same evidence gives the same bytes, and a changed byte is found."""

import shutil
import zipfile
from pathlib import Path

import pytest

from scanner.errors import KeepError
from scanner.ledger.pack import pack, unpack
from scanner.ledger.shelf import Shelf, write_shelf
from scanner.ledger.store import Store
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Evidence


def make(folder: Path) -> Path:
    folder.mkdir()
    store = Store(folder)
    store.add("b", {"reached": True}, [Evidence(target="b", probe="p", stdout=b"x\xff\n", stderr=b"e", exit=0)])
    store.add("a", {"reached": False}, [Evidence(target="a", probe="p", absent=Absent(Why.UNREACHABLE, "no"))])
    write_shelf(folder / "shelf.zip", {"run": {"id": "r"}}, store)
    store.close()
    return folder / "shelf.zip"


def test_the_same_evidence_gives_the_same_bytes(tmp_path: Path) -> None:
    assert make(tmp_path / "1").read_bytes() == make(tmp_path / "2").read_bytes()


def test_an_answer_comes_back(tmp_path: Path) -> None:
    shelf = Shelf(make(tmp_path / "1"))
    key, absent = shelf.lookup("b", "p") or ("", None)
    assert absent is None
    assert shelf.answer(key) == Answer(b"x\xff\n", b"e", 0, "")


def test_an_absence_keeps_its_reason(tmp_path: Path) -> None:
    found = Shelf(make(tmp_path / "1")).lookup("a", "p")
    assert found is not None and found[1] == Absent(Why.UNREACHABLE, "no")


def test_what_was_never_asked_is_none(tmp_path: Path) -> None:
    assert Shelf(make(tmp_path / "1")).lookup("a", "q") is None


def test_a_changed_object_is_found(tmp_path: Path) -> None:
    path = make(tmp_path / "1")
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"x\xff", b"y\xff"))
    with pytest.raises(KeepError, match="shelf-broken"):
        list(Shelf(changed).verify())


def test_asking_again_replaces_and_doubles_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for text in (b"1", b"2"):
        store.add("a", {}, [Evidence(target="a", probe="p", stdout=text, exit=0)])
    assert len(list(store.held())) == 1
    assert len(list(store.objects())) == 1


def test_what_was_added_is_there_after_a_kill(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add("a", {}, [Evidence(target="a", probe="p", stdout=b"1", exit=0)])
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in tmp_path.glob("run.db*"):
        shutil.copy(path, copy / path.name)
    assert [row[:2] for row in Store(copy).held()] == [("a", "p")]


def test_pack_and_unpack(tmp_path: Path) -> None:
    head, answer = unpack(pack(Evidence(target="a", probe="p", stdout=b"1\n2", stderr=b"3", exit=7, privilege="root")))
    assert head["exit"] == 7
    assert answer == Answer(b"1\n2", b"3", 7, "root")


def rewritten(path: Path, target: Path, change) -> Path:  # type: ignore[no-untyped-def]
    """The shelf with another manifest."""
    import json

    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                manifest = json.loads(data)
                change(manifest)
                data = json.dumps(manifest).encode()
            new.writestr(name, data)
    return target


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.pop("evidence"),
        lambda m: m.update(targets=[]),
        lambda m: m["targets"]["a"].update(why="no such reason"),
        lambda m: m["evidence"][0].__setitem__(2, 7),
        lambda m: m["evidence"].append(m["evidence"][0]),
        lambda m: m.update(asked={"stranger": ["x"]}),
        lambda m: m["evidence"].pop(),
    ],
    ids=["no-evidence", "targets", "why", "digest-type", "twice", "asked", "object-too-many"],
)
def test_a_manifest_of_another_shape_is_refused(tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KeepError):
        Shelf(rewritten(make(tmp_path / "1"), tmp_path / "changed.zip", change))


def test_swapped_digests_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "1"
    folder.mkdir()
    store = Store(folder)
    store.add("a", {"reached": True}, [Evidence(target="a", probe=name, stdout=name.encode(), exit=0) for name in ("p", "q")])
    write_shelf(folder / "shelf.zip", {"run": {}}, store)

    def swap(manifest: dict[str, list[list[object]]]) -> None:
        one, two = manifest["evidence"]
        one[2], two[2] = two[2], one[2]

    shelf = Shelf(rewritten(folder / "shelf.zip", tmp_path / "swapped.zip", swap))
    with pytest.raises(KeepError, match="another question"):
        shelf.lookup("a", "p")
