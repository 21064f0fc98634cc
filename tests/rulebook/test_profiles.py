"""The profiles that ship, and the loader that reads them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from scanner.errors import UseError
from scanner.model.control import Profile
from scanner.rulebook.book import rulebook
from scanner.rulebook.grades import profile_for, profile_named, read_grade, select_sag
from scanner.rulebook.objects import KINDS_OF
from scanner.rulebook.profile_files import RawMapping, RawPending, RawProfile, read_package
from scanner.rulebook.profiles import core_controls, coverage, join, profiles

LAYERS = (
    "安全物理环境", "安全通信网络", "安全区域边界", "安全计算环境", "安全管理中心", "安全管理制度",
    "安全管理机构", "安全管理人员", "安全建设管理", "安全运维管理",
)  # fmt: skip
L3 = (22, 8, 20, 34, 12, 7, 14, 12, 34, 48)
L2 = (15, 4, 11, 23, 4, 6, 9, 7, 25, 31)
ROOT = Path(__file__).parents[2] / "profiles"


@pytest.mark.parametrize(
    ("name", "total", "layers", "points", "verify"),
    [
        ("gbt22239-l3", 211, L3, 71, {"attestation": 111, "semi_automatic": 62, "automatic": 38}),
        ("gbt22239-l2", 135, L2, 68, {"attestation": 76, "semi_automatic": 31, "automatic": 28}),
    ],
)
def test_the_two_lists_are_whole(name: str, total: int, layers: tuple[int, ...], points: int, verify: dict[str, int]) -> None:
    controls = profiles()[name].controls
    assert len(controls) == len({c.id for c in controls}) == total
    assert Counter(c.layer for c in controls) == dict(zip(LAYERS, layers, strict=True))
    assert len({(c.layer, c.control_point) for c in controls}) == points
    assert Counter(c.verify for c in controls) == verify
    assert {c.domain for c in controls[:50]} == {"technical"} and {c.domain for c in controls} == {"technical", "management"}


def test_unit_codes_of_level_3_are_there_and_differ() -> None:
    codes = [c.unit_code for c in profiles()["gbt22239-l3"].controls]
    assert None not in codes and len(set(codes)) == 211


def test_level_2_items_name_their_level_3_item_of_the_same_class() -> None:
    from scanner.rulebook.yaml_lines import load_file

    level3 = {c.id: c for c in profiles()["gbt22239-l3"].controls}
    for item in load_file(ROOT / "gbt22239/l2.yaml")["controls"]:
        assert level3[item["l3_ref"]].sag == item["sag"], item["id"]
        assert level3[item["l3_ref"]].layer == item["layer"], item["id"]


def test_major_triggers() -> None:
    for name in ("gbt22239-l2", "gbt22239-l3", "archives-l2", "archives-l3"):
        assert [t.id for t in profiles()[name].triggers] == [f"A-{n:02}" for n in range(1, 33)]
    from scanner.rulebook.yaml_lines import load_file

    level3 = {c.id for c in profiles()["gbt22239-l3"].controls}
    points = {c.id.rpartition("-")[0] for c in profiles()["gbt22239-l3"].controls}
    for item in load_file(ROOT / "gbt22239/major.yaml")["triggers"]:
        assert set(item["items"]) <= level3 | points, item["id"]


def test_every_installed_check_has_its_line_in_a_profile() -> None:
    """A line without clauses says that no clause asks this: such a check speaks in the profile ``all`` alone."""
    from scanner.rulebook.yaml_lines import load_file

    lines = {check for path in ROOT.rglob("checks.*.yaml") for check in load_file(path) or {}}
    assert sorted(set(rulebook().checks) - lines) == []


def test_a_check_maps_to_both_levels_where_both_have_the_item() -> None:
    """A level-3 item that a level-2 item stands for must not be forgotten at level 2."""
    from scanner.rulebook.yaml_lines import load_file

    lower: dict[str, set[str]] = {}
    for item in load_file(ROOT / "gbt22239/l2.yaml")["controls"]:
        lower.setdefault(item["l3_ref"], set()).add(item["id"])
    for raw in read_package(ROOT, "profiles"):
        if isinstance(raw, RawMapping):
            expected = {item for upper in raw.items.get(3, ()) for item in lower.get(upper, ())}
            assert not expected or expected & set(raw.items.get(2, ())), f"{raw.place.file}:{raw.place.line} {raw.check}"


@pytest.mark.parametrize("level", [2, 3])
def test_archives_extend_the_graded_list(level: int) -> None:
    base, archives = profiles()[f"gbt22239-l{level}"], profiles()[f"archives-l{level}"]
    assert archives.controls[: len(base.controls)] == base.controls
    more = archives.controls[len(base.controls) :]
    assert [c.id for c in more[:4]] == ["CH1", "CH2", "CH3", "CH4"]
    found = Counter(c.id.partition("-")[0] for c in more[4:])
    assert (found["AB"], found["AG"], found["OR13"], found.total()) == (15, 5, 6, 74)
    assert all(c.domain == "" and c.method for c in more) and {c.status for c in more[4:]} == {"V", "M"}
    assert archives.scored and archives.level == level


def test_core_hazards_stand_in_their_profiles() -> None:
    def hazards(name: str) -> list[str | None]:
        return [c.core_hazard for c in profiles()[name].controls if c.core_hazard]

    assert hazards("isolation") == ["CH4"] and hazards("segregation") == ["CH1", "CH2", "CH3"]
    assert hazards("acceptance") == hazards("archives-l3") == ["CH1", "CH2", "CH3", "CH4"]
    assert {c.id: c.checks for c in core_controls()} == {
        "CH1": ("holdings.classified-storage",), "CH2": ("holdings.segregated",),
        "CH3": ("holdings.custody",), "CH4": ("isolation.no-path",),
    }  # fmt: skip
    assert all(c.verify == "semi_automatic" for c in core_controls())


def test_acceptance_lists_every_attachment() -> None:
    ids = [c.id for c in profiles()["acceptance"].controls]
    assert ids[4:] == ["AC-GRADE", "AC-FILING", "AC-EVALUATION", *(f"AC-{n:02}" for n in range(1, 23))]


def test_all_is_virtual_and_the_abstract_one_is_not_listed() -> None:
    assert profiles()["all"].controls == () and not profiles()["all"].scored
    assert sorted(profiles()) == [
        "acceptance", "all", "archives-l2", "archives-l3", "gbt22239-l2", "gbt22239-l3", "isolation", "segregation",
    ]  # fmt: skip


def test_checks_not_installed_stay_listed_as_pending() -> None:
    for p in profiles().values():
        for c in p.controls:
            assert c.pending == tuple(check for check in c.checks if check not in rulebook().checks), c.id


def test_host_clause_of_the_archives_takes_over_host_checks_only() -> None:
    by_id = {c.id: c for c in profiles()["archives-l3"].controls}
    assert "linux.ssh-root-login" in by_id["AB-12"].checks
    assert {rulebook()[check].sheet.kind for check in by_id["AB-12"].checks} <= {"linux", "windows"}
    assert by_id["AB-12"].verify == "semi_automatic"


@pytest.mark.parametrize("name", ["gbt22239-l2", "gbt22239-l3", "archives-l3", "acceptance"])
def test_coverage_counts_every_clause_once(name: str) -> None:
    rows = coverage(profiles()[name], rulebook())
    assert sum(row.total for row in rows) == len(profiles()[name].controls)
    assert [row.layer for row in rows][:10] == list(LAYERS)[:10] or name == "acceptance"


def test_digest_changes_with_any_word() -> None:
    from dataclasses import replace

    from scanner.rulebook.profiles import sealed

    one = profiles()["gbt22239-l2"]
    assert sealed(one) == one and len({p.digest for p in profiles().values()}) == len(profiles())
    first = replace(one.controls[0], clause="7.1.1.1 z)")
    assert sealed(replace(one, controls=(first, *one.controls[1:]))).digest != one.digest


@pytest.mark.parametrize(
    ("grade", "pair"),
    [(3, (3, 3)), ("3", (3, 3)), (" 2 ", (2, 2)), ("S3A2", (3, 2)), ("s2a3", (2, 3)), ("S2A3G3", (2, 3)), ("S3A3G3", (3, 3))],
)
def test_read_grade(grade: int | str, pair: tuple[int, int]) -> None:
    assert read_grade(grade) == pair


@pytest.mark.parametrize("grade", ["S3A2G2", "S2A2G3", "A3S2", "6", 0, "", "三级", True, "S3", "3.0", "S３A２", -3])
def test_grades_that_are_none(grade: int | str) -> None:
    with pytest.raises(UseError) as caught:
        read_grade(grade)
    assert caught.value.code == "grade-shape"


def _classes(profile: Profile) -> dict[tuple[str, str], int]:
    return dict(Counter((c.sag, c.id[:2]) for c in profile.controls if c.domain))


def test_selection_takes_each_class_from_its_own_level() -> None:
    assert _classes(profile_for("S3A2")) == {("G", "L3"): 181, ("S", "L3"): 24, ("A", "L2"): 4}
    assert _classes(profile_for("S2A3G3")) == {("G", "L3"): 181, ("S", "L2"): 15, ("A", "L3"): 6}
    assert (profile_for("S3A2").id, profile_for("S3A2").level) == ("gbt22239-s3a2", 3)
    assert len(profile_for("S3A2").controls) == 209 and len(profile_for("S2A3").controls) == 202
    assert profile_for("S3A2").digest not in (profile_for(3).digest, profile_for(2).digest)


def test_selection_keeps_what_archives_add() -> None:
    assert [c.id for c in profile_for("S3A2", "archives").controls if not c.domain] == [
        c.id for c in profile_for(3, "archives").controls if not c.domain
    ]


def test_grades_with_one_list_and_none() -> None:
    assert profile_for(3) is profile_for("S3A3") is profile_for(None) is profiles()["gbt22239-l3"]
    assert profile_for("2") is profiles()["gbt22239-l2"]
    for grade in (1, 4, "S3A1", "S4A3"):
        with pytest.raises(UseError, match="grade-without-profile"):
            profile_for(grade)
    with pytest.raises(UseError, match="grade-without-profile"):
        select_sag(profiles()["gbt22239-l2"], profiles()["gbt22239-l3"], "S3A3")


def test_selected_profiles_have_names() -> None:
    assert profile_named("gbt22239-s3a2") == profile_for("S3A2") and profile_named("all") is profiles()["all"]
    for name in ("gbt22239-s4a3", "nothing", "gbt22239-S3A2", "s3a2", "gbt22239-s3a2g2"):
        assert profile_named(name) is None


def test_every_object_class_and_kind_is_known() -> None:
    from scanner.model.target import KINDS

    assert {kind for kinds in KINDS_OF.values() for kind in kinds} <= set(KINDS)
    assert all(set(c.objects) <= set(KINDS_OF) and c.objects for p in profiles().values() for c in p.controls)


def test_pending_list_names_only_what_profiles_name() -> None:
    named = {check for p in profiles().values() for c in p.controls for check in c.checks}
    named |= {check for p in profiles().values() for t in p.triggers for check in t.checks}
    assert {raw.check for raw in read_package(ROOT, "profiles") if isinstance(raw, RawPending)} <= named


# The loader, with files of its own.

CONTROL = "- {id: X-1, clause: '1', layer: L, control_point: P, zh: 条款, en: clause, method: [scan], verify: automatic, objects: [host]%s}"
PROFILE = "profile: x\ntitle: {zh: 甲, en: x}\nlevel: 3\nscored: true\n%scontrols:\n%s\n"


def load(folder: Path, files: dict[str, str], installed: tuple[str, ...] = ("linux.a",)) -> dict[str, Profile]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return dict(join(read_package(folder, "pkg"), dict.fromkeys(installed, "linux")))


GOOD = PROFILE % ("", CONTROL % "")


def test_a_map_of_the_same_folder_and_level(tmp_path: Path) -> None:
    got = load(tmp_path, {"f/p.yaml": GOOD, "f/checks.a.yaml": "linux.a: {l3: [X-1]}\n"})
    assert got["x"].controls[0].checks == ("linux.a",) and got["x"].controls[0].pending == ()


def test_a_pending_check_is_listed_and_marked(tmp_path: Path) -> None:
    got = load(tmp_path, {"p.yaml": GOOD, "checks.a.yaml": "linux.later: {l3: [X-1]}\n", "pending.yaml": "pending: [linux.later]\n"})
    assert got["x"].controls[0].checks == got["x"].controls[0].pending == ("linux.later",)


def test_extends_one_or_several(tmp_path: Path) -> None:
    more = "profile: %s\ntitle: {zh: 乙, en: y}\nlevel: null\nscored: false\nextends: %s\ncontrols: []\n"
    got = load(tmp_path, {"a.yaml": GOOD, "b.yaml": more % ("y", "x"), "c.yaml": more % ("z", "[x, y]")})
    assert [c.id for c in got["z"].controls] == ["X-1"] and isinstance(got["y"], Profile)


def test_examples_and_empty_maps_are_no_profiles(tmp_path: Path) -> None:
    assert set(load(tmp_path, {"p.yaml": GOOD, "site.example.yaml": "anything: 1\n", "checks.empty.yaml": "# none yet\n"})) == {"x"}


TWO = (CONTROL % "") + "\n" + (CONTROL % "")
TRIGGERS = "triggers_of: [x]\ntriggers:\n- {id: A-1, zh: 甲, en: a, status: V1}\n"


@pytest.mark.parametrize(
    ("code", "file", "line", "files"),
    [
        ("profile-key-unknown", "pkg/p.yaml", 5, {"p.yaml": PROFILE % ("colour: red\n", CONTROL % "")}),
        ("profile-key-unknown", "pkg/p.yaml", 6, {"p.yaml": PROFILE % ("", CONTROL % ", colour: red")}),
        ("profile-key-unknown", "pkg/checks.a.yaml", 1, {"p.yaml": GOOD, "checks.a.yaml": "linux.a: {level3: [X-1]}\n"}),
        ("profile-key-unknown", "pkg/m.yaml", 3, {"p.yaml": GOOD, "m.yaml": TRIGGERS.replace("status", "state")}),
        ("profile-key-missing", "pkg/p.yaml", 6, {"p.yaml": GOOD.replace("zh: 条款, ", "")}),
        ("profile-key-missing", "pkg/p.yaml", 1, {"p.yaml": "profile: x\n"}),
        ("profile-value", "pkg/p.yaml", 6, {"p.yaml": GOOD.replace("automatic", "magic")}),
        ("profile-value", "pkg/p.yaml", 6, {"p.yaml": GOOD.replace("[host]", "[toaster]")}),
        ("profile-value", "pkg/p.yaml", 6, {"p.yaml": GOOD.replace("[host]", "host")}),
        ("profile-value", "pkg/p.yaml", 3, {"p.yaml": GOOD.replace("level: 3", "level: high")}),
        ("profile-value", "pkg/p.yaml", 4, {"p.yaml": GOOD.replace("scored: true", "scored: maybe")}),
        ("profile-named-twice", "pkg/p.yaml", 6, {"p.yaml": GOOD.replace("[host]", "[host, host]")}),
        ("profile-control-twice", "pkg/p.yaml", 7, {"p.yaml": PROFILE % ("", TWO)}),
        ("profile-id-twice", "pkg/q.yaml", 1, {"p.yaml": GOOD, "q.yaml": GOOD}),
        ("profile-extends-unknown", "pkg/p.yaml", 1, {"p.yaml": PROFILE % ("extends: w\n", CONTROL % "")}),
        ("profile-extends-loop", "pkg/p.yaml", 1, {"p.yaml": PROFILE % ("extends: [x]\n", CONTROL % "")}),
        ("profile-like-unknown", "pkg/p.yaml", 6, {"p.yaml": PROFILE % ("", CONTROL % ", like: [Q]")}),
        ("profile-check-unknown", "pkg/p.yaml", 6, {"p.yaml": PROFILE % ("", CONTROL % ", checks: [linux.typo]")}),
        ("profile-check-unknown", "pkg/checks.a.yaml", 2, {"p.yaml": GOOD, "checks.a.yaml": "\nlinux.typo: {l3: [X-1]}\n"}),
        (
            "profile-check-twice",
            "pkg/checks.b.yaml",
            1,
            {"p.yaml": GOOD, "checks.a.yaml": "linux.a: {l3: [X-1]}\n", "checks.b.yaml": "linux.a: {}\n"},
        ),
        ("profile-map-item-unknown", "pkg/checks.a.yaml", 1, {"p.yaml": GOOD, "checks.a.yaml": "linux.a: {l3: [X-2]}\n"}),
        ("profile-map-item-unknown", "pkg/checks.a.yaml", 1, {"p.yaml": GOOD, "checks.a.yaml": "linux.a: {l2: [X-1]}\n"}),
        ("profile-map-item-unknown", "pkg/g/checks.a.yaml", 1, {"f/p.yaml": GOOD, "g/checks.a.yaml": "linux.a: {l3: [X-1]}\n"}),
        ("profile-map-trigger-unknown", "pkg/checks.a.yaml", 1, {"p.yaml": GOOD, "checks.a.yaml": "linux.a: {triggers: [A-9]}\n"}),
        ("profile-trigger-twice", "pkg/n.yaml", 3, {"p.yaml": GOOD, "m.yaml": TRIGGERS, "n.yaml": TRIGGERS}),
        ("profile-not-mapping", "pkg/p.yaml", 1, {"p.yaml": "- a\n"}),
        ("profile-not-mapping", "pkg/p.yaml", 5, {"p.yaml": PROFILE % ("", "- a")}),
        ("profile-file-unknown", "pkg/p.yaml", 1, {"p.yaml": "profiel: x\n"}),
        ("yaml-broken", "pkg/p.yaml", 2, {"p.yaml": "profile: x\nprofile: y\n"}),
    ],
)
def test_every_error_names_file_and_line(tmp_path: Path, code: str, file: str, line: int, files: dict[str, str]) -> None:
    with pytest.raises(UseError) as caught:
        load(tmp_path, files)
    assert (caught.value.code, caught.value.fields["file"], caught.value.fields["line"]) == (code, file, str(line))


def test_every_error_has_its_sentence() -> None:
    import re

    from reports.words import catalogue

    source = "".join(
        (ROOT.parent / "scanner/rulebook" / name).read_text("utf-8") for name in ("profile_files.py", "profiles.py", "grades.py")
    )
    codes = set(re.findall(r'"((?:profile|grade)-[a-z-]+)"', source))
    assert len(codes) > 12 and {f"error.{code}" for code in codes} <= set(catalogue())


def test_shipped_files_are_read_once_each() -> None:
    assert Counter(raw.id for raw in read_package(ROOT, "profiles") if isinstance(raw, RawProfile)).most_common(1)[0][1] == 1
