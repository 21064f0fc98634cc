"""Who runs what when several workers share one run of the tests: files first, few at a time; then the topologies of the isolation lab.

A file stays with one worker, and a worker with its folder while the folder lasts: what the tests of a file or a folder share is made once.
Few files at a time, because they work more than they wait. The topologies wait for their windows more than they work: every worker takes
them one by one, and none begins while files are still to be begun. Workers that take nothing else collect nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadFileScheduling

LAB = "tests/labs/isolation/"
FOLDER = Path(__file__).parents[1] / LAB
HANDS = len(os.sched_getaffinity(0)) + 1
"""Workers that run files: one a processor, and one for the time in which another waits for a server, a browser or the clock."""
LONG = ("tests/labs", "tests/hub")
"""Folders to begin with: they take longest, and wait while the others work."""
AHEAD = 2
"""Tests that a worker must know of to run one: it tears down what the next does not need."""


def lab_only(worker: str, workers: int) -> bool:
    """Whether a worker (``gw4``) is here for the lab alone; one that takes the place of another is not."""
    return HANDS <= int(worker.removeprefix("gw")) < workers


def of_lab(path: Path) -> bool:
    """Whether a file or folder is the lab's or on the way there."""
    return path == FOLDER or FOLDER in path.parents or path in FOLDER.parents


class Spread(LoadFileScheduling):
    """What is handed out is a file or a topology."""

    def __init__(self, config: Any, log: Any = None) -> None:
        super().__init__(config, log)
        # As they were collected: the largest first says nothing of how long they take, and mixes the folders.
        config.option.loadscopereorder = False
        self._folder: dict[Any, str] = {}

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """One more has collected; also one that takes another's place."""
        self.registered_collections[node] = list(collection)

    def schedule(self) -> None:
        """Hand out the first, or something to one that came later."""
        # What is handed out is what the first has, and those too many are sent home from the end: whoever has all goes before.
        size = {node: -len(tests) for node, tests in self.registered_collections.items()}
        self.registered_collections = {node: self.registered_collections[node] for node in sorted(size, key=lambda one: size[one])}
        self.assigned_work = {node: self.assigned_work[node] for node in sorted(self.assigned_work, key=lambda one: size.get(one, 0))}
        super().schedule()
        # The last to collect said how many: perhaps only the lab.
        self.config.pluginmanager.get_plugin("session").testscollected = -min(size.values())

    def remove_node(self, node: Any) -> str | None:
        """A worker has gone: the test that it died of is not begun again, what else it had goes to others. Returns that test."""
        work = self.assigned_work.pop(node)
        crashed = next((test for tests in work.values() for test, done in tests.items() if not done), None)
        if crashed is None:
            return None
        work[self._split_scope(crashed)][crashed] = True
        self.workqueue.update({scope: tests for scope, tests in work.items() if not all(tests.values())})
        for other in self.nodes:
            self._reschedule(other)
        return crashed

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """What is through is forgotten: it is not counted again and again."""
        unit = self._split_scope(self.registered_collections[node][item_index])
        super().mark_test_complete(node, item_index, duration)
        if all(self.assigned_work[node][unit].values()):
            del self.assigned_work[node][unit]

    def _check_nodes_have_same_collection(self) -> bool:
        """All of it, or all of the lab."""
        whole, *others = self.registered_collections.values()
        lab = [test for test in whole if test.startswith(LAB)]
        return all(other in (whole, lab) for other in others) or super()._check_nodes_have_same_collection()

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(LAB) else super()._split_scope(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        files = [scope for scope in self.workqueue if not scope.startswith(LAB)]
        if not self.workqueue or node not in self.registered_collections or files and not self._may(node):
            return
        if files:
            chosen = self._chosen(node, files)
            self._folder[node] = _folder(chosen)
            self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)
        if len(files) == 1:
            self._wake()

    def _may(self, node: Any) -> bool:
        if all(test.startswith(LAB) for test in self.registered_collections[node]):
            return False
        held = [other for other in self.nodes if any(not scope.startswith(LAB) for scope in self._pending(other))]
        return node in held or len(held) < HANDS

    def _chosen(self, node: Any, files: list[str]) -> str:
        """The next of its own folder, else of one that nobody is at, else any."""
        others = {folder for other, folder in self._folder.items() if other is not node}
        own = (file for file in files if _folder(file) == self._folder.get(node))
        free = sorted((file for file in files if _folder(file) not in others), key=lambda file: _folder(file) not in LONG)
        return next(own, None) or next(iter(free), None) or files[0]

    def _pending(self, node: Any) -> Iterator[str]:
        return (scope for scope, tests in self.assigned_work[node].items() if not all(tests.values()))

    def _wake(self) -> None:
        """The last file is begun: those who waited begin with the lab."""
        for node in self.nodes:
            for _ in range(AHEAD - self._pending_of(self.assigned_work[node])):
                self._reschedule(node)


def _folder(file: str) -> str:
    """``tests/hub``: what is deeper shares what stands there."""
    return "/".join(file.split("/")[:2])
