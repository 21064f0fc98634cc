"""One person is one person, however the name is written."""

from __future__ import annotations

import pytest

from scanner.model.persons import people, share_person


@pytest.mark.parametrize(
    "other",
    [
        "张 三",
        " 张三 ",
        "张三（网信科）",
        "张三(副)",
        "张三。",
        "张·三",
        "张\u3000三",
        "张\u200b三",
        "李四、张三",
        "李四和张三",
        "李四 张三",
        "李四；张三",
        "张三【组长】",
    ],
)
def test_the_same_person_is_found(other: str) -> None:
    assert share_person("张三", other)


@pytest.mark.parametrize(("one", "other"), [("Zhang San", "ZHANG  SAN"), ("Ｚhang San", "zhangsan"), ("张三、王五", "王五/赵六")])
def test_spelling_makes_no_second_person(one: str, other: str) -> None:
    assert share_person(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("张三", "李四"), ("张和平", "李和平"), ("Zhang San", "Zhang Wei"), ("张三", "张三丰"), ("甲", "乙")]
)
def test_two_persons_are_two(one: str, other: str) -> None:
    assert not share_person(one, other) and len(people(f"{one}、{other}")) == 2


def test_marks_alone_are_nobody() -> None:
    assert people("（）。- ") == frozenset()
