"""Several workers share one run of the tests: each test once, few files at a time, the isolation lab last."""

from __future__ import annotations

from collections import Counter, deque
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import spread
from tests.spread import LAB, Spread, lab_only


class Worker:
    """As pytest-xdist's: it runs a test once it knows what comes next, or that nothing does."""

    def __init__(self, tests: list[str]) -> None:
        self.tests, self.queue, self.shutting_down = tests, deque[int](), False
        self.gateway = SimpleNamespace(id="gw")

    def send_runtest_some(self, indices: list[int]) -> None:
        assert not self.shutting_down
        self.queue.extend(indices)

    def shutdown(self) -> None:
        self.shutting_down = True

    @property
    def ready(self) -> bool:
        return len(self.queue) > 1 or self.shutting_down and bool(self.queue)

    @property
    def files(self) -> set[str]:
        return {self.tests[index].split("::")[0] for index in self.queue if not self.tests[index].startswith(LAB)}


def shared(tests: list[str], workers: int) -> tuple[Spread, list[Worker]]:
    session = SimpleNamespace(testscollected=0)
    config = SimpleNamespace(getvalue=lambda _: ["popen"] * workers, option=SimpleNamespace(loadscopereorder=True))
    config.pluginmanager = SimpleNamespace(get_plugin=lambda _: session)
    lab = [test for test in tests if test.startswith(LAB)]
    made, nodes = Spread(config), [Worker(lab if lab_only(f"gw{place}", workers) else tests) for place in range(workers)]
    # Whoever has little to collect is the first to be through.
    for node in sorted(nodes, key=lambda one: len(one.tests)):
        made.add_node(node)
        made.add_node_collection(node, node.tests)
    made.schedule()
    assert session.testscollected == len(tests)
    return made, nodes


def step(made: Spread, node: Worker) -> str:
    """A worker has run its next test."""
    index = node.queue.popleft()
    made.mark_test_complete(node, index)
    if made.tests_finished:
        for one in made.nodes:
            one.shutdown()
    return node.tests[index]


def collected(files: list[tuple[str, int]], topologies: int) -> list[str]:
    found = [f"tests/{folder}/test_{place}.py::test_{number}" for place, (folder, many) in enumerate(files) for number in range(many)]
    lab = [f"{LAB}test_a.py::test_it[{number}::1]" for number in range(topologies)]
    return found[: len(found) // 2] + lab + found[len(found) // 2 :]


FILES = st.lists(st.tuples(st.sampled_from(["a", "b/c", "b/d", "e"]), st.integers(1, 5)), max_size=8)


@given(st.data(), FILES, st.integers(0, 9), st.integers(1, 6))
def test_every_test_is_run_once_in_whatever_order_the_workers_are(
    data: st.DataObject, files: list[tuple[str, int]], topologies: int, workers: int
) -> None:
    tests = collected(files, topologies)
    made, nodes = shared(tests, workers)
    seen: Counter[str] = Counter()
    while ready := [node for node in nodes if node.ready]:
        assert sum(bool(node.files) for node in nodes) <= spread.HANDS
        if any(tests[index].startswith(LAB) for node in nodes for index in node.queue):
            assert not any(unit for unit in made.workqueue if not unit.startswith(LAB)), "a file waits behind the lab"
        seen[step(made, data.draw(st.sampled_from(ready)))] += 1
    assert seen == Counter(tests)


def test_a_file_stays_with_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "HANDS", 2)
    tests = [f"tests/{folder}/test_{file}.py::test_{number}" for folder in "ab" for file in "xyz" for number in range(4)]
    made, nodes = shared(tests, 3)
    at: dict[str, set[int]] = {}
    while ready := [place for place, node in enumerate(nodes) if node.ready]:
        for place in ready:
            at.setdefault(step(made, nodes[place]).split("::")[0], set()).add(place)
    assert {len(places) for places in at.values()} == {1}
    assert {file[:7]: places for file, places in at.items()} == {"tests/a": {0}, "tests/b": {1}}, "and a worker with its folder"


def test_the_longest_folders_are_begun_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "HANDS", 3)
    _, nodes = shared([f"tests/{folder}/test_{number}.py::test_it" for folder in ("a", "b", "hub/web", "labs") for number in range(4)], 3)
    assert [{file.split("/")[1] for file in node.files} for node in nodes] == [{"hub"}, {"labs"}, {"a"}]


def test_what_a_worker_dies_of_is_not_begun_again_and_what_else_it_had_is_run() -> None:
    tests = collected([("a", 3), ("b", 3)], 4)
    made, nodes = shared(tests, spread.HANDS + 1)
    crashed = made.remove_node(nodes[0])
    assert crashed == "tests/a/test_0.py::test_0"
    instead = Worker(tests)
    made.add_node(instead)
    made.add_node_collection(instead, tests)
    made.schedule()
    seen = Counter([crashed])
    while ready := [node for node in [*nodes[1:], instead] if node.ready]:
        seen[step(made, ready[-1])] += 1
    assert seen == Counter(tests)


def test_who_collected_something_else_is_told() -> None:
    reported: list[object] = []
    config = SimpleNamespace(getvalue=lambda _: ["popen"] * 2, option=SimpleNamespace(loadscopereorder=True))
    config.hook = SimpleNamespace(pytest_collectreport=lambda report: reported.append(report))
    config.pluginmanager = SimpleNamespace(get_plugin=lambda _: SimpleNamespace())
    made = Spread(config)
    for tests in (["tests/a/test_a.py::test_1", "tests/a/test_a.py::test_2"], ["tests/a/test_a.py::test_1"]):
        node = Worker(tests)
        made.add_node(node)
        made.add_node_collection(node, tests)
    made.schedule()
    assert reported and not made.collection
