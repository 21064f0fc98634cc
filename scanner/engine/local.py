"""The local engine: bounded threads in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.collect.gather import Job, Outcome, Progress, gather
from scanner.collect.login import Attempts


class Local:
    """The default."""

    def __enter__(self) -> Local:
        """Nothing to make ready."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to let go."""

    def run(self, jobs: Sequence[Job], workers: int, progress: Progress) -> Iterator[Outcome]:
        """Yield outcomes as they come; see :func:`scanner.collect.gather.gather`."""
        return gather(jobs, workers, progress, Attempts())
